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

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  if (path == "-") return std::unique_ptr<OutputFile>(new OutputFile(path, "", STDOUT_FILENO));
  const std::string temporary = path + ".part-" + std::to_string(getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return FromErrno(errno, temporary);
  return std::unique_ptr<OutputFile>(new OutputFile(path, temporary, fd));
}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;
  if (fd_ >= 0) close(fd_);
  unlink(temporary_.c_str());
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

Status OutputFile::Commit() {
  ADIRECT_RETURN_IF_ERROR(Flush());
  if (temporary_.empty()) return {};
  const int closed = close(fd_);
  fd_ = -1;
  if (closed != 0) return FromErrno(errno, path_);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FromErrno(errno, path_);
  temporary_.clear();
  return {};
}

Result<std::unique_ptr<OutputFolder>> OutputFolder::Create(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return FromErrno(error.value(), path);
  return std::unique_ptr<OutputFolder>(new OutputFolder(path, made));
}

OutputFolder::~OutputFolder() {
  files_.clear();
  if (made_ && !committed_) rmdir(path_.c_str());
}

Result<OutputFile*> OutputFolder::Add(std::string_view name) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create((std::filesystem::path(path_) / name).string());
  if (!file.ok()) return file.status();
  files_.push_back(*std::move(file));
  return files_.back().get();
}

Status OutputFolder::Commit() {
  for (const std::unique_ptr<OutputFile>& file : files_) ADIRECT_RETURN_IF_ERROR(file->Commit());
  committed_ = true;
  return {};
}

}  // namespace adirect
