// A file system that can be full, that fails when it is told to, and that forgets what was not synced when the machine
// stops: bytes behind a file's last sync, and files made, renamed or deleted since the last sync of their directory.
//
//   auto disk = std::make_shared<CrashFileSystem>();
//   disk->FailAt(17, CrashFileSystem::Failure::kStop);   // the 17th write or sync from now on is torn; the machine
//   stops …                                                    // what lives on it is closed disk->Forget(0.5); // and
//   opened again on a new one
//
// Threads: any; Forget when nothing lives on it any more.
#pragma once

#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adirect {

class CrashFileSystem : public rocksdb::FileSystemWrapper {
 public:
  enum class Failure {
    kError,   // it fails, and the next ones do not
    kErrors,  // it fails, and all others until Mend
    kStop,    // the machine stops in the middle of it
  };

  CrashFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  ~CrashFileSystem() override {
    for (const Change& change : changes_) std::filesystem::remove(change.kept);
  }
  const char* Name() const override { return "CrashFileSystem"; }

  // A write then fails after its first half.
  void Fill(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
  }
  // Of what changes the disk (a write, a sync, a name), the n-th from now on (1 is the next) fails; a write after its
  // first half.
  void FailAt(uint64_t n, Failure failure) {
    const std::lock_guard lock(mutex_);
    fails_in_ = n;
    failure_ = failure;
  }
  // Nothing fails any more, and a machine that stopped goes on, with all that was written: who lived on the disk was
  // killed, and it will forget later.
  void Mend() {
    const std::lock_guard lock(mutex_);
    fails_in_ = 0;
    full_ = stopped_ = failing_ = failed_ = false;
  }
  // Whether an error that was ordered has come.
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }
  // A disk that lies: syncs of files with this in their name are said to be done and are not; "/": of directories.
  void IgnoreSyncs(std::string part) {
    const std::lock_guard lock(mutex_);
    ignored_ = std::move(part);
  }
  // Nothing reaches the disk any more.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  bool stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  // Takes back what was not synced, but for a share of it: of the changes of names the first ones, and then of each
  // file, asked anew, its first bytes.
  void Forget(const std::function<double()>& share) {
    const auto kept = static_cast<size_t>(share() * static_cast<double>(changes_.size()));
    for (; changes_.size() > kept; changes_.pop_back()) TakeBack(changes_.back());
    for (const auto& [path, file] : files_) {
      if (!std::filesystem::exists(path)) continue;
      const auto more = static_cast<uint64_t>(share() * static_cast<double>(file->written - file->synced));
      std::filesystem::resize_file(path, file->synced + more);
    }
  }
  void Forget(double kept) {
    Forget([kept] { return kept; });
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(mutex_);
    const rocksdb::IOStatus may = Begin();
    if (!may.ok()) return may;
    Change change{Change::kDeleted, path, {}, Keep(path), Release(path)};
    const rocksdb::IOStatus done = FileSystemWrapper::DeleteFile(path, options, debug);
    changes_.push_back(std::move(change));
    return done;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(mutex_);
    const rocksdb::IOStatus may = Begin();
    if (!may.ok()) return may;
    Change change{Change::kRenamed, to, from, Keep(to), Release(to)};
    const rocksdb::IOStatus done = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (std::shared_ptr<Size> file = Release(from)) files_[to] = std::move(file);
    changes_.push_back(std::move(change));
    return done;
  }

 private:
  class File;
  class Directory;
  struct Size {
    uint64_t written = 0;
    uint64_t synced = 0;
  };
  // Of a name, while its directory is not synced.
  struct Change {
    enum What { kMade, kDeleted, kRenamed } what;
    std::string path;
    std::string from;                   // its name before
    std::filesystem::path kept;         // what the name stood for before; empty: nothing
    std::shared_ptr<Size> former_size;  // of that
  };

  static rocksdb::IOStatus Stopped() { return rocksdb::IOStatus::IOError("the machine stopped"); }

  // What is about to change the disk may do so, or why not.
  rocksdb::IOStatus Begin() {
    if (stopped_) return Stopped();
    if (fails_in_ > 0 && --fails_in_ == 0) {
      stopped_ = failure_ == Failure::kStop;
      failing_ = failure_ == Failure::kErrors;
      failed_ = failed_ || !stopped_;
      return stopped_ ? Stopped() : rocksdb::IOStatus::IOError("the disk failed");
    }
    return failing_ ? rocksdb::IOStatus::IOError("the disk failed") : rocksdb::IOStatus::OK();
  }
  bool Ignores(std::string_view name) const { return !ignored_.empty() && name.find(ignored_) != name.npos; }

  // Another name for what the path stands for.
  std::filesystem::path Keep(const std::string& path) {
    if (!std::filesystem::exists(path)) return {};
    static std::atomic<uint64_t> names = 0;
    const std::string directory = std::filesystem::path(path).parent_path();
    const std::filesystem::path kept = directory + "-kept-" + std::to_string(names++);
    std::filesystem::create_hard_link(path, kept);
    return kept;
  }
  std::shared_ptr<Size> Release(const std::string& path) {
    auto file = files_.extract(path);
    return file ? std::move(file.mapped()) : nullptr;
  }
  void TakeBack(const Change& change) {
    if (change.what == Change::kMade) std::filesystem::remove(change.path);
    std::shared_ptr<Size> file = Release(change.path);
    if (change.what == Change::kRenamed) {
      std::filesystem::rename(change.path, change.from);
      if (file != nullptr) files_[change.from] = std::move(file);
    }
    if (change.kept.empty()) return;
    std::filesystem::rename(change.kept, change.path);
    if (change.former_size != nullptr) files_[change.path] = change.former_size;
  }
  void SettleNames(const std::filesystem::path& directory) {
    std::erase_if(changes_, [&](const Change& change) {
      if (std::filesystem::path(change.path).parent_path() != directory) return false;
      std::filesystem::remove(change.kept);
      return true;
    });
  }

  mutable std::mutex mutex_;
  bool full_ = false;
  bool stopped_ = false;
  uint64_t fails_in_ = 0;  // 0: nothing was ordered
  Failure failure_ = Failure::kError;
  bool failing_ = false;
  bool failed_ = false;
  std::string ignored_;                                 // empty: none
  std::map<std::string, std::shared_ptr<Size>> files_;  // that were made here
  std::vector<Change> changes_;                         // oldest first
};

class CrashFileSystem::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(CrashFileSystem& disk, const std::filesystem::path& path, std::shared_ptr<Size> size,
       std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), name_(path.filename()), size_(std::move(size)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.stopped_) return Stopped();
    rocksdb::IOStatus may = disk_.Begin();
    if (may.ok() && disk_.full_) may = rocksdb::IOStatus::NoSpace("the disk is full");
    const size_t size = may.ok() ? data.size() : data.size() / 2;
    const rocksdb::IOStatus done = target()->Append({data.data(), size}, options, debug);
    size_->written += size;
    return may.ok() ? done : may;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    const rocksdb::IOStatus may = disk_.Begin();
    if (!may.ok()) return may;
    if (!disk_.Ignores(name_)) size_->synced = size_->written;
    return target()->Flush(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  CrashFileSystem& disk_;
  const std::string name_;
  const std::shared_ptr<Size> size_;
};

class CrashFileSystem::Directory : public rocksdb::FSDirectory {
 public:
  Directory(CrashFileSystem& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    const rocksdb::IOStatus may = disk_.Begin();
    if (may.ok() && !disk_.Ignores("/")) disk_.SettleNames(path_);
    return may;
  }

 private:
  CrashFileSystem& disk_;
  const std::filesystem::path path_;
};

inline rocksdb::IOStatus CrashFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                          rocksdb::IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  const rocksdb::IOStatus may = Begin();
  if (!may.ok()) return may;
  Change change{Change::kMade, path, {}, {}, nullptr};
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const bool is_new = !std::filesystem::exists(path);
  const rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, &file, debug);
  if (!made.ok()) return made;
  if (is_new) changes_.push_back(std::move(change));
  const auto size = std::make_shared<Size>();
  files_[path] = size;
  *result = std::make_unique<File>(*this, path, size, std::move(file));
  return made;
}

inline rocksdb::IOStatus CrashFileSystem::NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                                       std::unique_ptr<rocksdb::FSDirectory>* result,
                                                       rocksdb::IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> known;
  const rocksdb::IOStatus opened = FileSystemWrapper::NewDirectory(path, options, &known, debug);
  if (opened.ok()) *result = std::make_unique<Directory>(*this, path);
  return opened;
}

}  // namespace adirect
