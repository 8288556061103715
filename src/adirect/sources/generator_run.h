// A generator's events written as text: many threads make chunks, one at a time writes them, in
// order.
//
//   RunSettings run;
//   run.threads = 2;
//   Status done = WriteEvents(*generator, run, file);
//
// The bytes do not depend on the number of threads. Memory: the text of one chunk per thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "adirect/base/status.h"
#include "adirect/pipeline/ports.h"
#include "adirect/sources/generator.h"
#include "adirect/sources/generator_mess.h"
#include "adirect/sources/generator_text.h"

namespace adirect {

struct RunSettings {
  TextKind kind = TextKind::kSeedCsv;
  unsigned threads = 1;                     // > 0
  uint64_t mess_millionths = 0;             // share of events that make a mess; 0 for kSeedCsv
  const std::atomic<bool>* stop = nullptr;  // looked at before each chunk
  Progress* progress = nullptr;             // told events (without what mess adds) and bytes of text
};

// Ends early with the status of the first write that fails, or kUnavailable "cancelled" once `stop`
// is set. Adds the rows that are mess to `mess`, where it is given.
Status WriteEvents(const Generator& generator, const RunSettings& settings, TextSink& out, MessCounts* mess = nullptr);

}  // namespace adirect
