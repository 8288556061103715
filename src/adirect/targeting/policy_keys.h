// The policy's vocabulary, in the order of the canonical print: every key with its table, its place
// in a Policy and what it may be. Reading, checking and printing all walk over it, so that a key is
// written down once. For policy*.cc only.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "adirect/targeting/policy.h"

namespace adirect {

struct NameValue {};
struct EventsValue {};
struct CountValue {
  int& (*of)(Policy&);
  int least;
  int most;
  bool up_to_m;  // answers know only "M or more", so it may not exceed M
};
struct DurationValue {
  Duration& (*of)(Policy&);
  bool whole_days;
};
struct FlagValue {
  bool& (*of)(Policy&);
};

struct PolicyKey {
  std::string_view table;  // empty: above all tables
  std::string_view name;
  std::variant<NameValue, EventsValue, CountValue, DurationValue, FlagValue> value;

  std::string path() const;  // "interest.window", "name"
};

inline constexpr std::array<std::string_view, 3> kPolicyTables = {"interest", "purchase", "products"};
inline constexpr int kNoMost = INT32_MAX;

std::span<const PolicyKey> PolicyKeys();

}  // namespace adirect
