#include "adirect/api/keys.h"

#include <gtest/gtest.h>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

using Verdict = KeyRing::Verdict;

NewKey Made(std::string_view name, std::string_view roles) {
  Result<NewKey> made = MakeKey(name, roles);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return *std::move(made);
}

KeyRing Ring(const std::string& text) {
  Result<KeyRing> ring = KeyRing::Parse(text, "keys.txt");
  EXPECT_TRUE(ring.ok()) << ring.status().message();
  return *std::move(ring);
}

std::string Fault(const std::string& text) {
  const Result<KeyRing> ring = KeyRing::Parse(text, "keys.txt");
  return ring.ok() ? "none" : ring.status().message();
}

std::string Basic(std::string_view pair) {
  std::string header = "Basic ";
  AppendBase64(pair, header);
  return header;
}

TEST(KeysTest, AKeyOpensWhatItsRolesAllow) {
  const NewKey shop = Made("shop", "ingest");
  const NewKey site = Made("site", "read,ingest");
  const NewKey boss = Made("boss", "admin");
  const KeyRing ring = Ring("# ours\n" + shop.line + "\n\n" + site.line + "  # the site\r\n" + boss.line);
  const auto check = [&](const NewKey& key, Role role) { return ring.Check("Bearer " + key.key, role); };
  EXPECT_EQ(check(shop, Role::kIngest), Verdict::kGranted);
  EXPECT_EQ(check(shop, Role::kRead), Verdict::kWrongRole);
  EXPECT_EQ(check(site, Role::kRead), Verdict::kGranted);
  EXPECT_EQ(check(site, Role::kAdmin), Verdict::kWrongRole);
  for (const Role role : {Role::kIngest, Role::kRead, Role::kAdmin}) EXPECT_EQ(check(boss, role), Verdict::kGranted);
}

TEST(KeysTest, WhatIsNotTheWholeKeyOpensNothing) {
  const NewKey shop = Made("shop", "admin");
  const NewKey site = Made("site", "admin");
  const KeyRing ring = Ring(shop.line + "\n" + site.line);
  std::string changed = shop.key;
  changed.back() = changed.back() == '0' ? '1' : '0';
  const std::string hash = shop.line.substr(shop.line.rfind(':') + 1);
  for (const std::string& key : {changed, shop.key + "0", shop.key.substr(0, shop.key.size() - 1), std::string("shop"),
                                 "site" + shop.key.substr(4), "nobody" + shop.key.substr(4), hash, std::string()}) {
    EXPECT_EQ(ring.Check("Bearer " + key, Role::kRead), Verdict::kWrongKey) << key;
  }
  EXPECT_EQ(ring.Check(std::nullopt, Role::kRead), Verdict::kNoKey);
  for (const std::string& header : {shop.key, std::string("Bearer"), std::string(), "Digest " + shop.key,
                                    std::string("Basic !"), Basic("user:" + shop.key)}) {
    EXPECT_EQ(ring.Check(header, Role::kRead), Verdict::kWrongKey) << header;
  }
}

TEST(KeysTest, TheUserNameOfBasicIsTheKey) {
  const NewKey shop = Made("shop", "ingest");
  const KeyRing ring = Ring(shop.line);
  EXPECT_EQ(ring.Check(Basic(shop.key + ":"), Role::kIngest), Verdict::kGranted);
  EXPECT_EQ(ring.Check(Basic(shop.key + ":any"), Role::kIngest), Verdict::kGranted);
  EXPECT_EQ(ring.Check("bEARER   " + shop.key, Role::kIngest), Verdict::kGranted);
}

TEST(KeysTest, NoTwoKeysAndNoTwoSaltsAreEqualAndNoLineHoldsItsKey) {
  const NewKey one = Made("shop", "read");
  const NewKey other = Made("shop", "read");
  EXPECT_NE(one.key, other.key);
  EXPECT_NE(one.line, other.line);
  EXPECT_EQ(one.key.size(), std::string("shop.").size() + 64);
  EXPECT_EQ(one.line.find(one.key.substr(5)), std::string::npos);
}

TEST(KeysTest, AWrongFileIsRefusedByLineWithoutTellingWhatStandsThere) {
  const NewKey shop = Made("shop", "read");
  EXPECT_EQ(Fault("\n"), "keys.txt: holds no key; make lines by adirect admin key new");
  EXPECT_EQ(Fault("# x\nshop read\n"),
            "keys.txt:2: a line is NAME ROLES sha256:SALT:HASH; make lines by adirect admin key new");
  EXPECT_EQ(Fault(shop.line + "\n" + shop.line), "keys.txt:2: two keys are named \"shop\"; give each its own name");
  EXPECT_EQ(Fault("shop,x read sha256:0:0"), "keys.txt:1: a key's name has 1 to 64 letters, digits, - and _");
  EXPECT_EQ(Fault("shop read,write sha256:0:0"),
            "keys.txt:1: the roles are one or more of ingest, read, admin, with commas");
  const std::string cut = shop.line.substr(0, shop.line.size() - 2);
  for (const std::string& line :
       {"shop read " + shop.key, cut, shop.line + "00", std::string("shop read sha256:"), cut + "zz"}) {
    EXPECT_EQ(Fault(line),
              "keys.txt:1: the hash of this key is not sha256:SALT:HASH; make lines by adirect admin key new")
        << line;
  }
}

TEST(KeysTest, AKeyNeedsANameAndRolesThatThereAre) {
  EXPECT_FALSE(MakeKey("", "read").ok());
  EXPECT_FALSE(MakeKey("a.b", "read").ok());
  EXPECT_FALSE(MakeKey(std::string(65, 'a'), "read").ok());
  for (const char* roles : {"", "write", "read,", ",read", "read ingest"}) EXPECT_FALSE(MakeKey("a", roles).ok());
}

}  // namespace
}  // namespace adirect
