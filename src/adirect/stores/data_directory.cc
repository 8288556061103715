#include "adirect/stores/data_directory.h"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <vector>

namespace adirect {
namespace {

constexpr std::string_view kMarkName = "ADIRECT";
constexpr std::string_view kMarkBegin = "adirect data directory, format ";
constexpr int kFormat = 2;
constexpr int kOldestFormat = 1;  // that is read, and written as kFormat from then on

std::string Mark() { return std::string(kMarkBegin) + std::to_string(kFormat) + "\n"; }

std::string Join(std::string_view path, std::string_view name) { return std::string(path) + "/" + std::string(name); }

Status SyncDirectory(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  rocksdb::IOStatus done = files.NewDirectory(path, {}, &directory, nullptr);
  if (done.ok()) done = directory->Fsync({}, nullptr);
  return FromRocksDb(done, path);
}

std::string Parent(const std::string& path) {
  const size_t name = path.find_last_not_of('/');
  const size_t slash = name == std::string::npos ? name : path.rfind('/', name);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The names in the directory, without those that every new file system has; absent where there is no directory.
Result<std::optional<std::vector<std::string>>> NamesIn(rocksdb::FileSystem& files, const std::string& path) {
  if (files.FileExists(path, {}, nullptr).IsNotFound()) return std::optional<std::vector<std::string>>();
  bool directory = false;
  const rocksdb::IOStatus known = files.IsDirectory(path, {}, &directory, nullptr);
  if (known.ok() && !directory) return InvalidArgument(path + ": is no directory; give one");
  std::vector<std::string> names;
  const rocksdb::IOStatus listed = files.GetChildren(path, {}, &names, nullptr);
  if (!listed.ok()) return FromRocksDb(listed, path);
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".." || name == "lost+found"; });
  return std::optional(std::move(names));
}

Status WriteMark(rocksdb::FileSystem& files, const std::string& path) {
  const rocksdb::IOStatus made = files.CreateDirIfMissing(path, {}, nullptr);
  if (!made.ok()) return FromRocksDb(made, path);
  ADIRECT_RETURN_IF_ERROR(SyncDirectory(files, Parent(path)));
  const std::string mark = Join(path, kMarkName);
  const rocksdb::IOStatus written = rocksdb::WriteStringToFile(&files, Mark(), mark, true);
  if (!written.ok()) return FromRocksDb(written, path);
  return SyncDirectory(files, path);
}

// Older adirects refuse the directory from now on.
Status RenewMark(rocksdb::FileSystem& files, const std::string& path) {
  const std::string mark = Join(path, kMarkName);
  rocksdb::IOStatus done = rocksdb::WriteStringToFile(&files, Mark(), mark + ".new", true);
  if (done.ok()) done = files.RenameFile(mark + ".new", mark, {}, nullptr);
  return done.ok() ? SyncDirectory(files, path) : FromRocksDb(done, path);
}

Status CheckMark(std::string_view mark, const std::string& path) {
  int format = 0;
  const char* const end = mark.data() + mark.size();
  if (mark.starts_with(kMarkBegin)) {
    const std::from_chars_result read = std::from_chars(mark.data() + kMarkBegin.size(), end, format);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != '\n') format = 0;
  }
  if (format >= kOldestFormat && format <= kFormat) return {};
  if (format > kFormat) {
    return Unsupported(path + ": was written by a newer adirect, in format " + std::to_string(format) +
                       "; this one reads format " + std::to_string(kFormat) + ". Run the newer one");
  }
  return Corrupt(Join(path, kMarkName) + ": is damaged; restore it from a copy of the directory");
}

// Without CURRENT RocksDB would begin anew beside the old files.
Status CheckComplete(const std::vector<std::string>& names, const std::string& path) {
  if (std::find(names.begin(), names.end(), "CURRENT") != names.end()) return {};
  const auto holds_data = [](const std::string& name) { return name.ends_with(".sst") || name.ends_with(".log"); };
  if (std::none_of(names.begin(), names.end(), holds_data)) return {};
  return Corrupt(Join(path, "CURRENT") +
                 ": is missing, but files with data are there; restore the directory from a copy");
}

// " by process 17 (adirect)", where the machine can say it.
std::string HolderOf(const std::string& lock, const std::string& message) {
  if (message.find("current process") != std::string::npos) return " by this process";
  const int fd = open(lock.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  struct flock held = {};
  held.l_type = F_WRLCK;
  const bool known = fcntl(fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK && held.l_pid > 0;
  close(fd);
  if (!known) return "";
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(held.l_pid) + "/comm"), name);
  return " by process " + std::to_string(held.l_pid) + (name.empty() ? "" : " (" + name + ")");
}

// RocksDB moves its old LOG away before it takes the lock, so the lock is tried before RocksDB is called.
Status CheckUnused(rocksdb::FileSystem& files, const std::string& path) {
  const std::string name = Join(path, "LOCK");
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::IOStatus locked = files.LockFile(name, {}, &lock, nullptr);
  if (locked.ok()) return FromRocksDb(files.UnlockFile(lock, {}, nullptr), path);
  const std::string message = locked.ToString();
  if (message.find("lock") == std::string::npos) return FromRocksDb(locked, path);
  return Unavailable(path + ": is in use" + HolderOf(name, message) + "; stop that one, or give another directory");
}

}  // namespace

Status ClaimDataDirectory(rocksdb::FileSystem& files, const std::string& path, bool create) {
  const Result<std::optional<std::vector<std::string>>> listed = NamesIn(files, path);
  if (!listed.ok()) return listed.status();
  const std::vector<std::string> names = listed->value_or(std::vector<std::string>());
  const bool marked = std::find(names.begin(), names.end(), kMarkName) != names.end();
  if (!marked && !names.empty()) {
    return InvalidArgument(path + ": is not empty and no data directory of adirect (it has no file " +
                           std::string(kMarkName) + "); give a new or an empty directory");
  }
  std::string mark;
  if (marked) {
    const rocksdb::IOStatus read = rocksdb::ReadFileToString(&files, Join(path, kMarkName), &mark);
    if (!read.ok()) return FromRocksDb(read, path);
  }
  // A mark that is cut short and alone is what a crash left of the first start.
  const bool is_new = names.size() == (marked ? 1 : 0) && std::string_view(Mark()).starts_with(mark);
  if (is_new && !create) return NotFound(path + ": there is no data here; check the name");
  if (is_new) return WriteMark(files, path);
  ADIRECT_RETURN_IF_ERROR(CheckMark(mark, path));
  ADIRECT_RETURN_IF_ERROR(CheckComplete(names, path));
  ADIRECT_RETURN_IF_ERROR(CheckUnused(files, path));
  return mark == Mark() ? Status() : RenewMark(files, path);
}

Status FromRocksDb(const rocksdb::Status& status, std::string_view path) {
  if (status.ok()) return {};
  std::string text = status.ToString();
  // RocksDB tries a missing .sst file under its older name too, and reports that one.
  if (const size_t old = text.find(".ldb:"); old != std::string::npos) text.replace(old, 4, ".sst");
  const std::string message = std::string(path) + ": " + text;
  if (status.IsNoSpace()) return Exhausted(message + "; free some space");
  if (status.IsCorruption()) return Corrupt(message + "; restore the directory from a copy");
  if (status.IsPathNotFound() || status.IsNotFound()) return NotFound(message + "; check the name");
  if (status.IsNotSupported()) return Unsupported(message);
  return Internal(message);
}

}  // namespace adirect
