#include "adirect/sources/world_realistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "adirect/model/event.h"
#include "adirect/sources/generator_test_support.h"

namespace adirect {
namespace {

constexpr uint64_t kEvents = 200'000;

// A week of 10,000 shoppers.
const std::vector<MadeEvent>& Week() {
  static const std::vector<MadeEvent> events = [] {
    GeneratorSettings settings;
    settings.events = kEvents;
    settings.user_count = 10'000;
    return MakeAll(settings);
  }();
  return events;
}

double ShareOf(EventType type) {
  const auto count = std::count_if(Week().begin(), Week().end(), [&](const MadeEvent& e) { return e.type == type; });
  return static_cast<double>(count) / kEvents;
}

TEST(Realistic, EventsFillTheSpanInTimeOrder) {
  ASSERT_EQ(Week().size(), kEvents);
  EXPECT_TRUE(InTimeOrder(Week()));
  const Timestamp start = GeneratorSettings().start;
  EXPECT_GE(Week().front().time, start);
  EXPECT_LT(Week().front().time.ms, start.ms + kMillisPerMinute);
  EXPECT_LT(Week().back().time, start + Duration::Days(7));
  EXPECT_GT(Week().back().time.ms, start.ms + 7 * kMillisPerDay - kMillisPerMinute);
}

TEST(Realistic, EveryTypeOfTheShopOccurs) {
  EXPECT_NEAR(ShareOf(EventType::kSearch), 0.53, 0.03);
  EXPECT_NEAR(ShareOf(EventType::kView), 0.36, 0.03);
  EXPECT_NEAR(ShareOf(EventType::kCart), 0.05, 0.01);
  EXPECT_NEAR(ShareOf(EventType::kFavorite), 0.035, 0.01);
  EXPECT_NEAR(ShareOf(EventType::kPurchase), 0.02, 0.005);
}

TEST(Realistic, AShopperHasFewCategories) {
  std::map<std::string, std::map<std::string, int>> of_user;
  for (const MadeEvent& event : Week()) ++of_user[event.user][event.category];
  int regulars = 0;
  int loyal = 0;  // three of four events in two categories
  for (const auto& [user, categories] : of_user) {
    std::vector<int> counts;
    int all = 0;
    for (const auto& [category, count] : categories) {
      counts.push_back(count);
      all += count;
    }
    if (all < 20) continue;
    std::sort(counts.rbegin(), counts.rend());
    ++regulars;
    loyal += 4 * (counts[0] + (counts.size() > 1 ? counts[1] : 0)) >= 3 * all ? 1 : 0;
  }
  ASSERT_GT(regulars, 1000);
  EXPECT_GT(loyal, regulars * 7 / 10);
}

TEST(Realistic, ProductsAreSkewedAndEachBelongsToItsCategory) {
  std::map<std::string, int> counts;
  for (const MadeEvent& event : Week()) {
    const std::string prefix = event.category == "10" ? "100" : std::string(3, event.category[0]);
    ASSERT_TRUE(event.product.starts_with(prefix));
    ++counts[event.product];
  }
  std::vector<int> sorted;
  for (const auto& [product, count] : counts) sorted.push_back(count);
  std::sort(sorted.rbegin(), sorted.rend());
  ASSERT_GT(sorted.size(), 20'000U);
  int top = 0;
  for (size_t i = 0; i < 100; ++i) top += sorted[i];
  EXPECT_GT(top, static_cast<int>(kEvents / 5));
}

TEST(Realistic, WhatIsBoughtWasMostlyLookedAtBefore) {
  std::set<std::pair<std::string, std::string>> seen;
  int purchases = 0;
  int known = 0;
  for (const MadeEvent& event : Week()) {
    const std::pair<std::string, std::string> key(event.user, event.product);
    if (event.type == EventType::kPurchase) {
      ++purchases;
      known += seen.contains(key) ? 1 : 0;
    } else {
      seen.insert(key);
    }
  }
  ASSERT_GT(purchases, 1000);
  EXPECT_GT(known, purchases * 8 / 10);
}

TEST(Realistic, BuyersReturnAndSomeOrdersHaveTwoLines) {
  std::map<std::string, std::set<std::string>> orders;
  std::map<std::string, int> lines;
  for (const MadeEvent& event : Week()) {
    ASSERT_EQ(event.order.empty(), event.type != EventType::kPurchase);
    if (event.order.empty()) continue;
    orders[event.user].insert(event.order);
    ++lines[event.order];
  }
  const auto returning = std::count_if(orders.begin(), orders.end(), [](const auto& o) { return o.second.size() > 1; });
  const auto two = std::count_if(lines.begin(), lines.end(), [](const auto& l) { return l.second == 2; });
  EXPECT_GT(returning, static_cast<long>(orders.size() / 5));
  EXPECT_GT(two, static_cast<long>(lines.size() / 20));
  for (const auto& [order, count] : lines) ASSERT_LE(count, 2);
}

TEST(Realistic, SessionsAreRunsOfAShopperInOneCategory) {
  std::map<std::string, const MadeEvent*> last;
  int soon = 0;
  int same = 0;
  for (const MadeEvent& event : Week()) {
    const MadeEvent*& before = last[event.user];
    if (before != nullptr && event.time.ms - before->time.ms < 10 * kMillisPerMinute) {
      ++soon;
      same += before->category == event.category ? 1 : 0;
    }
    before = &event;
  }
  // Sessions of 4 events on average: three of four events follow one of the same session.
  EXPECT_NEAR(soon, kEvents * 3 / 4, kEvents / 20);
  EXPECT_GT(same, soon * 95 / 100);
}

TEST(Realistic, EveryRegionShopsByItsOwnClock) {
  std::map<std::string, std::vector<int>> hours;
  for (const MadeEvent& event : Week()) {
    std::vector<int>& counts = hours[event.region];
    counts.resize(24);
    ++counts[static_cast<size_t>(event.time.ms % kMillisPerDay / kMillisPerHour)];
  }
  ASSERT_EQ(hours.size(), 5U);
  EXPECT_GT(hours["america"][1], 5 * hours["america"][8]);  // eight in the evening, three at night
  EXPECT_GT(hours["china"][12], 5 * hours["china"][19]);
}

TEST(Realistic, IdsAreOfTheEvent) {
  for (size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(Week()[i].event_id, "all-1:" + std::to_string(i));
    ASSERT_EQ(Week()[i].identity, IdentityHash(Week()[i].event_id));
  }
}

TEST(Realistic, OneShopperFewEventsAndManyEventsAtOnceAreWorldsToo) {
  GeneratorSettings settings;
  settings.region = "france";
  settings.user_count = 3;
  settings.events = 100'000;
  settings.days = 0.0001;
  const std::vector<MadeEvent> crowded = MakeAll(settings);
  EXPECT_EQ(crowded.size(), 100'000U);
  EXPECT_TRUE(InTimeOrder(crowded));
  EXPECT_LT(crowded.back().time.ms, settings.start.ms + 8640);
  settings.events = 1;
  settings.days = 3650;
  const std::vector<MadeEvent> lonely = MakeAll(settings);
  ASSERT_EQ(lonely.size(), 1U);
  EXPECT_EQ(lonely[0].user, crowded[0].user);
}

}  // namespace
}  // namespace adirect
