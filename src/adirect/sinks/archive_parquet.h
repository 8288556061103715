// Archive files as Parquet, with a column for every field of the `adirect` format: for builds with ADIRECT_WITH_ARROW.
//
// `time` and `arrival` are timestamp[ms, UTC], all others strings: a quantity and a price as they came. Only
// `event_id`, `time`, `type` and `arrival` are never null. Row groups are as of ParquetTable.
//
// Threads: an encoder belongs to one thread.
#pragma once

#include <memory>

#include "adirect/pipeline/archive_store.h"

namespace adirect {

// Errors of Add and Finish: Exhausted where there is no memory.
std::unique_ptr<ArchiveEncoder> MakeParquetArchiveEncoder();

}  // namespace adirect
