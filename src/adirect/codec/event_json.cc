#include "adirect/codec/event_json.h"

#include "adirect/codec/format.h"
#include "adirect/codec/json_text.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

void AppendName(Field field, std::string& out) {
  out += out.empty() || out.back() == '\n' ? "{\"" : ",\"";
  out += FieldName(field);
  out += "\":";
}

void AppendText(Field field, std::string_view text, std::string& out) {
  if (text.empty()) return;
  AppendName(field, out);
  AppendJsonString(text, out);
}

// What a feed may write otherwise than JSON does (007) stays a text.
void AppendNumber(Field field, std::string_view text, std::string& out) {
  if (ClassifyJsonNumber(text) == JsonNumber::kNone) return AppendText(field, text, out);
  AppendName(field, out);
  out += text;
}

void AppendShopper(std::string_view user_id, std::string& out) {
  if (!user_id.starts_with(kAnonymousPrefix)) return AppendText(Field::kUserId, user_id, out);
  AppendText(Field::kAnonymousId, user_id.substr(kAnonymousPrefix.size()), out);
}

}  // namespace

void AppendEventJson(const Event& event, std::string& out) {
  AppendText(Field::kType, EventTypeName(event.type), out);
  AppendText(Field::kTime, FormatRfc3339(event.time), out);
  AppendShopper(event.user_id, out);
  AppendText(Field::kUserName, event.user_name, out);
  AppendText(Field::kCategoryId, event.category_id, out);
  AppendText(Field::kProductId, event.product_id, out);
  AppendText(Field::kRegion, event.region, out);
  AppendText(Field::kOrderId, event.order_id, out);
  AppendNumber(Field::kQuantity, event.quantity, out);
  AppendNumber(Field::kPrice, event.price, out);
  AppendText(Field::kCurrency, event.currency, out);
  AppendText(Field::kEventId, event.event_id, out);
  if (event.arrival) AppendText(Field::kArrival, FormatRfc3339(*event.arrival), out);
  out += "}\n";
}

}  // namespace adirect
