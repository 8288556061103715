// The file system under a store, for who brings his own (one that fails, one that is simulated): derive from
// rocksdb::FileSystemWrapper in a .cc file and hand it over in this.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
class SystemClock;
}  // namespace rocksdb

namespace adirect {

struct RocksDbFileSystem {
  std::shared_ptr<rocksdb::FileSystem> impl;
  std::shared_ptr<rocksdb::SystemClock> clock = nullptr;  // by which RocksDB sleeps; absent: the machine's
};

}  // namespace adirect
