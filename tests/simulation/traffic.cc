#include "traffic.h"

#include <fmt/format.h>

#include <array>

namespace adirect {
namespace {

const std::vector<std::string> kCategories = {"shoes", "bags", "tv"};
const std::vector<std::string> kProducts = {"", "p1", "p2", "p3", "p4", "p5", "p6"};
const std::vector<std::string> kOrders = {"", "", "o1", "o2"};
const std::vector<EventType> kTypes = {
    EventType::kSearch, EventType::kSearch,   EventType::kSearch,   EventType::kSearch, EventType::kSearch,
    EventType::kView,   EventType::kView,     EventType::kCart,     EventType::kSearch, EventType::kFavorite,
    EventType::kSearch, EventType::kPurchase, EventType::kPurchase, EventType::kRefund, EventType::kRefund};

}  // namespace

std::string LineOf(const ShopEvent& event, std::string_view region) {
  std::string line = fmt::format(R"({{"type":"{}","time":{},"user_id":"{}","region":"{}")", EventTypeName(event.type),
                                 event.time.ms, event.user, region);
  const std::array<std::pair<const char*, const std::string*>, 5> texts = {{{"user_name", &event.name},
                                                                            {"category_id", &event.category},
                                                                            {"product_id", &event.product},
                                                                            {"order_id", &event.order},
                                                                            {"event_id", &event.event_id}}};
  for (const auto& [key, text] : texts) {
    if (!text->empty()) line += fmt::format(R"(,"{}":"{}")", key, *text);
  }
  return line + "}\n";
}

const std::vector<std::string>& ShopUsers() {
  static const std::vector<std::string> users = {"ana", "bob", "cem", "dia", "eva", "fay", std::string(128, 'u')};
  return users;
}

ShopEvent Traffic::Next(Timestamp now) {
  if (!former_.empty() && draws_.OneIn(5)) return draws_.Of(former_);
  ShopEvent event = New(now);
  if (event.repeats() && draws_.OneIn(3)) former_.push_back(event);
  return event;
}

ShopEvent Traffic::New(Timestamp now) {
  ShopEvent event;
  event.user = draws_.Of(ShopUsers());
  event.time = TimeAt(now);
  if (named_ || draws_.OneIn(2)) event.event_id = fmt::format("e{}", names_++);
  if (draws_.OneIn(60)) {
    event.type = EventType::kErase;
    return event;
  }
  event.type = draws_.Of(kTypes);
  event.product = draws_.Of(kProducts);
  if (draws_.OneIn(4)) event.name = fmt::format("{} the {}.", event.user.substr(0, 3), draws_.Below(3));
  if (event.type != EventType::kRefund) event.category = draws_.Of(kCategories);
  if (!IsInterest(event.type)) event.order = draws_.Of(kOrders);
  if (event.type == EventType::kRefund && event.product.empty() && event.order.empty()) event.product = "p1";
  return event;
}

Timestamp Traffic::TimeAt(Timestamp now) {
  switch (draws_.Below(8)) {
    case 0:
      return {now.ms + static_cast<int64_t>(draws_.Below(10 * kMillisPerMinute))};
    case 1:
      return {now.ms - now.ms % kMillisPerDay - static_cast<int64_t>(draws_.Below(2))};
    case 2:
      return {now.ms - static_cast<int64_t>(draws_.Below(6 * kMillisPerDay))};
    default:
      return {now.ms - static_cast<int64_t>(draws_.Below(100)) * 1000};
  }
}

}  // namespace adirect
