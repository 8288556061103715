#include "adirect/stores/memory_store.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "adirect/base/check.h"

namespace adirect {
namespace {

void Set(std::map<std::string, std::string, std::less<>>& map, std::string_view key, std::string_view value) {
  if (value.empty()) {
    map.erase(std::string(key));
  } else {
    map.insert_or_assign(std::string(key), std::string(value));
  }
}

}  // namespace

void MemoryDisk::FailCall(uint64_t n, Status status) {
  const std::lock_guard lock(mutex_);
  failures_.insert_or_assign(calls_ + n, std::move(status));
}

void MemoryDisk::FailCalls(Status status) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(status);
}

void MemoryDisk::Crash(size_t kept) {
  const std::lock_guard lock(mutex_);
  Settle(std::min(kept, put_.size()));
}

uint64_t MemoryDisk::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Status MemoryDisk::Begin() {
  const auto failure = failures_.find(++calls_);
  return failure == failures_.end() ? failure_ : failure->second;
}

Status MemoryDisk::BeginOrLosePuts() {
  Status may = Begin();
  if (!may.ok()) put_.clear();
  return may;
}

void MemoryDisk::Settle(size_t count) {
  for (size_t i = 0; i < count; ++i) Set(shoppers_, put_[i].first, put_[i].second);
  put_.clear();
}

class MemoryStore : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  Result<std::optional<StoreCheckpoint>> Checkpoint() override;
  Status Load(unsigned threads,
              const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) override;
  Status Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) override;
  Status ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) override;
  void KeepLog(uint64_t position) override { kept_ = position; }
  Result<uint64_t> Append(std::span<const std::string_view> records) override;
  Status Put(std::span<const StoreEntry> shoppers) override;
  Status Commit(const StoreCheckpoint& checkpoint) override;
  Status Compact() override;
  Status PutTable(std::string_view table, std::span<const StoreEntry> entries) override;
  Status LoadTable(std::string_view table,
                   const std::function<Status(std::string_view, std::string_view)>& visit) override;
  Status Verify() override;
  StoreStats stats() override;

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::atomic<uint64_t> kept_ = UINT64_MAX;
};

Result<std::optional<StoreCheckpoint>> MemoryStore::Checkpoint() {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  return disk_->checkpoint_;
}

Status MemoryStore::Load(unsigned threads,
                         const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) {
  ADIRECT_CHECK(threads > 0, threads);
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  disk_->Settle(disk_->put_.size());
  std::vector<MemoryDisk::Shoppers::const_iterator> all;
  for (auto at = disk_->shoppers_.cbegin(); at != disk_->shoppers_.cend(); ++at) all.push_back(at);
  std::vector<Status> ends(threads);
  std::vector<std::jthread> running;
  for (unsigned thread = 0; thread < threads; ++thread) {
    running.emplace_back([&all, &ends, &visit, threads, thread] {
      for (size_t i = thread; i < all.size() && ends[thread].ok(); i += threads) {
        ends[thread] = visit(thread, all[i]->first, all[i]->second);
      }
    });
  }
  running.clear();
  const auto failed = std::find_if(ends.begin(), ends.end(), [](const Status& end) { return !end.ok(); });
  return failed == ends.end() ? Status() : *failed;
}

Status MemoryStore::Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  const uint64_t next = disk_->log_first_ + disk_->log_.size();
  for (uint64_t at = std::max(position, disk_->log_first_); at < next; ++at) {
    ADIRECT_RETURN_IF_ERROR(visit(at, disk_->log_[at - disk_->log_first_]));
  }
  return {};
}

Status MemoryStore::ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  const uint64_t next = disk_->log_first_ + disk_->log_.size();
  for (uint64_t at = std::max(position, disk_->log_first_); at < next; ++at) {
    if (!visit(at, disk_->log_[at - disk_->log_first_])) break;
  }
  return {};
}

Result<uint64_t> MemoryStore::Append(std::span<const std::string_view> records) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  disk_->log_.insert(disk_->log_.end(), records.begin(), records.end());
  return disk_->log_first_ + disk_->log_.size();
}

Status MemoryStore::Put(std::span<const StoreEntry> shoppers) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->BeginOrLosePuts());
  for (const StoreEntry& shopper : shoppers) disk_->put_.emplace_back(shopper.key, shopper.value);
  return {};
}

Status MemoryStore::Commit(const StoreCheckpoint& checkpoint) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->BeginOrLosePuts());
  const uint64_t first = disk_->log_first_;
  const uint64_t position = checkpoint.log_position;
  ADIRECT_CHECK(position >= first && position <= first + disk_->log_.size(), position, first, disk_->log_.size());
  disk_->Settle(disk_->put_.size());
  disk_->checkpoint_ = checkpoint;
  const uint64_t drop = std::max(first, std::min<uint64_t>(position, kept_));
  disk_->log_.erase(disk_->log_.begin(), disk_->log_.begin() + static_cast<std::ptrdiff_t>(drop - first));
  disk_->log_first_ = drop;
  return {};
}

// Nothing is there that was removed.
Status MemoryStore::Compact() {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->Begin();
}

Status MemoryStore::PutTable(std::string_view table, std::span<const StoreEntry> entries) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  MemoryDisk::Shoppers& rows = disk_->tables_[std::string(table)];
  for (const StoreEntry& entry : entries) Set(rows, entry.key, entry.value);
  return {};
}

Status MemoryStore::LoadTable(std::string_view table,
                              const std::function<Status(std::string_view, std::string_view)>& visit) {
  const std::lock_guard lock(disk_->mutex_);
  ADIRECT_RETURN_IF_ERROR(disk_->Begin());
  const auto rows = disk_->tables_.find(table);
  if (rows == disk_->tables_.end()) return {};
  for (const auto& [key, value] : rows->second) ADIRECT_RETURN_IF_ERROR(visit(key, value));
  return {};
}

Status MemoryStore::Verify() {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->Begin();
}

StoreStats MemoryStore::stats() {
  const std::lock_guard lock(disk_->mutex_);
  StoreStats stats = {.log_first = disk_->log_first_,
                      .log_next = disk_->log_first_ + disk_->log_.size(),
                      .shoppers = disk_->shoppers_.size()};
  for (const std::string& record : disk_->log_) stats.bytes += record.size();
  for (const auto& [id, bytes] : disk_->shoppers_) stats.bytes += id.size() + bytes.size();
  return stats;
}

std::unique_ptr<Store> OpenMemoryStore(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryStore>(std::move(disk));
}

}  // namespace adirect
