#include "adirect/sources/generator_users.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace adirect {
namespace {

TEST(Shoppers, TheFiftyThousandHaveIdsAndNamesOfTheirOwnInFiveDisjointRegions) {
  std::set<std::string> ids;
  std::set<std::string> names;
  std::array<char, kShopperBytes> room;
  for (size_t region = 0; region < kRegionCount; ++region) {
    const Shoppers shoppers = Shoppers::Generated(50'000, region);
    EXPECT_EQ(shoppers.count(), 10'000U);
    EXPECT_EQ(shoppers.region(), kRegionNames[region]);
    for (uint32_t i = 0; i < shoppers.count(); ++i) {
      const UserTexts texts = shoppers.At(i, room.data());
      ids.emplace(texts.id);
      names.emplace(texts.name);
    }
  }
  EXPECT_EQ(ids.size(), 50'000U);
  EXPECT_EQ(names.size(), 50'000U);
  EXPECT_TRUE(ids.contains("1") && ids.contains("50000"));
  EXPECT_TRUE(names.contains("craig198"));
}

TEST(Shoppers, WhereFiveDoesNotDivideTheNumberTheFirstRegionsHaveOneMore) {
  std::set<std::string> ids;
  std::array<char, kShopperBytes> room;
  std::vector<uint32_t> counts;
  for (size_t region = 0; region < kRegionCount; ++region) {
    const Shoppers shoppers = Shoppers::Generated(13, region);
    counts.push_back(shoppers.count());
    for (uint32_t i = 0; i < shoppers.count(); ++i) ids.emplace(shoppers.At(i, room.data()).id);
  }
  EXPECT_EQ(counts, (std::vector<uint32_t>{3, 3, 3, 2, 2}));
  EXPECT_EQ(ids.size(), 13U);
}

TEST(Shoppers, TheLongestTextsOfAGeneratedShopperFitTheirRoom) {
  std::array<char, kShopperBytes> room;
  for (size_t region = 0; region < kRegionCount; ++region) {
    const Shoppers shoppers = Shoppers::Generated(kMaxShoppers, region);
    for (uint32_t i = shoppers.count() - 50; i < shoppers.count(); ++i) {
      const UserTexts texts = shoppers.At(i, room.data());
      EXPECT_LE(texts.id.size() + texts.name.size(), kShopperBytes);
      EXPECT_EQ(texts.name.substr(texts.name.find_first_of("0123456789")), "3999999");
    }
  }
}

TEST(Shoppers, WhatIsWrittenReadsBackTheSame) {
  const Shoppers generated = Shoppers::Generated(500, 2);
  const Result<Shoppers> read = Shoppers::Parse(generated.Csv(), "france.csv", "france");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->count(), 100U);
  EXPECT_EQ(read->region(), "france");
  EXPECT_TRUE(read->plain());
  EXPECT_EQ(read->Csv(), generated.Csv());
}

TEST(Shoppers, QuotesHeaderByteOrderMarkAndCarriageReturnsAreGoodInput) {
  const Result<Shoppers> read =
      Shoppers::Parse("\xef\xbb\xbfuserid,username\r\n1,\"a, \"\"b\"\"\"\r\n\r\n2\n\"3\",\xc3\xa9", "u.csv", "");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->Csv(), "1,\"a, \"\"b\"\"\"\n2,\n3,\xc3\xa9\n");
  EXPECT_FALSE(read->plain());
  EXPECT_EQ(read->region(), "");
  EXPECT_EQ(read->clock_offset_hours(), 0);
}

TEST(Shoppers, ARowThatIsNoUserIsAnErrorWithItsLine) {
  const std::map<std::string, std::string> bad = {
      {"1,a\n1,b\n", "u:2: user id \"1\" is on line 1 too"},
      {"1,a,b\n", "u:1: \"1,a,b\" is no row"},
      {"1,\"a\n", "u:1: \"1,\\\"a\" is no row"},
      {"1,\"a\"b\n", "u:1: "},
      {"1,a\n,b\n", "u:2: no user id"},
      {"1,\xff\n", "u:1: the row is not UTF-8"},
      {"\xed\xa0\x80\n", "u:1: the row is not UTF-8"},
      {"anon:1,x\n", "u:1: \"anon:1\" is no user id"},
      {"1,\x01\n", "u:1: "},
      {std::string(129, 'x') + "\n", "u:1: "},
      {"", "u: holds no row"},
      {"userid,username\n", "u: holds no row"},
  };
  for (const auto& [csv, message] : bad) {
    const Result<Shoppers> read = Shoppers::Parse(csv, "u", "");
    ASSERT_FALSE(read.ok()) << csv;
    EXPECT_EQ(read.status().code(), Code::kInvalidArgument);
    EXPECT_TRUE(read.status().message().starts_with(message)) << read.status().message();
  }
}

}  // namespace
}  // namespace adirect
