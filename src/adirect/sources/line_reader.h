// LineReader: a text file line by line, of any size; "-" is standard input.
//
// Threads: belongs to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// Longer than any quarantine record: a row of kMaxLineBytes and its header, every byte of both escaped.
inline constexpr size_t kMaxReadLineBytes = 16 << 20;

class LineReader {
 public:
  // Where `stop` is given and becomes true, Next ends with Unavailable.
  static Result<std::unique_ptr<LineReader>> Open(const std::string& path, const std::atomic<bool>* stop = nullptr);
  ~LineReader();

  // The next line without its LF or CRLF, valid until the next call; false at the end. A line longer than
  // kMaxReadLineBytes is an error.
  Result<bool> Next(std::string_view& line);

  // "path:17", of the line that was read last.
  std::string place() const { return path_ + ":" + std::to_string(line_); }

 private:
  LineReader(std::string path, int fd, const std::atomic<bool>* stop) : path_(std::move(path)), fd_(fd), stop_(stop) {}
  Status ReadMore();

  const std::string path_;
  const int fd_;
  const std::atomic<bool>* const stop_;
  std::string buffer_;
  size_t begin_ = 0;  // of what no Next has given yet
  uint64_t line_ = 0;
  bool at_end_ = false;
};

}  // namespace adirect
