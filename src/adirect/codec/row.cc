#include "adirect/codec/row.h"

#include <cstring>

#include "adirect/base/hash.h"

namespace adirect {
namespace {

using Refusal = std::optional<RejectReason>;

struct Check {
  Field field;
  RejectReason reason;
};
// The texts of an event but its shopper, in the order in which they are checked.
constexpr std::array<Check, 9> kChecks = {{{Field::kCategoryId, RejectReason::kBadCategoryId},
                                           {Field::kProductId, RejectReason::kBadProductId},
                                           {Field::kOrderId, RejectReason::kBadOrderId},
                                           {Field::kEventId, RejectReason::kBadEventId},
                                           {Field::kUserName, RejectReason::kBadUserName},
                                           {Field::kRegion, RejectReason::kBadRegion},
                                           {Field::kQuantity, RejectReason::kBadQuantity},
                                           {Field::kPrice, RejectReason::kBadPrice},
                                           {Field::kCurrency, RejectReason::kBadCurrency}}};

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

// A count that 64 bits hold whatever comes of it: at most 18 digits.
bool IsWholeNumber(std::string_view text) {
  return !text.empty() && text.size() <= 18 && CountDigits(text) == text.size();
}

// -12.50, 3, 1e3: digits on both sides of a point, as JSON has it, but leading zeros are good.
bool IsDecimal(std::string_view text) {
  if (text.size() > kMaxIdBytes) return false;
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto take_digits = [&text] {
    const size_t digits = CountDigits(text);
    text.remove_prefix(digits);
    return digits > 0;
  };
  if (!take_digits()) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits()) return false;
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return take_digits() && text.empty();
}

bool IsMalformed(const RawRow& row, Field field) { return (row.malformed & FieldBit(field)) != 0; }

// An id that is not empty.
bool IsGoodId(const RawRow& row, std::string_view text, size_t max_bytes) {
  return row.clean ? text.size() <= max_bytes : IsIdText(text, max_bytes);
}

Refusal ReadAnonymous(const RawRow& row, Arena& arena, std::string_view& user) {
  const std::string_view id = row[Field::kAnonymousId];
  if (IsMalformed(row, Field::kAnonymousId)) return RejectReason::kBadUserId;
  if (id.empty()) return RejectReason::kMissingUserId;
  if (!IsGoodId(row, id, kMaxAnonymousIdBytes)) return RejectReason::kBadUserId;
  const size_t size = kAnonymousPrefix.size() + id.size();
  char* text = arena.Allocate(size);
  std::memcpy(text, kAnonymousPrefix.data(), kAnonymousPrefix.size());
  std::memcpy(text + kAnonymousPrefix.size(), id.data(), id.size());
  user = {text, size};
  return std::nullopt;
}

Refusal ReadUser(const RawRow& row, Arena& arena, std::string_view& user) {
  user = row[Field::kUserId];
  if (IsMalformed(row, Field::kUserId)) return RejectReason::kBadUserId;
  if (user.empty()) return ReadAnonymous(row, arena, user);
  const bool good = IsGoodId(row, user, kMaxIdBytes) && !user.starts_with(kAnonymousPrefix);
  return good ? Refusal() : RejectReason::kBadUserId;
}

// Whether no text but the shopper's needs a look: the common row.
bool AreTextsPlain(const RawRow& row) {
  size_t sizes = 0;  // all below 128 where their bits together are
  for (const Check& check : kChecks) sizes |= row[check.field].size();
  return row.clean && row.malformed == 0 && sizes < 128 && row[Field::kQuantity].empty() && row[Field::kPrice].empty();
}

Refusal CheckTexts(const RawRow& row, EventType type) {
  for (const Check& check : kChecks) {
    if (type == EventType::kRefund && check.field == Field::kCategoryId) continue;
    const std::string_view text = row[check.field];
    if (IsMalformed(row, check.field)) return check.reason;
    if (!text.empty() && !IsFieldText(check.field, text)) return check.reason;
  }
  const bool targetless = row[Field::kOrderId].empty() && row[Field::kProductId].empty();
  if (type == EventType::kRefund && targetless) return RejectReason::kRefundWithoutTarget;
  return std::nullopt;
}

TimeFormat ArrivalFormat() {
  TimeFormat format;
  format.kind = TimeFormat::Kind::kRfc3339OrMillis;
  return format;
}

}  // namespace

bool IsFieldText(Field field, std::string_view text) {
  switch (field) {
    case Field::kQuantity:
      return IsWholeNumber(text);
    case Field::kPrice:
      return IsDecimal(text);
    default:
      return IsIdText(text);
  }
}

RowRules::RowRules(const Format& format, std::string_view input, bool typed)
    : times_(format.time),
      arrivals_(ArrivalFormat()),
      typed_(typed),
      has_arrival_(format.column(Field::kArrival).has_value()),
      input_hash_(Hash64(input)),
      constants_(format.constants) {
  for (const auto& [text, type] : format.types) types_.push_back({text, type});
}

RawRow RowRules::EmptyRow() const {
  RawRow row;
  for (size_t i = 0; i < kFieldCount; ++i) row.text[i] = constants_[i];
  return row;
}

const RowRules::TypeName* RowRules::FindType(std::string_view text) const {
  for (const TypeName& name : types_) {
    if (SameBytes(name.text, text)) return &name;
  }
  return nullptr;
}

Timestamp RowRules::ReadTime(const TimeReader& reader, Field field, const RawRow& row, TimeReader::Cache& cache) const {
  if ((row.instants & FieldBit(field)) != 0) return field == Field::kTime ? row.time : row.arrival;
  if (!typed_) return reader.Read(row[field], cache);
  return (row.numbers & FieldBit(field)) != 0 ? reader.ReadNumber(row[field]) : reader.ReadString(row[field], cache);
}

bool RowRules::ReadArrival(const RawRow& row, TimeReader::Cache& cache, Timestamp& arrival) const {
  const bool instant = (row.instants & FieldBit(Field::kArrival)) != 0;
  if (row[Field::kArrival].empty() && !instant && !IsMalformed(row, Field::kArrival)) return true;
  arrival = ReadTime(arrivals_, Field::kArrival, row, cache);
  return arrival != kNever;
}

Refusal RowRules::ReadHead(const RawRow& row, RowScratch& scratch, Head& head) const {
  head.time = ReadTime(times_, Field::kTime, row, scratch.times);
  if (head.time == kNever) return RejectReason::kBadTime;
  if (has_arrival_ && !ReadArrival(row, scratch.times, head.arrival)) return RejectReason::kBadTime;
  return ReadUser(row, scratch.arena, head.user);
}

Event RowRules::MakeErase(const Head& head) {
  Event event;
  event.type = head.type;
  event.time = head.time;
  event.user_id = head.user;
  event.identity = head.identity;
  if (head.arrival != kNever) event.arrival = head.arrival;
  return event;
}

// All members at once: clearing an Event first costs as much as filling it.
Event RowRules::MakeEvent(const Head& head, const RawRow& row) {
  const std::string_view event_id = row[Field::kEventId];
  return {.type = head.type,
          .time = head.time,
          .user_id = head.user,
          .category_id = head.type == EventType::kRefund ? std::string_view() : row[Field::kCategoryId],
          .product_id = row[Field::kProductId],
          .order_id = row[Field::kOrderId],
          .event_id = event_id,
          .user_name = row[Field::kUserName],
          .region = row[Field::kRegion],
          .quantity = row[Field::kQuantity],
          .price = row[Field::kPrice],
          .currency = row[Field::kCurrency],
          .identity = event_id.empty() ? head.identity : IdentityHash(event_id),
          .arrival = head.arrival == kNever ? std::nullopt : std::optional(head.arrival)};
}

void RowRules::Deliver(const RawRow& row, const RowPlace& place, RowScratch& scratch, EventSink& sink) const {
  const TypeName* name = FindType(row[Field::kType]);
  if (name == nullptr) return sink.OnRejected(RejectReason::kBadType, place);
  if (!name->type) return sink.OnIgnored(place);
  Head head;
  head.type = *name->type;
  head.identity = PositionIdentity(input_hash_, place.offset);
  if (const Refusal refusal = ReadHead(row, scratch, head)) return sink.OnRejected(*refusal, place);
  if (head.type == EventType::kErase) return sink.OnEvent(MakeErase(head), place);
  if (head.type == EventType::kRefund || !AreTextsPlain(row)) {
    if (const Refusal refusal = CheckTexts(row, head.type)) return sink.OnRejected(*refusal, place);
  }
  sink.OnEvent(MakeEvent(head, row), place);
}

}  // namespace adirect
