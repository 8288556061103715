#include "adirect/targeting/policy_keys.h"

namespace adirect {
namespace {

constexpr std::array kKeys = std::to_array<PolicyKey>({
    {"", "name", NameValue{}},
    {"interest", "events", EventsValue{}},
    {"interest", "min_searches",
     CountValue{[](Policy& p) -> int& { return p.interest.min_searches; }, 1, kNoMost, true}},
    {"interest", "window", DurationValue{[](Policy& p) -> Duration& { return p.interest.window; }, false}},
    {"interest", "min_distinct_days",
     CountValue{[](Policy& p) -> int& { return p.interest.min_distinct_days; }, 1, kNoMost, true}},
    {"interest", "last_within", DurationValue{[](Policy& p) -> Duration& { return p.interest.last_within; }, false}},
    {"purchase", "suppress_for", DurationValue{[](Policy& p) -> Duration& { return p.purchase.suppress_for; }, false}},
    {"products", "recent", CountValue{[](Policy& p) -> int& { return p.products.recent; }, 0, kMaxListLength, false}},
    {"products", "popular", CountValue{[](Policy& p) -> int& { return p.products.popular; }, 0, kMaxListLength, false}},
    {"products", "popular_window",
     DurationValue{[](Policy& p) -> Duration& { return p.products.popular_window; }, true}},
    {"products", "exclude_purchased", FlagValue{[](Policy& p) -> bool& { return p.products.exclude_purchased; }}},
    {"products", "limit", CountValue{[](Policy& p) -> int& { return p.products.limit; }, 1, kMaxListLength, false}},
});

}  // namespace

std::string PolicyKey::path() const {
  return table.empty() ? std::string(name) : std::string(table) + "." + std::string(name);
}

std::span<const PolicyKey> PolicyKeys() { return kKeys; }

}  // namespace adirect
