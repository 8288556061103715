// The answers as Parquet, written by Arrow C++: for builds with ADIRECT_WITH_ARROW.
//
// Columns are named as in the other formats. Ids, `source` and `title` are strings, `searches`, `rank` and
// `purchases` int64, times timestamp[ms, UTC]. Of these only `next_change_at` and `title` may be null: there is
// none. Memory and row groups are as of ParquetTable.
#pragma once

#include <memory>

#include "adirect/sinks/answers.h"

namespace adirect {

// Errors, besides those of the files: kExhausted where Arrow gets no memory. A file that was not finished is no
// Parquet.
std::unique_ptr<Answers> MakeParquetAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                            const AnswerFiles& files);

}  // namespace adirect
