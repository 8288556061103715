// Settings: the two numbers that, with the set of accepted events, decide what a state holds.
#pragma once

#include <algorithm>

#include "adirect/base/time.h"

namespace adirect {

inline constexpr int kDefaultMaxSearches = 32;

struct Settings {
  int max_searches = kDefaultMaxSearches;    // M: kept interest events per (user, category, type), and days
  Duration retention = Duration::Forever();  // R: whole days, or for ever

  // What two states have in common after a merge. Raising either needs the events again.
  Settings Meet(const Settings& other) const {
    return {std::min(max_searches, other.max_searches), std::min(retention, other.retention)};
  }
  friend bool operator==(const Settings&, const Settings&) = default;
};

// "Within d": 0 <= now - time < d, each d cut to R.
constexpr bool Within(Duration d, Timestamp time, Timestamp now) {
  return time <= now && (d.forever() || now.ms - time.ms < d.millis());
}

}  // namespace adirect
