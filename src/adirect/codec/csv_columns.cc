#include "adirect/codec/csv_columns.h"

#include <algorithm>
#include <span>
#include <string>

#include "adirect/base/text.h"
#include "adirect/codec/arena.h"
#include "adirect/codec/csv_quotes.h"
#include "adirect/codec/lines.h"

namespace adirect {
namespace {

constexpr size_t kShownNames = 30;

using Cells = std::vector<std::string_view>;

// A header's names, for a message.
std::string Shown(const Cells& names) {
  std::string text;
  for (const std::string_view name : std::span(names).first(std::min(names.size(), kShownNames))) {
    text += (text.empty() ? "" : ", ") + Quoted(name);
  }
  return names.size() > kShownNames ? text + ", ..." : text;
}

// The length of the line at `text[0]` with its end.
size_t LineBytes(const Format& format, std::string_view text) {
  if (format.multiline) return std::min(FindQuotedRowEnd(text, format.delimiter), text.size());
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

Status BindField(const Format& format, Field field, const Cells& names, CsvColumns& out) {
  const std::optional<std::string>& column = format.column(field);
  if (!column) return {};
  const std::string shown = "column " + Quoted(*column) + " (" + std::string(FieldName(field)) + ")";
  const Result<std::optional<uint32_t>> at = FindColumn(names, *column, shown);
  if (!at.ok()) return at.status();
  if (at->has_value()) {
    out.bindings.push_back({field, **at});
  } else if (!format.partial_header) {
    return MissingColumn(names, shown);
  }
  return {};
}

// A partial header must still give what every event has.
Status CheckNeeded(const Format& format, const Cells& names, const CsvColumns& columns) {
  const auto given = [&](Field field) {
    const auto& all = columns.bindings;
    return !format.constant(field).empty() ||
           std::any_of(all.begin(), all.end(), [field](const auto& one) { return one.field == field; });
  };
  std::string missing;
  if (!given(Field::kUserId) && !given(Field::kAnonymousId)) missing = "user_id (or anonymous_id)";
  if (!given(Field::kTime)) missing = "time";
  if (!given(Field::kType)) missing = "type";
  if (missing.empty()) return {};
  return MissingColumn(names, "column " + missing);
}

Result<CsvColumns> Bind(const Format& format, const Cells& names, size_t header_bytes) {
  CsvColumns columns;
  columns.count = names.size();
  columns.header_bytes = header_bytes;
  for (size_t i = 0; i < kFieldCount; ++i) {
    ADIRECT_RETURN_IF_ERROR(BindField(format, static_cast<Field>(i), names, columns));
  }
  ADIRECT_RETURN_IF_ERROR(CheckNeeded(format, names, columns));
  return columns;
}

bool HoldsExactly(const Format& format, const Cells& cells) {
  return std::is_permutation(cells.begin(), cells.end(), format.columns.begin(), format.columns.end());
}

}  // namespace

Result<std::optional<uint32_t>> FindColumn(const Cells& header, std::string_view name, const std::string& shown) {
  const auto at = std::find(header.begin(), header.end(), name);
  if (at == header.end()) return std::optional<uint32_t>();
  if (std::find(at + 1, header.end(), name) != header.end()) {
    return InvalidArgument("the header has " + shown + " twice; it has: " + Shown(header));
  }
  return std::optional(static_cast<uint32_t>(at - header.begin()));
}

Status MissingColumn(const Cells& header, const std::string& shown) {
  return InvalidArgument("the header has no " + shown + "; it has: " + Shown(header));
}

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
