#include "adirect/api/pooled_stream.h"

#include <mutex>
#include <utility>

namespace adirect {

struct PooledStream::Piece {
  std::unique_ptr<BodyStream> stream;  // of the thread that makes the piece
  std::mutex mutex;                    // guards all below
  bool making = false;
  bool made = false;
  std::string text;
  Next next = Next::kEnd;
};

PooledStream::PooledStream(std::unique_ptr<BodyStream> inner, Background& pool)
    : piece_(std::make_shared<Piece>()), pool_(pool) {
  piece_->stream = std::move(inner);
}

BodyStream::Next PooledStream::Pull(std::string& chunk, const Waker& waker) {
  const std::lock_guard<std::mutex> lock(piece_->mutex);
  Next next = Next::kWait;
  if (std::exchange(piece_->made, false)) {
    next = piece_->next;
    if (next != Next::kCut) chunk = std::exchange(piece_->text, {});
  }
  if (!piece_->making && next != Next::kEnd && next != Next::kCut) Make(waker);
  return next == Next::kChunk ? Next::kWait : next;
}

void PooledStream::Make(const Waker& waker) {
  piece_->making = true;
  pool_.Run(0, [piece = piece_, waker] {
    std::string text;
    const Next next = piece->stream->Pull(text, waker);
    {
      const std::lock_guard<std::mutex> lock(piece->mutex);
      piece->text = std::move(text);
      piece->next = next;
      piece->made = true;
      piece->making = false;
    }
    waker.Wake();
  });
}

}  // namespace adirect
