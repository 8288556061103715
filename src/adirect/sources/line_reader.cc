#include "adirect/sources/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace adirect {
namespace {

constexpr size_t kReadBytes = 256 << 10;

}  // namespace

Result<std::unique_ptr<LineReader>> LineReader::Open(const std::string& path, const std::atomic<bool>* stop) {
  const int fd = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FromErrno(errno, path);
  std::unique_ptr<LineReader> reader(new LineReader(path, fd, stop));
  struct stat info = {};
  if (fstat(fd, &info) != 0) return FromErrno(errno, path);
  if (S_ISDIR(info.st_mode)) return InvalidArgument(path + ": is a folder; name a file");
  return reader;
}

LineReader::~LineReader() { close(fd_); }

Result<bool> LineReader::Next(std::string_view& line) {
  size_t seen = begin_;
  size_t end = buffer_.find('\n', seen);
  while (end == std::string::npos && !at_end_) {
    seen = buffer_.size() - begin_;
    buffer_.erase(0, begin_);
    begin_ = 0;
    if (buffer_.size() > kMaxReadLineBytes) {
      return InvalidArgument(path_ + ":" + std::to_string(line_ + 1) +
                             ": is longer than 16 MiB; is this the right file?");
    }
    ADIRECT_RETURN_IF_ERROR(ReadMore());
    end = buffer_.find('\n', seen);
  }
  if (begin_ == buffer_.size()) return false;
  line = {buffer_.data() + begin_, std::min(end, buffer_.size()) - begin_};
  if (line.ends_with('\r')) line.remove_suffix(1);
  begin_ = end == std::string::npos ? buffer_.size() : end + 1;
  ++line_;
  return true;
}

Status LineReader::ReadMore() {
  const size_t filled = buffer_.size();
  buffer_.resize(filled + kReadBytes);
  ssize_t got = 0;
  do {
    if (stop_ != nullptr && *stop_) return Unavailable("cancelled");
    got = read(fd_, buffer_.data() + filled, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return FromErrno(errno, path_);
  buffer_.resize(filled + static_cast<size_t>(got));
  at_end_ = got == 0;
  return {};
}

}  // namespace adirect
