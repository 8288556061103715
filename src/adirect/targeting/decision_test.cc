#include "adirect/targeting/decision.h"

#include <gtest/gtest.h>

#include <set>

#include "adirect/targeting/test_shop.h"

namespace adirect {
namespace {

constexpr int64_t kHour = TestShop::kHour;

class DecisionTest : public testing::Test {
 protected:
  DecisionTest() {
    policy_.interest.min_searches = 1;
    policy_.interest.window = Duration::Hours(1);
  }

  void Sell(const std::vector<KeptEvent>& standing) {
    PopularityCounter counter(Duration::Forever(), shop_.settings, now_);
    counter.Add(standing);
    popularity_ = Popularity(counter, shop_.dictionary);
  }
  Decider MakeDecider() { return {policy_, shop_.settings, shop_.dictionary, popularity_, now_, catalog_.get()}; }
  void TakeAway(std::initializer_list<std::string_view> products) {
    catalog_ = std::make_unique<Catalog>();
    for (const std::string_view product : products) catalog_->Add({.product_id = product, .available = false});
    catalog_->Add({.product_id = "c", .available = true});
  }

  Decision Decide(const std::vector<KeptEvent>& events) { return MakeDecider().Decide(shop_.Make(events)); }
  Decision Decide(const std::vector<KeptEvent>& events, std::string_view category) {
    return MakeDecider().Decide(shop_.Make(events), shop_.dictionary.FindCategory(category));
  }

  // "shoes/runner-3 +bags/tote-7": + marks a popular product.
  std::string Told(const std::vector<Recommendation>& list) {
    std::string told;
    for (const Recommendation& shown : list) {
      told += (told.empty() ? "" : " ") + std::string(shown.source == ProductSource::kPopular ? "+" : "") +
              std::string(shop_.dictionary.category_id(shown.item)) + "/" +
              std::string(shop_.dictionary.product(shown.item));
    }
    return told;
  }
  std::string Categories(const Decision& decision) {
    std::string told;
    for (const CategoryDecision& category : decision.categories) {
      told += (told.empty() ? "" : " ") + std::string(shop_.dictionary.category_id(category.category));
    }
    return told;
  }

  TestShop shop_;
  Policy policy_;
  Popularity popularity_;
  std::unique_ptr<Catalog> catalog_;
  Timestamp now_{kHour};
};

TEST_F(DecisionTest, TheListIsRecentThenPopularEachCountedAfterLeavingOut) {
  policy_.products.recent = 2;
  policy_.products.popular = 2;
  Sell({shop_.Buy(1, "c"), shop_.Buy(1, "c"), shop_.Buy(1, "x"), shop_.Buy(1, "x"), shop_.Buy(1, "m"),
        shop_.Buy(1, "n"), shop_.Buy(1, "bags/z")});
  const Decision decision =
      Decide({shop_.Search(kHour - 1, "x"), shop_.Search(kHour - 2, "a"), shop_.Search(kHour - 2, "b"),
              shop_.Search(kHour - 3, ""), shop_.Buy(kHour - 4, "bags/x")},
             "shoes");
  EXPECT_EQ(Told(decision.list), "shoes/a shoes/b +shoes/c +shoes/m");
  EXPECT_EQ(decision.categories.at(0).list, decision.list);
}

TEST_F(DecisionTest, WhatTheCatalogTakesAwayIsLeftOutBeforeEachPartIsCounted) {
  policy_.products.recent = 2;
  policy_.products.popular = 2;
  Sell({shop_.Buy(1, "m"), shop_.Buy(1, "m"), shop_.Buy(1, "m"), shop_.Buy(1, "c"), shop_.Buy(1, "c"),
        shop_.Buy(1, "n"), shop_.Buy(1, "o")});
  const std::vector<KeptEvent> events = {shop_.Search(9, "x"), shop_.Search(8, "a"), shop_.Search(7, "b"),
                                         shop_.Search(6, "d"), shop_.Search(5, "bags/m")};
  EXPECT_EQ(Told(Decide(events, "shoes").list), "shoes/x shoes/a +shoes/m +shoes/c");
  TakeAway({"x", "m", "n"});
  EXPECT_EQ(Told(Decide(events, "shoes").list), "shoes/a shoes/b +shoes/c +shoes/o");
  EXPECT_EQ(Told(Decide(events).list), "shoes/a shoes/b +shoes/c +shoes/o") << "m is gone from bags too";
  EXPECT_TRUE(Decide(events, "bags").targeted) << "with nothing to show";
}

TEST_F(DecisionTest, ADeciderShowsEveryShopperTheSameAvailableOnes) {
  policy_.products.recent = 0;
  policy_.products.popular = 2;
  Sell({shop_.Buy(1, "a"), shop_.Buy(1, "b"), shop_.Buy(1, "c"), shop_.Buy(1, "d"), shop_.Buy(1, "e")});
  TakeAway({"a", "d"});
  Decider decider = MakeDecider();
  EXPECT_EQ(Told(decider.Decide(shop_.Make({shop_.Search(9, "z")})).list), "+shoes/b +shoes/c");
  EXPECT_EQ(Told(decider.Decide(shop_.Make({shop_.Search(9, "z"), shop_.Buy(8, "bags/b")})).list), "+shoes/c +shoes/e");
  EXPECT_EQ(Told(decider.Decide(shop_.Make({shop_.Search(9, "z")})).list), "+shoes/b +shoes/c");
}

TEST_F(DecisionTest, ARecentProductBeyondTheRecentOnesMayStillBePopular) {
  policy_.products.recent = 1;
  Sell({shop_.Buy(1, "b")});
  EXPECT_EQ(Told(Decide({shop_.Search(9, "a"), shop_.Search(8, "b")}, "shoes").list), "shoes/a +shoes/b");
}

TEST_F(DecisionTest, TheLimitCutsBothParts) {
  policy_.products.limit = 2;
  Sell({shop_.Buy(1, "m"), shop_.Buy(1, "n")});
  EXPECT_EQ(Told(Decide({shop_.Search(9, "a")}, "shoes").list), "shoes/a +shoes/m");
  EXPECT_EQ(Told(Decide({shop_.Search(9, "a"), shop_.Search(8, "b"), shop_.Search(7, "c")}, "shoes").list),
            "shoes/a shoes/b");
}

TEST_F(DecisionTest, WhoIsNotTargetedIsShownNothing) {
  policy_.interest.min_searches = 2;
  Sell({shop_.Buy(1, "m")});
  const Decision decision = Decide({shop_.Search(9, "a")}, "shoes");
  EXPECT_FALSE(decision.targeted);
  EXPECT_EQ(decision.reason, Reason::kFewSearches);
  EXPECT_TRUE(decision.list.empty());
  EXPECT_TRUE(decision.categories.at(0).list.empty());
}

TEST_F(DecisionTest, TargetedCategoriesComeFirstNewestSearchFirst) {
  policy_.interest.min_searches = 2;
  const Decision decision =
      Decide({shop_.Search(1, "b/p"), shop_.Search(2, "b/p"), shop_.Search(1, "a/p"), shop_.Search(2, "a/p"),
              shop_.Search(1, "z/p"), shop_.Search(3, "z/p"), shop_.Search(9, "x/p"), shop_.Buy(9, "m/p")});
  EXPECT_EQ(Categories(decision), "z a b m x");
  EXPECT_TRUE(decision.targeted);
  EXPECT_EQ(decision.reason, Reason::kTargeted);
}

TEST_F(DecisionTest, TheJoinedListKeepsTheFirstOccurrenceAndIsCutAtLimit) {
  policy_.products.limit = 3;
  Sell({shop_.Buy(1, "bags/s"), shop_.Buy(1, "bags/t")});
  EXPECT_EQ(Told(Decide({shop_.Search(9, "s"), shop_.Search(8, "a"), shop_.Search(7, "bags/b")}).list),
            "shoes/s shoes/a bags/b");
  EXPECT_EQ(Told(Decide({shop_.Search(9, "s"), shop_.Search(7, "bags/b")}).list), "shoes/s bags/b +bags/t");
}

TEST_F(DecisionTest, AnUnknownShopperIsAnAnswerBeforeAllClauses) {
  shop_.Category("shoes");
  const Decision pair = Decide({}, "shoes");
  EXPECT_FALSE(pair.targeted);
  EXPECT_EQ(pair.reason, Reason::kUnknownUser);
  ASSERT_EQ(pair.categories.size(), 1u);
  EXPECT_EQ(pair.categories[0].verdict.reason, Reason::kUnknownUser);
  EXPECT_EQ(pair.categories[0].verdict.searches, 0);
  EXPECT_EQ(pair.categories[0].verdict.next_change_at, std::nullopt);

  const Decision all = Decide({});
  EXPECT_EQ(all.reason, Reason::kUnknownUser);
  EXPECT_TRUE(all.categories.empty());
}

TEST_F(DecisionTest, AShopperWhoIsNoLongerKnownIsUnknown) {
  shop_.settings.retention = Duration::Days(1);
  now_ = {kMillisPerDay + 5};
  policy_.interest.window = Duration::Forever();
  const std::vector<KeptEvent> events = {shop_.Search(5, "a")};
  EXPECT_EQ(Decide(events, "shoes").reason, Reason::kUnknownUser);
  EXPECT_EQ(Decide(events).reason, Reason::kUnknownUser);
  EXPECT_TRUE(Decide(events).categories.empty());
  now_ = {kMillisPerDay + 4};
  EXPECT_TRUE(Decide(events).targeted);
}

TEST_F(DecisionTest, RefundsOnlyAreKnownWithoutCategory) {
  const Decision decision = Decide({shop_.Refund(5, "a")});
  EXPECT_EQ(decision.reason, Reason::kFewSearches);
  EXPECT_TRUE(decision.categories.empty());
  EXPECT_EQ(Decide({shop_.Refund(5, "a")}, "shoes").reason, Reason::kFewSearches);
}

TEST_F(DecisionTest, ACategoryNobodyHasNamedIsAnAnswer) {
  const Decision decision = Decide({shop_.Search(5, "a")}, "hats");
  EXPECT_EQ(decision.reason, Reason::kFewSearches);
  ASSERT_EQ(decision.categories.size(), 1u);
  EXPECT_FALSE(decision.categories[0].category.valid());
}

TEST_F(DecisionTest, TheAudienceLooksOnlyAtCategoriesWithASearchOfThePolicy) {
  policy_.interest.events = {EventType::kSearch};
  Decider decider = MakeDecider();
  decider.Audience(shop_.Make({shop_.Search(5, "a"), shop_.View(5, "bags/b"), shop_.Buy(5, "hats/c"), shop_.Buy(6, "d"),
                               shop_.Refund(9, "e")}));
  EXPECT_EQ(decider.searched_count(), 1u);
  decider.Audience(shop_.Make({shop_.Refund(9, "e")}));
  EXPECT_EQ(decider.searched_count(), 0u);
}

TEST_F(DecisionTest, TheAudienceIsTheTargetedCategoriesById) {
  policy_.interest.min_searches = 2;
  const Shopper shopper = shop_.Make({shop_.Search(1, "b/p"), shop_.Search(2, "b/q"), shop_.Search(8, "z/p"),
                                      shop_.Search(9, "z/p"), shop_.Search(9, "a/p"), shop_.Buy(9, "m/p")});
  Decider decider = MakeDecider();
  std::string told;
  for (const CategoryDecision& category : decider.Audience(shopper)) {
    EXPECT_TRUE(category.verdict.targeted);
    told += std::string(shop_.dictionary.category_id(category.category)) + ":" + Told(category.list) + ";";
  }
  EXPECT_EQ(told, "b:b/q;z:;") << "z/p was bought, in category m";
  EXPECT_EQ(decider.searched_count(), 3u) << "in m he has bought only";
}

TEST_F(DecisionTest, ADeciderForgetsTheShopperBefore) {
  Decider decider = MakeDecider();
  decider.Decide(shop_.Make({shop_.Search(5, "a"), shop_.Buy(5, "bags/b")}));
  const Decision& decision = decider.Decide(shop_.Make({shop_.Search(5, "b")}));
  EXPECT_EQ(Categories(decision), "shoes");
  EXPECT_EQ(Told(decision.list), "shoes/b");
}

TEST_F(DecisionTest, SourcesAreSpelledAsTheContractSays) {
  EXPECT_EQ(ProductSourceName(ProductSource::kRecentSearch), "recent_search");
  EXPECT_EQ(ProductSourceName(ProductSource::kPopular), "popular");
}

}  // namespace
}  // namespace adirect
