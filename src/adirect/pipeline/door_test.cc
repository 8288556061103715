#include "adirect/pipeline/door.h"

#include <gtest/gtest.h>

#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

constexpr Timestamp kArrival{1'000'000'000};
constexpr int64_t kTolerance = 5 * kMillisPerMinute;

Event Search(std::string_view user, std::string_view category, Timestamp time) {
  Event event;
  event.user_id = user;
  event.category_id = category;
  event.time = time;
  return event;
}

Event OfType(EventType type) {
  Event event = Search("ana", "", kArrival);
  event.type = type;
  return event;
}

class DoorTest : public testing::Test {
 protected:
  FoldingDoor MakeDoor(std::optional<Timestamp> as_of = std::nullopt, size_t shards = 1) {
    DoorRules rules;
    rules.arrival = kArrival;
    rules.as_of = as_of;
    rules.catalog = catalog_;
    return {rules, dictionary_, shards};
  }

  SourceBlock Block() const {
    SourceBlock block;
    block.input = &input_;
    return block;
  }

  // The reason for which the event alone is refused; absent: it is not.
  std::optional<RejectReason> Refusal(const Event& event) {
    FoldingDoor door = MakeDoor();
    door.Open(Block());
    door.OnEvent(event, {0, "raw"});
    door.Close();
    for (size_t i = 0; i < kRejectReasons; ++i) {
      if (door.counts().refused[i] > 0) return static_cast<RejectReason>(i);
    }
    EXPECT_EQ(door.counts().accepted, 1u);
    return std::nullopt;
  }

  Input input_{"events.csv", true};
  Dictionary dictionary_;
  const Catalog* catalog_ = nullptr;
};

TEST_F(DoorTest, AMissingCategoryIsThatOfTheProductWhereTheCatalogKnowsIt) {
  Catalog catalog;
  catalog.Add({.product_id = "runner-3", .category_id = "shoes"});
  catalog.Add({.product_id = "gift-card"});
  catalog_ = &catalog;
  const auto category_of = [&](EventType type, std::string_view category, std::string_view product) {
    Event event = OfType(type);
    event.category_id = category;
    event.product_id = product;
    FoldingDoor door = MakeDoor();
    door.Open(Block());
    door.OnEvent(event, {0, "raw"});
    door.Close();
    if (door.rows(0).empty()) return std::string("refused");
    return std::string(dictionary_.category_id(door.rows(0)[0].category));
  };
  EXPECT_EQ(category_of(EventType::kSearch, "", "runner-3"), "shoes");
  EXPECT_EQ(category_of(EventType::kPurchase, "", "runner-3"), "shoes");
  EXPECT_EQ(category_of(EventType::kView, "sale", "runner-3"), "sale") << "the event's own counts";
  EXPECT_EQ(category_of(EventType::kRefund, "", "runner-3"), "") << "a refund has none";
  EXPECT_EQ(category_of(EventType::kSearch, "", "gift-card"), "refused");
  EXPECT_EQ(category_of(EventType::kSearch, "", "unknown"), "refused");
  EXPECT_EQ(category_of(EventType::kSearch, "", ""), "refused");
  Event unknown = OfType(EventType::kSearch);
  unknown.product_id = "unknown";
  EXPECT_EQ(Refusal(unknown), RejectReason::kMissingCategoryId);
}

TEST_F(DoorTest, AnAcceptedEventBecomesARow) {
  Event event = Search("ana", "shoes", {5000});
  event.type = EventType::kPurchase;
  event.product_id = "p1";
  event.order_id = "o1";
  event.user_name = "Ana";
  event.identity = 77;
  FoldingDoor door = MakeDoor();
  door.Open(Block());
  door.OnEvent(event, {});
  door.Close();
  ASSERT_EQ(door.rows(0).size(), 1u);
  const FoldRow& row = door.rows(0)[0];
  EXPECT_EQ(row.user_id(), "ana");
  EXPECT_EQ(row.user_hash, UserHash("ana"));
  EXPECT_EQ(row.user_name(), "Ana");
  EXPECT_EQ(row.type, EventType::kPurchase);
  EXPECT_EQ(row.time, Timestamp{5000});
  EXPECT_EQ(row.identity, 77u);
  EXPECT_EQ(row.order, OrderHash("o1"));
  EXPECT_EQ(dictionary_.product(row.item), "p1");
  EXPECT_EQ(dictionary_.category_id(row.item), "shoes");
  EXPECT_TRUE(door.refused().empty());
}

TEST_F(DoorTest, RowsComeInTheirOrderHoweverManyAreOnTheirWay) {
  FoldingDoor door = MakeDoor();
  for (int64_t count = 0; count <= 50; ++count) {
    std::vector<std::string> products;
    for (int64_t i = 0; i < count; ++i) products.push_back("p" + std::to_string(i % 20));
    door.Open(Block());
    for (int64_t i = 0; i < count; ++i) {
      Event event = Search("ana", "shoes", {i});
      event.product_id = products[static_cast<size_t>(i)];
      door.OnEvent(event, {});
    }
    door.Close();
    ASSERT_EQ(door.rows(0).size(), static_cast<size_t>(count));
    for (size_t i = 0; i < door.rows(0).size(); ++i) {
      EXPECT_EQ(door.rows(0)[i].time, Timestamp{static_cast<int64_t>(i)});
      EXPECT_EQ(dictionary_.product(door.rows(0)[i].item), products[i]);
    }
  }
}

TEST_F(DoorTest, EachUserGoesToHisShard) {
  constexpr size_t kShards = 5;
  FoldingDoor door = MakeDoor(std::nullopt, kShards);
  std::vector<std::string> users;
  for (int i = 0; i < 100; ++i) users.push_back("user-" + std::to_string(i));
  door.Open(Block());
  for (const std::string& user : users) door.OnEvent(Search(user, "shoes", {1}), {});
  door.Close();
  size_t rows = 0;
  for (size_t shard = 0; shard < kShards; ++shard) {
    for (const FoldRow& row : door.rows(shard)) EXPECT_EQ(ShardOf(UserHash(row.user_id()), kShards), shard);
    rows += door.rows(shard).size();
  }
  EXPECT_EQ(rows, users.size());
}

TEST_F(DoorTest, WithTheNextBlockTheRowsAndRecordsOfTheLastAreGone) {
  FoldingDoor door = MakeDoor();
  door.Open(Block());
  door.OnEvent(Search("ana", "shoes", {1}), {});
  door.OnRejected(RejectReason::kBadTime, {7, "x"});
  door.Close();
  EXPECT_EQ(door.rows(0).size(), 1u);
  EXPECT_FALSE(door.refused().empty());
  door.Open(Block());
  door.Close();
  EXPECT_TRUE(door.rows(0).empty());
  EXPECT_TRUE(door.refused().empty());
  EXPECT_EQ(door.counts().rows, 2u);
}

TEST_F(DoorTest, AnInterestOrAPurchaseNeedsACategory) {
  for (const EventType type :
       {EventType::kSearch, EventType::kView, EventType::kCart, EventType::kFavorite, EventType::kPurchase}) {
    EXPECT_EQ(Refusal(OfType(type)), RejectReason::kMissingCategoryId);
  }
  EXPECT_EQ(Refusal(OfType(EventType::kRefund)), std::nullopt);
  EXPECT_EQ(Refusal(OfType(EventType::kErase)), std::nullopt);
}

TEST_F(DoorTest, FiveMinutesAfterItsArrivalIsNoFutureAndAMillisecondMoreIs) {
  EXPECT_EQ(Refusal(Search("ana", "shoes", {kArrival.ms + kTolerance})), std::nullopt);
  EXPECT_EQ(Refusal(Search("ana", "shoes", {kArrival.ms + kTolerance + 1})), RejectReason::kFuture);
  Event erase = OfType(EventType::kErase);
  erase.time = {kArrival.ms + kTolerance + 1};
  EXPECT_EQ(Refusal(erase), RejectReason::kFuture);
}

TEST_F(DoorTest, ARowsOwnArrivalCountsMoreThanTheClock) {
  Event event = Search("ana", "shoes", {5000 + kTolerance + 1});
  event.arrival = Timestamp{5000};
  EXPECT_EQ(Refusal(event), RejectReason::kFuture);
  event.time = {kArrival.ms + kTolerance + 1};
  event.arrival = Timestamp{kArrival.ms + 1};
  EXPECT_EQ(Refusal(event), std::nullopt);
}

TEST_F(DoorTest, AMissingCategoryIsSaidBeforeTheFuture) {
  EXPECT_EQ(Refusal(Search("ana", "", {kArrival.ms + kTolerance + 1})), RejectReason::kMissingCategoryId);
}

TEST_F(DoorTest, AnEraseFromASourceThatMayNotEraseIsRefused) {
  input_.may_erase = false;
  EXPECT_EQ(Refusal(OfType(EventType::kErase)), RejectReason::kEraseNotAllowed);
  Event late = OfType(EventType::kErase);
  late.time = {kArrival.ms + kTolerance + 1};
  EXPECT_EQ(Refusal(late), RejectReason::kFuture);
  EXPECT_EQ(Refusal(Search("ana", "shoes", {1})), std::nullopt);
}

TEST_F(DoorTest, AnEraseKnowsNoProduct) {
  EXPECT_EQ(Refusal(OfType(EventType::kErase)), std::nullopt);
  EXPECT_EQ(dictionary_.item_count(), 0u);
}

TEST_F(DoorTest, EventsAfterTheAsOfAreCountedAndLeftOutButErasesPass) {
  FoldingDoor door = MakeDoor(Timestamp{100});
  door.Open(Block());
  door.OnEvent(Search("ana", "shoes", {100}), {});
  door.OnEvent(Search("ana", "shoes", {101}), {});
  Event erase = OfType(EventType::kErase);
  erase.time = {5000};
  door.OnEvent(erase, {});
  door.Close();
  EXPECT_EQ(door.counts().after_as_of, 1u);
  EXPECT_EQ(door.counts().accepted, 2u);
  EXPECT_EQ(door.counts().erases(), 1u);
  ASSERT_EQ(door.rows(0).size(), 2u);
  EXPECT_EQ(door.rows(0)[0].time, Timestamp{100});
  EXPECT_EQ(door.rows(0)[1].type, EventType::kErase);
}

TEST_F(DoorTest, SearchesThatThePolicyCannotLookAtAreAcceptedAndNotKept) {
  Policy policy;
  policy.interest.events = {EventType::kSearch};
  policy.interest.window = Duration::Millis(50);
  DoorRules rules;
  rules.arrival = kArrival;
  rules.as_of = Timestamp{100};
  rules.searches = SearchFilter(policy, {}, *rules.as_of);
  FoldingDoor door(rules, dictionary_, 1);
  door.Open(Block());
  for (const EventType type : {EventType::kSearch, EventType::kView, EventType::kPurchase}) {
    for (const int64_t time : {50, 51, 100, 101}) {
      Event event = Search("ana", "shoes", {time});
      event.type = type;
      door.OnEvent(event, {});
    }
  }
  door.Close();
  EXPECT_EQ(door.counts().accepted, 9u);
  EXPECT_EQ(door.counts().after_as_of, 3u);
  std::string kept;
  for (const FoldRow& row : door.rows(0)) {
    kept += std::string(EventTypeName(row.type)) + "@" + std::to_string(row.time.ms) + " ";
  }
  EXPECT_EQ(kept, "search@51 search@100 purchase@50 purchase@51 purchase@100 ");
}

TEST_F(DoorTest, TheNewestAcceptedTimeIsCountedButForErases) {
  FoldingDoor door = MakeDoor(Timestamp{100});
  door.Open(Block());
  EXPECT_EQ(door.counts().newest, std::nullopt);
  Event erase = OfType(EventType::kErase);
  door.OnEvent(erase, {});
  EXPECT_EQ(door.counts().newest, std::nullopt);
  for (const int64_t time : {60, 90, 70, 101}) door.OnEvent(Search("ana", "shoes", {time}), {});
  door.Close();
  EXPECT_EQ(door.counts().newest, Timestamp{90});
  DoorCounts counts;
  counts.Add(door.counts());
  counts.Add({});
  EXPECT_EQ(counts.newest, Timestamp{90});
}

TEST_F(DoorTest, WhatIsRefusedIsNotAlsoAfterTheAsOf) {
  FoldingDoor door = MakeDoor(Timestamp{100});
  door.Open(Block());
  door.OnEvent(Search("ana", "shoes", {kArrival.ms + kTolerance + 1}), {});
  door.OnEvent(Search("ana", "", {101}), {});
  door.Close();
  EXPECT_EQ(door.counts().after_as_of, 0u);
  EXPECT_EQ(door.counts().all_refused(), 2u);
}

TEST_F(DoorTest, TheCountsAddUp) {
  FoldingDoor door = MakeDoor(Timestamp{100});
  door.Open(Block());
  for (int64_t i = 0; i < 40; ++i) door.OnEvent(Search("ana", i % 5 == 0 ? "" : "shoes", {80 + i}), {});
  door.OnEvent(OfType(EventType::kErase), {});
  for (int i = 0; i < 3; ++i) door.OnIgnored({});
  for (int i = 0; i < 4; ++i) door.OnRejected(RejectReason::kBadUtf8, {0, "x"});
  door.Close();
  DoorCounts counts = door.counts();
  EXPECT_EQ(counts.rows, 48u);
  EXPECT_EQ(counts.ignored, 3u);
  EXPECT_EQ(counts.refused[static_cast<size_t>(RejectReason::kBadUtf8)], 4u);
  EXPECT_EQ(counts.refused[static_cast<size_t>(RejectReason::kMissingCategoryId)], 8u);
  EXPECT_EQ(counts.after_as_of, 16u);
  EXPECT_EQ(counts.rows, counts.accepted + counts.ignored + counts.after_as_of + counts.all_refused());
  EXPECT_EQ(counts.accepted, door.rows(0).size());

  counts.Add(door.counts());
  EXPECT_EQ(counts.rows, 96u);
  EXPECT_EQ(counts.accepted, 2 * door.counts().accepted);
  EXPECT_EQ(counts.erases(), 2u);
  EXPECT_EQ(counts.ignored, 6u);
  EXPECT_EQ(counts.after_as_of, 32u);
  EXPECT_EQ(counts.all_refused(), 24u);
}

TEST_F(DoorTest, ARefusedRowIsKeptWithItsSourceAndPlace) {
  FoldingDoor door = MakeDoor();
  door.Open(Block());
  door.OnEvent(Search("ana", "", {1}), {17, "the,row"});
  door.OnRejected(RejectReason::kBadTime, {30, "another"});
  door.Close();
  EXPECT_EQ(door.refused(),
            "{\"source\":\"events.csv\",\"position\":17,\"reason\":\"missing_category_id\",\"raw\":\"the,row\"}\n"
            "{\"source\":\"events.csv\",\"position\":30,\"reason\":\"bad_time\",\"raw\":\"another\"}\n");
}

}  // namespace
}  // namespace adirect
