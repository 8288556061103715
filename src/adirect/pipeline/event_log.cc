#include "adirect/pipeline/event_log.h"

#include <algorithm>

#include "adirect/base/hash.h"
#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr char kWholeEvents = 0x10;          // no type of an event, which format 1 has there
constexpr unsigned char kOwnArrival = 0x20;  // a bit of the type

Status Damaged(size_t offset) {
  return Corrupt("damaged log record: byte " + std::to_string(offset) + " does not read");
}

bool HasWholeEvents(const WireReader& in) { return in.ok() && in.rest().starts_with(kWholeEvents); }

bool ReadType(WireReader& in, unsigned char flags, EventType& type, bool& flagged) {
  const std::string_view byte = in.Bytes(1);
  if (!in.ok()) return false;
  const auto value = static_cast<unsigned char>(byte[0]);
  flagged = (value & flags) != 0;
  type = static_cast<EventType>(value & ~flags);
  return (value & ~flags) <= static_cast<int>(EventType::kErase);
}

void AppendTime(Timestamp time, std::string& out) {
  AppendVarint(static_cast<uint64_t>(std::clamp(time, kMinEventTime, kMaxEventTime).ms), out);
}

bool ReadTime(WireReader& in, Timestamp& time) {
  const uint64_t millis = in.Varint();
  time = {static_cast<int64_t>(millis)};
  return millis <= static_cast<uint64_t>(kMaxEventTime.ms);
}

// The texts that both forms have.
bool ReadTexts(WireReader& in, Event& event) {
  event.user_id = in.Text();
  event.user_name = in.Text();
  event.product_id = in.Text();
  event.category_id = in.Text();
  const std::string_view all[] = {event.user_name, event.product_id, event.category_id};
  const auto is_id = [](std::string_view text) { return text.size() <= kMaxIdBytes; };
  return !event.user_id.empty() && is_id(event.user_id) && std::all_of(std::begin(all), std::end(all), is_id);
}

bool ReadEvent(WireReader& in, const LogHead& head, uint64_t input_hash, LoggedEvent& logged) {
  Event& event = logged.event;
  bool own_arrival = false;
  event.arrival = head.arrival;
  if (!ReadType(in, kOwnArrival, event.type, own_arrival)) return false;
  if (own_arrival && !ReadTime(in, *event.arrival)) return false;
  if (!ReadTime(in, event.time) || !ReadTexts(in, event)) return false;
  event.event_id = in.Text();
  if (event.event_id.empty()) {
    logged.offset = in.Varint();
    event.identity = PositionIdentity(input_hash, logged.offset);
  } else {
    event.identity = IdentityHash(event.event_id);
  }
  for (std::string_view* text : {&event.order_id, &event.region, &event.quantity, &event.price, &event.currency}) {
    *text = in.Text();
  }
  return in.ok();
}

bool ReadOldRow(WireReader& in, Dictionary& dictionary, FoldRow& row) {
  Event event;
  bool flagged = false;
  if (!ReadType(in, 0, row.type, flagged) || !ReadTime(in, row.time) || !ReadTexts(in, event)) return false;
  row.identity = in.Fixed64();
  row.order = in.Fixed64();
  row.user = event.user_id.data();
  row.user_size = static_cast<uint8_t>(event.user_id.size());
  row.user_hash = UserHash(event.user_id);
  row.name = event.user_name.data();
  row.name_size = static_cast<uint8_t>(event.user_name.size());
  if (row.type != EventType::kErase) {
    row.item = dictionary.Intern(event.product_id, event.category_id);
    row.category = dictionary.category(row.item);
  }
  return in.ok();
}

}  // namespace

void AppendLogHead(const LogHead& head, std::string& record) {
  AppendVarint(head.request, record);
  record += kWholeEvents;
  AppendTime(head.arrival, record);
  AppendText(head.input, record);
}

void AppendLogEvent(const LogHead& head, const Event& event, std::string_view category_id, Timestamp arrival,
                    uint64_t offset, std::string& record) {
  const bool own_arrival = arrival != head.arrival;
  record += static_cast<char>(static_cast<unsigned char>(event.type) | (own_arrival ? kOwnArrival : 0));
  if (own_arrival) AppendTime(arrival, record);
  AppendVarint(static_cast<uint64_t>(event.time.ms), record);
  for (const std::string_view text : {event.user_id, event.user_name, event.product_id, category_id, event.event_id}) {
    AppendText(text, record);
  }
  if (event.event_id.empty()) AppendVarint(offset, record);
  for (const std::string_view text : {event.order_id, event.region, event.quantity, event.price, event.currency}) {
    AppendText(text, record);
  }
}

Status ReadLogRecord(std::string_view record, LogHead& head, std::vector<LoggedEvent>& events) {
  WireReader in(record);
  events.clear();
  head.request = in.Varint();
  if (!HasWholeEvents(in)) return in.ok() ? Status() : Damaged(0);
  in.Bytes(1);
  const bool timed = ReadTime(in, head.arrival);
  head.input = in.Text();
  if (!timed || !in.ok()) return Damaged(in.offset());
  const uint64_t input_hash = Hash64(head.input);
  while (!in.done()) {
    const size_t start = in.offset();
    if (!ReadEvent(in, head, input_hash, events.emplace_back())) return Damaged(start);
  }
  return {};
}

Status ReadOldLogRows(std::string_view record, Dictionary& dictionary, std::vector<FoldRow>& rows) {
  WireReader in(record);
  rows.clear();
  in.Varint();
  if (HasWholeEvents(in)) return {};
  while (!in.done()) {
    const size_t start = in.offset();
    if (!ReadOldRow(in, dictionary, rows.emplace_back())) return Damaged(start);
  }
  return {};
}

}  // namespace adirect
