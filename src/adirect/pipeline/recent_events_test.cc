#include "adirect/pipeline/recent_events.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

FoldRow Row(const std::string& user, EventType type, int64_t time, uint64_t identity) {
  FoldRow row;
  row.user = user.data();
  row.user_size = static_cast<uint8_t>(user.size());
  row.type = type;
  row.time = {time};
  row.item = ItemIndex(7);
  row.identity = identity;
  return row;
}

TEST(RecentEvents, AnEventIsRecognisedByAllThatMakesItOne) {
  const std::string ana = "ana";
  const std::string bob = "bob";
  RecentEvents recent;
  const FoldRow first = Row(ana, EventType::kPurchase, 1000, 1);
  EXPECT_FALSE(recent.Repeats(first));
  EXPECT_TRUE(recent.Repeats(first));
  FoldRow other = first;
  other.item = ItemIndex(8);
  EXPECT_FALSE(recent.Repeats(other));
  other = first;
  other.order = 5;
  EXPECT_FALSE(recent.Repeats(other));
  EXPECT_FALSE(recent.Repeats(Row(bob, EventType::kPurchase, 1000, 1)));
  EXPECT_FALSE(recent.Repeats(Row(ana, EventType::kSearch, 1000, 1)));
  EXPECT_FALSE(recent.Repeats(Row(ana, EventType::kPurchase, 1001, 1)));
  EXPECT_FALSE(recent.Repeats(Row(ana, EventType::kPurchase, 1000, 2)));
  EXPECT_TRUE(recent.Repeats(first));
}

TEST(RecentEvents, TheIdentityOfRefundsAndErasesIsNotLookedAt) {
  const std::string ana = "ana";
  RecentEvents recent;
  for (const EventType type : {EventType::kRefund, EventType::kErase}) {
    EXPECT_FALSE(recent.Repeats(Row(ana, type, 1000, 1)));
    EXPECT_TRUE(recent.Repeats(Row(ana, type, 1000, 2)));
  }
}

TEST(RecentEvents, TheLastOnesAreRememberedAndOldOnesForgotten) {
  const std::string ana = "ana";
  RecentEvents recent;
  const auto event = [&](uint64_t i) { return Row(ana, EventType::kSearch, 1000, i); };
  for (uint64_t i = 0; i < 10 * RecentEvents::kKept; ++i) EXPECT_FALSE(recent.Repeats(event(i)));
  uint64_t known = 0;
  for (uint64_t i = 0; i < 1000; ++i) known += recent.Repeats(event(10 * RecentEvents::kKept - 1 - i)) ? 1 : 0;
  EXPECT_GT(known, 990u);
  known = 0;
  for (uint64_t i = 0; i < 1000; ++i) known += recent.Repeats(event(i)) ? 1 : 0;
  EXPECT_LT(known, 10u);
}

}  // namespace
}  // namespace adirect
