// Row cells: a row as its columns with their texts, before anyone judges them. It is for people who look at
// how a format reads their file (batch --dry-run); decoders have faster ways to the same texts.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/codec/format.h"

namespace adirect {

struct Cell {
  std::string column;
  std::string text;     // without quotes and escapes
  bool is_text = true;  // false: JSON other than a string, as it stands
};

// The columns' names in their order: of the header (Decoder::header()) where there is one, else of the
// format. Empty for NDJSON, whose rows name their own.
std::vector<std::string> ColumnNames(const Format& format, std::string_view header);

// The row's cells; absent where its quotes or its JSON cannot be read. A column that has no name is
// called by its number. `raw` is valid UTF-8 and has no line end.
std::optional<std::vector<Cell>> SplitRow(const Format& format, std::string_view header, std::string_view raw);

}  // namespace adirect
