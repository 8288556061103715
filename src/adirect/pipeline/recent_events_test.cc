#include "adirect/pipeline/recent_events.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

bool Repeats(RecentEvents& recent, const FoldRow& row) {
  TypeCounts counts = {};
  recent.CountNew({&row, 1}, counts);
  return counts[static_cast<size_t>(row.type)] == 0;
}

TEST(RecentEvents, ManyAtOnceAreCountedByType) {
  const std::string ana = "ana";
  std::vector<FoldRow> rows;
  for (uint64_t i = 0; i < 100; ++i) {
    rows.push_back(Row(ana, i % 2 == 0 ? EventType::kView : EventType::kPurchase, 1000, i));
  }
  RecentEvents recent;
  TypeCounts counts = {};
  recent.CountNew(rows, counts);
  recent.CountNew(std::span<const FoldRow>(rows).first(30), counts);
  rows.push_back(rows.front());
  rows.push_back(Row(ana, EventType::kView, 1000, 100));
  recent.CountNew(std::span<const FoldRow>(rows).last(9), counts);
  EXPECT_EQ(counts[static_cast<size_t>(EventType::kView)], 51u);
  EXPECT_EQ(counts[static_cast<size_t>(EventType::kPurchase)], 50u);
}

TEST(RecentEvents, AnEventIsRecognisedByAllThatMakesItOne) {
  const std::string ana = "ana";
  const std::string bob = "bob";
  RecentEvents recent;
  const FoldRow first = Row(ana, EventType::kPurchase, 1000, 1);
  EXPECT_FALSE(Repeats(recent, first));
  EXPECT_TRUE(Repeats(recent, first));
  FoldRow other = first;
  other.item = ItemIndex(8);
  EXPECT_FALSE(Repeats(recent, other));
  other = first;
  other.order = 5;
  EXPECT_FALSE(Repeats(recent, other));
  EXPECT_FALSE(Repeats(recent, Row(bob, EventType::kPurchase, 1000, 1)));
  EXPECT_FALSE(Repeats(recent, Row(ana, EventType::kSearch, 1000, 1)));
  EXPECT_FALSE(Repeats(recent, Row(ana, EventType::kPurchase, 1001, 1)));
  EXPECT_FALSE(Repeats(recent, Row(ana, EventType::kPurchase, 1000, 2)));
  EXPECT_TRUE(Repeats(recent, first));
}

TEST(RecentEvents, TheIdentityOfRefundsAndErasesIsNotLookedAt) {
  const std::string ana = "ana";
  RecentEvents recent;
  for (const EventType type : {EventType::kRefund, EventType::kErase}) {
    EXPECT_FALSE(Repeats(recent, Row(ana, type, 1000, 1)));
    EXPECT_TRUE(Repeats(recent, Row(ana, type, 1000, 2)));
  }
}

TEST(RecentEvents, TheLastOnesAreRememberedAndOldOnesForgotten) {
  const std::string ana = "ana";
  RecentEvents recent;
  const auto event = [&](uint64_t i) { return Row(ana, EventType::kSearch, 1000, i); };
  for (uint64_t i = 0; i < 10 * RecentEvents::kKept; ++i) EXPECT_FALSE(Repeats(recent, event(i)));
  uint64_t known = 0;
  for (uint64_t i = 0; i < 1000; ++i) known += Repeats(recent, event(10 * RecentEvents::kKept - 1 - i)) ? 1 : 0;
  EXPECT_GT(known, 990u);
  known = 0;
  for (uint64_t i = 0; i < 1000; ++i) known += Repeats(recent, event(i)) ? 1 : 0;
  EXPECT_LT(known, 10u);
}

}  // namespace
}  // namespace adirect
