#include "adirect/codec/csv_table.h"

#include <algorithm>

#include "adirect/base/text.h"
#include "adirect/codec/bindings.h"
#include "adirect/codec/csv_columns.h"
#include "adirect/codec/csv_quotes.h"
#include "adirect/codec/lines.h"
#include "adirect/codec/text.h"
#include "adirect/model/reject.h"

namespace adirect {
namespace {

constexpr char kDelimiter = ',';

}  // namespace

Status CsvTable::Add(std::string_view piece) {
  pending_ += piece;
  ADIRECT_RETURN_IF_ERROR(ReadWholeRows());
  return pending_.size() > kMaxLineBytes ? ReadRow(pending_) : Status();
}

Status CsvTable::End() {
  if (!pending_.empty()) ADIRECT_RETURN_IF_ERROR(ReadRow(pending_));
  if (found_.empty()) {
    return Wrong("no header; the first line must name the columns, at least " + std::string(columns_.front()));
  }
  return {};
}

Status CsvTable::ReadWholeRows() {
  std::string_view rest = pending_;
  for (;;) {
    const size_t size = FindQuotedRowEnd(rest, kDelimiter);
    if (size == std::string_view::npos) break;
    ADIRECT_RETURN_IF_ERROR(ReadRow(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return {};
}

Status CsvTable::ReadRow(std::string_view raw) {
  const auto lines = static_cast<size_t>(std::count(raw.begin(), raw.end(), '\n'));
  if (raw.size() > kMaxLineBytes) return Wrong("a row longer than 1 MiB; look for a quote that is not closed");
  if (line_ == 1 && raw.starts_with(kByteOrderMark)) raw.remove_prefix(kByteOrderMark.size());
  raw = WithoutLineEnd(raw);
  if (!raw.empty()) {
    arena_.Clear();
    if (!IsUtf8(raw)) return Wrong("not UTF-8; save the file as UTF-8");
    if (!SplitQuotedRow(raw, kDelimiter, arena_, split_)) {
      return Wrong("a quote that is not closed, or text behind a closing one; write \"\" for a quote inside");
    }
    const Status read = found_.empty() ? ReadHeader() : ReadCells();
    if (!read.ok()) return Wrong(read.message());
  }
  line_ += lines;
  return {};
}

Status CsvTable::Wrong(const std::string& what) const {
  return InvalidArgument(place_ + ':' + std::to_string(line_) + ": " + what);
}

Status CsvTable::ReadHeader() {
  width_ = split_.size();
  for (const std::string_view column : columns_) {
    const Result<std::optional<uint32_t>> at =
        FindColumn(split_, column, "column " + std::string(column), "the header");
    if (!at.ok()) return at.status();
    found_.push_back(*at);
  }
  return found_.front() ? Status() : MissingColumn(split_, "column " + std::string(columns_.front()), "the header");
}

Status CsvTable::ReadCells() {
  if (split_.size() != width_) {
    return InvalidArgument("the row has " + std::to_string(split_.size()) + " columns and the header has " +
                           std::to_string(width_) + "; quote a field that holds a comma");
  }
  cells_.clear();
  for (const std::optional<uint32_t>& at : found_) cells_.push_back(at ? split_[*at] : std::string_view());
  return on_row_(cells_);
}

}  // namespace adirect
