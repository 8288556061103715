#include "adirect/sources/world_seed2017.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "adirect/model/event.h"
#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_test_support.h"

namespace adirect {
namespace {

constexpr uint64_t kEvents = 200'000;

GeneratorSettings SettingsOf(std::string region) {
  GeneratorSettings settings;
  settings.world = WorldKind::kSeed2017;
  settings.events = kEvents;
  settings.region = std::move(region);
  return settings;
}

const std::vector<MadeEvent>& China() {
  static const std::vector<MadeEvent> events = MakeAll(SettingsOf("china"));
  return events;
}

// The rounds of one region's events, told from the events alone: a round ends with a purchase or
// after 500 events. The last one may be cut.
std::vector<std::vector<MadeEvent>> RoundsOf(const std::vector<MadeEvent>& events) {
  std::vector<std::vector<MadeEvent>> rounds(1);
  for (const MadeEvent& event : events) {
    rounds.back().push_back(event);
    if (event.type == EventType::kPurchase || rounds.back().size() == 500) rounds.emplace_back();
  }
  rounds.pop_back();
  return rounds;
}

TEST(Seed2017, ARoundIsFiveUsersWithACategoryEachInTurn) {
  const std::vector<std::vector<MadeEvent>> rounds = RoundsOf(China());
  ASSERT_GT(rounds.size(), 1900U);
  for (const std::vector<MadeEvent>& round : rounds) {
    std::set<std::string> users;
    for (size_t i = 0; i < std::min<size_t>(round.size(), 5); ++i) users.insert(round[i].user);
    ASSERT_EQ(users.size(), std::min<size_t>(round.size(), 5));
    for (size_t i = 5; i < round.size(); ++i) {
      ASSERT_EQ(round[i].user, round[i - 5].user);
      ASSERT_EQ(round[i].name, round[i - 5].name);
      ASSERT_EQ(round[i].category, round[i - 5].category);
    }
  }
}

TEST(Seed2017, APassHasOneTimeInWholeSeconds) {
  for (const std::vector<MadeEvent>& round : RoundsOf(China())) {
    for (size_t i = 0; i < round.size(); ++i) {
      ASSERT_EQ(round[i].time.ms % kMillisPerSecond, 0);
      ASSERT_EQ(round[i].time, round[i / 5 * 5].time);
    }
  }
}

TEST(Seed2017, OneEventInAHundredBuysAndTheFirstBuyEndsTheRound) {
  const std::vector<std::vector<MadeEvent>> rounds = RoundsOf(China());
  int bought = 0;
  int short_rounds = 0;  // within the first 100 events: 1 - 0.99^100 = 63.4 %
  for (const std::vector<MadeEvent>& round : rounds) {
    const bool buys = round.back().type == EventType::kPurchase;
    bought += buys ? 1 : 0;
    short_rounds += buys && round.size() <= 100 ? 1 : 0;
    ASSERT_TRUE(buys || round.size() == 500);
    for (size_t i = 0; i + 1 < round.size(); ++i) ASSERT_EQ(round[i].type, EventType::kSearch);
  }
  // Five standard deviations.
  EXPECT_NEAR(bought, kEvents / 100, 225);
  EXPECT_NEAR(short_rounds / static_cast<double>(rounds.size()), 0.634, 0.055);
}

TEST(Seed2017, SomeRoundsOfFiveHundredEventsEndWithoutABuy) {
  GeneratorSettings settings = SettingsOf("");
  settings.events = 2'000'000;
  const Result<Generator> generator = Generator::Make(settings);
  ASSERT_TRUE(generator.ok());
  // 0.99^500 = 0.657 % of about 20,140 rounds; five deviations.
  std::map<std::string, uint64_t> since_buy;
  int unsold = 0;
  int sold = 0;
  GeneratorStream stream(*generator);
  EventBatch batch;
  while (stream.Read(batch)) {
    for (const Event& event : batch.events()) {
      uint64_t& length = since_buy[std::string(event.region)];
      ++length;
      const bool buys = event.type == EventType::kPurchase;
      if (!buys && length < 500) continue;
      (buys ? sold : unsold) += 1;
      length = 0;
    }
  }
  EXPECT_NEAR(unsold, 0.00657 * (sold + unsold), 58);
  EXPECT_GT(unsold, 50);
}

TEST(Seed2017, UsersCategoriesAndProductsAreUniform) {
  std::map<std::string, int> categories;
  std::set<std::string> users;
  uint64_t picks = 0;
  for (const std::vector<MadeEvent>& round : RoundsOf(China())) {
    for (size_t i = 0; i < std::min<size_t>(round.size(), 5); ++i) {
      ++categories[round[i].category];
      users.insert(round[i].user);
      ++picks;
    }
  }
  ASSERT_EQ(categories.size(), 10U);
  for (const auto& [category, count] : categories) {
    EXPECT_NEAR(count, static_cast<double>(picks) / 10, 160) << category;
  }
  // Of 10,000 users, `picks` uniform ones leave 10,000 * e^(-picks / 10,000) out.
  EXPECT_NEAR(static_cast<double>(users.size()), 10'000 * (1 - std::exp(-static_cast<double>(picks) / 10'000)), 250);

  double sum = 0;
  std::set<std::string> products;
  for (const MadeEvent& event : China()) {
    sum += std::stod(event.product.substr(3));
    products.insert(event.product);
  }
  EXPECT_NEAR(sum / kEvents, 49'999.5, 400);
  EXPECT_NEAR(static_cast<double>(products.size()), 1'000'000 * (1 - std::exp(-0.2)), 1500);
}

TEST(Seed2017, AProductIsItsCategorysPrefixAndANumberWithoutLeadingZeros) {
  const std::map<std::string, std::string> prefixes = {{"1", "111"}, {"2", "222"}, {"3", "333"}, {"4", "444"},
                                                       {"5", "555"}, {"6", "666"}, {"7", "777"}, {"8", "888"},
                                                       {"9", "999"}, {"10", "100"}};
  std::set<size_t> sizes;
  for (const MadeEvent& event : China()) {
    ASSERT_TRUE(event.product.starts_with(prefixes.at(event.category)));
    const std::string number = event.product.substr(3);
    ASSERT_EQ(number, std::to_string(std::stoul(number)));
    ASSERT_LT(std::stoul(number), kProductsPerCategory);
    sizes.insert(number.size());
  }
  EXPECT_EQ(sizes, (std::set<size_t>{1, 2, 3, 4, 5}));
}

TEST(Seed2017, ARegionDoesTheSameAloneAndAmongFive) {
  GeneratorSettings settings = SettingsOf("");
  settings.events = 5 * 20'000;
  const std::vector<MadeEvent> all = MakeAll(settings);
  EXPECT_EQ(all.size(), 100'000U);
  EXPECT_TRUE(InTimeOrder(all));
  std::map<std::string, uint64_t> of_region;
  for (const MadeEvent& event : all) {
    const uint64_t i = of_region[event.region]++;
    if (event.region != "china") continue;
    ASSERT_EQ(event.user, China()[i].user);
    ASSERT_EQ(event.product, China()[i].product);
    ASSERT_EQ(event.type, China()[i].type);
    ASSERT_EQ(event.event_id, China()[i].event_id);
  }
  ASSERT_EQ(of_region.size(), 5U);
  for (const auto& [region, count] : of_region) EXPECT_EQ(count, 20'000U) << region;
}

TEST(Seed2017, TheEventsFillTheSpanFromItsStart) {
  GeneratorSettings settings = SettingsOf("");
  settings.start = *ParseRfc3339("2026-01-05T10:00:00Z");
  settings.days = 2;
  const std::vector<MadeEvent> events = MakeAll(settings);
  ASSERT_EQ(events.size(), kEvents);
  EXPECT_TRUE(InTimeOrder(events));
  EXPECT_EQ(events.front().time, settings.start);
  EXPECT_LT(events.back().time, settings.start + Duration::Days(2));
  EXPECT_GT(events.back().time.ms, settings.start.ms + 2 * kMillisPerDay - kMillisPerMinute);
}

TEST(Seed2017, IdsAreOfTheEventAndOrdersOfThePurchase) {
  std::set<std::string> orders;
  uint64_t purchases = 0;
  for (size_t i = 0; i < China().size(); ++i) {
    const MadeEvent& event = China()[i];
    ASSERT_EQ(event.event_id, "china-1:" + std::to_string(i));
    ASSERT_EQ(event.identity, IdentityHash(event.event_id));
    ASSERT_EQ(event.order.empty(), event.type != EventType::kPurchase);
    if (event.order.empty()) continue;
    orders.insert(event.order);
    ++purchases;
  }
  EXPECT_GT(purchases, 0U);
  EXPECT_EQ(orders.size(), purchases);
}

TEST(Seed2017, AnotherSeedIsAnotherWorld) {
  GeneratorSettings settings = SettingsOf("china");
  settings.events = 100;
  settings.seed = 2;
  const std::vector<MadeEvent> other = MakeAll(settings);
  EXPECT_NE(other[0].user + other[0].product, China()[0].user + China()[0].product);
}

TEST(Seed2017, AWorldOfFewerEventsThanRegionsAndOneOfFiveUsersAreWhole) {
  GeneratorSettings settings = SettingsOf("");
  settings.events = 3;
  EXPECT_EQ(MakeAll(settings).size(), 3U);
  settings.events = 30'000;
  settings.user_count = 25;
  std::set<std::string> users;
  for (const MadeEvent& event : MakeAll(settings)) users.insert(event.user);
  EXPECT_EQ(users.size(), 25U);
}

}  // namespace
}  // namespace adirect
