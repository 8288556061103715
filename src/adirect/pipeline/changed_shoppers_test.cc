#include "adirect/pipeline/changed_shoppers.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace adirect {
namespace {

class ChangedShoppersTest : public testing::Test {
 protected:
  FoldRow Row(std::string_view user, EventType type, int64_t time) {
    FoldRow row;
    row.user = user.data();
    row.user_size = static_cast<uint8_t>(user.size());
    row.user_hash = UserHash(user);
    row.type = type;
    row.time = {time};
    row.identity = 7;
    row.order = 8;
    return row;
  }
  void Note(std::string_view user, int64_t time = 1, EventType type = EventType::kSearch) {
    const FoldRow row = Row(user, type, time);
    changed_.Note(0, {&row, 1});
  }
  std::vector<ChangedShoppers::Changed> Take(size_t most = 100) {
    std::vector<ChangedShoppers::Changed> taken;
    changed_.Take(most, taken);
    return taken;
  }
  std::vector<std::string> Users() {
    std::vector<std::string> users;
    changed_.ForEach([&](std::string_view user) { users.emplace_back(user); });
    std::sort(users.begin(), users.end());
    return users;
  }

  ChangedShoppers changed_{2};
};

TEST_F(ChangedShoppersTest, ChangesOfOneShopperAreTakenTogetherTheOldestFirst) {
  Note("ana", 1);
  Note("bob", 2);
  Note("ana", 3);
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].user_id, "ana");
  EXPECT_EQ(taken[0].events.size(), 2u);
  EXPECT_FALSE(taken[0].whole);
  EXPECT_EQ(taken[1].user_id, "bob");
}

TEST_F(ChangedShoppersTest, EventsAreAsAShopperKeepsThem) {
  Note("ana", 1, EventType::kSearch);
  Note("ana", 2, EventType::kPurchase);
  Note("ana", 3, EventType::kRefund);
  Note("ana", 4, EventType::kErase);
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_EQ(taken[0].events.size(), 3u);
  EXPECT_EQ(taken[0].events[0].order, 0u);
  EXPECT_EQ(taken[0].events[1].order, 8u);
  EXPECT_EQ(taken[0].events[2].identity, 0u);
  EXPECT_EQ(taken[0].erased, Timestamp{4});
}

TEST_F(ChangedShoppersTest, WhoIsDoneIsForgotten) {
  Note("ana");
  Take();
  EXPECT_EQ(changed_.shoppers(), 1u);
  EXPECT_TRUE(changed_.oldest().has_value());
  changed_.Done(0, "ana");
  EXPECT_EQ(changed_.shoppers(), 0u);
  EXPECT_EQ(changed_.oldest(), std::nullopt);
  EXPECT_EQ(Users(), std::vector<std::string>());
}

TEST_F(ChangedShoppersTest, WhoChangesOnHisWayIsTakenAgainWhenHeIsDone) {
  Note("ana", 1);
  Take();
  Note("ana", 2);
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(Users(), std::vector<std::string>({"ana"}));
  changed_.Done(0, "ana");
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].events.size(), 1u);
  EXPECT_EQ(changed_.shoppers(), 1u);
}

TEST_F(ChangedShoppersTest, WhoFailedIsTakenWholeBeforeTheOthers) {
  Note("ana", 1);
  const auto first = Take();
  Note("bob", 2);
  changed_.Return(0, "ana");
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].user_id, "ana");
  EXPECT_TRUE(taken[0].whole);
  EXPECT_EQ(taken[0].since, first[0].since);
}

TEST_F(ChangedShoppersTest, OfAShopperWithManyEventsOnlyIsKnownThatHeChanged) {
  for (size_t i = 0; i <= ChangedShoppers::kMostEvents; ++i) Note("ana", static_cast<int64_t>(i));
  const auto taken = Take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(taken[0].whole);
  EXPECT_TRUE(taken[0].events.empty());
}

TEST_F(ChangedShoppersTest, AllShardsHaveTheirTurn) {
  const std::vector<FoldRow> rows = {Row("ana", EventType::kSearch, 1), Row("bob", EventType::kSearch, 1)};
  changed_.Note(0, rows);
  changed_.NoteWhole(1, "cy");
  const auto taken = Take(2);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_NE(taken[0].user_id == "cy", taken[1].user_id == "cy");
  EXPECT_EQ(Take().size(), 1u);
}

}  // namespace
}  // namespace adirect
