#include "adirect/codec/csv_columns.h"

#include <algorithm>
#include <string>

#include "adirect/codec/arena.h"
#include "adirect/codec/csv_quotes.h"

namespace adirect {
namespace {

constexpr size_t kMostNamesBytes = 500;  // of a header, in a message

using Cells = std::vector<std::string_view>;

std::string NamesOf(const Cells& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  if (text.size() > kMostNamesBytes) text = text.substr(0, kMostNamesBytes) + "…";
  return text;
}

// The length of the line at `text[0]` with its end.
size_t LineBytes(const Format& format, std::string_view text) {
  const size_t end = text.find('\n');
  const size_t row_end = format.multiline ? FindQuotedRowEnd(text, format.delimiter)
                         : end == std::string_view::npos ? end
                                                         : end + 1;
  return std::min(row_end, text.size());
}

std::string_view WithoutLineEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Status BindField(const Format& format, Field field, const Cells& names, CsvColumns& out) {
  const std::optional<std::string>& column = format.column(field);
  if (!column) return {};
  const auto at = std::find(names.begin(), names.end(), *column);
  const std::string named = "column \"" + *column + "\" (" + std::string(FieldName(field)) + ")";
  if (at == names.end()) {
    if (format.partial_header) return {};
    return InvalidArgument("the header has no " + named + "; it has: " + NamesOf(names));
  }
  if (std::find(at + 1, names.end(), *column) != names.end()) {
    return InvalidArgument("the header has " + named + " twice: " + NamesOf(names));
  }
  out.bindings.push_back({field, static_cast<uint32_t>(at - names.begin())});
  return {};
}

Status CheckNeeded(const Format& format, const Cells& names, const CsvColumns& columns) {
  const auto given = [&](Field field) {
    return !format.constant(field).empty() ||
           std::any_of(columns.bindings.begin(), columns.bindings.end(),
                       [field](const CsvColumns::Binding& binding) { return binding.field == field; });
  };
  const char* missing = !given(Field::kType)   ? "type"
                        : !given(Field::kTime) ? "time"
                        : !given(Field::kUserId) && !given(Field::kAnonymousId) ? "user_id (or anonymous_id)"
                                                                                 : nullptr;
  if (missing == nullptr) return {};
  return InvalidArgument("the header has no column " + std::string(missing) + "; it has: " + NamesOf(names));
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

Result<CsvColumns> BindColumns(const Format& format, std::string_view head) {
  size_t at = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const Cells own(format.columns.begin(), format.columns.end());
  if (format.header == Format::Header::kNone) return Bind(format, own, at);
  const size_t start = at;
  while (at < head.size() && (head[at] == '\n' || head.substr(at, 2) == "\r\n")) ++at;
  const size_t line_bytes = LineBytes(format, head.substr(at));
  if (line_bytes == 0 && format.header == Format::Header::kRequired) return CsvColumns{{}, 0, at};
  Arena arena;
  Cells cells;
  const bool split = SplitQuotedRow(WithoutLineEnd(head.substr(at, line_bytes)), format.delimiter, arena, cells);
  if (format.header == Format::Header::kOptional) {
    return split && HoldsExactly(format, cells) ? Bind(format, cells, at + line_bytes) : Bind(format, own, start);
  }
  if (!split) return InvalidArgument("the header has a quote that is not closed, or text behind a closing one");
  return Bind(format, cells, at + line_bytes);
}

}  // namespace adirect
