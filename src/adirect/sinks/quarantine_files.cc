#include "adirect/sinks/quarantine_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace adirect {
namespace {

constexpr std::string_view kPrefix = "quarantine-http-";
constexpr std::string_view kEnding = ".ndjson";

}  // namespace

Result<std::unique_ptr<QuarantineFiles>> QuarantineFiles::Open(const std::string& folder, const Clock& clock,
                                                               const QuarantineFilesOptions& options) {
  std::unique_ptr<QuarantineFiles> files(new QuarantineFiles(folder, clock, options));
  ADIRECT_RETURN_IF_ERROR(files->FindFiles());
  files->MakeRoom(0);
  files->thread_ = std::thread([it = files.get()] { it->Run(); });
  return files;
}

QuarantineFiles::~QuarantineFiles() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
  Close();
}

// A name has the time in it: the order of the names is that of their age.
Status QuarantineFiles::FindFiles() {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kEnding) || !at->is_regular_file(error)) continue;
    files_.push_back({at->path().string(), at->file_size(error)});
    counts_.kept_bytes += files_.back().bytes;
  }
  if (error) return FromErrno(error.value(), folder_);
  std::sort(files_.begin(), files_.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return {};
}

Status QuarantineFiles::Write(std::string_view records) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.size() + records.size() > options_.waiting_bytes) {
      counts_.dropped_bytes += records.size();
      return {};
    }
    waiting_ += records;
  }
  wakes_.notify_one();
  return {};
}

QuarantineFiles::Counts QuarantineFiles::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

void QuarantineFiles::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wakes_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string records = std::exchange(waiting_, {});
    lock.unlock();
    WriteAll(records);
    lock.lock();
  }
}

void QuarantineFiles::WriteAll(std::string_view records) {
  while (!records.empty()) {
    const std::string_view piece = NextPiece(records);
    records.remove_prefix(piece.size());
    MakeRoom(piece.size());
    const bool written = WritePiece(piece).ok();
    const std::lock_guard<std::mutex> lock(mutex_);
    (written ? counts_.kept_bytes : counts_.dropped_bytes) += piece.size();
  }
}

std::string_view QuarantineFiles::NextPiece(std::string_view records) {
  if (fd_ >= 0 && files_.back().bytes >= options_.file_bytes) Close();
  const uint64_t room = options_.file_bytes - (fd_ >= 0 ? files_.back().bytes : 0);
  if (records.size() <= room) return records;
  const size_t last = records.rfind('\n', room - 1);
  return records.substr(0, (last != std::string_view::npos ? last : records.find('\n')) + 1);
}

void QuarantineFiles::MakeRoom(uint64_t bytes) {
  uint64_t all = bytes;
  for (const File& file : files_) all += file.bytes;
  while (all > options_.total_bytes && !files_.empty()) {
    if (files_.size() == 1) Close();
    const uint64_t removed = files_.front().bytes;
    unlink(files_.front().path.c_str());
    files_.pop_front();
    all -= removed;
    const std::lock_guard<std::mutex> lock(mutex_);
    counts_.kept_bytes -= removed;
    counts_.dropped_bytes += removed;
  }
}

Status QuarantineFiles::WritePiece(std::string_view piece) {
  if (fd_ < 0) {
    const std::string path = folder_ + "/" + std::string(kPrefix) + FormatRfc3339(clock_.Now()) + std::string(kEnding);
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd_ < 0) return FromErrno(errno, path);
    if (files_.empty() || files_.back().path != path) files_.push_back({path, 0});
  }
  ADIRECT_RETURN_IF_ERROR(Append(piece));
  files_.back().bytes += piece.size();
  return {};
}

// All of it or nothing: a disk that is full leaves no half a record.
Status QuarantineFiles::Append(std::string_view piece) {
  const auto before = static_cast<off_t>(files_.back().bytes);
  while (!piece.empty()) {
    const ssize_t written = write(fd_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      Status failed = FromErrno(errno, files_.back().path);
      return ftruncate(fd_, before) == 0 ? failed : FromErrno(errno, files_.back().path);
    }
    piece.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

void QuarantineFiles::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace adirect
