// RowRules: from the raw texts of one row to an event, or to the reason why it is none. What every
// decoder shares: the order of the reasons, the types' names, `anon:` shoppers, ids, identity.
//
// Threads: RowRules are immutable and shared; a RawRow and a RowScratch belong to one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/codec/arena.h"
#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"
#include "adirect/codec/time_format.h"

namespace adirect {

constexpr uint32_t FieldBit(Field field) { return 1U << static_cast<uint32_t>(field); }

// A row's fields as they came, before anyone judged them. Valid UTF-8.
struct RawRow {
  std::array<std::string_view, kFieldCount> text;  // empty: absent, unless malformed
  uint32_t numbers = 0;                            // FieldBits: a JSON integer
  uint32_t malformed = 0;                          // FieldBits: neither text nor integer (a bool, half a surrogate)
  uint32_t instants = 0;                           // FieldBits: kTime or kArrival that came as an instant, below
  Timestamp time;                                  // kNever: outside the years of an event
  Timestamp arrival;
  bool clean = false;  // no text holds a control character: none need be looked for

  std::string_view operator[](Field field) const { return text[static_cast<size_t>(field)]; }
};

struct RowScratch {
  TimeReader::Cache times;
  Arena arena;
};

// Whether a text (valid UTF-8, not empty) can stand in the field: a whole number >= 0 of
// at most 18 digits for a quantity, a decimal number for a price, for all others what an id may hold.
bool IsFieldText(Field field, std::string_view text);

class RowRules {
 public:
  // `typed`: the rows' source tells numbers from texts, as JSON does and CSV does not.
  RowRules(const Format& format, std::string_view input, bool typed);

  // A row that holds the format's constants and nothing else; good as long as the rules.
  RawRow EmptyRow() const;

  // Tells the sink what the row is: exactly one call.
  void Deliver(const RawRow& row, const RowPlace& place, RowScratch& scratch, EventSink& sink) const;

 private:
  struct TypeName {
    std::string text;
    std::optional<EventType> type;  // absent: `ignore`
  };

  // What every event has.
  struct Head {
    EventType type = EventType::kSearch;
    Timestamp time;
    std::string_view user;
    uint64_t identity = 0;
    Timestamp arrival = kNever;  // absent
  };

  const TypeName* FindType(std::string_view text) const;
  std::optional<RejectReason> ReadHead(const RawRow& row, RowScratch& scratch, Head& head) const;
  static Event MakeErase(const Head& head);
  static Event MakeEvent(const Head& head, const RawRow& row);
  Timestamp ReadTime(const TimeReader& reader, Field field, const RawRow& row, TimeReader::Cache& cache) const;
  bool ReadArrival(const RawRow& row, TimeReader::Cache& cache, Timestamp& arrival) const;

  std::vector<TypeName> types_;
  TimeReader times_;
  TimeReader arrivals_;
  bool typed_;
  bool has_arrival_;
  uint64_t input_hash_;
  std::array<std::string, kFieldCount> constants_;
};

}  // namespace adirect
