// BlockMaker: messages of one partition to a block of rows. Private to kafka.
//
//   BlockMaker maker(block);
//   while (more messages) if (!maker.Add(offset, text, arrival)) break;   // it begins the next block
//   maker.Finish();
//
// A row is a message: the offset is the message's, consecutive in a block. A message that is no line (empty, or with a
// line end inside) is a block of its own, Rows::kOne. A line end behind a message is not part of it.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adirect/base/time.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class BlockMaker {
 public:
  static constexpr size_t kBlockBytes = size_t{512} << 10;  // of messages; a larger one is a block of its own

  // Begins the block; its memory is used again.
  explicit BlockMaker(SourceBlock& block);

  // False where the message does not belong to this block any more.
  bool Add(uint64_t offset, std::string_view message, Timestamp arrival);
  bool empty() const { return block_.arrivals.empty(); }
  // Completes all of the block but input and decoder. It is not empty.
  void Finish();

 private:
  SourceBlock& block_;
  size_t size_ = 0;
};

}  // namespace adirect
