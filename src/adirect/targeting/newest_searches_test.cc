#include "adirect/targeting/newest_searches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "adirect/targeting/test_shop.h"

namespace adirect {
namespace {

std::string Told(const std::vector<NewestSearches::Search>& searches) {
  std::string told;
  for (const NewestSearches::Search& search : searches) {
    told += (told.empty() ? "" : " ") + search.user_id + "@" + std::to_string(search.time.ms);
  }
  return told;
}

TEST(NewestSearches, AreToldByCategoryAndOverAllNewestFirst) {
  TestShop shop;
  NewestSearches newest;
  newest.Add("ana", shop.Search(10, "shoes/runner"));
  newest.Add("bo", shop.View(30, "hats/cap"));
  newest.Add("cy", shop.Search(20, "shoes/boot"));
  EXPECT_EQ(Told(newest.Of(shop.Category("shoes"))), "cy@20 ana@10");
  EXPECT_EQ(Told(newest.Of(shop.Category("hats"))), "bo@30");
  EXPECT_EQ(Told(newest.OfAll()), "bo@30 cy@20 ana@10");
  EXPECT_EQ(newest.Of(shop.Category("hats")).front().type, EventType::kView);
}

TEST(NewestSearches, PurchasesAndRefundsAreNone) {
  TestShop shop;
  NewestSearches newest;
  newest.Add("ana", shop.Buy(10, "runner"));
  newest.Add("ana", shop.Refund(11, "runner"));
  EXPECT_EQ(Told(newest.OfAll()), "");
  EXPECT_EQ(Told(newest.Of(CategoryIndex())), "");
}

TEST(NewestSearches, InAnyOrderAndRepeatedTheNewestAreKeptOnce) {
  TestShop shop;
  std::vector<KeptEvent> events;
  for (int64_t time = 0; time < 1500; ++time) events.push_back(shop.Search(time, time % 2 == 0 ? "a/x" : "b/x"));
  std::string all;
  for (int64_t time = 1499; time >= 1300; --time) all += (all.empty() ? "ana@" : " ana@") + std::to_string(time);
  std::vector<KeptEvent> repeated = events;
  repeated.insert(repeated.end(), events.begin(), events.end());
  std::mt19937 random(7);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(repeated.begin(), repeated.end(), random);
    NewestSearches newest;
    for (const KeptEvent& event : repeated) newest.Add("ana", event);
    EXPECT_EQ(Told(newest.OfAll()), all);
    const std::vector<NewestSearches::Search> a = newest.Of(shop.Category("a"));
    ASSERT_EQ(a.size(), NewestSearches::kKept);
    EXPECT_EQ(a.front().time.ms, 1498);
    EXPECT_EQ(a.back().time.ms, 1498 - 2 * 199);
  }
}

}  // namespace
}  // namespace adirect
