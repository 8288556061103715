// The pipeline: one loop for batch, serve and archive, with other ports.
//
//            bytes            events           accepted rows
//   Source ────────▶ Decoder ────────▶ Door ───────────────▶ Shards
//                                        │ refused
//                                        ▼
//                                    quarantine
//
// Each thread takes the next block, decodes it, and folds what passes the door, one shard after the
// other; nothing waits for anything but a shard's lock. Memory beyond the state: a block per thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "adirect/base/status.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/shards.h"

namespace adirect {

struct PipelineOptions {
  unsigned threads = 1;
  DoorRules door;
  uint64_t memory_bytes = UINT64_MAX;       // of the state; beyond: Exhausted, looked at every few megabytes
  Progress* progress = nullptr;             // may be null
  const std::atomic<bool>* stop = nullptr;  // set by a signal: the run ends with Unavailable
};

// Runs the source to its end. Quarantine records reach `quarantine` in the order of the input, whatever
// the number of threads. The first failure ends the run and is returned; the shards then hold a part.
Result<DoorCounts> RunPipeline(Source& source, Shards& shards, TextSink& quarantine, const PipelineOptions& options);

// Calls work(0) … work(threads - 1), each on a thread of its own (the last on the caller's); returns when
// all have, with the first failure in that order.
Status RunOnThreads(unsigned threads, const std::function<Status(unsigned)>& work);

}  // namespace adirect
