#include "adirect/stores/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <vector>

namespace adirect {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "ADIRECT";
constexpr std::string_view kPolicies = "policies";
constexpr std::string_view kStaged = ".backup";
constexpr std::string_view kUnfinished = ".part";
constexpr int kTries = 1000;  // until no manifest comes while the files are linked
constexpr std::chrono::milliseconds kBetweenTries{10};

Status Failed(const fs::path& path, const std::error_code& error) { return FromErrno(error.value(), path.string()); }

std::string ReadSmall(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Of what RocksDB needs: tables are linked, what grows is copied.
bool IsTable(const std::string& name) { return name.ends_with(".sst"); }
bool IsLog(const std::string& name) {
  return name.ends_with(".log") && name.find_first_not_of("0123456789") == name.size() - 4;
}

// In the order of their numbers: a log is whole by the time that the next one is there.
std::vector<std::string> NamesIn(const fs::path& data, bool (*wanted)(const std::string&)) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(data, ignored)) {
    if (const std::string name = entry.path().filename(); wanted(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::error_code Sync(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = fd >= 0 && fsync(fd) == 0;
  const std::error_code error = done ? std::error_code() : std::error_code(errno, std::generic_category());
  if (fd >= 0) close(fd);
  return error;
}

// What is staged is as of one instant where this is the same before and after.
std::string ManifestOf(const fs::path& data) {
  std::string name = ReadSmall(data / "CURRENT");
  while (name.ends_with('\n')) name.pop_back();
  std::error_code error;
  const uintmax_t size = fs::file_size(data / name, error);
  return name.empty() || error ? "" : name + " " + std::to_string(size);
}

std::error_code StageFiles(const fs::path& data, const fs::path& staged, const std::string& manifest) {
  std::error_code error;
  for (const std::string& name : NamesIn(data, IsLog)) {
    if (!error) fs::copy_file(data / name, staged / name, error);
  }
  for (const std::string& name : NamesIn(data, IsTable)) {
    if (!error) fs::create_hard_link(data / name, staged / name, error);
  }
  for (const std::string& name : {std::string("CURRENT"), manifest}) {
    if (!error) fs::copy_file(data / name, staged / name, error);
  }
  return error;
}

Status Stage(const fs::path& data, const fs::path& staged) {
  std::error_code error;
  for (int i = 0; i < kTries; ++i) {
    const std::string before = ManifestOf(data);
    if (!before.empty()) {
      error = StageFiles(data, staged, before.substr(0, before.find(' ')));
      if (!error && ManifestOf(data) == before) return {};
      if (error && error != std::errc::no_such_file_or_directory) return Failed(staged, error);
    }
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(staged, ignored)) fs::remove(entry.path(), ignored);
    std::this_thread::sleep_for(kBetweenTries);
  }
  return Unavailable(data.string() + ": its files change faster than they can be linked; try again");
}

Status CopyFiles(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    if (entry.is_symlink()) return InvalidArgument(entry.path().string() + ": is a symbolic link; a copy has none");
    if (!entry.is_regular_file(error)) continue;
    const fs::path copy = to / entry.path().filename();
    if (!error) fs::copy_file(entry.path(), copy, error);
    if (!error) error = Sync(copy);
    if (error) return Failed(copy, error);
  }
  return error ? Failed(from, error) : Status();
}

Status CopyMarkAndPolicies(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from / kMark, to / kMark, fs::copy_options::skip_existing, error);
  if (!error) error = Sync(to / kMark);
  if (error) return Failed(to / kMark, error);
  if (!fs::is_directory(from / kPolicies)) return {};
  if (!fs::create_directory(to / kPolicies, error)) return Failed(to / kPolicies, error);
  ADIRECT_RETURN_IF_ERROR(CopyFiles(from / kPolicies, to / kPolicies));
  error = Sync(to / kPolicies);
  return error ? Failed(to / kPolicies, error) : Status();
}

// Makes the folder under another name, and renames it when `fill` has filled it and all is on disk.
template <typename Fill>
Status MakeWhole(const fs::path& to, const Fill& fill) {
  const fs::path unfinished = to.string() + std::string(kUnfinished);
  std::error_code error;
  if (!fs::create_directory(unfinished, error)) {
    return error ? Failed(unfinished, error)
                 : InvalidArgument(unfinished.string() + ": a former try left it; remove it");
  }
  Status done = fill(unfinished);
  if (done.ok() && (error = Sync(unfinished))) done = Failed(unfinished, error);
  if (done.ok()) fs::rename(unfinished, to, error);
  if (done.ok() && error) done = Failed(to, error);
  std::error_code ignored;
  if (!done.ok()) {
    fs::remove_all(unfinished, ignored);
    return done;
  }
  error = Sync(fs::absolute(to).parent_path());
  return error ? Failed(to, error) : Status();
}

fs::path WithoutSlash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

bool IsEmptyOrMissing(const fs::path& path) {
  std::error_code error;
  return !fs::exists(path, error) || (fs::is_directory(path, error) && fs::is_empty(path, error));
}

}  // namespace

Status BackUp(const std::string& data_directory, const std::string& copy) {
  const fs::path data = data_directory;
  const fs::path to = WithoutSlash(copy);
  if (!fs::exists(data / kMark)) {
    return InvalidArgument(data.string() +
                           ": is no data directory of adirect (it has no file ADIRECT); check the name");
  }
  if (!IsEmptyOrMissing(to)) return InvalidArgument(to.string() + ": exists already; give another name");
  const fs::path staged = data / kStaged;
  std::error_code error;
  if (!fs::create_directory(staged, error)) {
    return error ? Failed(staged, error)
                 : Unavailable(staged.string() + ": another backup runs; or one was killed, then remove it");
  }
  Status done = Stage(data, staged);
  if (done.ok()) {
    done = MakeWhole(to, [&](const fs::path& unfinished) {
      const Status copied = CopyFiles(staged, unfinished);
      return copied.ok() ? CopyMarkAndPolicies(data, unfinished) : copied;
    });
  }
  fs::remove_all(staged, error);
  return done;
}

Status Restore(const std::string& backup, const std::string& data) {
  const fs::path from = backup;
  const fs::path to = WithoutSlash(data);
  if (!fs::exists(from / kMark)) {
    return InvalidArgument(backup + ": is no backup of a data directory (it has no file ADIRECT); check the name");
  }
  if (!IsEmptyOrMissing(to)) return InvalidArgument(data + ": is not empty; give a new directory, or move that one");
  return MakeWhole(to, [&](const fs::path& unfinished) {
    const Status copied = CopyFiles(from, unfinished);
    return copied.ok() ? CopyMarkAndPolicies(from, unfinished) : copied;
  });
}

}  // namespace adirect
