// The columns of an archive's files, in whatever form: every field of the `adirect` format, in the order of Field.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "adirect/codec/format.h"
#include "adirect/model/event.h"

namespace adirect {

// What each column holds of an event, the two times left out; empty where the event has none. The views are the
// event's.
inline std::array<std::string_view, kFieldCount> ArchiveTexts(const Event& event) {
  const bool anonymous = event.user_id.starts_with(kAnonymousPrefix);
  std::array<std::string_view, kFieldCount> texts;
  const auto set = [&](Field field, std::string_view text) { texts[static_cast<size_t>(field)] = text; };
  set(Field::kEventId, event.event_id);
  set(Field::kType, EventTypeName(event.type));
  set(Field::kUserId, anonymous ? std::string_view() : event.user_id);
  set(Field::kAnonymousId, anonymous ? event.user_id.substr(kAnonymousPrefix.size()) : std::string_view());
  set(Field::kUserName, event.user_name);
  set(Field::kCategoryId, event.category_id);
  set(Field::kProductId, event.product_id);
  set(Field::kRegion, event.region);
  set(Field::kOrderId, event.order_id);
  set(Field::kQuantity, event.quantity);
  set(Field::kPrice, event.price);
  set(Field::kCurrency, event.currency);
  return texts;
}

// The instant that a column of times holds.
inline Timestamp ArchiveTime(Field field, const Event& event) {
  return field == Field::kTime ? event.time : event.arrival.value_or(kNever);
}
inline bool IsArchiveTime(Field field) { return field == Field::kTime || field == Field::kArrival; }

}  // namespace adirect
