// A store in memory for tests of what stands above it. What was durable outlives an engine; the rest does not.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/pipeline/store.h"

namespace adirect {

class FakeStore : public Store {
 public:
  Result<std::optional<StoreCheckpoint>> Checkpoint() override { return checkpoint; }

  Status Load(unsigned, const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) override {
    for (const auto& [user_id, bytes] : shoppers) ADIRECT_RETURN_IF_ERROR(visit(0, user_id, bytes));
    return {};
  }

  Status Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) override {
    for (const auto& [at, record] : log) {
      if (at >= position) ADIRECT_RETURN_IF_ERROR(visit(at, record));
    }
    return {};
  }

  Status ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) override {
    const std::lock_guard<std::mutex> lock(mutex);
    for (auto at = log.lower_bound(position); at != log.end() && visit(at->first, at->second); ++at) continue;
    return {};
  }

  void KeepLog(uint64_t position) override { kept = position; }

  Result<uint64_t> Append(std::span<const std::string_view> records) override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!append_fails.ok()) return append_fails;
    for (const std::string_view record : records) log[next++] = record;
    return next;
  }

  Status Put(std::span<const StoreEntry> entries) override {
    const std::lock_guard<std::mutex> lock(mutex);
    for (const StoreEntry& entry : entries) {
      shoppers.erase(std::string(entry.key));
      if (!entry.value.empty()) shoppers.emplace(entry.key, entry.value);
    }
    return {};
  }

  Status Commit(const StoreCheckpoint& made) override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!commit_fails.ok()) {
      shoppers = committed;
      return commit_fails;
    }
    checkpoint = made;
    committed = shoppers;
    log.erase(log.begin(), log.lower_bound(std::min<uint64_t>(made.log_position, kept)));
    return {};
  }

  Status Compact() override {
    const std::lock_guard<std::mutex> lock(mutex);
    ++compactions;
    return compact_fails;
  }

  Status PutTable(std::string_view table, std::span<const StoreEntry> entries) override {
    if (!put_table_fails.ok()) return put_table_fails;
    for (const StoreEntry& entry : entries) tables[std::string(table)][std::string(entry.key)] = entry.value;
    return {};
  }

  Status LoadTable(std::string_view table,
                   const std::function<Status(std::string_view, std::string_view)>& visit) override {
    for (const auto& [key, value] : tables[std::string(table)]) ADIRECT_RETURN_IF_ERROR(visit(key, value));
    return {};
  }

  Status Verify() override { return {}; }

  StoreStats stats() override { return {log.empty() ? next : log.begin()->first, next, shoppers.size(), 0}; }

  std::mutex mutex;
  std::optional<StoreCheckpoint> checkpoint;
  std::map<std::string, std::string> shoppers;
  std::map<std::string, std::string> committed;  // shoppers as of the checkpoint
  std::map<uint64_t, std::string> log;
  std::map<std::string, std::map<std::string, std::string>> tables;
  uint64_t next = 0;
  std::atomic<uint64_t> kept = UINT64_MAX;
  uint64_t compactions = 0;
  Status append_fails;
  Status commit_fails;
  Status compact_fails;
  Status put_table_fails;
};

}  // namespace adirect
