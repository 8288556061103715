#include "adirect/codec/csv.h"

#include <cstring>

#include "adirect/codec/csv_columns.h"
#include "adirect/codec/csv_quotes.h"
#include "adirect/codec/lines.h"
#include "adirect/codec/row.h"
#include "adirect/codec/scratch.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

// Rows are decoded in pieces: an odd byte costs its piece the fast way, not its block.
constexpr size_t kPieceBytes = 32 << 10;

bool HasQuote(std::string_view text) { return std::memchr(text.data(), '"', text.size()) != nullptr; }

class CsvDecoder final : public Decoder {
 public:
  CsvDecoder(const Format& format, std::string_view input, CsvColumns columns)
      : rules_(format, input, /*typed=*/false),
        columns_(std::move(columns)),
        delimiter_(format.delimiter),
        multiline_(format.multiline) {}

  size_t header_bytes() const override { return columns_.header_bytes; }
  std::string_view header() const override { return columns_.header; }
  size_t WholeRows(std::string_view bytes) const override;
  void Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const override;

 private:
  friend class CsvPass;

  RowRules rules_;
  CsvColumns columns_;
  char delimiter_;
  bool multiline_;
};

// One block on its way through a decoder.
class CsvPass {
 public:
  CsvPass(const CsvDecoder& decoder, const Block& block, DecodeScratch::State& state, EventSink& sink)
      : decoder_(decoder),
        rules_(decoder.rules_),
        bindings_(decoder.columns_.bindings),
        column_count_(decoder.columns_.count),
        block_(block),
        state_(state),
        sink_(sink),
        row_(decoder.rules_.EmptyRow()) {}

  // Rows that end at line ends.
  void DecodeLines() {
    std::string_view rest = block_.bytes;
    while (!rest.empty()) {
      size_t size = rest.size();
      if (size > kPieceBytes) {
        size_t end = rest.rfind('\n', kPieceBytes - 1);
        if (end == std::string_view::npos) end = rest.find('\n', kPieceBytes);
        if (end != std::string_view::npos) size = end + 1;
      }
      DecodePiece(rest.substr(0, size));
      rest.remove_prefix(size);
    }
  }

  // All of the block.
  void DecodeOneRow() {
    const std::string_view raw = WithoutLineEnd(block_.bytes);
    row_.clean = false;
    if (raw.empty()) return Reject(RejectReason::kBadColumns, raw);
    if (IsRow(raw, false)) QuotedRow(raw);
  }

  // Rows with line ends inside quotes.
  void DecodeQuotedRows() {
    std::string_view rest = block_.bytes;
    row_.clean = false;
    while (!rest.empty()) {
      const size_t size = std::min(FindQuotedRowEnd(rest, decoder_.delimiter_), rest.size());
      const std::string_view raw = WithoutLineEnd(rest.substr(0, size));
      if (IsRow(raw, false)) QuotedRow(raw);
      rest.remove_prefix(size);
    }
  }

 private:
  // Called once a row.
  RowPlace PlaceOf(std::string_view raw) {
    if (block_.rows == Block::Rows::kByNumber) return {block_.offset + rows_++, raw};
    return {block_.offset + static_cast<uint64_t>(raw.data() - block_.bytes.data()), raw};
  }

  void Reject(RejectReason reason, std::string_view raw) { sink_.OnRejected(reason, PlaceOf(raw)); }

  void DecodePiece(std::string_view piece) {
    Separators& found = state_.separators;
    FindSeparators(piece, decoder_.delimiter_, found);
    const bool utf8 = !found.non_ascii || IsUtf8(piece);
    row_.clean = utf8 && !found.controls;
    uint32_t* const marks = found.marks.data();
    uint32_t first = 1;  // mark of the row
    for (const uint32_t last : found.lines) {
      const uint32_t begin = marks[first - 1] + 1;
      const uint32_t next = marks[last] + 1;
      if (found.carriage_returns && marks[last] > begin && piece[marks[last] - 1] == '\r') {
        --marks[last];
      }
      const std::string_view raw = piece.substr(begin, marks[last] - begin);
      const bool row = IsRow(raw, utf8);
      const bool quoted = row && found.quotes && HasQuote(raw);
      if (quoted) QuotedRow(raw);
      if (row && !quoted) PlainRow(piece, marks + first - 1, last - first + 1, raw);
      marks[last] = next - 1;
      first = last + 1;
    }
  }

  // False where the line is empty, or was rejected as no line that any format could read.
  bool IsRow(std::string_view raw, bool known_utf8) {
    if (raw.empty()) return false;
    const bool too_long = raw.size() > kMaxLineBytes;
    if (!too_long && (known_utf8 || IsUtf8(raw))) return true;
    Reject(too_long ? RejectReason::kLineTooLong : RejectReason::kBadUtf8, raw);
    return false;
  }

  // `marks[i]` and `marks[i + 1]` enclose column i.
  void PlainRow(std::string_view piece, const uint32_t* marks, size_t columns, std::string_view raw) {
    if (columns != column_count_) return Reject(RejectReason::kBadColumns, raw);
    for (const ColumnBinding& binding : bindings_) {
      const uint32_t begin = marks[binding.column] + 1;
      row_.text[static_cast<size_t>(binding.field)] = {piece.data() + begin, marks[binding.column + 1] - begin};
    }
    rules_.Deliver(row_, PlaceOf(raw), state_.row, sink_);
  }

  void QuotedRow(std::string_view raw) {
    if (!SplitQuotedRow(raw, decoder_.delimiter_, state_.row.arena, state_.cells)) {
      return Reject(RejectReason::kBadQuotes, raw);
    }
    if (state_.cells.size() != column_count_) return Reject(RejectReason::kBadColumns, raw);
    for (const ColumnBinding& binding : bindings_) {
      row_.text[static_cast<size_t>(binding.field)] = state_.cells[binding.column];
    }
    rules_.Deliver(row_, PlaceOf(raw), state_.row, sink_);
  }

  const CsvDecoder& decoder_;
  const RowRules& rules_;
  const std::vector<ColumnBinding>& bindings_;
  const size_t column_count_;
  const Block& block_;
  DecodeScratch::State& state_;
  EventSink& sink_;
  RawRow row_;
  uint64_t rows_ = 0;
};

size_t CsvDecoder::WholeRows(std::string_view bytes) const {
  if (!multiline_ || !HasQuote(bytes)) return bytes.rfind('\n') + 1;
  size_t whole = 0;
  size_t size = FindQuotedRowEnd(bytes, delimiter_);
  while (size != std::string_view::npos) {
    whole += size;
    size = FindQuotedRowEnd(bytes.substr(whole), delimiter_);
  }
  return whole;
}

void CsvDecoder::Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const {
  DecodeScratch::State& state = scratch.state();
  state.Begin();
  if (block.overlong) {
    return sink.OnRejected(RejectReason::kLineTooLong, {block.offset, block.bytes});
  }
  CsvPass pass(*this, block, state, sink);
  if (block.rows == Block::Rows::kOne) {
    pass.DecodeOneRow();
  } else if (multiline_ && HasQuote(block.bytes)) {
    pass.DecodeQuotedRows();
  } else {
    pass.DecodeLines();
  }
}

}  // namespace

Result<std::unique_ptr<Decoder>> MakeCsvDecoder(const Format& format, std::string_view input, std::string_view head) {
  Result<CsvColumns> columns = BindColumns(format, head);
  if (!columns.ok()) return columns.status();
  return std::unique_ptr<Decoder>(std::make_unique<CsvDecoder>(format, input, *std::move(columns)));
}

}  // namespace adirect
