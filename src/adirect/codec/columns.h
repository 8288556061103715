// Columns: rows that lie column by column in memory (Parquet) to events, by the same rules as rows of text.
//
//   ColumnBlock rows;                                   // filled by a source
//   MakeColumnDecoder(format, "events.parquet")->Decode({.offset = 0, .columns = &rows}, scratch, sink);
//
// A column's values are texts, integers or instants. Integers count as their digits, as in JSON; an
// instant is the time (or arrival) itself, and the format's zone is looked at where it has none. A row
// whose texts are longer than kMaxLineBytes together is refused, as a line would be.
//
// Threads: a ColumnBlock is read by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"

namespace adirect {

// The values of one field, one for each row of a block. Pointers begin at the block's first row; what they
// point to belongs to whoever made the block.
struct Column {
  enum class Kind : uint8_t { kText, kInteger, kInstant };

  Field field = Field::kTime;
  Kind kind = Kind::kText;
  std::string name;  // in the file, for quarantine

  // Bit `valid_offset + row` says whether the row has a value; null: all have.
  const uint8_t* valid = nullptr;
  int64_t valid_offset = 0;

  // kText: text t is bytes[offsets[t], offsets[t + 1]), by the one of both that is not null. Row r has
  // text r, or, with a dictionary, text indices[r].
  const int32_t* offsets = nullptr;
  const int64_t* long_offsets = nullptr;
  const char* bytes = nullptr;
  size_t texts = 0;
  const int32_t* indices = nullptr;  // each in [0, texts)

  // kInteger, and kInstant: since 1970, so many a second, in UTC or (`local`) in the format's zone.
  const int64_t* integers = nullptr;
  int64_t per_second = 0;  // 1, 1000, 10^6 or 10^9
  bool local = false;
};

struct ColumnBlock {
  virtual ~ColumnBlock() = default;
  size_t rows = 0;
  std::vector<Column> columns;  // at most one of a field
};

// `input` as for MakeDecoder: a row without event_id is known by it and its number.
std::unique_ptr<Decoder> MakeColumnDecoder(const Format& format, std::string_view input);

}  // namespace adirect
