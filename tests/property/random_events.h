// Random events for properties: few ids, few days and few instants, so that ties, repeats, refunds
// of purchases and erases meet each other.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "adirect/model/dictionary.h"
#include "adirect/model/event.h"
#include "adirect/targeting/settings.h"
#include "adirect/targeting/state.h"

namespace adirect {

struct RandomEvent {
  EventType type = EventType::kSearch;
  Timestamp time;
  std::string user;
  std::string category;
  std::string product;
  std::string identity;
  std::string order;
  std::string name;

  friend std::ostream& operator<<(std::ostream& out, const RandomEvent& e) {
    return out << FormatRfc3339(e.time) << ' ' << e.user << ' ' << EventTypeName(e.type) << ' ' << e.category << '/'
               << e.product << " as " << e.identity << " order '" << e.order << "' name '" << e.name << "'\n";
  }
};
using RandomEvents = std::vector<RandomEvent>;

inline Timestamp RandomTime() {
  const int64_t day = *rc::gen::inRange<int64_t>(0, 7);
  const int64_t within =
      *rc::gen::element<int64_t>(0, 1, 2, 1000, kMillisPerDay / 2, kMillisPerDay - 2, kMillisPerDay - 1);
  return {(20'458 + day) * kMillisPerDay + within};
}

inline RandomEvent RandomEventNow() {
  RandomEvent e;
  e.type = *rc::gen::weightedElement<EventType>({{12, EventType::kSearch},
                                                 {4, EventType::kView},
                                                 {1, EventType::kCart},
                                                 {1, EventType::kFavorite},
                                                 {4, EventType::kPurchase},
                                                 {2, EventType::kRefund},
                                                 {1, EventType::kErase}});
  e.time = RandomTime();
  e.user = *rc::gen::element<std::string>("ana", "bob", "anon:x", std::string(128, 'u'));
  e.identity = *rc::gen::element<std::string>("e0", "e1", "e2", "file.csv:0", "file.csv:67", "m#1");
  if (e.type == EventType::kErase) return e;
  e.product = *rc::gen::element<std::string>("", "a", "b", "B", "\xc3\xa9", std::string(128, 'p'));
  e.name = *rc::gen::element<std::string>("", "", "Ana", "Bo", std::string(100, 'n'));
  if (!IsInterest(e.type)) e.order = *rc::gen::element<std::string>("", "o1", "o2");
  if (e.type != EventType::kRefund) e.category = *rc::gen::element<std::string>("shoes", "bags", "Zoo");
  return e;
}

inline rc::Gen<RandomEvents> AnyEvents() { return rc::gen::container<RandomEvents>(rc::gen::exec(&RandomEventNow)); }

inline Settings RandomSettings() {
  const int max_searches = *rc::gen::inRange(1, 6);
  const int days = *rc::gen::inRange(0, 8);
  return {max_searches, days == 0 ? Duration::Forever() : Duration::Days(days)};
}

inline FoldRow RowOf(const RandomEvent& e, Dictionary& dictionary) {
  FoldRow row;
  row.type = e.type;
  row.time = e.time;
  row.user = e.user.data();
  row.user_size = static_cast<uint8_t>(e.user.size());
  row.user_hash = UserHash(e.user);
  row.name = e.name.data();
  row.name_size = static_cast<uint8_t>(e.name.size());
  row.identity = IdentityHash(e.identity);
  row.order = OrderHash(e.order);
  row.item = dictionary.Intern(e.product, e.category);
  row.category = dictionary.category(row.item);
  return row;
}

inline void FoldAll(const RandomEvents& events, Dictionary& dictionary, ShopperTable& table) {
  std::vector<FoldRow> rows;
  for (const RandomEvent& e : events) rows.push_back(RowOf(e, dictionary));
  table.Fold(rows);
}

// The source of a property's own choices: shuffles, splits, merges.
class Choices {
 public:
  Choices() : random_(*rc::gen::arbitrary<uint64_t>()) {}
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }

  // Some of the events again, and all in another order.
  RandomEvents Disturb(RandomEvents events) {
    const size_t size = events.size();
    for (size_t i = 0; i < size; ++i) {
      if (Below(3) == 0) events.push_back(events[Below(size)]);
    }
    std::shuffle(events.begin(), events.end(), random_);
    return events;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace adirect
