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
#include <cstdarg>
#include <limits>
#include <mutex>
#include <shared_mutex>
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
constexpr std::string_view kProbe = "000000.dbtmp";  // RocksDB removes such files where it finds one
constexpr size_t kProbeBytes = 64 << 10;
constexpr size_t kPutBatchBytes = 256 << 10;  // how long a batch of shoppers may keep an Append waiting
constexpr size_t kReadAheadBytes = 2 << 20;   // of Load and Replay
constexpr size_t kBlockBytes = 16 << 10;
constexpr size_t kSyncBytes = 1 << 20;  // files are handed to the disk in such pieces
constexpr size_t kManifestBytes = 1;    // each change of files begins a new one: an old one names shoppers who are gone
constexpr int kLogBuffers = 4;
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

// RocksDB does not recover by itself: the store opens it anew.
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }
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

rocksdb::DBOptions DatabaseOptions(const RocksDbLimits& limits, rocksdb::Env* env) {
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
  options.avoid_flush_during_shutdown = true;       // what no Commit covers, nobody reads
  options.allow_concurrent_memtable_write = false;  // shoppers' memory cannot
  options.listeners.push_back(std::make_shared<NoRecovery>());
  return options;
}

// Nothing is read twice, so there is no cache of blocks; an index lives as long as its file.
rocksdb::ColumnFamilyOptions FamilyOptions() {
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
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
  options.readahead_size = kReadAheadBytes;
  return options;
}

rocksdb::WriteOptions Synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

// Durable with the next flush only.
rocksdb::WriteOptions Unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

// An empty value removes the key.
void SetIn(WriteBatch& batch, rocksdb::ColumnFamilyHandle* family, std::string_view key, std::string_view value) {
  if (value.empty()) {
    batch.Delete(family, ToSlice(key));
  } else {
    batch.Put(family, ToSlice(key), ToSlice(value));
  }
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
  Status OpenDatabase();
  void CloseDatabase();
  Status OpenAgain(uint64_t failed);
  Status ProveRoom() const;
  uint64_t BytesOnDisk(std::string_view ending) const;
  Status DropWhatFailed();
  Status LogDamage(const rocksdb::Status& status) const;
  Status FindPositions();
  Status LoadPrefix(unsigned prefix, const std::function<Status(std::string_view, std::string_view)>& visit);
  Status Change(const std::function<rocksdb::Status()>& call);
  Status PutBatch(std::span<const StoreEntry> shoppers);
  Status NoteLostPuts(Status done);
  rocksdb::Status VerifyFile(const std::string& path, const rocksdb::Options& options) const;
  Status FlushAll();
  Status CompactFamily(Family family);
  rocksdb::Status Flush(Family family) { return db_->Flush({}, families_[family]); }
  Status MissingRecord(uint64_t position) const;
  Status DropLog(uint64_t position);
  Status Wrap(const rocksdb::Status& status) const { return FromRocksDb(status, path_); }
  uint64_t Property(const std::string& name, Family family) const;

  const std::string path_;
  RocksDbLimits limits_;
  std::unique_ptr<rocksdb::Env> own_env_;  // over the file system that was handed in
  rocksdb::Env* env_ = rocksdb::Env::Default();
  std::shared_mutex open_mutex_;  // shared by whoever uses the database
  uint64_t opened_ = 0;           // how often
  std::unique_ptr<rocksdb::DB> db_;
  Status closed_;  // why db_ is absent
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::atomic<uint64_t> log_first_ = 0;
  std::atomic<uint64_t> log_next_ = 0;
  std::atomic<uint64_t> log_kept_ = UINT64_MAX;  // for who follows it
  std::atomic<bool> has_puts_ = false;           // that no Commit covers
  std::atomic<bool> lost_puts_ = false;          // and that went with the database that had them in memory
};

RocksDbStore::~RocksDbStore() { CloseDatabase(); }

Status RocksDbStore::Open(const RocksDbOptions& options) {
  if (options.file_system != nullptr) {
    own_env_ = rocksdb::NewCompositeEnv(options.file_system->impl);
    if (options.file_system->clock != nullptr) {
      own_env_ = std::make_unique<ClockedEnv>(std::move(own_env_), options.file_system->clock);
    }
    env_ = own_env_.get();
  }
  limits_ = options.limits;
  ADIRECT_RETURN_IF_ERROR(ClaimDataDirectory(*env_->GetFileSystem(), path_, options.create));
  ADIRECT_RETURN_IF_ERROR(OpenDatabase());
  return FindPositions();
}

Status RocksDbStore::OpenDatabase() {
  const rocksdb::ColumnFamilyOptions common = FamilyOptions();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(kFamilies);
  for (const char* name : kFamilyNames) families.emplace_back(name, common);
  families[kLog].options = LogOptions(common, limits_);
  families[kShoppers].options = ShopperOptions(common, limits_);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(DatabaseOptions(limits_, env_), path_, families, &families_, &db);
  db_.reset(db);
  return opened.IsCorruption() && opened.ToString().find(path_) == std::string::npos ? LogDamage(opened) : Wrap(opened);
}

// Where a new manifest was written and CURRENT could not be, RocksDB 7.8 takes the one that CURRENT names for obsolete,
// and deletes it as it closes. What is obsolete goes at the next start.
void RocksDbStore::CloseDatabase() {
  if (db_ != nullptr) (void)db_->DisableFileDeletions();
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  families_.clear();
  db_.reset();
}

// After an error RocksDB takes no more. To open it anew is what a start does after a crash, and as safe.
// docs/decisions/0013-opened-anew-after-an-error.md
Status RocksDbStore::Change(const std::function<rocksdb::Status()>& call) {
  for (bool again = false;; again = true) {
    std::shared_lock lock(open_mutex_);
    const uint64_t opened = opened_;
    const rocksdb::Status done = db_ == nullptr ? rocksdb::Status::Aborted() : call();
    lock.unlock();
    if (done.ok() || again || done.IsCorruption()) return Wrap(done);
    ADIRECT_RETURN_IF_ERROR(OpenAgain(opened));
  }
}

// Does nothing where it is another than the one that failed already.
Status RocksDbStore::OpenAgain(uint64_t failed) {
  const std::unique_lock lock(open_mutex_);
  if (opened_ != failed) return {};
  ADIRECT_RETURN_IF_ERROR(ProveRoom());
  CloseDatabase();
  if (has_puts_.exchange(false)) lost_puts_ = true;
  closed_ = OpenDatabase();
  if (closed_.ok()) closed_ = DropWhatFailed();
  if (!closed_.ok()) CloseDatabase();
  opened_ += closed_.ok() ? 1 : 0;
  return closed_;
}

// Where the disk takes nothing, or not what a start writes out of the write-ahead log, a database that can be read is
// better than none.
Status RocksDbStore::ProveRoom() const {
  const std::string probe = path_ + "/" + std::string(kProbe);
  const rocksdb::Status written = rocksdb::WriteStringToFile(env_, std::string(kProbeBytes, '0'), probe, true);
  (void)env_->DeleteFile(probe);
  if (!written.ok()) return Wrap(written);
  uint64_t room = 0;
  const bool known = env_->GetFreeSpace(path_, &room).ok();
  return known && room < BytesOnDisk(".log")
             ? Wrap(rocksdb::Status::NoSpace("less room than the write-ahead log takes"))
             : Status();
}

// Of the files whose names end so.
uint64_t RocksDbStore::BytesOnDisk(std::string_view ending) const {
  uint64_t bytes = 0;
  std::vector<rocksdb::Env::FileAttributes> files;
  if (!env_->GetChildrenFileAttributes(path_, &files).ok()) return 0;
  for (const rocksdb::Env::FileAttributes& file : files) bytes += file.name.ends_with(ending) ? file.size_bytes : 0;
  return bytes;
}

// Records that came to the disk, though their Append said that they did not.
Status RocksDbStore::DropWhatFailed() {
  WriteBatch batch;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(ScanOptions(), families_[kLog]));
  for (at->Seek(ToSlice(LogKey(log_next_))); at->Valid(); at->Next()) batch.Delete(families_[kLog], at->key());
  if (!at->status().ok() || batch.Count() == 0) return Wrap(at->status());
  return Wrap(db_->Write(Synced(), &batch));
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
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  const uint64_t first = log_next_;
  if (records.empty()) return first;
  ADIRECT_RETURN_IF_ERROR(Change([&] {
    WriteBatch batch;
    for (size_t i = 0; i < records.size(); ++i) {
      batch.Put(families_[kLog], ToSlice(LogKey(first + i)), ToSlice(records[i]));
    }
    rocksdb::Status written = db_->Write(Synced(), &batch);
    if (!written.ok()) return written;
    log_next_ = first + records.size();  // before another thread opens anew and drops what lies behind
    return written;
  }));
  return first + records.size();
}

Status RocksDbStore::Put(std::span<const StoreEntry> shoppers) {
  Status done;
  while (done.ok() && !shoppers.empty()) {
    size_t count = 0;
    for (size_t bytes = 0; count < shoppers.size() && bytes < kPutBatchBytes; ++count) {
      bytes += shoppers[count].key.size() + shoppers[count].value.size();
    }
    done = PutBatch(shoppers.first(count));
    shoppers = shoppers.subspan(count);
  }
  return NoteLostPuts(std::move(done));
}

Status RocksDbStore::PutBatch(std::span<const StoreEntry> shoppers) {
  return Change([&] {
    WriteBatch batch;
    for (const StoreEntry& shopper : shoppers)
      SetIn(batch, families_[kShoppers], ShopperKey(shopper.key), shopper.value);
    const rocksdb::Status written = db_->Write(Unlogged(), &batch);
    if (written.ok()) has_puts_ = true;
    const uint64_t bytes = Property(rocksdb::DB::Properties::kCurSizeActiveMemTable, kShoppers);
    return written.ok() && bytes >= limits_.write_buffer_bytes ? Flush(kShoppers) : written;
  });
}

// Whoever puts begins anew where this is not ok.
Status RocksDbStore::NoteLostPuts(Status done) {
  const bool lost = lost_puts_.exchange(false);
  if (done.ok() && lost) done = Unavailable(path_ + ": the disk failed while a checkpoint was written");
  if (!done.ok()) has_puts_ = false;
  return done;
}

Status RocksDbStore::Commit(const StoreCheckpoint& checkpoint) {
  const uint64_t position = checkpoint.log_position;
  ADIRECT_CHECK(position >= log_first_ && position <= log_next_, position, log_first_, log_next_);
  ADIRECT_RETURN_IF_ERROR(NoteLostPuts(Change([&] { return Flush(kShoppers); })));
  has_puts_ = false;
  const std::string value = EncodeCheckpoint(checkpoint);
  ADIRECT_RETURN_IF_ERROR(
      Change([&] { return db_->Put(Synced(), families_[kMeta], ToSlice(kCheckpointKey), ToSlice(value)); }));
  log_first_ = position;
  return DropLog(std::min<uint64_t>(position, log_kept_));
}

// Readers begin at log_first_, so that what is left of a file that reaches beyond the position does no harm.
Status RocksDbStore::DropLog(uint64_t position) {
  const std::string begin = LogKey(0);
  const std::string end = LogKey(position);
  const Slice from = ToSlice(begin);
  const Slice to = ToSlice(end);
  return Change([&] { return rocksdb::DeleteFilesInRange(db_.get(), families_[kLog], &from, &to, false); });
}

Status RocksDbStore::Compact() {
  const std::string begin = LogKey(0);
  const std::string end = LogKey(std::min<uint64_t>(log_first_, log_kept_));
  ADIRECT_RETURN_IF_ERROR(
      Change([&] { return db_->DeleteRange(Synced(), families_[kLog], ToSlice(begin), ToSlice(end)); }));
  ADIRECT_RETURN_IF_ERROR(FlushAll());
  for (const Family family : {kMeta, kLog, kShoppers, kTables}) ADIRECT_RETURN_IF_ERROR(CompactFamily(family));
  // A manifest begins with the files before the change that it was begun for.
  ADIRECT_RETURN_IF_ERROR(Change([&] { return db_->Put(Synced(), families_[kMeta], ToSlice(kTouchedKey), {}); }));
  return FlushAll();
}

// Then the write-ahead log begins anew too.
Status RocksDbStore::FlushAll() {
  for (const Family family : {kMeta, kLog, kShoppers, kTables}) {
    ADIRECT_RETURN_IF_ERROR(Change([&] { return Flush(family); }));
  }
  return {};
}

Status RocksDbStore::CompactFamily(Family family) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return Change([&] { return db_->CompactRange(options, families_[family], nullptr, nullptr); });
}

Status RocksDbStore::PutTable(std::string_view table, std::span<const StoreEntry> entries) {
  const std::string prefix = TablePrefix(table);
  return Change([&] {
    WriteBatch batch;
    for (const StoreEntry& entry : entries)
      SetIn(batch, families_[kTables], prefix + std::string(entry.key), entry.value);
    return db_->Write(Synced(), &batch);
  });
}

Status RocksDbStore::LoadTable(std::string_view table,
                               const std::function<Status(std::string_view, std::string_view)>& visit) {
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  const std::shared_lock open(open_mutex_);
  if (db_ == nullptr) return closed_;
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
  StoreStats stats = {.log_first = log_first_, .log_next = log_next_, .bytes = BytesOnDisk("")};
  const std::shared_lock open(open_mutex_);
  if (db_ != nullptr) stats.shoppers = Property(rocksdb::DB::Properties::kEstimateNumKeys, kShoppers);
  return stats;
}

}  // namespace

Result<std::unique_ptr<Store>> OpenRocksDbStore(const std::string& path, const RocksDbOptions& options) {
  auto store = std::make_unique<RocksDbStore>(path);
  ADIRECT_RETURN_IF_ERROR(store->Open(options));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace adirect
