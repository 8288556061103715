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
#include "adirect/codec/bindings.h"
#include "adirect/codec/format.h"

namespace adirect {

struct CsvColumns {
  std::vector<ColumnBinding> bindings;
  size_t count = 0;         // of columns; a row has as many
  size_t header_bytes = 0;  // a byte order mark, and the header's line (with empty lines before it)
  std::string header;       // that line alone, where it says the columns
};

// `head` as for MakeDecoder. An input without any line needs no header: it has no rows. Errors name
// the columns that there are.
Result<CsvColumns> BindColumns(const Format& format, std::string_view head);

}  // namespace adirect
