// RFC 4180 quotes, a row at a time: the careful way, for rows that hold a quote.
//
// A quote opens a field only as its first byte; elsewhere in an unquoted field it is a byte like
// others. Inside, "" is one quote; behind the closing one only a delimiter or the row's end may come.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "adirect/codec/arena.h"

namespace adirect {

// The index behind the LF that ends the row which starts at `text[0]`, where LF in quotes ends
// nothing; npos where the text ends before the row does.
size_t FindQuotedRowEnd(std::string_view text, char delimiter);

// Splits a row without its line end. Cells with "" are written into the arena, the others lie in
// `row`. False, and no use for `cells`, where a quote is not closed or text is behind a closing one.
bool SplitQuotedRow(std::string_view row, char delimiter, Arena& arena, std::vector<std::string_view>& cells);

}  // namespace adirect
