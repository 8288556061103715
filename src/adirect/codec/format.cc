#include "adirect/codec/format.h"

#include <algorithm>

namespace adirect {
namespace {

constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "event_id",   "time",   "type",     "user_id",  "anonymous_id", "user_name", "category_id",
    "product_id", "region", "order_id", "quantity", "price",        "currency",  "arrival"};

constexpr std::array<EventType, 7> kAllTypes = {EventType::kSearch,   EventType::kView,     EventType::kCart,
                                                EventType::kFavorite, EventType::kPurchase, EventType::kRefund,
                                                EventType::kErase};

void SetColumn(Format& format, Field field, std::string_view column) {
  format.fields[static_cast<size_t>(field)] = column;
}

}  // namespace

std::string_view FieldName(Field field) { return kFieldNames[static_cast<size_t>(field)]; }

std::optional<Field> ParseField(std::string_view name) {
  const auto* at = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (at == kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(at - kFieldNames.begin());
}

Format SeedFormat() {
  Format format;
  format.name = "seed";
  format.header = Format::Header::kOptional;
  format.columns = {"time", "user", "userid", "productid", "categoryid", "action"};
  SetColumn(format, Field::kTime, "time");
  SetColumn(format, Field::kUserName, "user");
  SetColumn(format, Field::kUserId, "userid");
  SetColumn(format, Field::kProductId, "productid");
  SetColumn(format, Field::kCategoryId, "categoryid");
  SetColumn(format, Field::kType, "action");
  format.types = {{"search", EventType::kSearch}, {"buy", EventType::kPurchase}};
  format.time.kind = TimeFormat::Kind::kPattern;
  format.time.pattern = "%Y-%m-%d %H:%M:%S";
  return format;
}

Format AdirectFormat(Format::Kind kind) {
  Format format;
  format.name = "adirect";
  format.kind = kind;
  format.partial_header = true;
  for (size_t i = 0; i < kFieldCount; ++i) format.fields[i] = kFieldNames[i];
  for (const EventType type : kAllTypes) format.types.emplace_back(EventTypeName(type), type);
  return format;
}

}  // namespace adirect
