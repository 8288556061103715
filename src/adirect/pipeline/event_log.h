// The records of an engine's log: the accepted events of one request, as the door made them.
//
//   record = request:varint 0x10 arrival:varint input:text event…
//   event  = type:u8 [arrival:varint] time:varint user:text name:text product:text category:text event_id:text
//            [offset:varint] order:text region:text quantity:text price:text currency:text
//
// An `arrival` of its own is there where the type has the bit 0x20. `offset` stands where the producer gave no
// event_id: the event's place in the input, its identity. Data directories of format 1 have records of another form,
// which are still read, but hold less than the event:
//
//   record = request:varint event…
//   event  = type:u8 time:varint user:text name:text product:text category:text identity:u64 order:u64
//
// Private to the store it was written by: a record is read back by the same or a newer adirect, never shipped.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/model/dictionary.h"
#include "adirect/model/event.h"
#include "adirect/targeting/state.h"

namespace adirect {

// Whose events a record holds.
struct LogHead {
  uint64_t request = 0;  // the body's number
  Timestamp arrival;
  std::string_view input;
};

// Begins a record.
void AppendLogHead(const LogHead& head, std::string& record);
// Adds an event of the record's input: its category and arrival as the door made them, and its place.
void AppendLogEvent(const LogHead& head, const Event& event, std::string_view category_id, Timestamp arrival,
                    uint64_t offset, std::string& record);

// An event of a record, its views into the record; without an event_id its identity is that of its place.
struct LoggedEvent {
  Event event;
  uint64_t offset = 0;  // where there is no event_id
};

// Fills `events`. Corrupt, with the offset, where the record does not read. One of format 1 is fine, and has none.
Status ReadLogRecord(std::string_view record, LogHead& head, std::vector<LoggedEvent>& events);

// The rows of a record of format 1; others have none.
Status ReadOldLogRows(std::string_view record, Dictionary& dictionary, std::vector<FoldRow>& rows);

}  // namespace adirect
