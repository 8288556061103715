// A file system that can be full, and that forgets what was not synced when the machine stops.
#pragma once

#include <rocksdb/file_system.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace adirect {

// Threads: any.
class CrashFileSystem : public rocksdb::FileSystemWrapper {
 public:
  CrashFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "CrashFileSystem"; }

  // A write then fails after its first half.
  void Fill(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
  }
  // Nothing reaches the disk any more.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  // Cuts each file behind its synced bytes and this share of the others; with none, files whose directory was
  // not synced go too.
  void Forget(double kept) {
    for (const auto& [path, file] : files_) {
      if (!std::filesystem::exists(path)) continue;
      if (kept == 0 && !file.listed) {
        std::filesystem::remove(path);
      } else {
        const auto more = static_cast<uint64_t>(kept * static_cast<double>(file.written - file.synced));
        std::filesystem::resize_file(path, file.synced + more);
      }
    }
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
    if (stopped_) return Stopped();
    files_.erase(path);
    return FileSystemWrapper::DeleteFile(path, options, debug);
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Stopped();
    if (auto file = files_.extract(from)) {
      file.key() = to;
      file.mapped().listed = true;  // a rename is not undone
      files_.erase(to);
      files_.insert(std::move(file));
    }
    return FileSystemWrapper::RenameFile(from, to, options, debug);
  }

 private:
  class File;
  class Directory;
  struct Size {
    uint64_t written = 0;
    uint64_t synced = 0;
    bool listed = false;  // its directory was synced
  };
  static rocksdb::IOStatus Stopped() { return rocksdb::IOStatus::IOError("the machine stopped"); }

  std::mutex mutex_;
  bool full_ = false;
  bool stopped_ = false;
  std::map<std::string, Size> files_;
};

class CrashFileSystem::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(CrashFileSystem& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.stopped_) return Stopped();
    const size_t size = disk_.full_ ? data.size() / 2 : data.size();
    const rocksdb::IOStatus done = target()->Append({data.data(), size}, options, debug);
    if (const auto file = disk_.files_.find(path_); file != disk_.files_.end()) file->second.written += size;
    return done.ok() && disk_.full_ ? rocksdb::IOStatus::NoSpace("the disk is full") : done;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.stopped_) return Stopped();
    if (const auto file = disk_.files_.find(path_); file != disk_.files_.end()) {
      file->second.synced = file->second.written;
    }
    return target()->Flush(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  CrashFileSystem& disk_;
  const std::string path_;
};

class CrashFileSystem::Directory : public rocksdb::FSDirectory {
 public:
  Directory(CrashFileSystem& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.stopped_) return Stopped();
    for (auto& [path, file] : disk_.files_) {
      if (std::filesystem::path(path).parent_path() == path_) file.listed = true;
    }
    return rocksdb::IOStatus::OK();
  }

 private:
  CrashFileSystem& disk_;
  const std::filesystem::path path_;
};

inline rocksdb::IOStatus CrashFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                          rocksdb::IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return Stopped();
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, &file, debug);
  if (!made.ok()) return made;
  files_[path] = {};
  *result = std::make_unique<File>(*this, path, std::move(file));
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
