#include "adirect/sinks/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace adirect {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FromErrno(errno, path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// Makes the folder and those above it; appends those that were not there to `made`, the outermost first.
Status MakeFolder(const std::filesystem::path& path, std::vector<std::string>& made) {
  std::error_code error;
  std::vector<std::string> missing;
  for (std::filesystem::path at = path; !at.empty() && !std::filesystem::exists(at, error); at = at.parent_path()) {
    if (at.has_filename()) missing.insert(missing.begin(), at.string());
  }
  std::filesystem::create_directories(path, error);
  if (error) return FromErrno(error.value(), path.string());
  made.insert(made.end(), missing.begin(), missing.end());
  return {};
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  if (path == "-") return std::unique_ptr<OutputFile>(new OutputFile(path, "", STDOUT_FILENO));
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return FromErrno(errno, path);
    return std::unique_ptr<OutputFile>(new OutputFile(path, "", fd));
  }
  const std::string temporary = path + ".part-" + std::to_string(getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return FromErrno(errno, temporary);
  return std::unique_ptr<OutputFile>(new OutputFile(path, temporary, fd));
}

OutputFile::~OutputFile() {
  if (fd_ >= 0 && fd_ != STDOUT_FILENO) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Status OutputFile::Write(std::string_view text) {
  buffer_ += text;
  return buffer_.size() >= kBufferBytes ? Flush() : Status();
}

Status OutputFile::Flush() {
  const Status written = WriteAll(fd_, buffer_, path_);
  buffer_.clear();
  return written;
}

Status OutputFile::Close() {
  if (fd_ < 0) return {};
  ADIRECT_RETURN_IF_ERROR(Flush());
  const int closed = fd_ == STDOUT_FILENO ? 0 : close(fd_);
  fd_ = -1;
  return closed == 0 ? Status() : FromErrno(errno, path_);
}

Status OutputFile::Commit() {
  ADIRECT_RETURN_IF_ERROR(Close());
  if (temporary_.empty()) return {};
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FromErrno(errno, path_);
  temporary_.clear();
  return {};
}

Status OutputFile::CommitDurably() {
  ADIRECT_RETURN_IF_ERROR(Flush());
  if (fsync(fd_) != 0) return FromErrno(errno, path_);
  ADIRECT_RETURN_IF_ERROR(Commit());
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  return synced ? Status() : FromErrno(error, folder);
}

Result<std::unique_ptr<OutputFolder>> OutputFolder::Create(const std::string& path) {
  std::vector<std::string> made;
  ADIRECT_RETURN_IF_ERROR(MakeFolder(path, made));
  return std::unique_ptr<OutputFolder>(new OutputFolder(path, std::move(made)));
}

OutputFolder::~OutputFolder() {
  files_.clear();
  if (committed_) return;
  for (size_t i = made_.size(); i-- > 0;) rmdir(made_[i].c_str());
}

Result<OutputFile*> OutputFolder::Add(std::string_view name) {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  ADIRECT_RETURN_IF_ERROR(MakeFolder(path.parent_path(), made_));
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(path.string());
  if (!file.ok()) return file.status();
  files_.push_back(*std::move(file));
  return files_.back().get();
}

Status OutputFolder::Commit() {
  for (const std::unique_ptr<OutputFile>& file : files_) ADIRECT_RETURN_IF_ERROR(file->Close());
  for (const std::unique_ptr<OutputFile>& file : files_) ADIRECT_RETURN_IF_ERROR(file->Commit());
  committed_ = true;
  return {};
}

}  // namespace adirect
