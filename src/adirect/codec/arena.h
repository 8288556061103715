// Arena: the few bytes of a block that cannot be shown in place: unescaped texts, ids behind "anon:".
//
// Memory is kept from block to block, so that a row allocates nothing.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace adirect {

class Arena {
 public:
  // `bytes` bytes, uninitialised, good until Clear.
  char* Allocate(size_t bytes) {
    while (current_ < chunks_.size() && chunks_[current_].size - used_ < bytes) {
      ++current_;
      used_ = 0;
    }
    if (current_ == chunks_.size()) AddChunk(bytes);
    char* at = chunks_[current_].memory.get() + used_;
    used_ += bytes;
    return at;
  }

  void Clear() { current_ = used_ = 0; }

 private:
  struct Chunk {
    std::unique_ptr<char[]> memory;
    size_t size = 0;
  };

  void AddChunk(size_t bytes) {
    const size_t size = std::max(bytes, kChunkBytes);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }

  static constexpr size_t kChunkBytes = 64 << 10;

  std::vector<Chunk> chunks_;
  size_t current_ = 0;
  size_t used_ = 0;  // of the current chunk
};

}  // namespace adirect
