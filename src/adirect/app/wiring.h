// Wiring: from file names and a format to the source that reads them, from a format's name to what writes it.
// The only place that knows which readers and writers this build has.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/sinks/answers.h"
#include "adirect/sources/stored.h"

namespace adirect {

// The files in the order they are named, by the format of that name or file (app/load.h). A file that begins
// as Parquet does, or whose format is for Parquet, is read as Parquet; all others, and pipes, as text. Errors:
// as of FileSource::Open and ParquetSource::Open; Parquet that this build cannot read, or whose format is for
// text. `stop` as for FileSource::Open.
Result<std::unique_ptr<StoredSource>> OpenEvents(const std::vector<std::string>& files, const std::string& format,
                                                 const std::atomic<bool>* stop);

// The answers' format of that name. Errors: there is none; one that this build cannot write.
Result<AnswerFormat> FindAnswerFormat(const std::string& name);

// What this build reads and writes, for a person: "CSV, NDJSON, gzip, zstd, Parquet (Arrow 26.0.1)".
std::string ReadKinds();
std::string WriteKinds();

}  // namespace adirect
