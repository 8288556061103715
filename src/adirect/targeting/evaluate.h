// The decision about one shopper and one category: evaluate(policy, state, now). Pure.
//
// Membership is computed when it is asked for, never stored, so a shopper leaves the audience at the
// exact millisecond a window ends, and "why", "why not" and "until when" come from the same function.
//
//   const SearchFilter filter(policy, settings, now);
//   InterestIn(category, shopper, standing, policy, filter, dictionary, settings, interest);
//   const Verdict verdict = Evaluate(policy, interest, settings, now);
//   verdict.targeted, verdict.reason, verdict.next_change_at
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "adirect/targeting/policy.h"
#include "adirect/targeting/shopper.h"

namespace adirect {

// In the order in which they are checked: the first that fails is the reason.
enum class Reason : uint8_t { kTargeted, kPurchased, kFewSearches, kFewDays, kStale, kUnknownUser };

std::string_view ReasonName(Reason reason);  // "targeted", "purchased", …

// One rule of the policy with its values: milliseconds or counts; needed "for ever" is Duration::Forever().
struct Clause {
  std::string_view name;          // the policy's key
  int64_t needed = 0;             // INT64_MAX: for ever
  std::optional<int64_t> actual;  // absent: there is no such event
  bool holds = false;
};

// What the clauses look at: the counting searches and the last standing purchase of one category.
struct Interest {
  CategoryIndex category;
  std::vector<KeptEvent> searches;         // counting ones, newest first, at most M (ties by product, identity)
  int days = 0;                            // distinct UTC days of all counting searches, at most M
  std::optional<Timestamp> last_purchase;  // standing
  std::optional<Timestamp> day_needed;     // newest search of the min_distinct_days-th newest day
};

struct Verdict {
  bool targeted = false;
  Reason reason = Reason::kFewSearches;
  int searches = 0;  // M means "M or more"
  int days = 0;
  std::optional<Timestamp> last_search_at;
  std::optional<Timestamp> next_change_at;  // smallest instant > now at which `targeted` differs
  std::array<Clause, 4> clauses;            // suppress_for, min_searches, min_distinct_days, last_within
};

// Which interest events a policy can look at, at one instant: of its types, within its window.
class SearchFilter {
 public:
  SearchFilter() = default;  // none
  SearchFilter(const Policy& policy, const Settings& settings, Timestamp now);
  // For an instant that is not known yet, but is no earlier than this.
  static SearchFilter NotBefore(const Policy& policy, const Settings& settings, Timestamp earliest);

  // Looks at what the other looks at, too.
  void Add(const SearchFilter& other);

  bool Looks(EventType type, Timestamp time) const {
    return time >= first_ && time <= now_ && (types_ >> static_cast<int>(type) & 1) != 0;
  }
  // False where it looks at nothing as old as `time` or older.
  bool Reaches(Timestamp time) const { return time >= first_; }

 private:
  Timestamp first_ = kNever;
  Timestamp now_{INT64_MIN};
  uint32_t types_ = 0;  // bit per EventType
};

// Fills `interest` from a canonical shopper and the purchases that stand at `now`. The events of the
// category are found by binary search; storage is reused.
void InterestIn(CategoryIndex category, const Shopper& shopper, std::span<const KeptEvent> standing,
                const Policy& policy, const SearchFilter& filter, const Dictionary& dictionary,
                const Settings& settings, Interest& interest);

Verdict Evaluate(const Policy& policy, const Interest& interest, const Settings& settings, Timestamp now);

// True where any event of the shopper exists at `now` (a refund is one).
bool Exists(const Shopper& shopper, const Settings& settings, Timestamp now);

}  // namespace adirect
