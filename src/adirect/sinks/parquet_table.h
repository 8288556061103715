// ParquetTable: rows to one Parquet file, written by Arrow C++: for builds with ADIRECT_WITH_ARROW.
//
//   ParquetTable table({{"user_id", Kind::kText}, {"seen_at", Kind::kTime, true}}, file);
//   table.Open(); … table.Write(rows); … table.Close();     // without Close it is no Parquet
//
// Texts are strings, numbers int64, times timestamp[ms, UTC]. Pages are packed by zstd and have checksums; what repeats
// lies in dictionaries. Held in memory: at most kBatchRows rows, and the packed pages of one row group. Where one row
// group ends and the next begins depends on the rows alone.
//
// Threads: a table belongs to one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "adirect/pipeline/ports.h"

namespace adirect {

// The most rows of a row group: what one thread of a reader takes at once.
inline constexpr int64_t kParquetGroupRows = 128 << 10;

struct ParquetColumn {
  enum class Kind : uint8_t { kText, kNumber, kTime };
  const char* name;
  Kind kind;
  bool may_be_null = false;  // an empty text, and kNever, are written as null
};
using ParquetColumns = std::vector<ParquetColumn>;

class ParquetTable final : public TextSink {
 public:
  // The file must outlive the table.
  ParquetTable(ParquetColumns columns, TextSink& file);
  ~ParquetTable() override;

  // Errors, besides those of the file: kExhausted where Arrow gets no memory.
  Status Open();
  // Whole rows: their values one behind the other as base/wire.h has them, a text, a varint or the 64 bits of a time.
  Status Write(std::string_view rows) override;
  Status Close();

 private:
  class Writer;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace adirect
