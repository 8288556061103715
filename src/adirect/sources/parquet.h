// ParquetSource: Parquet files as blocks of columns (codec/columns.h), in the order they are named.
//
// A column is found by its name in the format; others are not read. Texts may be string, large_string or
// binary, with a dictionary or without; ids and times also int32 or int64; a time a timestamp, with a zone or
// in the format's; a price also a float, double or decimal. Rows are numbered from 0 through a file.
//
// Row groups are what threads share: each reads the next rows of one that nobody else reads. Memory is
// bounded by kMaxParquetBytes, whatever a file claims of its pages.
//
// Threads: Next may be called by any number of threads. Arrow starts none.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"
#include "adirect/sources/stored.h"

namespace adirect {

// What Arrow may hold of all files and threads together.
inline constexpr int64_t kMaxParquetBytes = int64_t{4} << 30;

class ParquetSource : public StoredSource {
 public:
  // Reads every file's footer. Errors name the file: no Parquet, a damaged footer, a column of the format
  // that is missing, there twice or of a type that cannot be read. `format_of` and `stop` as for FileSource.
  static Result<std::unique_ptr<ParquetSource>> Open(const std::vector<std::string>& paths,
                                                     const std::function<Result<Format>(const std::string&)>& format_of,
                                                     const std::atomic<bool>* stop = nullptr);

  // Errors name the file and the row group: a damaged page, memory over the limit.
  Result<bool> Next(SourceBlock& block) override = 0;

  // Of every file the last row group, where it is small beside the file or the file is small.
  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override = 0;
};

// "Arrow 26.0.1".
std::string ArrowVersion();

}  // namespace adirect
