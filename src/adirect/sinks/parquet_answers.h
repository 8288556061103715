// The answers as Parquet, written by Arrow C++: for builds with ADIRECT_WITH_ARROW.
//
// Columns are named as in the other formats. Ids, `source` and `title` are strings, `searches`, `rank` and
// `purchases` int64, times timestamp[ms, UTC]. Of these only `next_change_at` and `title` may be null: there is
// none. Pages are packed by zstd and have checksums; what repeats lies in dictionaries.
//
// Held in memory per table: at most kBatchRows rows, and the packed pages of one row group. Where one row group
// ends and the next begins depends on the rows alone.
#pragma once

#include <memory>

#include "adirect/sinks/answers.h"

namespace adirect {

// The most rows of a row group: what one thread of a reader takes at once.
inline constexpr int64_t kParquetGroupRows = 128 << 10;

// Errors, besides those of the files: kExhausted where Arrow gets no memory. A file that was not finished is no
// Parquet.
std::unique_ptr<Answers> MakeParquetAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                            const AnswerFiles& files);

}  // namespace adirect
