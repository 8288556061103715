#include "adirect/codec/columns.h"

#include <charconv>

#include "adirect/codec/row.h"
#include "adirect/codec/scratch.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kMaxDigits = 20;  // of 64 bits, with a sign

bool HasValue(const Column& column, size_t row) {
  if (column.valid == nullptr) return true;
  const auto bit = static_cast<size_t>(column.valid_offset) + row;
  return (column.valid[bit / 8] >> (bit % 8) & 1) != 0;
}

std::string_view TextAt(const Column& column, size_t text) {
  if (column.offsets != nullptr) {
    const auto begin = static_cast<size_t>(column.offsets[text]);
    return {column.bytes + begin, static_cast<size_t>(column.offsets[text + 1]) - begin};
  }
  const auto begin = static_cast<size_t>(column.long_offsets[text]);
  return {column.bytes + begin, static_cast<size_t>(column.long_offsets[text + 1]) - begin};
}

std::string_view TextOf(const Column& column, size_t row) {
  return TextAt(column, column.indices != nullptr ? static_cast<size_t>(column.indices[row]) : row);
}

// All texts of the column are printable ASCII: no byte of them needs another look.
bool IsPlain(const Column& column) {
  if (column.kind != Column::Kind::kText || column.texts == 0) return true;
  const char* const begin = TextAt(column, 0).data();
  const std::string_view last = TextAt(column, column.texts - 1);
  const std::string_view all(begin, static_cast<size_t>(last.data() + last.size() - begin));
  uint8_t odd = 0;  // in one byte, so that many are looked at at once
  for (const char c : all) odd = static_cast<uint8_t>(odd | (static_cast<uint8_t>(c - 0x20) > 0x7e - 0x20 ? 1 : 0));
  return odd == 0;
}

// The instant as milliseconds of its own zone, later parts cut.
Timestamp InstantOf(const Column& column, size_t row, int64_t zone_offset_ms) {
  const int64_t count = column.integers[row];
  int64_t ms = 0;
  if (column.per_second <= kMillisPerSecond) {
    const int64_t factor = kMillisPerSecond / column.per_second;
    if (count < -kMillisPerDay || count > kMaxEventTime.ms / factor + kMillisPerDay) return kNever;
    ms = count * factor;
  } else {
    const int64_t divisor = column.per_second / kMillisPerSecond;
    ms = count / divisor - (count % divisor < 0 ? 1 : 0);
  }
  const Timestamp instant{column.local ? ms - zone_offset_ms : ms};
  return instant < kMinEventTime || instant > kMaxEventTime ? kNever : instant;
}

class ColumnDecoder final : public Decoder {
 public:
  ColumnDecoder(const Format& format, std::string_view input)
      : rules_(format, input, /*typed=*/true), zone_offset_ms_(format.time.zone_offset_ms) {}

  // Columns have no text around their rows.
  size_t header_bytes() const override { return 0; }
  size_t WholeRows(std::string_view) const override { return 0; }
  void Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const override;

 private:
  friend class ColumnPass;

  RowRules rules_;
  int64_t zone_offset_ms_;
};

// One block on its way through a decoder.
class ColumnPass final : public RowWriter {
 public:
  ColumnPass(const ColumnDecoder& decoder, const Block& block, DecodeScratch::State& state, EventSink& sink)
      : decoder_(decoder), block_(block), state_(state), sink_(sink), row_(decoder.rules_.EmptyRow()) {
    for (const Column& column : block.columns->columns) {
      if (!IsPlain(column)) odd_ |= FieldBit(column.field);
    }
    row_.clean = odd_ == 0;
  }

  void DecodeRows() {
    for (size_t row = 0; row < block_.columns->rows; ++row) DecodeRow(row);
  }

  void AppendRow(uint64_t offset, std::string& out) const override {
    const auto row = static_cast<size_t>(offset - block_.offset);
    out += '{';
    for (const Column& column : block_.columns->columns) {
      if (!HasValue(column, row)) continue;
      if (out.back() != '{') out += ',';
      AppendJsonString(column.name, out);
      out += ':';
      AppendValue(column, row, out);
    }
    out += '}';
  }

 private:
  void DecodeRow(size_t row) {
    const RowPlace place{block_.offset + row, {}, this};
    row_.numbers = row_.instants = 0;
    bool utf8 = true;
    size_t bytes = 0;
    for (const Column& column : block_.columns->columns) {
      std::string_view& text = row_.text[static_cast<size_t>(column.field)];
      text = HasValue(column, row) ? ReadValue(column, row) : std::string_view();
      bytes += text.size();
      if ((odd_ & FieldBit(column.field)) != 0) utf8 = utf8 && IsUtf8(text);
    }
    if (bytes > kMaxLineBytes) return sink_.OnRejected(RejectReason::kLineTooLong, place);
    if (!utf8) return sink_.OnRejected(RejectReason::kBadUtf8, place);
    decoder_.rules_.Deliver(row_, place, state_.row, sink_);
  }

  std::string_view ReadValue(const Column& column, size_t row) {
    switch (column.kind) {
      case Column::Kind::kText:
        return TextOf(column, row);
      case Column::Kind::kInteger:
        row_.numbers |= FieldBit(column.field);
        return Digits(column.integers[row]);
      case Column::Kind::kInstant:
        row_.instants |= FieldBit(column.field);
        (column.field == Field::kTime ? row_.time : row_.arrival) = InstantOf(column, row, decoder_.zone_offset_ms_);
    }
    return {};
  }

  std::string_view Digits(int64_t number) {
    char* const text = state_.row.arena.Allocate(kMaxDigits);
    return {text, static_cast<size_t>(std::to_chars(text, text + kMaxDigits, number).ptr - text)};
  }

  void AppendValue(const Column& column, size_t row, std::string& out) const {
    if (column.kind == Column::Kind::kText) return AppendJsonString(TextOf(column, row), out);
    if (column.kind == Column::Kind::kInteger) {
      out += std::to_string(column.integers[row]);
      return;
    }
    const Timestamp instant = InstantOf(column, row, decoder_.zone_offset_ms_);
    out += '"';
    if (instant != kNever) AppendRfc3339(instant, out);
    if (instant == kNever) out += std::to_string(column.integers[row]);
    out += '"';
  }

  const ColumnDecoder& decoder_;
  const Block& block_;
  DecodeScratch::State& state_;
  EventSink& sink_;
  RawRow row_;
  uint32_t odd_ = 0;  // FieldBits: texts of the block may be no UTF-8, or hold control characters
};

void ColumnDecoder::Decode(const Block& block, DecodeScratch& scratch, EventSink& sink) const {
  DecodeScratch::State& state = scratch.state();
  state.Begin();
  ColumnPass(*this, block, state, sink).DecodeRows();
}

}  // namespace

std::unique_ptr<Decoder> MakeColumnDecoder(const Format& format, std::string_view input) {
  return std::make_unique<ColumnDecoder>(format, input);
}

}  // namespace adirect
