// Follower: keeps an engine up with a stream, on threads of its own.
//
//            blocks            events             accepted rows
//   Stream ─────────▶ Decoder ───────▶ FoldingDoor ───────────▶ Engine::Take ──▶ every answer
//                                          │ refused                 │
//                                          ▼                         ▼ now and then, in one batch
//                                     dead letters       checkpoint: shoppers and positions
//
//   Follower follower(engine, *stream, catalog, clock, dead_letters);
//   follower.Start();       // goes on where the engine's positions are
//   follower.Stop();        // before the engine closes
//
// An event is taken once it is visible and durable once a checkpoint has it; what comes between is read again after a
// crash, which changes nothing. A refused row is with the dead letters, safely, before a checkpoint's positions pass
// it. Where the engine has no room no more is asked of the stream, which then waits at its source.
//
// Threads: Start and Stop on one; the rest on any.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/health.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class Follower {
 public:
  static constexpr std::chrono::milliseconds kWait{50};              // for a block, before it looks up
  static constexpr std::chrono::milliseconds kLongestRetry{10'000};  // between tries to hand dead letters over

  // All must outlive it. The catalog may be null.
  Follower(Engine& engine, Stream& stream, const LiveCatalog* catalog, const Clock& clock, TextSink& dead_letters);
  ~Follower();

  // Errors: those of Stream::Start.
  Status Start();
  void Stop();

  // What the stream says, and whether it was followed up to what was there at the start.
  StreamState state() const { return stream_.state(); }
  bool caught_up() const;
  std::vector<Health::Trouble> Troubles() const;

 private:
  class StreamDoor;

  void Run(unsigned reader);
  void TakeBlock(SourceBlock& block, DecodeScratch& scratch, StreamDoor& door);
  bool HandOver(std::string& records);
  void Fail(const Status& status);
  Status FlushDeadLetters();

  Engine& engine_;
  Stream& stream_;
  const LiveCatalog* const catalog_;
  const Clock& clock_;

  std::mutex letters_mutex_;
  TextSink& dead_letters_;  // guarded by letters_mutex_

  mutable std::mutex mutex_;    // guards the three below
  mutable Positions at_start_;  // the ends of the inputs, once they are known
  mutable bool caught_up_ = false;
  Status failure_;  // that ended a reader

  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> readers_;
};

}  // namespace adirect
