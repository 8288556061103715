// Events whose fields are hard to write, for tests of what writes them.
#pragma once

#include <string>
#include <vector>

#include "adirect/model/event.h"

namespace adirect {

// Every type, every field, none of them, and texts that CSV has to quote. All have an event_id and an arrival.
inline std::vector<Event> OddEvents() {
  const auto event = [](EventType type, std::string_view user, std::string_view category, std::string_view product) {
    Event made;
    made.type = type;
    made.time = {1'795'514'400'123};
    made.user_id = user;
    made.category_id = category;
    made.product_id = product;
    made.event_id = "web_activity1/0:4711";
    made.arrival = Timestamp{1'795'514'401'000};
    return made;
  };
  std::vector<Event> events = {
      event(EventType::kSearch, "ana", "shoes", "runner-3"),
      event(EventType::kView, "anon:7", "shoes", ""),
      event(EventType::kCart, "anon:anon:", "a,b", "\"quoted\""),
      event(EventType::kFavorite, " spaces ", "'", "=1+1"),
      event(EventType::kPurchase, "\"", "\"\"", "ends\""),
      event(EventType::kRefund, "NULL", "", "p"),
      event(EventType::kErase, "ünïcödé \U0001F45F", "", ""),
      event(EventType::kSearch, std::string_view("0"), "\\N", "-"),
  };
  Event& purchase = events[4];
  purchase.order_id = "o;1";
  purchase.user_name = "Ana \"the shoe\", M.";
  purchase.region = "tai,wan";
  purchase.quantity = "007";
  purchase.price = "-12.50e3";
  purchase.currency = "EUR";
  purchase.event_id = "e,1#2";
  events[1].time = kMinEventTime;
  events[2].time = kMaxEventTime;
  return events;
}

}  // namespace adirect
