#include "adirect/targeting/evaluate.h"

#include <gtest/gtest.h>

#include <random>

#include "adirect/targeting/test_shop.h"

namespace adirect {
namespace {

constexpr int64_t kHour = TestShop::kHour;
constexpr int64_t kDay = TestShop::kDay;

class EvaluateTest : public testing::Test {
 protected:
  EvaluateTest() {
    policy_.interest.min_searches = 1;
    policy_.interest.window = Duration::Hours(1);
    policy_.interest.last_within = Duration::Forever();
  }

  Interest InterestAt(const std::vector<KeptEvent>& events, int64_t now) {
    const Shopper shopper = shop_.Make(events);
    std::vector<KeptEvent> standing;
    StandingPurchases(shopper, shop_.dictionary, shop_.settings, {now}, standing);
    Interest interest;
    InterestIn(shop_.Category("shoes"), shopper, standing, policy_, SearchFilter(policy_, shop_.settings, {now}),
               shop_.dictionary, shop_.settings, interest);
    return interest;
  }
  Verdict At(const std::vector<KeptEvent>& events, int64_t now) {
    return Evaluate(policy_, InterestAt(events, now), shop_.settings, {now});
  }

  TestShop shop_;
  Policy policy_;
};

TEST_F(EvaluateTest, AFilterLooksAtThePolicysTypesWithinItsWindow) {
  policy_.interest.events = {EventType::kView, EventType::kFavorite};
  const SearchFilter filter(policy_, shop_.settings, {kHour + 5});
  EXPECT_TRUE(filter.Looks(EventType::kView, {kHour + 5}));
  EXPECT_TRUE(filter.Looks(EventType::kFavorite, {6}));
  EXPECT_FALSE(filter.Looks(EventType::kView, {5}));
  EXPECT_FALSE(filter.Looks(EventType::kView, {kHour + 6}));
  EXPECT_FALSE(filter.Looks(EventType::kSearch, {kHour}));
  EXPECT_FALSE(filter.Looks(EventType::kPurchase, {kHour}));
  policy_.interest.window = Duration::Forever();
  EXPECT_TRUE(SearchFilter(policy_, shop_.settings, {kHour}).Looks(EventType::kView, kMinEventTime));
  shop_.settings.retention = Duration::Days(1);
  const SearchFilter cut(policy_, shop_.settings, {kDay});
  EXPECT_TRUE(cut.Looks(EventType::kView, {1}));
  EXPECT_FALSE(cut.Looks(EventType::kView, {0}));
}

TEST_F(EvaluateTest, AFilterForAnInstantNotBeforeOneLooksAtAllThatIsNewer) {
  policy_.interest.events = {EventType::kView};
  const SearchFilter filter = SearchFilter::NotBefore(policy_, shop_.settings, {kHour + 5});
  EXPECT_TRUE(filter.Looks(EventType::kView, {kDay}));
  EXPECT_TRUE(filter.Looks(EventType::kView, {6}));
  EXPECT_FALSE(filter.Looks(EventType::kView, {5}));
  EXPECT_FALSE(filter.Looks(EventType::kSearch, {kDay}));
}

TEST_F(EvaluateTest, InterestIsWhatThePolicyCountsNewestFirst) {
  const Interest interest = InterestAt({shop_.Search(5, "a"), shop_.View(7, "b"), shop_.Search(9, "bags/c"),
                                        shop_.Event(EventType::kCart, 9, "d"), shop_.View(5, "A")},
                                       10);
  EXPECT_EQ(shop_.Told(interest.searches), "b@7 A@5 a@5");
  EXPECT_EQ(interest.days, 1);
  EXPECT_EQ(interest.category, shop_.Category("shoes"));
  EXPECT_EQ(interest.last_purchase, std::nullopt);
}

TEST_F(EvaluateTest, InterestBeginsAfterTheLastStandingPurchase) {
  const Interest interest =
      InterestAt({shop_.Search(4, "a"), shop_.Search(5, "b"), shop_.Search(6, "c"), shop_.Buy(3, "x"),
                  shop_.Buy(5, "y"), shop_.Buy(8, "z", "o"), shop_.Refund(9, "", "o"), shop_.Buy(9, "bags/q")},
                 10);
  EXPECT_EQ(shop_.Told(interest.searches), "c@6");
  EXPECT_EQ(interest.last_purchase, Timestamp{5});
}

TEST_F(EvaluateTest, InterestHoldsTheMNewestButKnowsAllDays) {
  shop_.settings.max_searches = 2;
  policy_.interest.window = Duration::Forever();
  policy_.interest.min_distinct_days = 2;
  const Interest interest =
      InterestAt({shop_.Search(3 * kDay, "a"), shop_.View(3 * kDay + 1, "b"), shop_.Search(3 * kDay + 2, "c"),
                  shop_.Search(2 * kDay + 7, "d"), shop_.Search(kDay, "e")},
                 4 * kDay);
  EXPECT_EQ(shop_.Told(interest.searches), "c@259200002 b@259200001");
  EXPECT_EQ(interest.days, 2) << "at most M";
  EXPECT_EQ(interest.day_needed, Timestamp{2 * kDay + 7});
}

TEST_F(EvaluateTest, ACategoryNobodyHasNamedHoldsNothing) {
  const Shopper shopper = shop_.Make({shop_.Search(1, "a")});
  Interest interest;
  interest.searches.push_back(shop_.Search(1, "left over"));
  InterestIn(CategoryIndex(), shopper, {}, policy_, SearchFilter(policy_, shop_.settings, {2}), shop_.dictionary,
             shop_.settings, interest);
  EXPECT_TRUE(interest.searches.empty());
  EXPECT_EQ(interest.days, 0);
}

TEST_F(EvaluateTest, EveryClauseIsTheresWithItsValues) {
  policy_.interest.last_within = Duration::Hours(2);
  const Verdict v = At({shop_.Search(kHour, "a"), shop_.Buy(100, "b")}, kHour + 50);
  ASSERT_TRUE(v.targeted == false && v.reason == Reason::kPurchased);
  EXPECT_EQ(v.clauses[0].name, "suppress_for");
  EXPECT_EQ(v.clauses[0].needed, 30 * kDay);
  EXPECT_EQ(v.clauses[0].actual, kHour + 50 - 100);
  EXPECT_FALSE(v.clauses[0].holds);
  EXPECT_EQ(v.clauses[1].name, "min_searches");
  EXPECT_EQ(v.clauses[1].needed, 1);
  EXPECT_EQ(v.clauses[1].actual, 1);
  EXPECT_TRUE(v.clauses[1].holds);
  EXPECT_EQ(v.clauses[2].name, "min_distinct_days");
  EXPECT_EQ(v.clauses[2].actual, 1);
  EXPECT_TRUE(v.clauses[2].holds);
  EXPECT_EQ(v.clauses[3].name, "last_within");
  EXPECT_EQ(v.clauses[3].needed, 2 * kHour);
  EXPECT_EQ(v.clauses[3].actual, 50);
  EXPECT_TRUE(v.clauses[3].holds);
  EXPECT_EQ(v.last_search_at, Timestamp{kHour});
}

TEST_F(EvaluateTest, WithoutPurchaseOrSearchThereIsNoActual) {
  policy_.purchase.suppress_for = Duration::Forever();
  const Verdict v = At({shop_.Search(1, "bags/a")}, 10);
  EXPECT_EQ(v.reason, Reason::kFewSearches);
  EXPECT_EQ(v.clauses[0].actual, std::nullopt);
  EXPECT_EQ(v.clauses[0].needed, INT64_MAX) << "for ever";
  EXPECT_TRUE(v.clauses[0].holds);
  EXPECT_EQ(v.clauses[1].actual, 0);
  EXPECT_EQ(v.clauses[3].actual, std::nullopt);
  EXPECT_FALSE(v.clauses[3].holds);
  EXPECT_EQ(v.last_search_at, std::nullopt);
  EXPECT_EQ(v.next_change_at, std::nullopt);
}

TEST_F(EvaluateTest, TheFirstClauseThatFailsIsTheReason) {
  policy_.interest.window = Duration::Days(9);
  policy_.interest.last_within = Duration::Hours(1);
  policy_.interest.min_searches = 2;
  policy_.interest.min_distinct_days = 2;
  std::vector<KeptEvent> events = {shop_.Search(0, "a")};
  EXPECT_EQ(At(events, kDay).reason, Reason::kFewSearches);
  events.push_back(shop_.Search(1, "a"));
  EXPECT_EQ(At(events, kDay).reason, Reason::kFewDays);
  events.push_back(shop_.Search(kDay, "a"));
  EXPECT_EQ(At(events, kDay + kHour).reason, Reason::kStale);
  EXPECT_EQ(At(events, kDay + kHour - 1).reason, Reason::kTargeted);
  events.push_back(shop_.Buy(kDay, "b"));
  EXPECT_EQ(At(events, kDay + kHour).reason, Reason::kPurchased);
}

TEST_F(EvaluateTest, ReasonsAreSpelledAsTheContractSays) {
  EXPECT_EQ(ReasonName(Reason::kTargeted), "targeted");
  EXPECT_EQ(ReasonName(Reason::kPurchased), "purchased");
  EXPECT_EQ(ReasonName(Reason::kFewSearches), "few_searches");
  EXPECT_EQ(ReasonName(Reason::kFewDays), "few_days");
  EXPECT_EQ(ReasonName(Reason::kStale), "stale");
  EXPECT_EQ(ReasonName(Reason::kUnknownUser), "unknown_user");
}

TEST_F(EvaluateTest, SearchesSayMOrMore) {
  shop_.settings.max_searches = 2;
  const Verdict v = At({shop_.Search(1, "a"), shop_.Search(2, "a"), shop_.View(3, "a"), shop_.View(4, "a")}, 5);
  EXPECT_EQ(v.searches, 2);
}

TEST_F(EvaluateTest, ARefundAloneIsAnExistingEvent) {
  EXPECT_TRUE(Exists(shop_.Make({shop_.Refund(5, "a")}), shop_.settings, {5}));
  EXPECT_FALSE(Exists(shop_.Make({shop_.Refund(5, "a")}), shop_.settings, {4}));
  EXPECT_FALSE(Exists(Shopper(), shop_.settings, {5}));
  shop_.settings.retention = Duration::Days(1);
  EXPECT_TRUE(Exists(shop_.Make({shop_.Buy(5, "a")}), shop_.settings, {kDay + 4}));
  EXPECT_FALSE(Exists(shop_.Make({shop_.Buy(5, "a")}), shop_.settings, {kDay + 5}));
}

// The contract's words, without a formula: ask again at every millisecond at which anything could
// end.
std::optional<Timestamp> NextChangeByAsking(const std::function<bool(int64_t)>& targeted, int64_t now,
                                            const std::vector<int64_t>& ends) {
  std::optional<Timestamp> next;
  for (const int64_t end : ends) {
    if (end <= now || (next && next->ms <= end)) continue;
    if (targeted(end) != targeted(now)) next = Timestamp{end};
  }
  return next;
}

TEST_F(EvaluateTest, NextChangeIsTheFirstInstantAtWhichAskingAgainDiffers) {
  std::mt19937_64 random(9);
  const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  const auto length = [&] { return below(5) == 0 ? Duration::Forever() : Duration::Millis(1 + below(40)); };
  int changes = 0;
  for (int round = 0; round < 20'000; ++round) {
    policy_.interest.min_searches = static_cast<int>(1 + below(3));
    policy_.interest.window = length();
    policy_.interest.last_within = length();
    policy_.purchase.suppress_for = length();
    shop_.settings.max_searches = static_cast<int>(3 + below(2));
    std::vector<KeptEvent> events;
    for (int64_t n = below(7); n > 0; --n) events.push_back(shop_.Search(below(40), "p"));
    for (int64_t n = below(3); n > 0; --n) events.push_back(shop_.Buy(below(40), "p"));
    const int64_t now = 40 + below(20);
    std::vector<int64_t> ends;
    for (const KeptEvent& event : events) {
      for (const Duration d : {policy_.interest.window, policy_.interest.last_within, policy_.purchase.suppress_for}) {
        if (!d.forever()) ends.push_back((event.time + d).ms);
      }
    }
    const auto targeted = [&](int64_t instant) { return At(events, instant).targeted; };
    const std::optional<Timestamp> next = At(events, now).next_change_at;
    ASSERT_EQ(next, NextChangeByAsking(targeted, now, ends)) << "round " << round;
    changes += next ? 1 : 0;
  }
  EXPECT_GT(changes, 1'000);
}

TEST_F(EvaluateTest, NextChangeKnowsDaysAndTheRetention) {
  std::mt19937_64 random(9);
  const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  const auto length = [&] { return below(3) == 0 ? Duration::Forever() : Duration::Days(1 + below(6)); };
  shop_.settings.retention = Duration::Days(6);
  int changes = 0;
  for (int round = 0; round < 20'000; ++round) {
    policy_.interest.min_distinct_days = static_cast<int>(1 + below(3));
    policy_.interest.window = length();
    policy_.interest.last_within = length();
    policy_.purchase.suppress_for = length();
    shop_.settings.max_searches = static_cast<int>(3 + below(2));
    std::vector<KeptEvent> events;
    for (int64_t n = below(9); n > 0; --n) events.push_back(shop_.Search(below(24) * kDay / 4, "p"));
    if (below(2) == 0) events.push_back(shop_.Buy(below(24) * kDay / 4, "p"));
    const int64_t now = 6 * kDay + below(12) * kDay / 4;
    std::vector<int64_t> ends;
    for (const KeptEvent& event : events) {
      for (int64_t days = 1; days <= 6; ++days) ends.push_back(event.time.ms + days * kDay);
    }
    const auto targeted = [&](int64_t instant) { return At(events, instant).targeted; };
    const std::optional<Timestamp> next = At(events, now).next_change_at;
    ASSERT_EQ(next, NextChangeByAsking(targeted, now, ends)) << "round " << round;
    changes += next ? 1 : 0;
  }
  EXPECT_GT(changes, 1'000);
}

}  // namespace
}  // namespace adirect
