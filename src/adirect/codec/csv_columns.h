// CsvColumns: which column of one input holds which field, from its header or from the format.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"

namespace adirect {

struct CsvColumns {
  struct Binding {
    Field field;
    uint32_t column;  // from 0
  };
  std::vector<Binding> bindings;
  size_t count = 0;         // of columns; a row has as many
  size_t header_bytes = 0;  // a byte order mark, and the header's line (with empty lines before it)
  std::string header;       // that line alone, where it says the columns
};

// Where a header (in order, from 0) has the column `name`; absent where it has not. An error where it has
// it twice, which calls the column `shown`.
Result<std::optional<uint32_t>> FindColumn(const std::vector<std::string_view>& header, std::string_view name,
                                           const std::string& shown);

// "the header has no <shown>; it has: …"
Status MissingColumn(const std::vector<std::string_view>& header, const std::string& shown);

// `head` as for MakeDecoder. An input without any line needs no header: it has no rows. Errors name
// the columns that there are.
Result<CsvColumns> BindColumns(const Format& format, std::string_view head);

}  // namespace adirect
