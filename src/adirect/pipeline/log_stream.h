// LogStream: an engine's log as a stream, for who keeps its events elsewhere: an archive.
//
//   LogStream log(store);           // from now on the store keeps what was not told safe
//   log.Start({{"log/0", 12}});     // records before 12 are safe
//
// One input, "log/0", whose offsets are the records' positions: a record is a request's accepted events, whole, as the
// door made them, erases too. Each has an event_id, the producer's or its place.
//
// Threads: one reader; Tell and state are for any.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/store.h"

namespace adirect {

class LogStream : public Stream {
 public:
  static constexpr const char* kInput = "log/0";
  static constexpr size_t kBlockBytes = size_t{4} << 20;  // of records; a larger one is a block of its own
  static constexpr std::chrono::milliseconds kLookEvery{20};

  // The store must outlive it.
  explicit LogStream(Store& store);

  Status Start(const Positions& from) override;
  unsigned readers() const override { return 1; }
  Result<bool> Next(unsigned reader, std::chrono::milliseconds wait, SourceBlock& block) override;
  void Tell(const Positions& safe) override;
  StreamState state() const override;

 private:
  Result<bool> ReadNext(SourceBlock& block);

  Store& store_;
  Input input_;
  std::unique_ptr<Decoder> decoder_;
  uint64_t next_ = 0;
  std::atomic<uint64_t> read_ = 0;  // the block that is in hand is not yet
};

}  // namespace adirect
