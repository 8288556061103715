// One history of a whole engine in one process, over the real RocksDB on a disk that fails and forgets: bodies and a
// topic, repeated and out of order, a clock that jumps, errors of the disk, a full disk, a full budget, and stops of
// the machine at any write. The seed decides all of it; only what RocksDB does on threads of its own may fall a step
// later.
#pragma once

#include <cstdint>
#include <string>

namespace adirect {

struct HistoryReport {
  std::string broken;  // what does not hold, with the last steps; empty: all does
  uint64_t stops = 0;  // of the machine, while something was written or not
  uint64_t bodies = 0;
  uint64_t failed = 0;  // bodies that were not acknowledged
  uint64_t events = 0;  // that were
};

// `ignored_syncs` is what CrashFileSystem::IgnoreSyncs takes; empty: the disk does not lie.
HistoryReport RunHistory(uint64_t seed, const std::string& ignored_syncs = "");

}  // namespace adirect
