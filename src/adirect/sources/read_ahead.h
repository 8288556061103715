// ReadAhead: a thread of its own reads a text that is slow to make, some pieces ahead of whoever asks.
//
// Threads: one call of Read at a time; `read` is called by the thread that ReadAhead starts.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

class ReadAhead {
 public:
  // The next bytes, at most `size`; 0 at the end.
  using ReadText = std::function<Result<size_t>(char* to, size_t size)>;

  explicit ReadAhead(ReadText read);
  // Waits until the call of `read` at hand returns.
  ~ReadAhead();

  // As `read`, in its order: an error comes behind all bytes before it, and then every time.
  Result<size_t> Read(char* to, size_t size);

 private:
  static constexpr size_t kPieces = 8;
  static constexpr size_t kPieceBytes = 128 << 10;

  struct Piece {
    std::vector<char> memory;
    size_t filled = 0;
    size_t taken = 0;
  };

  void Run();
  Status Fill(Piece& piece, bool& ended) const;

  const ReadText read_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Piece, kPieces> pieces_;  // `count_` from `first_` on are the reader's, the others the thread's
  size_t first_ = 0;
  size_t count_ = 0;
  bool ended_ = false;
  bool leaving_ = false;
  Status end_;  // why it ended
  std::thread thread_;
};

}  // namespace adirect
