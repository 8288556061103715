// A shop for unit tests: events in one line each, and shoppers made of them.
//
//   TestShop shop;
//   Shopper ana = shop.Make({shop.Search(10, "runner-3"), shop.Buy(20, "boot-9", "o1")});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/shopper.h"
#include "adirect/targeting/state.h"

namespace adirect {

class TestShop {
 public:
  static constexpr int64_t kHour = kMillisPerHour;
  static constexpr int64_t kDay = kMillisPerDay;

  // Every event has an identity of its own unless one is given. The category is "shoes" unless the
  // product is written "category/product".
  KeptEvent Event(EventType type, int64_t time, std::string_view thing, uint64_t identity = 0) {
    const size_t slash = thing.find('/');
    const bool plain = slash == std::string_view::npos;
    const std::string_view category = plain ? "shoes" : thing.substr(0, slash);
    const std::string_view product = plain ? thing : thing.substr(slash + 1);
    KeptEvent event;
    event.time = {time};
    event.type = type;
    event.item = dictionary.Intern(product, type == EventType::kRefund ? "" : category);
    event.category = dictionary.category(event.item);
    if (type != EventType::kRefund) event.identity = identity != 0 ? identity : ++identities_;
    return event;
  }
  KeptEvent Search(int64_t time, std::string_view thing, uint64_t identity = 0) {
    return Event(EventType::kSearch, time, thing, identity);
  }
  KeptEvent View(int64_t time, std::string_view thing, uint64_t identity = 0) {
    return Event(EventType::kView, time, thing, identity);
  }
  KeptEvent Buy(int64_t time, std::string_view thing, std::string_view order = "") {
    KeptEvent event = Event(EventType::kPurchase, time, thing);
    event.order = OrderHash(order);
    return event;
  }
  KeptEvent Refund(int64_t time, std::string_view product, std::string_view order = "") {
    KeptEvent event = Event(EventType::kRefund, time, product);
    event.order = OrderHash(order);
    return event;
  }

  // Ana, canonical where the newest time of all events is her own.
  Shopper Make(const std::vector<KeptEvent>& events) {
    Shopper shopper;
    shopper.user_id = "ana";
    Timestamp newest;
    for (const KeptEvent& event : events) {
      std::vector<KeptEvent>& list = IsInterest(event.type)               ? shopper.interests
                                     : event.type == EventType::kPurchase ? shopper.purchases
                                                                          : shopper.refunds;
      list.push_back(event);
      newest = std::max(newest, event.time);
    }
    Canonicalize(shopper, dictionary, settings, newest);
    return shopper;
  }

  CategoryIndex Category(std::string_view id) { return dictionary.category(dictionary.Intern("", id)); }

  // "runner-3@10 boot-9@5": product and time of each event.
  std::string Told(const std::vector<KeptEvent>& events) const {
    std::string told;
    for (const KeptEvent& event : events) {
      told +=
          (told.empty() ? "" : " ") + std::string(dictionary.product(event.item)) + "@" + std::to_string(event.time.ms);
    }
    return told;
  }

  Dictionary dictionary;
  Settings settings;

 private:
  uint64_t identities_ = 1'000;
};

}  // namespace adirect
