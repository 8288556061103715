#include "adirect/pipeline/engine_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class EngineReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    engine_ = *Engine::Open(store_, nullptr, clock_, {});
    catalog_ = *LiveCatalog::Open(store_, nullptr);
    reader_ = std::make_unique<EngineReader>(*engine_, policies_, *catalog_);
  }
  void Submit(const std::string& type, const std::string& user, const std::string& category,
              const std::string& product) {
    const std::string event = "{\"type\": \"" + type + "\", \"time\": 1000, \"user_id\": \"" + user +
                              "\", \"category_id\": \"" + category + "\", \"product_id\": \"" + product + "\"}\n";
    ASSERT_TRUE(SubmitAndWait(*engine_, event).ok());
  }
  AudienceQuestion EverySearcher(std::string place = {}) {
    auto named = std::make_shared<NamedPolicy>();
    named->policy.interest.min_searches = 1;
    return {named, "", reader_->Now(), std::move(place)};
  }
  static std::multiset<std::string> Rest(AudienceWalk& walk) {
    std::multiset<std::string> users;
    while (!walk.ended()) {
      EXPECT_TRUE(walk.Go(1'000, [&](const AudiencePair& pair) { users.emplace(pair.user_id); }).ok());
    }
    return users;
  }

  FakeStore store_;
  SetClock clock_;
  PolicySet policies_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<LiveCatalog> catalog_;
  std::unique_ptr<EngineReader> reader_;
};

TEST_F(EngineReaderTest, SearchesOfOneInstantStandByUserCategoryTypeAndProductWhateverCameFirst) {
  Submit("search", "bob", "toys", "z");
  Submit("view", "ana", "toys", "b");
  Submit("search", "ana", "toys", "c");
  Submit("search", "ana", "shoes", "d");
  Submit("search", "ana", "toys", "a");
  const auto told = [&](size_t limit) {
    const Result<std::vector<ListedSearch>> searches = reader_->Searches(std::nullopt, limit);
    std::string products;
    for (const ListedSearch& search : *searches) products += search.product_id;
    return products;
  };
  EXPECT_EQ(told(10), "dacbz");
  EXPECT_EQ(told(2), "da");
}

TEST_F(EngineReaderTest, TitlesAndNamesAreThoseOfTheCatalog) {
  Catalog posted;
  posted.Add({.product_id = "runner", .title = "Runner 3"});
  ASSERT_TRUE(catalog_->Add(posted, clock_.Now()).ok());
  Submit("search", "ana", "shoes", "runner");
  Submit("purchase", "bob", "shoes", "runner");
  EXPECT_EQ(reader_->Searches("shoes", 1)->front().title, "Runner 3");
  const auto popular = reader_->Popular("shoes", Duration::Forever(), 5);
  ASSERT_EQ(popular->size(), 1u);
  EXPECT_EQ(popular->front().title, "Runner 3");
  EXPECT_EQ(popular->front().purchases, 1u);
  EXPECT_TRUE(reader_->Popular("toys", Duration::Forever(), 5)->empty());
  EXPECT_TRUE(reader_->FindProduct("runner", [](const auto& product) { EXPECT_TRUE(product); }).ok());
  EXPECT_TRUE(reader_->FindProduct("other", [](const auto& product) { EXPECT_FALSE(product); }).ok());
}

TEST_F(EngineReaderTest, CategoriesStandByTheirIds) {
  Submit("search", "ana", "toys", "a");
  Submit("search", "ana", "shoes", "a");
  const auto categories = reader_->Categories();
  ASSERT_EQ(categories->size(), 2u);
  EXPECT_EQ(categories->front().category_id, "shoes");
}

TEST_F(EngineReaderTest, AWalkGoesOnAtItsPlace) {
  for (int i = 0; i < 600; ++i) Submit("search", "user" + std::to_string(i), "shoes", "a");
  auto walk = *reader_->Walk(EverySearcher());
  std::multiset<std::string> seen;
  while (seen.size() < 100) {
    ASSERT_TRUE(walk->Go(100 - seen.size(), [&](const AudiencePair& pair) { seen.emplace(pair.user_id); }).ok());
  }
  EXPECT_EQ(seen.size(), 100u);
  auto other = *reader_->Walk(EverySearcher(walk->place()));
  seen.merge(Rest(*other));
  EXPECT_EQ(seen.size(), 600u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 600u);
}

TEST_F(EngineReaderTest, AWalkTellsOnlyTheCategoryThatIsAsked) {
  Submit("search", "ana", "shoes", "a");
  Submit("search", "bob", "toys", "a");
  AudienceQuestion asked = EverySearcher();
  asked.category_id = "toys";
  auto walk = *reader_->Walk(std::move(asked));
  EXPECT_EQ(Rest(*walk), std::multiset<std::string>{"bob"});
}

TEST_F(EngineReaderTest, APlaceThatIsNoneIsRefused) {
  for (const char* place : {"x", "1", "1.", ".1", "1.2.3", "-1.2"}) {
    EXPECT_EQ(reader_->Walk(EverySearcher(place)).status().code(), Code::kInvalidArgument) << place;
  }
  EXPECT_TRUE((*reader_->Walk(EverySearcher("99.0")))->ended());
}

}  // namespace
}  // namespace adirect
