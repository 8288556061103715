// Archive files as CSV of the `adirect` format: a header with every field, then a line an event; plain, or packed by
// gzip.
//
// Threads: an encoder belongs to one thread.
#pragma once

#include <memory>

#include "adirect/pipeline/archive_store.h"

namespace adirect {

std::unique_ptr<ArchiveEncoder> MakeCsvArchiveEncoder();

// Errors of Add and Finish: Exhausted where there is no memory.
std::unique_ptr<ArchiveEncoder> MakeGzipArchiveEncoder();

}  // namespace adirect
