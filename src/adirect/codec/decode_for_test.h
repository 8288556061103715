// DecodeForTest: a whole input through MakeDecoder, as rows that a test can read.
//
//   DecodeForTest(SeedFormat(), "2017-02-01 23:35:10,ana,7,p1,1,search\n")[0].verdict   // "event"
//
// The text lies in memory that ends with its padding: a sanitizer sees every byte read too far.
#pragma once

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/time.h"
#include "adirect/codec/decoder.h"

namespace adirect {

struct SeenRow {
  std::string verdict;  // "event", "ignored" or the reason's name
  uint64_t offset = 0;
  std::string raw;
  std::string type, time, user, category, product, order, event_id, name, region, quantity, price, currency;
  std::string arrival;  // empty: none
  uint64_t identity = 0;

  friend bool operator==(const SeenRow&, const SeenRow&) = default;
  friend std::ostream& operator<<(std::ostream& out, const SeenRow& row) {
    return out << row.verdict << " at " << row.offset << ": " << row.raw;
  }
};

class SeenRows : public EventSink {
 public:
  void OnEvent(const Event& event, const RowPlace& place) override {
    SeenRow& row = Add("event", place);
    row.type = EventTypeName(event.type);
    row.time = FormatRfc3339(event.time);
    row.user = event.user_id;
    row.category = event.category_id;
    row.product = event.product_id;
    row.order = event.order_id;
    row.event_id = event.event_id;
    row.name = event.user_name;
    row.region = event.region;
    row.quantity = event.quantity;
    row.price = event.price;
    row.currency = event.currency;
    row.identity = event.identity;
    if (event.arrival) row.arrival = FormatRfc3339(*event.arrival);
  }
  void OnIgnored(const RowPlace& place) override { Add("ignored", place); }
  void OnRejected(RejectReason reason, const RowPlace& place) override { Add(RejectReasonName(reason), place); }

  std::vector<SeenRow> rows;

 private:
  SeenRow& Add(std::string_view verdict, const RowPlace& place) {
    SeenRow& row = rows.emplace_back();
    row.verdict = verdict;
    row.offset = place.offset;
    row.raw = place.raw;
    if (place.writer != nullptr) place.writer->AppendRow(place.offset, row.raw);
    return row;
  }
};

// Bytes in memory of their own, followed by exactly kBlockPadding useless ones.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text)
      : memory_(std::make_unique_for_overwrite<char[]>(text.size() + kBlockPadding)), size_(text.size()) {
    if (size_ != 0) std::memcpy(memory_.get(), text.data(), size_);
    std::memset(memory_.get() + size_, '}', kBlockPadding);
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  size_t size_;
};

// Decodes `text` in blocks of at most `block_bytes`; a row that is longer is a block.
inline std::vector<SeenRow> DecodeForTest(const Format& format, std::string_view text,
                                          size_t block_bytes = std::numeric_limits<size_t>::max()) {
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, "input", text);
  ADIRECT_CHECK(decoder.ok(), decoder.status().message());
  DecodeScratch scratch;
  SeenRows seen;
  for (size_t at = (*decoder)->header_bytes(); at < text.size();) {
    size_t size = 0;
    for (size_t wanted = block_bytes; size == 0; wanted += block_bytes) {
      const std::string_view front = text.substr(at, wanted);
      size = front.size() == text.size() - at ? front.size() : (*decoder)->WholeRows(front);
    }
    const PaddedText block(text.substr(at, size));
    (*decoder)->Decode({block.view(), at, false}, scratch, seen);
    at += size;
  }
  return std::move(seen.rows);
}

// Decodes `text` as a block of a stream that begins at `offset`.
inline std::vector<SeenRow> DecodeForTest(const Format& format, std::string_view text, Block::Rows rows,
                                          uint64_t offset) {
  const Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, "topic/0", "");
  ADIRECT_CHECK(decoder.ok(), decoder.status().message());
  DecodeScratch scratch;
  SeenRows seen;
  const PaddedText block(text);
  (*decoder)->Decode({.bytes = block.view(), .offset = offset, .rows = rows}, scratch, seen);
  return std::move(seen.rows);
}

inline std::vector<std::string> Verdicts(const std::vector<SeenRow>& rows) {
  std::vector<std::string> verdicts;
  verdicts.reserve(rows.size());
  for (const SeenRow& row : rows) verdicts.push_back(row.verdict);
  return verdicts;
}

}  // namespace adirect
