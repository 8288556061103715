// The contract of pipeline/store.h as tests (store_contract_test.cc), run for every implementation:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(…), StoreCaseName);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/pipeline/store.h"

namespace adirect {

// What a store lives on: it can be opened again, crash, and fail.
class StoreHost {
 public:
  virtual ~StoreHost() = default;
  virtual Result<std::unique_ptr<Store>> Open() = 0;
  // What is there of the disk after the machine stopped. The store is gone by then, or is as good as gone.
  virtual void Crash(std::unique_ptr<Store> store) = 0;
  // From now on (true) the disk is full, until it is not (false).
  virtual void FillDisk(bool full) = 0;
};

struct StoreCase {
  std::string name;
  std::function<std::unique_ptr<StoreHost>()> make;
};

using Entries = std::map<std::string, std::string>;
using Records = std::vector<std::pair<uint64_t, std::string>>;

class StoreContract : public testing::TestWithParam<StoreCase> {
 protected:
  StoreContract() : host_(GetParam().make()) { Open(); }

  void Open() {
    Result<std::unique_ptr<Store>> store = host_->Open();
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
  }
  void Reopen() {
    store_.reset();
    Open();
  }
  void Crash() {
    host_->Crash(std::move(store_));
    Open();
  }

  uint64_t Append(const std::vector<std::string>& records) {
    const std::vector<std::string_view> views(records.begin(), records.end());
    const Result<uint64_t> next = store_->Append(views);
    EXPECT_TRUE(next.ok()) << next.status().message();
    return next.ok() ? *next : 0;
  }
  Status TryPut(const Entries& entries) { return store_->Put(Views(entries)); }
  void Put(const Entries& entries) { Expect(TryPut(entries)); }
  void Commit(std::string meta, uint64_t position) {
    Expect(store_->Commit({.meta = std::move(meta), .log_position = position}));
  }
  void PutTable(std::string_view table, const Entries& entries) { Expect(store_->PutTable(table, Views(entries))); }

  Records Replay(uint64_t position) {
    Records records;
    Expect(store_->Replay(position, [&](uint64_t at, std::string_view record) {
      records.emplace_back(at, record);
      return Status();
    }));
    return records;
  }
  // Every shopper, each handed out once, by threads with a number below `threads`.
  Entries Load(unsigned threads = 2) {
    Entries shoppers;
    std::mutex mutex;
    Expect(store_->Load(threads, [&](unsigned thread, std::string_view id, std::string_view bytes) {
      const std::lock_guard lock(mutex);
      EXPECT_LT(thread, threads);
      EXPECT_TRUE(shoppers.emplace(id, bytes).second) << id << " came twice";
      return Status();
    }));
    return shoppers;
  }
  Entries LoadTable(std::string_view table) {
    Entries entries;
    Expect(store_->LoadTable(table, [&](std::string_view key, std::string_view value) {
      EXPECT_TRUE(entries.emplace(key, value).second) << key << " came twice";
      return Status();
    }));
    return entries;
  }
  StoreCheckpoint Checkpoint() {
    const Result<std::optional<StoreCheckpoint>> checkpoint = store_->Checkpoint();
    EXPECT_TRUE(checkpoint.ok() && checkpoint->has_value());
    return checkpoint.ok() ? checkpoint->value_or(StoreCheckpoint()) : StoreCheckpoint();
  }

  static Entries ManyShoppers(size_t count, const std::string& bytes) {
    Entries shoppers;
    for (size_t i = 0; i < count; ++i) shoppers["shopper-" + std::to_string(i)] = bytes + std::to_string(i);
    return shoppers;
  }
  static std::vector<StoreEntry> Views(const Entries& entries) {
    std::vector<StoreEntry> views;
    for (const auto& [key, value] : entries) views.push_back({key, value});
    return views;
  }
  static void Expect(const Status& status) { EXPECT_TRUE(status.ok()) << status.message(); }

  std::unique_ptr<StoreHost> host_;
  std::unique_ptr<Store> store_;
};

inline std::string StoreCaseName(const testing::TestParamInfo<StoreCase>& info) { return info.param.name; }

}  // namespace adirect
