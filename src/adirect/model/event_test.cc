#include "adirect/model/event.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "adirect/base/hash.h"

namespace adirect {
namespace {

TEST(Event, TypesAreSpelledAsTheContractSaysAndReadBack) {
  constexpr std::string_view kNames[] = {"search", "view", "cart", "favorite", "purchase", "refund", "erase"};
  int number = 0;
  for (const std::string_view name : kNames) {
    const auto type = static_cast<EventType>(number++);
    EXPECT_EQ(EventTypeName(type), name);
    EXPECT_EQ(ParseEventType(name), type);
  }
  EXPECT_EQ(ParseEventType("buy"), std::nullopt);
  EXPECT_EQ(ParseEventType("Search"), std::nullopt);
  EXPECT_EQ(ParseEventType(""), std::nullopt);
}

TEST(Event, TheFirstFourTypesShowInterest) {
  EXPECT_TRUE(IsInterest(EventType::kSearch));
  EXPECT_TRUE(IsInterest(EventType::kFavorite));
  EXPECT_FALSE(IsInterest(EventType::kPurchase));
  EXPECT_FALSE(IsInterest(EventType::kRefund));
  EXPECT_FALSE(IsInterest(EventType::kErase));
}

TEST(Id, HoldsUpTo128Bytes) {
  EXPECT_TRUE(IsIdText(std::string(128, 'x')));
  EXPECT_FALSE(IsIdText(std::string(129, 'x')));
  EXPECT_FALSE(IsIdText(std::string(124, 'x'), kMaxAnonymousIdBytes));
  EXPECT_TRUE(IsIdText(""));
  EXPECT_EQ(kMaxAnonymousIdBytes + kAnonymousPrefix.size(), kMaxIdBytes);
}

TEST(Id, HoldsNoControlCharacter) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(IsIdText("a" + std::string(1, static_cast<char>(c)))) << c;
  }
  EXPECT_FALSE(IsIdText("a\x7f"));
  EXPECT_FALSE(IsIdText("a\xc2\x80"));  // U+0080
  EXPECT_FALSE(IsIdText("a\xc2\x9f"));  // U+009F
  EXPECT_TRUE(IsIdText("a\xc2\xa0"));   // U+00A0
  EXPECT_TRUE(IsIdText("Jos\xc3\xa9 7/\xf0\x9f\x91\x9f ,\"'"));
}

TEST(Identity, IsTheHashOfTheTextWhichNeverChanges) {
  EXPECT_EQ(IdentityHash("abc"), 0x78af5f94892f3950u);
  EXPECT_EQ(IdentityHash("a:b"), Hash64("a:b"));
  EXPECT_NE(IdentityHash("e1"), IdentityHash("e2"));
}

TEST(Identity, OfAPositionIsTheSameAsTextAndAsNumber) {
  EXPECT_EQ(IdentityHash("events.csv:0"), PositionIdentity(Hash64("events.csv"), 0));
  EXPECT_EQ(IdentityHash("events.csv:4096"), PositionIdentity(Hash64("events.csv"), 4096));
  EXPECT_EQ(IdentityHash("-:17"), PositionIdentity(Hash64("-"), 17));
  EXPECT_EQ(IdentityHash("a:b:5"), PositionIdentity(Hash64("a:b"), 5));
  EXPECT_EQ(IdentityHash(":5"), PositionIdentity(Hash64(""), 5));
  const uint64_t largest = (uint64_t{1} << 63) - 1;
  EXPECT_EQ(IdentityHash("f:9223372036854775807"), PositionIdentity(Hash64("f"), largest));
}

TEST(Identity, OfTextsThatOnlyLookLikeAPositionIsTheirOwn) {
  for (const std::string_view text : {"f:01", "f:00", "f:", "f:1a", "f:+1", "f:-1", "f: 1", "f:9223372036854775808",
                                      "f:99999999999999999999", "f:1#0", "f/1"}) {
    EXPECT_EQ(IdentityHash(text), Hash64(text)) << text;
  }
}

TEST(Identity, OfAPositionNeverChanges) {
  EXPECT_EQ(PositionIdentity(0, 0), 0xe220a8397b1dcdafu);  // splitmix64's first output of seed 0
  EXPECT_EQ(IdentityHash("events.csv:0"), Mix64(Hash64("events.csv") + 0x9e3779b97f4a7c15u));
}

TEST(Identity, TellsPositionsApart) {
  std::set<uint64_t> identities;
  const uint64_t a = Hash64("a.csv");
  const uint64_t b = Hash64("b.csv");
  for (uint64_t n = 0; n < 100'000; ++n) {
    identities.insert(PositionIdentity(a, n * 67));
    identities.insert(PositionIdentity(b, n * 67));
  }
  EXPECT_EQ(identities.size(), 200'000u);
}

}  // namespace
}  // namespace adirect
