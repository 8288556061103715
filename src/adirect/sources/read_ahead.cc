#include "adirect/sources/read_ahead.h"

#include <algorithm>
#include <cstring>

namespace adirect {

ReadAhead::ReadAhead(ReadText read) : read_(std::move(read)), thread_([this] { Run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<size_t> ReadAhead::Read(char* to, size_t size) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return count_ > 0 || ended_; });
  if (count_ == 0 && !end_.ok()) return end_;
  if (count_ == 0) return size_t{0};
  Piece& piece = pieces_[first_];
  lock.unlock();
  const size_t got = std::min(size, piece.filled - piece.taken);
  std::memcpy(to, piece.memory.data() + piece.taken, got);
  piece.taken += got;
  if (piece.taken < piece.filled) return got;
  lock.lock();
  first_ = (first_ + 1) % kPieces;
  --count_;
  changed_.notify_all();
  return got;
}

void ReadAhead::Run() {
  for (std::unique_lock<std::mutex> lock(mutex_); !ended_;) {
    // Once all are full, half of them are made in one go: every sleep costs the more the busier the machine.
    if (count_ == kPieces) changed_.wait(lock, [&] { return leaving_ || count_ <= kPieces / 2; });
    if (leaving_) return;
    Piece& piece = pieces_[(first_ + count_) % kPieces];
    lock.unlock();
    bool ended = false;
    Status status = Fill(piece, ended);
    lock.lock();
    if (piece.filled > 0) ++count_;
    end_ = std::move(status);
    ended_ = ended;
    changed_.notify_all();
  }
}

Status ReadAhead::Fill(Piece& piece, bool& ended) const {
  piece.memory.resize(kPieceBytes);
  piece.filled = piece.taken = 0;
  while (piece.filled < kPieceBytes) {
    const Result<size_t> got = read_(piece.memory.data() + piece.filled, kPieceBytes - piece.filled);
    ended = !got.ok() || *got == 0;
    if (!got.ok()) return got.status();
    if (ended) break;
    piece.filled += *got;
  }
  return {};
}

}  // namespace adirect
