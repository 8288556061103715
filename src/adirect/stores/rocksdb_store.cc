#include "adirect/stores/rocksdb_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <future>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/hash.h"
#include "adirect/base/wire.h"
#include "adirect/stores/data_directory.h"
#include "adirect/stores/rocksdb_file_system.h"

namespace adirect {
namespace {

using rocksdb::Slice;
using rocksdb::WriteBatch;

// Column families, in the order of their handles. RocksDB wants "default" to be there.
enum Family : size_t { kMeta, kLog, kShoppers, kTables, kFamilies };
constexpr std::array<const char*, kFamilies> kFamilyNames = {"default", "log", "shoppers", "tables"};

constexpr std::string_view kCheckpointKey = "checkpoint";
constexpr std::string_view kTouchedKey = "touched";  // its value says nothing
constexpr size_t kPutBatchBytes = 256 << 10;         // how long a batch of shoppers may keep an Append waiting
constexpr size_t kReadAheadBytes = 2 << 20;          // of Load and Replay
constexpr size_t kBlockBytes = 16 << 10;
constexpr size_t kSyncBytes = 1 << 20;  // files are handed to the disk in such pieces
constexpr size_t kManifestBytes = 1;    // each change of files begins a new one: an old one names shoppers who are gone
constexpr int kLogBuffers = 4;
constexpr std::chrono::milliseconds kFlushLook{1};
constexpr int kNever = std::numeric_limits<int>::max();
constexpr unsigned kPrefixes = 256;  // of shoppers' keys: Load's pieces of work

Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

std::string_view ToView(const Slice& slice) { return {slice.data(), slice.size()}; }

// Big-endian, so that the order of keys is the order of positions.
std::string LogKey(uint64_t position) {
  std::string key(8, '\0');
  for (size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(position >> (56 - 8 * i));
  return key;
}

uint64_t LogPosition(const Slice& key) {
  uint64_t position = 0;
  for (size_t i = 0; i < key.size(); ++i) position = position << 8 | static_cast<unsigned char>(key[i]);
  return position;
}

// The first byte spreads shoppers evenly over Load's ranges.
std::string ShopperKey(std::string_view user_id) {
  std::string key(1, static_cast<char>(Hash64(user_id) >> 56));
  key += user_id;
  return key;
}

std::string TablePrefix(std::string_view table) {
  std::string prefix;
  AppendText(table, prefix);
  return prefix;
}

std::string EncodeCheckpoint(const StoreCheckpoint& checkpoint) {
  std::string value;
  AppendFixed64(checkpoint.log_position, value);
  value += checkpoint.meta;
  return value;
}

// RocksDB's attempts to recover by itself come at times of its own; the store asks for one when it writes.
class ErrorWatch : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status*) override {
    if (reason == rocksdb::BackgroundErrorReason::kWriteCallback) log_failed = true;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

  std::atomic<bool> log_failed = false;
};

class ClockedEnv : public rocksdb::EnvWrapper {
 public:
  ClockedEnv(std::unique_ptr<rocksdb::Env>&& env, std::shared_ptr<rocksdb::SystemClock> clock)
      : EnvWrapper(std::move(env)) {
    system_clock_ = std::move(clock);
  }
};

// RocksDB's own LOG would end the process where it is written to on a full disk; what fails, the store says.
class NoInfoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions DatabaseOptions(const RocksDbLimits& limits, rocksdb::Env* env,
                                   std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // A record that is cut short at the end was never acknowledged; anything else is damage and must be told.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = limits.write_ahead_bytes;
  options.max_open_files = limits.open_files;
  options.max_file_opening_threads = 1;  // not 16 for each family: no more than 16 files are opened at the start
  options.max_manifest_file_size = kManifestBytes;
  options.info_log = std::make_shared<NoInfoLog>();
  options.bytes_per_sync = kSyncBytes;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_bgerror_resume_count = 0;
  options.allow_concurrent_memtable_write = false;  // shoppers' memory cannot
  options.listeners.push_back(std::move(listener));
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.block_size = kBlockBytes;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kNoCompression;  // saves a sixth, and costs more than all else that RocksDB does
  return options;
}

// Records are written once, in ascending order, and dropped by whole files: what is written out moves, as it
// is, to the last level, where DeleteFilesInRange finds it. Nothing ever waits for a compaction.
rocksdb::ColumnFamilyOptions LogOptions(rocksdb::ColumnFamilyOptions options, const RocksDbLimits& limits) {
  options.write_buffer_size = limits.write_buffer_bytes;
  options.max_write_buffer_number = kLogBuffers;
  options.num_levels = 2;
  options.level0_file_num_compaction_trigger = 1;
  options.level0_slowdown_writes_trigger = kNever;
  options.level0_stop_writes_trigger = kNever;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  return options;
}

// Put writes its buffer out itself (see Put), before RocksDB would at twice the size: RocksDB makes all writers
// wait where one family's buffers are full.
rocksdb::ColumnFamilyOptions ShopperOptions(rocksdb::ColumnFamilyOptions options, const RocksDbLimits& limits) {
  options.write_buffer_size = 2 * limits.write_buffer_bytes;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();  // sorted when it is written out
  options.level0_slowdown_writes_trigger = kNever;
  options.level0_stop_writes_trigger = kNever;
  return options;
}

rocksdb::ReadOptions ScanOptions() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = kReadAheadBytes;
  return options;
}

class RocksDbStore : public Store {
 public:
  explicit RocksDbStore(std::string path) : path_(std::move(path)) {}
  ~RocksDbStore() override;

  Status Open(const RocksDbOptions& options);

  Result<std::optional<StoreCheckpoint>> Checkpoint() override;
  Status Load(unsigned threads,
              const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) override;
  Status Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) override;
  Status ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) override;
  void KeepLog(uint64_t position) override { log_kept_ = position; }
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
  Status OpenDatabase(const RocksDbOptions& options);
  Status LogDamage(const rocksdb::Status& status) const;
  Status FindPositions();
  Status LoadPrefix(unsigned prefix, const std::function<Status(std::string_view, std::string_view)>& visit);
  Status Write(WriteBatch& batch, bool synced);
  Status TwiceIfNeeded(const std::function<rocksdb::Status()>& call);
  bool Touch();
  void NoteFailed(uint64_t entries);
  bool Recovered();
  bool Resumed();
  uint64_t LogNumber() const;
  bool HasMemory(Family family) const;
  Status PutBatch(WriteBatch& batch);
  rocksdb::Status VerifyFile(const std::string& path, const rocksdb::Options& options) const;
  Status FlushShoppers();
  Status FlushAll();
  Status CompactFamily(Family family);
  rocksdb::Status Flush(Family family);
  Status MissingRecord(uint64_t position) const;
  Status DropLog(uint64_t position);
  Status Wrap(const rocksdb::Status& status) const { return FromRocksDb(status, path_); }
  uint64_t Property(const std::string& name, Family family) const;

  const std::string path_;
  std::unique_ptr<rocksdb::Env> own_env_;  // over the file system that was handed in
  rocksdb::Env* env_ = rocksdb::Env::Default();
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::atomic<uint64_t> log_first_ = 0;
  std::atomic<uint64_t> log_next_ = 0;
  std::atomic<uint64_t> log_kept_ = UINT64_MAX;  // for who follows it
  uint64_t shopper_buffer_bytes_ = 0;
  std::chrono::milliseconds longest_recovery_{0};
  std::shared_ptr<ErrorWatch> errors_ = std::make_shared<ErrorWatch>();
  std::mutex recovery_mutex_;
  std::atomic<uint64_t> failed_log_ = 0;  // the number of the last write-ahead log that failed
  std::atomic<uint64_t> failed_entries_ = 0;
  std::atomic<bool> given_up_ = false;  // RocksDB does not recover
};

RocksDbStore::~RocksDbStore() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

Status RocksDbStore::Open(const RocksDbOptions& options) {
  if (options.file_system != nullptr) {
    own_env_ = rocksdb::NewCompositeEnv(options.file_system->impl);
    if (options.file_system->clock != nullptr) {
      own_env_ = std::make_unique<ClockedEnv>(std::move(own_env_), options.file_system->clock);
    }
    env_ = own_env_.get();
  }
  shopper_buffer_bytes_ = options.limits.write_buffer_bytes;
  longest_recovery_ = options.limits.longest_recovery;
  ADIRECT_RETURN_IF_ERROR(ClaimDataDirectory(*env_->GetFileSystem(), path_, options.create));
  ADIRECT_RETURN_IF_ERROR(OpenDatabase(options));
  return FindPositions();
}

Status RocksDbStore::OpenDatabase(const RocksDbOptions& options) {
  const rocksdb::ColumnFamilyOptions common = FamilyOptions(rocksdb::NewLRUCache(options.limits.block_cache_bytes));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const char* name : kFamilyNames) families.emplace_back(name, common);
  families[kLog].options = LogOptions(common, options.limits);
  families[kShoppers].options = ShopperOptions(common, options.limits);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::Open(DatabaseOptions(options.limits, env_, errors_), path_, families, &families_, &db);
  db_.reset(db);
  return opened.IsCorruption() && opened.ToString().find(path_) == std::string::npos ? LogDamage(opened) : Wrap(opened);
}

// RocksDB names no file where its write-ahead log is damaged.
Status RocksDbStore::LogDamage(const rocksdb::Status& status) const {
  std::vector<std::string> names;
  env_->GetChildren(path_, &names);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
  std::sort(names.begin(), names.end());
  std::string damaged;
  for (const std::string& name : names) damaged += (damaged.empty() ? "" : " or ") + name;
  return Wrap(rocksdb::Status::Corruption(status.getState(), "in the write-ahead log " + damaged));
}

Status RocksDbStore::FindPositions() {
  const Result<std::optional<StoreCheckpoint>> checkpoint = Checkpoint();
  if (!checkpoint.ok()) return checkpoint.status();
  if (checkpoint->has_value()) log_first_ = (*checkpoint)->log_position;
  const std::unique_ptr<rocksdb::Iterator> log(db_->NewIterator(ScanOptions(), families_[kLog]));
  log->SeekToLast();
  const uint64_t behind = log->Valid() ? LogPosition(log->key()) + 1 : 0;
  log_next_ = std::max<uint64_t>(log_first_, behind);
  return Wrap(log->status());
}

Result<std::optional<StoreCheckpoint>> RocksDbStore::Checkpoint() {
  std::string value;
  const rocksdb::Status got = db_->Get({}, families_[kMeta], ToSlice(kCheckpointKey), &value);
  if (got.IsNotFound()) return std::optional<StoreCheckpoint>();
  if (!got.ok()) return Wrap(got);
  WireReader in(value);
  const uint64_t position = in.Fixed64();
  if (!in.ok()) return Corrupt(path_ + ": the checkpoint is damaged; restore the directory from a copy");
  return std::optional(StoreCheckpoint{.meta = std::string(in.rest()), .log_position = position});
}

Status RocksDbStore::Load(unsigned threads,
                          const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) {
  ADIRECT_CHECK(threads > 0, threads);
  std::atomic<unsigned> next = 0;
  std::mutex mutex;
  Status first;
  const auto work = [&](unsigned thread) {
    for (unsigned prefix = next++; prefix < kPrefixes; prefix = next++) {
      const Status done = LoadPrefix(
          prefix, [&](std::string_view user_id, std::string_view bytes) { return visit(thread, user_id, bytes); });
      if (done.ok()) continue;
      next = kPrefixes;
      const std::lock_guard lock(mutex);
      if (first.ok()) first = done;
    }
  };
  std::vector<std::jthread> running;
  for (unsigned thread = 1; thread < threads; ++thread) running.emplace_back(work, thread);
  work(0);
  running.clear();
  return first;
}

Status RocksDbStore::LoadPrefix(unsigned prefix,
                                const std::function<Status(std::string_view, std::string_view)>& visit) {
  const std::string begin(1, static_cast<char>(prefix));
  const std::string end(1, static_cast<char>(prefix + 1));
  const Slice bound = ToSlice(end);
  rocksdb::ReadOptions options = ScanOptions();
  if (prefix + 1 < kPrefixes) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, families_[kShoppers]));
  for (at->Seek(ToSlice(begin)); at->Valid(); at->Next()) {
    ADIRECT_RETURN_IF_ERROR(visit(ToView(at->key()).substr(1), ToView(at->value())));
  }
  return Wrap(at->status());
}

Status RocksDbStore::Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) {
  uint64_t expected = std::max<uint64_t>(position, log_first_);
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(ScanOptions(), families_[kLog]));
  for (at->Seek(ToSlice(LogKey(expected))); at->Valid() && LogPosition(at->key()) == expected; at->Next()) {
    ADIRECT_RETURN_IF_ERROR(visit(expected++, ToView(at->value())));
  }
  if (!at->status().ok() || !at->Valid()) return Wrap(at->status());
  return MissingRecord(expected);
}

Status RocksDbStore::MissingRecord(uint64_t position) const {
  return Corrupt(path_ + ": the log's record " + std::to_string(position) +
                 " is missing; restore the directory from a copy");
}

Status RocksDbStore::ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(ScanOptions(), families_[kLog]));
  at->Seek(ToSlice(LogKey(position)));
  if (at->Valid()) position = LogPosition(at->key());
  for (; at->Valid(); at->Next(), ++position) {
    if (LogPosition(at->key()) != position) return MissingRecord(position);
    if (!visit(position, ToView(at->value()))) break;
  }
  return Wrap(at->status());
}

Result<uint64_t> RocksDbStore::Append(std::span<const std::string_view> records) {
  uint64_t next = log_next_;
  if (records.empty()) return next;
  WriteBatch batch;
  for (const std::string_view record : records) batch.Put(families_[kLog], ToSlice(LogKey(next++)), ToSlice(record));
  ADIRECT_RETURN_IF_ERROR(Write(batch, true));
  log_next_ = next;
  return next;
}

Status RocksDbStore::Put(std::span<const StoreEntry> shoppers) {
  WriteBatch batch;
  for (const StoreEntry& shopper : shoppers) {
    const std::string key = ShopperKey(shopper.key);
    if (shopper.value.empty()) {
      batch.Delete(families_[kShoppers], ToSlice(key));
    } else {
      batch.Put(families_[kShoppers], ToSlice(key), ToSlice(shopper.value));
    }
    if (batch.GetDataSize() >= kPutBatchBytes) ADIRECT_RETURN_IF_ERROR(PutBatch(batch));
  }
  return PutBatch(batch);
}

Status RocksDbStore::PutBatch(WriteBatch& batch) {
  ADIRECT_RETURN_IF_ERROR(Write(batch, false));
  batch.Clear();
  const bool full = Property(rocksdb::DB::Properties::kCurSizeActiveMemTable, kShoppers) >= shopper_buffer_bytes_;
  return full ? FlushShoppers() : Status();
}

Status RocksDbStore::FlushShoppers() {
  return TwiceIfNeeded([this] {
    const std::lock_guard not_while_it_recovers(recovery_mutex_);
    return Flush(kShoppers);
  });
}

// Where RocksDB has failed to recover once, its Flush may return before all is written out.
rocksdb::Status RocksDbStore::Flush(Family family) {
  rocksdb::Status done = db_->Flush({}, families_[family]);
  while (done.ok() && Property(rocksdb::DB::Properties::kNumImmutableMemTable, family) > 0) {
    std::this_thread::sleep_for(kFlushLook);
    done = db_->Flush({}, families_[family]);
  }
  return done;
}

Status RocksDbStore::Commit(const StoreCheckpoint& checkpoint) {
  const uint64_t position = checkpoint.log_position;
  ADIRECT_CHECK(position >= log_first_ && position <= log_next_, position, log_first_, log_next_);
  ADIRECT_RETURN_IF_ERROR(FlushShoppers());
  WriteBatch batch;
  batch.Put(families_[kMeta], ToSlice(kCheckpointKey), ToSlice(EncodeCheckpoint(checkpoint)));
  ADIRECT_RETURN_IF_ERROR(Write(batch, true));
  log_first_ = position;
  return DropLog(std::min<uint64_t>(position, log_kept_));
}

// Readers begin at log_first_, so that what is left of a file that reaches beyond the position does no harm.
Status RocksDbStore::DropLog(uint64_t position) {
  const std::string begin = LogKey(0);
  const std::string end = LogKey(position);
  const Slice from = ToSlice(begin);
  const Slice to = ToSlice(end);
  return Wrap(rocksdb::DeleteFilesInRange(db_.get(), families_[kLog], &from, &to, false));
}

Status RocksDbStore::Compact() {
  WriteBatch batch;
  const std::string begin = LogKey(0);
  const std::string end = LogKey(std::min<uint64_t>(log_first_, log_kept_));
  batch.DeleteRange(families_[kLog], ToSlice(begin), ToSlice(end));
  ADIRECT_RETURN_IF_ERROR(Write(batch, true));
  ADIRECT_RETURN_IF_ERROR(FlushAll());
  for (const Family family : {kMeta, kLog, kShoppers, kTables}) ADIRECT_RETURN_IF_ERROR(CompactFamily(family));
  // A manifest begins with the files before the change that it was begun for.
  if (!Touch()) return Internal(path_ + ": cannot write");
  return FlushAll();
}

// Then the write-ahead log begins anew too.
Status RocksDbStore::FlushAll() {
  for (const Family family : {kMeta, kLog, kShoppers, kTables}) {
    ADIRECT_RETURN_IF_ERROR(TwiceIfNeeded([&] { return Flush(family); }));
  }
  return {};
}

Status RocksDbStore::CompactFamily(Family family) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return TwiceIfNeeded([&] { return db_->CompactRange(options, families_[family], nullptr, nullptr); });
}

Status RocksDbStore::Write(WriteBatch& batch, bool synced) {
  rocksdb::WriteOptions options;
  options.sync = synced;
  options.disableWAL = !synced;
  if (given_up_ || (synced && failed_log_ != 0 && LogNumber() == failed_log_ && !Recovered())) {
    return Internal(path_ + ": the disk failed; start adirect again");
  }
  if (synced && !HasMemory(kMeta)) (void)Touch();
  return TwiceIfNeeded([&] {
    const rocksdb::Status written = db_->Write(options, &batch);
    if (synced && !written.ok()) NoteFailed(static_cast<uint64_t>(batch.Count()));
    return written;
  });
}

void RocksDbStore::NoteFailed(uint64_t entries) {
  uint64_t most = failed_entries_;
  while (most < entries && !failed_entries_.compare_exchange_weak(most, entries)) continue;
}

// Something in memory (see Recovered), and as many entries as the largest write had that failed: RocksDB gives the
// numbers of such a write to the next one, and of two entries of one number a start after a crash would take the one
// that failed, where it had come to the disk after all.
bool RocksDbStore::Touch() {
  uint64_t failed = failed_entries_;
  WriteBatch batch;
  for (uint64_t i = 0; i < std::max<uint64_t>(failed, 1); ++i) {
    batch.Put(families_[kMeta], ToSlice(kTouchedKey), {});
  }
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  if (!db_->Write(unlogged, &batch).ok()) return false;
  failed_entries_.compare_exchange_strong(failed, 0);
  return true;
}

Status RocksDbStore::TwiceIfNeeded(const std::function<rocksdb::Status()>& call) {
  rocksdb::Status done = call();
  if (!done.ok() && Recovered()) done = call();
  return Wrap(done);
}

// A write-ahead log that has seen an error takes no more; to write to it again would end the process. RocksDB begins a
// new one when it recovers, but only where there is something in memory that it writes out then (Touch).
bool RocksDbStore::Recovered() {
  const std::lock_guard lock(recovery_mutex_);
  if (errors_->log_failed.exchange(false)) failed_log_ = LogNumber();
  return Resumed() && LogNumber() != failed_log_ && Touch();
}

// RocksDB forgets that a buffer is to be written out, where an error comes, or a recovery fails, before a thread has
// begun with it. Then a Resume waits for ever, until there is no more background work.
bool RocksDbStore::Resumed() {
  std::future<bool> resumed = std::async(std::launch::async, [this] { return db_->Resume().ok(); });
  if (resumed.wait_for(longest_recovery_) != std::future_status::ready) {
    given_up_ = true;
    CancelAllBackgroundWork(db_.get(), false);
  }
  return resumed.get();
}

uint64_t RocksDbStore::LogNumber() const {
  std::unique_ptr<rocksdb::LogFile> log;
  return db_->GetCurrentWalFile(&log).ok() ? log->LogNumber() : 0;
}

bool RocksDbStore::HasMemory(Family family) const {
  return Property(rocksdb::DB::Properties::kNumEntriesActiveMemTable, family) > 0;
}

Status RocksDbStore::PutTable(std::string_view table, std::span<const StoreEntry> entries) {
  const std::string prefix = TablePrefix(table);
  WriteBatch batch;
  for (const StoreEntry& entry : entries) {
    const std::string key = prefix + std::string(entry.key);
    if (entry.value.empty()) {
      batch.Delete(families_[kTables], ToSlice(key));
    } else {
      batch.Put(families_[kTables], ToSlice(key), ToSlice(entry.value));
    }
  }
  return Write(batch, true);
}

Status RocksDbStore::LoadTable(std::string_view table,
                               const std::function<Status(std::string_view, std::string_view)>& visit) {
  const std::string prefix = TablePrefix(table);
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(ScanOptions(), families_[kTables]));
  for (at->Seek(ToSlice(prefix)); at->Valid() && at->key().starts_with(ToSlice(prefix)); at->Next()) {
    ADIRECT_RETURN_IF_ERROR(visit(ToView(at->key()).substr(prefix.size()), ToView(at->value())));
  }
  return Wrap(at->status());
}

uint64_t RocksDbStore::Property(const std::string& name, Family family) const {
  uint64_t value = 0;
  db_->GetIntProperty(families_[family], name, &value);
  return value;
}

// A file's every block, and its footer.
rocksdb::Status RocksDbStore::VerifyFile(const std::string& path, const rocksdb::Options& options) const {
  rocksdb::SstFileReader reader(options);
  const rocksdb::Status opened = reader.Open(path);
  return opened.ok() ? reader.VerifyChecksum() : opened;
}

Status RocksDbStore::Verify() {
  rocksdb::Options options;
  options.env = env_;
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  std::string damaged;
  for (const rocksdb::LiveFileMetaData& file : files) {
    const std::string path = file.db_path + file.name;
    const rocksdb::Status read = VerifyFile(path, options);
    if (!read.ok()) damaged += (damaged.empty() ? "" : "\n") + path + ": " + read.ToString();
  }
  return damaged.empty() ? Status() : Corrupt(damaged + "\nrestore the directory from a copy");
}

StoreStats RocksDbStore::stats() {
  StoreStats stats = {.log_first = log_first_,
                      .log_next = log_next_,
                      .shoppers = Property(rocksdb::DB::Properties::kEstimateNumKeys, kShoppers)};
  std::vector<rocksdb::Env::FileAttributes> files;
  if (env_->GetChildrenFileAttributes(path_, &files).ok()) {
    for (const rocksdb::Env::FileAttributes& file : files) stats.bytes += file.size_bytes;
  }
  return stats;
}

}  // namespace

Result<std::unique_ptr<Store>> OpenRocksDbStore(const std::string& path, const RocksDbOptions& options) {
  auto store = std::make_unique<RocksDbStore>(path);
  ADIRECT_RETURN_IF_ERROR(store->Open(options));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace adirect
