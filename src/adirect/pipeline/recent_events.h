// RecentEvents: recognises an event that came a moment ago, as a client sends it again whose answer was lost.
//
// It remembers the last kKept events or so, by a 128-bit hash of what makes two deliveries one event (DESIGN,
// Identity). One that is forgotten counts as new; the state takes it any number of times.
//
// Threads: belongs to one thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/pipeline/door.h"
#include "adirect/targeting/state.h"

namespace adirect {

class RecentEvents {
 public:
  static constexpr size_t kKept = size_t{64} << 10;  // events: 1 MiB

  RecentEvents() : sets_(kSets) {}

  // Counts the events that did not come before, by type, and remembers all.
  void CountNew(std::span<const FoldRow> rows, TypeCounts& counts);

 private:
  static constexpr size_t kWays = 4;  // a set is one cache line, newest first
  static constexpr size_t kSets = kKept / kWays;
  using Set = std::array<Hash128Value, kWays>;

  Set& SetOf(const Hash128Value& hash) { return sets_[hash.low % kSets]; }
  bool Repeats(const Hash128Value& hash);

  std::vector<Set> sets_;
};

}  // namespace adirect
