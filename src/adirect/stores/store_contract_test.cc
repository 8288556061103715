#include <atomic>
#include <thread>

#include "adirect/stores/store_contract_test_support.h"

namespace adirect {
namespace {

TEST_P(StoreContract, ANewStoreIsEmpty) {
  const Result<std::optional<StoreCheckpoint>> checkpoint = store_->Checkpoint();
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_FALSE(checkpoint->has_value());
  EXPECT_TRUE(Load().empty());
  EXPECT_TRUE(Replay(0).empty());
  EXPECT_TRUE(LoadTable("products").empty());
  EXPECT_EQ(store_->stats().log_next, 0U);
}

TEST_P(StoreContract, AStoreThatNobodyDamagedIsWhole) {
  EXPECT_TRUE(store_->Verify().ok());
  Append({"first", "second"});
  Put(ManyShoppers(300, "bytes"));
  Commit("meta", 1);
  Reopen();
  EXPECT_TRUE(store_->Verify().ok());
  EXPECT_EQ(Load(), ManyShoppers(300, "bytes"));
}

TEST_P(StoreContract, RecordsComeBackInTheirOrderWithTheirPositions) {
  EXPECT_EQ(Append({"first", "second"}), 2U);
  EXPECT_EQ(Append({}), 2U);
  EXPECT_EQ(Append({"third"}), 3U);
  EXPECT_EQ(Replay(0), (Records{{0, "first"}, {1, "second"}, {2, "third"}}));
  EXPECT_EQ(Replay(1), (Records{{1, "second"}, {2, "third"}}));
  EXPECT_TRUE(Replay(3).empty());
}

TEST_P(StoreContract, OrderIsByNumberNotByTheDigitsOfThePosition) {
  std::vector<std::string> all;
  for (int i = 0; i < 1000; ++i) all.push_back(std::to_string(i));
  EXPECT_EQ(Append(all), 1000U);
  Reopen();
  const Records records = Replay(0);
  ASSERT_EQ(records.size(), 1000U);
  for (uint64_t i = 0; i < 1000; ++i) ASSERT_EQ(records[i], std::pair(i, std::to_string(i)));
}

TEST_P(StoreContract, ARecordMayBeEmptyOrLarge) {
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(Append({"", large, std::string("\0\xff\n", 3), ""}), 4U);
  Crash();
  const Records records = Replay(0);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].second, "");
  EXPECT_TRUE(records[1].second == large);
  EXPECT_EQ(records[2].second, std::string("\0\xff\n", 3));
}

TEST_P(StoreContract, AllIsThereAfterItWasClosed) {
  Append({"a", "b", "c"});
  Put({{"ana", "1"}, {"bob", "2"}});
  Commit("meta", 1);
  PutTable("products", {{"runner", "shoe"}});
  Reopen();
  EXPECT_EQ(Checkpoint().meta, "meta");
  EXPECT_EQ(Checkpoint().log_position, 1U);
  EXPECT_EQ(Load(), (Entries{{"ana", "1"}, {"bob", "2"}}));
  EXPECT_EQ(Replay(1), (Records{{1, "b"}, {2, "c"}}));
  EXPECT_EQ(LoadTable("products"), (Entries{{"runner", "shoe"}}));
  EXPECT_EQ(Append({"d"}), 4U);
}

TEST_P(StoreContract, WhatAppendReturnedForIsThereAfterACrash) {
  for (int i = 0; i < 50; ++i) Append({"record " + std::to_string(i), std::string(20000, 'y')});
  Crash();
  const Records records = Replay(0);
  ASSERT_EQ(records.size(), 100U);
  EXPECT_EQ(records[98].second, "record 49");
  EXPECT_EQ(Append({"next"}), 101U);
  Crash();
  EXPECT_EQ(Replay(100), (Records{{100, "next"}}));
}

TEST_P(StoreContract, ACommitMakesWhatWasPutDurable) {
  const Entries shoppers = ManyShoppers(3000, std::string(200, 's'));
  Append({"a", "b"});
  Put(shoppers);
  Commit("first", 2);
  Crash();
  EXPECT_EQ(Load(), shoppers);
  EXPECT_EQ(Checkpoint().meta, "first");
  EXPECT_TRUE(Replay(2).empty());
  EXPECT_EQ(store_->stats().log_next, 2U);
}

TEST_P(StoreContract, WhatWasPutAfterACommitMayBeThereOrNotButWhole) {
  Append({"a", "b"});
  const Entries old_shoppers = ManyShoppers(3000, std::string(100, 'o'));
  Put(old_shoppers);
  Commit("old", 1);
  const Entries new_shoppers = ManyShoppers(3000, std::string(300, 'n'));
  Put(new_shoppers);
  Crash();
  EXPECT_EQ(Checkpoint().meta, "old");
  EXPECT_EQ(Replay(Checkpoint().log_position), (Records{{1, "b"}}));
  const Entries found = Load();
  ASSERT_EQ(found.size(), 3000U);
  for (const auto& [id, bytes] : found) {
    ASSERT_TRUE(bytes == old_shoppers.at(id) || bytes == new_shoppers.at(id)) << id << " is torn";
  }
}

TEST_P(StoreContract, ACommitDropsTheLogBeforeItsPosition) {
  Append({"a", "b", "c", "d"});
  Commit("meta", 3);
  EXPECT_EQ(store_->stats().log_first, 3U);
  EXPECT_EQ(store_->stats().log_next, 4U);
  EXPECT_EQ(Replay(0), (Records{{3, "d"}}));
  Crash();
  EXPECT_EQ(store_->stats().log_first, 3U);
  EXPECT_EQ(Replay(0), (Records{{3, "d"}}));
  Commit("later", 4);
  Crash();
  EXPECT_TRUE(Replay(0).empty());
  EXPECT_EQ(Append({"e"}), 5U);
}

TEST_P(StoreContract, WhoFollowsTheLogReadsItWhileItGrowsAndKeepsWhatHeHasNotRead) {
  Append({"a", "b", "c", "d"});
  store_->KeepLog(1);
  Commit("meta", 3);
  const auto read = [&](uint64_t from, size_t most) {
    Records records;
    const Status done = store_->ReadLog(from, [&](uint64_t at, std::string_view record) {
      records.emplace_back(at, record);
      return records.size() < most;
    });
    EXPECT_TRUE(done.ok()) << done.message();
    return records;
  };
  EXPECT_EQ(read(1, 9), (Records{{1, "b"}, {2, "c"}, {3, "d"}}));
  EXPECT_EQ(read(1, 2), (Records{{1, "b"}, {2, "c"}}));
  EXPECT_TRUE(read(4, 9).empty());
  Append({"e"});
  EXPECT_EQ(read(4, 9), (Records{{4, "e"}}));
  Crash();
  EXPECT_EQ(read(1, 9), (Records{{1, "b"}, {2, "c"}, {3, "d"}, {4, "e"}}));
  EXPECT_EQ(Replay(3), (Records{{3, "d"}, {4, "e"}}));
}

TEST_P(StoreContract, TheLastCommitHolds) {
  Append({"a", "b"});
  for (uint64_t i = 0; i <= 2; ++i) Commit("meta " + std::to_string(i), i);
  Crash();
  EXPECT_EQ(Checkpoint().meta, "meta 2");
  EXPECT_EQ(Checkpoint().log_position, 2U);
}

TEST_P(StoreContract, EveryShopperIsLoadedOnceByAnyNumberOfThreads) {
  Entries shoppers = ManyShoppers(5000, "state ");
  std::string printable;
  for (char c = ' '; c < 127; ++c) printable += c;
  for (const std::string& id : {printable, std::string(128, 'w'), std::string("👟🛒"), std::string(" "),
                                std::string("a\tb"), std::string("шоппер"), std::string("shopper-")}) {
    shoppers[id] = "odd " + id;
  }
  for (char c = '!'; c < 127; ++c) shoppers[std::string(1, c)] = "one byte";
  Put(shoppers);
  Commit("meta", 0);
  Reopen();
  for (const unsigned threads : {1U, 2U, 4U}) ASSERT_EQ(Load(threads), shoppers) << threads;
  EXPECT_GT(store_->stats().shoppers, 0U);
  EXPECT_GT(store_->stats().bytes, 0U);
}

TEST_P(StoreContract, AFailureOfTheVisitorEndsTheCallAndIsReturned) {
  Append({"a", "b"});
  Put(ManyShoppers(1000, "state "));
  Commit("meta", 0);
  PutTable("products", {{"a", "1"}, {"b", "2"}});
  const Status full = Exhausted("no room");
  EXPECT_EQ(store_->Load(4, [&](unsigned, std::string_view, std::string_view) { return full; }).message(), "no room");
  int seen = 0;
  EXPECT_EQ(store_->Replay(0, [&](uint64_t, std::string_view) { return ++seen, full; }).message(), "no room");
  EXPECT_EQ(store_->LoadTable("products", [&](std::string_view, std::string_view) { return ++seen, full; }).message(),
            "no room");
  EXPECT_EQ(seen, 2);
}

TEST_P(StoreContract, AnEmptyValueRemovesAShopper) {
  Put({{"ana", "1"}, {"bob", "2"}});
  Commit("one", 0);
  Put({{"ana", ""}, {"nobody", ""}});
  Commit("two", 0);
  Crash();
  EXPECT_EQ(Load(), (Entries{{"bob", "2"}}));
}

TEST_P(StoreContract, OfAShopperPutTwiceTheLaterHolds) {
  Put({{"ana", "1"}});
  Put({{"ana", "2"}});
  Commit("meta", 0);
  Crash();
  EXPECT_EQ(Load(), (Entries{{"ana", "2"}}));
}

TEST_P(StoreContract, TablesAreApartDurableAndSorted) {
  PutTable("products", {{"b", "2"}, {"a", "1"}});
  PutTable("product", {{"s", "other"}});
  PutTable("policies", {{"default", std::string(100000, 'p')}});
  PutTable("products", {{"a", ""}, {"c", "3"}});
  Crash();
  EXPECT_EQ(LoadTable("products"), (Entries{{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(LoadTable("product"), (Entries{{"s", "other"}}));
  EXPECT_EQ(LoadTable("policies").size(), 1U);
  EXPECT_TRUE(LoadTable("none").empty());
  EXPECT_TRUE(Load().empty());
}

TEST_P(StoreContract, AFullDiskIsAnErrorThatChangesNothingAndPasses) {
  Append({"a"});
  Put({{"ana", "1"}});
  Commit("meta", 0);
  host_->FillDisk(true);
  const std::string large(1 << 20, 'z');
  const Result<uint64_t> failed = store_->Append(std::vector<std::string_view>{large, "lost"});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.status().code(), Code::kExhausted) << failed.status().message();
  EXPECT_EQ(store_->stats().log_next, 1U);
  const Entries product = {{"runner", large}};
  EXPECT_FALSE(store_->PutTable("products", Views(product)).ok());
  const Status put = TryPut({{"ana", large}});
  EXPECT_FALSE(put.ok() && store_->Commit({.meta = "lost", .log_position = 1}).ok());
  host_->FillDisk(false);
  EXPECT_EQ(Append({"b"}), 2U);
  Put({{"bob", "2"}});
  Crash();
  EXPECT_EQ(Replay(0), (Records{{0, "a"}, {1, "b"}}));
  EXPECT_TRUE(LoadTable("products").empty());
  EXPECT_EQ(Checkpoint().meta, "meta");
}

TEST_P(StoreContract, AFullDiskAtTheFirstWritePassesToo) {
  host_->FillDisk(true);
  EXPECT_FALSE(store_->Append(std::vector<std::string_view>{"lost"}).ok());
  EXPECT_FALSE(store_->Append(std::vector<std::string_view>{"lost"}).ok());
  host_->FillDisk(false);
  EXPECT_EQ(Append({"a"}), 1U);
  Crash();
  ASSERT_FALSE(Replay(0).empty());
  EXPECT_EQ(Replay(0).front(), Records::value_type(0, "a"));
}

TEST_P(StoreContract, WhatFailedNeverStandsWhereSomethingWasAppendedLater) {
  Append({"a"});
  for (const size_t size : {3, 5, 1}) {
    host_->FillDisk(true);
    const std::vector<std::string_view> failing(size, "failed");
    EXPECT_FALSE(store_->Append(failing).ok());
    host_->FillDisk(false);
    Append({"b"});
    Append({"b", "b"});
  }
  Crash();
  const Records records = Replay(0);
  ASSERT_GE(records.size(), 10U);
  EXPECT_EQ(records[0].second, "a");
  for (size_t i = 1; i < 10; ++i) EXPECT_EQ(records[i].second, "b") << i;
}

TEST_P(StoreContract, CommitsAfterAFullDiskAreDurableToo) {
  Append({"a"});
  Put({{"ana", "1"}});
  host_->FillDisk(true);
  EXPECT_FALSE(store_->Append(std::vector<std::string_view>{"lost"}).ok());
  EXPECT_FALSE(store_->Commit({.meta = "lost", .log_position = 1}).ok());
  host_->FillDisk(false);
  for (uint64_t round = 0; round < 3; ++round) {
    EXPECT_EQ(Append({"b"}), round + 2);
    const Entries shoppers = ManyShoppers(300, "round " + std::to_string(round));
    Put(shoppers);
    Commit("meta", round + 2);
    Crash();
    const Entries found = Load();
    for (const auto& [id, bytes] : shoppers) ASSERT_EQ(found.at(id), bytes) << round;
  }
}

TEST_P(StoreContract, AFullDiskAtACommitKeepsTheLastOne) {
  Put({{"ana", "1"}});
  Append({"a"});
  Commit("old", 0);
  Put({{"ana", "2"}});
  host_->FillDisk(true);
  EXPECT_FALSE(store_->Commit({.meta = "new", .log_position = 1}).ok());
  host_->FillDisk(false);
  EXPECT_EQ(Checkpoint().meta, "old");
  Put({{"ana", "2"}});
  Commit("newer", 1);
  Crash();
  EXPECT_EQ(Checkpoint().meta, "newer");
  EXPECT_EQ(Load(), (Entries{{"ana", "2"}}));
}

TEST_P(StoreContract, AppendRunsBesidePutAndCommit) {
  std::atomic<uint64_t> appended = 0;
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) appended = Append({"record", std::string(1000, 'r')});
  });
  const Entries shoppers = ManyShoppers(300, std::string(500, 's'));
  uint64_t position = 0;
  for (int i = 0; i < 20; ++i) {
    position = appended;
    Put(shoppers);
    Commit("meta " + std::to_string(i), position);
  }
  writer.request_stop();
  writer.join();
  const uint64_t next = appended;
  Crash();
  EXPECT_EQ(Checkpoint().meta, "meta 19");
  EXPECT_EQ(Load(), shoppers);
  EXPECT_GT(next, 0U);
  EXPECT_EQ(Replay(position).size(), next - position);
}

}  // namespace
}  // namespace adirect
