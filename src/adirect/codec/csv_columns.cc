#include "adirect/codec/csv_columns.h"

#include <algorithm>
#include <string>

#include "adirect/codec/arena.h"
#include "adirect/codec/csv_quotes.h"
#include "adirect/codec/lines.h"

namespace adirect {
namespace {

using Cells = std::vector<std::string_view>;

// The length of the line at `text[0]` with its end.
size_t LineBytes(const Format& format, std::string_view text) {
  if (format.multiline) return std::min(FindQuotedRowEnd(text, format.delimiter), text.size());
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

Result<CsvColumns> Bind(const Format& format, const Cells& names, size_t header_bytes) {
  Result<std::vector<ColumnBinding>> bindings = BindNames(format, names, "the header");
  if (!bindings.ok()) return bindings.status();
  return CsvColumns{*std::move(bindings), names.size(), header_bytes, ""};
}

bool HoldsExactly(const Format& format, const Cells& cells) {
  return std::is_permutation(cells.begin(), cells.end(), format.columns.begin(), format.columns.end());
}

}  // namespace

Result<CsvColumns> BindColumns(const Format& format, std::string_view head) {
  size_t at = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const Cells own(format.columns.begin(), format.columns.end());
  if (format.header == Format::Header::kNone) return Bind(format, own, at);
  const size_t start = at;
  while (at < head.size() && (head[at] == '\n' || head.substr(at, 2) == "\r\n")) ++at;
  const size_t line_bytes = LineBytes(format, head.substr(at));
  if (line_bytes == 0 && format.header == Format::Header::kRequired) return CsvColumns{{}, 0, at, ""};
  Arena arena;
  Cells cells;
  const std::string_view line = WithoutLineEnd(head.substr(at, line_bytes));
  const bool split = SplitQuotedRow(line, format.delimiter, arena, cells);
  if (format.header == Format::Header::kOptional && !(split && HoldsExactly(format, cells))) {
    return Bind(format, own, start);
  }
  if (!split) return InvalidArgument("the header has a quote that is not closed");
  Result<CsvColumns> columns = Bind(format, cells, at + line_bytes);
  if (columns.ok()) columns->header = line;
  return columns;
}

}  // namespace adirect
