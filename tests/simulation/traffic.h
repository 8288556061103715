// The traffic of a small shop, drawn from a seed: few ids and few instants, so that ties, repeats, late events, refunds
// and erases meet each other.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/model/event.h"

namespace adirect {

// Draws that a seed repeats on every machine.
class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  double Share() { return static_cast<double>(Below(1001)) / 1000; }
  template <typename List>
  const auto& Of(const List& list) {
    return list[Below(list.size())];
  }

 private:
  std::mt19937_64 random_;
};

struct ShopEvent {
  EventType type = EventType::kSearch;
  Timestamp time;
  std::string user;
  std::string name;
  std::string category;
  std::string product;
  std::string order;
  std::string event_id;  // empty: known by its place alone

  // Whether another delivery of it is the same event.
  bool repeats() const { return !event_id.empty() || type == EventType::kRefund || type == EventType::kErase; }
};

// As a line of NDJSON of the format `adirect`, with its end. `region` tells where it came from.
std::string LineOf(const ShopEvent& event, std::string_view region);

// Every shopper there may be.
const std::vector<std::string>& ShopUsers();

class Traffic {
 public:
  // `named`: every event has an event_id.
  Traffic(Draws& draws, bool named) : draws_(draws), named_(named) {}

  // The next event at `now`; now and then one that came before, or one that is still to come.
  ShopEvent Next(Timestamp now);

 private:
  ShopEvent New(Timestamp now);
  Timestamp TimeAt(Timestamp now);

  Draws& draws_;
  const bool named_;
  uint64_t names_ = 0;
  std::vector<ShopEvent> former_;  // that may come again
};

}  // namespace adirect
