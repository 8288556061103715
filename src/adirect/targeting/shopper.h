// Shopper: all that is kept of one user, decoded, and the rules of what is kept (DESIGN: "State").
//
// This is the mergeable value of which a state is made: the M newest interest events per (category,
// type) and a day's newest of older days, purchases, refunds, the newest name. `Canonicalize` is the
// cut; it is idempotent, and cut(cut(A) + B) = cut(A + B), so events may be folded in any order, often,
// and in parts.
//
// Threads: a value; the dictionary may be shared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/model/dictionary.h"
#include "adirect/model/event.h"
#include "adirect/targeting/settings.h"

namespace adirect {

// One kept interest event, purchase or refund.
struct KeptEvent {
  Timestamp time;
  EventType type = EventType::kSearch;
  CategoryIndex category;
  ItemIndex item;         // of a refund: its product with an empty category
  uint64_t identity = 0;  // 0 for a refund, which has none
  uint64_t order = 0;     // Hash64 of the order id; 0: none

  friend bool operator==(const KeptEvent&, const KeptEvent&) = default;
};

struct Shopper {
  std::string user_id;
  std::string user_name;   // of the newest event that has one; empty: none
  Timestamp user_name_at;  // that event's time
  std::string extra;       // unknown tagged fields of a newer version, kept as they were read

  // Sorted by CanonicalLess: by category and type, newest first. Categories stand in the order of their
  // indexes, which no bytes and no answer depend on.
  std::vector<KeptEvent> interests;
  std::vector<KeptEvent> purchases;
  std::vector<KeptEvent> refunds;

  bool empty() const { return interests.empty() && purchases.empty() && refunds.empty(); }
  void clear();
};

// The order of kept events: category (index), type, time descending, product (bytes), order, identity.
bool CanonicalLess(const Dictionary& dictionary, const KeptEvent& a, const KeptEvent& b);

// Sorts, drops repeats, cuts to M, and drops what is not later than `newest` - R.
// `newest` is T, the newest time of any accepted event but an erase.
void Canonicalize(Shopper& shopper, const Dictionary& dictionary, const Settings& settings, Timestamp newest);

// Of a user's purchases and refunds (both canonical), the purchases that stand at `now`: within R, and
// not taken back by a refund that is not earlier than they and not later than `now`.
void StandingPurchases(const Shopper& shopper, const Dictionary& dictionary, const Settings& settings, Timestamp now,
                       std::vector<KeptEvent>& standing);

}  // namespace adirect
