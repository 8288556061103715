// A store in a directory, on RocksDB (docs/state.md, "Data directory").
//
//   Result<std::unique_ptr<Store>> store = OpenRocksDbStore("/var/lib/adirect", {});
//
// Opening refuses, with a sentence and before anything is touched: a directory that is not empty and not ours,
// one of a newer format, one in use. Files that are damaged are reported by name, when they are opened or at
// the latest when Load, Replay or LoadTable read them; every block has a checksum.
//
// The log goes through RocksDB's write-ahead log, one sync a group. Shoppers do not: Put fills memory, which is
// written out as sorted files, sequentially, whenever it is full and before a checkpoint. So a checkpoint
// costs its bytes once, and the syncs of Append do not wait for them.
//
// A write that fails is tried once more on the database opened anew, as a start after a crash does; so an engine whose
// disk was full goes on when there is space again. What was Put and not committed is then put again (pipeline/store.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adirect/base/status.h"
#include "adirect/pipeline/store.h"

namespace adirect {

// The file system that a store works on (stores/rocksdb_file_system.h).
struct RocksDbFileSystem;

struct RocksDbLimits {
  uint64_t write_buffer_bytes = 64 << 20;  // of records or shoppers in memory before they go to a file; the log
                                           // keeps up to four such buffers while it writes them, shoppers one
  uint64_t write_ahead_bytes = 256 << 20;  // of the write-ahead log; what a restart reads at most, and some more
  int open_files = 256;
};

struct RocksDbOptions {
  bool create = true;  // a directory that is missing or empty becomes a new store; else it is NotFound
  RocksDbLimits limits;
  std::shared_ptr<RocksDbFileSystem> file_system;  // absent: the machine's
};

Result<std::unique_ptr<Store>> OpenRocksDbStore(const std::string& path, const RocksDbOptions& options);

}  // namespace adirect
