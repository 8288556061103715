// The data directory: whose it is, which format it has, who has it open. Private to stores.
#pragma once

#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace rocksdb {
class FileSystem;
class Status;
}  // namespace rocksdb

namespace adirect {

// Makes sure that the directory is ours, of this format, complete and not in use. One that is missing or empty
// is made and marked with `create`, else it is NotFound. Where it refuses, it has touched nothing.
Status ClaimDataDirectory(rocksdb::FileSystem& files, const std::string& path, bool create);

// RocksDB's failure as ours, with the directory in front and the remedy behind.
Status FromRocksDb(const rocksdb::Status& status, std::string_view path);

}  // namespace adirect
