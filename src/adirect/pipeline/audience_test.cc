#include "adirect/pipeline/audience.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

constexpr Timestamp kNow{10 * kMillisPerDay};

struct Row {
  EventType type = EventType::kSearch;
  int64_t time = 0;
  std::string user;
  std::string category;
  std::string product;
};

Row Search(std::string user, std::string category, std::string product) {
  return {EventType::kSearch, kNow.ms - 10, std::move(user), std::move(category), std::move(product)};
}

Row Purchase(std::string user, std::string category, std::string product) {
  return {EventType::kPurchase, kNow.ms - 5, std::move(user), std::move(category), std::move(product)};
}

Row Refund(std::string user, std::string product) {
  return {EventType::kRefund, kNow.ms - 1, std::move(user), "", std::move(product)};
}

void Fold(Shards& shards, const std::vector<Row>& rows) {
  uint64_t identity = 0;
  for (const Row& from : rows) {
    FoldRow row;
    row.user = from.user.data();
    row.user_size = static_cast<uint8_t>(from.user.size());
    row.user_hash = UserHash(from.user);
    row.type = from.type;
    row.time = {from.time};
    row.item = shards.dictionary().Intern(from.product, from.category);
    row.category = shards.dictionary().category(row.item);
    row.identity = ++identity;
    shards.Fold(ShardOf(row.user_hash, shards.size()), {&row, 1});
  }
}

// "ana shoes:p1,p2 hats:\n" a shopper; into `recommendations` the number of categories.
class TextAudience : public AudienceSink {
 public:
  explicit TextAudience(const Dictionary& dictionary) : dictionary_(dictionary) {}
  void Format(std::string_view user, std::span<const CategoryDecision> targeted, Chunk& chunk) const override {
    chunk.audience += user;
    for (const CategoryDecision& category : targeted) {
      chunk.audience += ' ' + std::string(dictionary_.category_id(category.category)) + ':';
      for (const Recommendation& shown : category.list) {
        chunk.audience += std::string(dictionary_.product(shown.item)) + ',';
      }
    }
    chunk.audience += '\n';
    chunk.recommendations += std::to_string(targeted.size());
  }
  Status Write(const Chunk& chunk) override {
    ++writes;
    if (writes == fail_at) return Exhausted("audience.csv: no space");
    text += chunk.audience;
    categories += chunk.recommendations;
    return {};
  }

  std::string text;
  std::string categories;
  int writes = 0;
  int fail_at = 0;

 private:
  const Dictionary& dictionary_;
};

class AudienceTest : public testing::Test {
 protected:
  AudienceTest() { policy_.interest.min_searches = 1; }

  AudiencePass Pass(unsigned threads = 1) const { return {policy_, settings_, kNow, threads, nullptr}; }

  Policy policy_;
  Settings settings_;
};

// More shoppers than two chunks hold; a third buys, a third of these gives it back.
std::vector<Row> ManyRows() {
  std::vector<Row> rows;
  for (int i = 0; i < 9000; ++i) {
    const std::string user = "user-" + std::to_string(i);
    const std::string category = "c" + std::to_string(i % 4);
    const std::string product = "p" + std::to_string(i % 6);
    rows.push_back(Search(user, category, product));
    rows.push_back(Search(user, "hats", product));
    if (i % 3 == 0) rows.push_back(Purchase(user, category, product));
    if (i % 9 == 0) rows.push_back(Refund(user, product));
  }
  return rows;
}

TEST_F(AudienceTest, ThreadsAndShardsChangeNothing) {
  const std::vector<Row> rows = ManyRows();
  std::string expected;
  for (const size_t shard_count : {1u, 7u}) {
    Shards shards(shard_count, settings_);
    Fold(shards, rows);
    for (const unsigned threads : {1u, 5u}) {
      const Popularity popularity = CountPopularity(shards, Pass(threads));
      TextAudience sink(shards.dictionary());
      const Result<AudienceCounts> counts = WalkAudience(shards, popularity, Pass(threads), sink);
      ASSERT_TRUE(counts.ok());
      if (expected.empty()) expected = sink.text;
      ASSERT_GT(expected.size(), 90'000u);
      EXPECT_EQ(sink.text, expected);
      EXPECT_EQ(sink.categories.size(), counts->audience_users);
      EXPECT_EQ(sink.writes, 3);
      EXPECT_EQ(counts->users, 9000u);
      EXPECT_EQ(counts->pairs, 18'000u);
      EXPECT_EQ(counts->audience_users, 9000u);
      EXPECT_EQ(counts->audience_pairs, 18'000u - 2000u);
    }
  }
}

TEST_F(AudienceTest, ShoppersComeInTheOrderOfTheBytesOfTheirIds) {
  Shards shards(5, settings_);
  std::vector<std::string> users = {"b", "a", "B", "10", "9", "\xc3\xa9", "ab", "a b", std::string(128, 'a')};
  for (const std::string& user : users) Fold(shards, {Search(user, "shoes", "p")});
  TextAudience sink(shards.dictionary());
  ASSERT_TRUE(WalkAudience(shards, Popularity(), Pass(), sink).ok());
  std::sort(users.begin(), users.end());
  std::string expected;
  for (const std::string& user : users) expected += user + " shoes:p,\n";
  EXPECT_EQ(sink.text, expected);
}

TEST_F(AudienceTest, ShoppersPairsAndListsAreCounted) {
  Shards shards(3, settings_);
  Fold(shards, {Search("ana", "shoes", "p1"),
                Search("ana", "shoes", "p2"),
                Search("ana", "hats", "p1"),
                Search("bob", "shoes", "p3"),
                Purchase("bob", "shoes", "p3"),  // searched, not targeted
                Purchase("cid", "bags", "p9"),   // did not search
                Refund("dan", "p1"),             // nor he
                {EventType::kErase, kNow.ms, "eve", "", ""},
                Search("eve", "shoes", "p1")});
  const Popularity popularity = CountPopularity(shards, Pass());
  TextAudience sink(shards.dictionary());
  const Result<AudienceCounts> counts = WalkAudience(shards, popularity, Pass(), sink);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(sink.text, "ana hats:p1, shoes:p1,p2,p3,\n");
  EXPECT_EQ(counts->users, 2u);
  EXPECT_EQ(counts->pairs, 3u);
  EXPECT_EQ(counts->audience_users, 1u);
  EXPECT_EQ(counts->audience_pairs, 2u);
  EXPECT_EQ(counts->recommendations, 4u);
  uint64_t by_category = 0;
  for (const uint64_t pairs : counts->audience_by_category) by_category += pairs;
  EXPECT_EQ(by_category, 2u);
  EXPECT_EQ(counts->audience_by_category.at(shards.dictionary().FindCategory("hats").value), 1u);
}

TEST_F(AudienceTest, WhatIsOlderThanTheRetentionMakesNoShopper) {
  settings_.retention = Duration::Days(7);
  Shards shards(2, settings_);
  Fold(shards, {{EventType::kSearch, kNow.ms - 7 * kMillisPerDay, "ana", "shoes", "p"}});
  TextAudience sink(shards.dictionary());
  const Result<AudienceCounts> counts = WalkAudience(shards, Popularity(), Pass(), sink);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->users, 0u);
  EXPECT_EQ(counts->pairs, 0u);
  EXPECT_EQ(sink.text, "");
}

TEST_F(AudienceTest, PopularityCountsStandingPurchasesOfAllShards) {
  for (const size_t shard_count : {1u, 5u}) {
    Shards shards(shard_count, settings_);
    for (int i = 0; i < 30; ++i) {
      const std::string user = "user-" + std::to_string(i);
      Fold(shards, {Purchase(user, "shoes", i < 20 ? "p1" : "p2"), Purchase(user, "hats", "p1")});
    }
    Fold(shards, {Refund("user-3", "p1"), Purchase("user-4", "shoes", "")});
    for (const unsigned threads : {1u, 3u}) {
      const Popularity popularity = CountPopularity(shards, Pass(threads));
      const auto shoes = popularity.Of(shards.dictionary().FindCategory("shoes"));
      ASSERT_EQ(shoes.size(), 2u);
      EXPECT_EQ(shards.dictionary().product(shoes[0].item), "p1");
      EXPECT_EQ(shoes[0].purchases, 19u);
      EXPECT_EQ(shoes[1].purchases, 10u);
      EXPECT_EQ(popularity.Of(shards.dictionary().FindCategory("hats"))[0].purchases, 29u);
    }
  }
}

TEST_F(AudienceTest, NobodyIsAnEmptyAudience) {
  const Shards shards(2, settings_);
  TextAudience sink(shards.dictionary());
  const Result<AudienceCounts> counts = WalkAudience(shards, CountPopularity(shards, Pass(2)), Pass(2), sink);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->users, 0u);
  EXPECT_EQ(sink.writes, 0);
}

TEST_F(AudienceTest, AFailingSinkEndsTheWalkWithItsReason) {
  Shards shards(3, settings_);
  Fold(shards, ManyRows());
  for (const unsigned threads : {1u, 5u}) {
    TextAudience sink(shards.dictionary());
    sink.fail_at = 2;
    const Result<AudienceCounts> counts = WalkAudience(shards, Popularity(), Pass(threads), sink);
    EXPECT_EQ(counts.status().code(), Code::kExhausted);
    EXPECT_EQ(counts.status().message(), "audience.csv: no space");
    EXPECT_EQ(sink.writes, 2);
  }
}

TEST_F(AudienceTest, AStopEndsTheWalkAsUnavailable) {
  Shards shards(3, settings_);
  Fold(shards, ManyRows());
  const std::atomic<bool> stop = true;
  AudiencePass pass = Pass(2);
  pass.stop = &stop;
  TextAudience sink(shards.dictionary());
  EXPECT_EQ(WalkAudience(shards, Popularity(), pass, sink).status().code(), Code::kUnavailable);
  EXPECT_EQ(sink.text, "");
}

TEST(AudienceCounts, SumsMeetCategoriesThatOnlyOneKnows) {
  AudienceCounts a{1, 2, 3, 4, 5, {1, 2}};
  a.Add({10, 20, 30, 40, 50, {10, 20, 30}});
  EXPECT_EQ(a.users, 11u);
  EXPECT_EQ(a.pairs, 22u);
  EXPECT_EQ(a.audience_users, 33u);
  EXPECT_EQ(a.audience_pairs, 44u);
  EXPECT_EQ(a.recommendations, 55u);
  EXPECT_EQ(a.audience_by_category, (std::vector<uint64_t>{11, 22, 30}));
  a.Add({});
  EXPECT_EQ(a.audience_by_category, (std::vector<uint64_t>{11, 22, 30}));
}

}  // namespace
}  // namespace adirect
