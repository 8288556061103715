// Policy: who is targeted, and with what. A TOML file with a closed vocabulary (docs/reference.md).
//
//   Result<Policy> policy = ParsePolicy(text, "policies/default.toml");
//   PrintPolicy(*policy)    // every key, in one order: the canonical print
//   PolicyVersion(*policy)  // 16 hex digits of the canonical print's hash
//
// Threads: a Policy is a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/model/event.h"
#include "adirect/targeting/settings.h"

namespace adirect {

struct Policy {
  std::string name = "default";

  struct Interest {
    std::vector<EventType> events = {EventType::kSearch, EventType::kView};  // in EventType's order, each once
    int min_searches = 3;
    Duration window = Duration::Days(7);
    int min_distinct_days = 1;
    Duration last_within = Duration::Hours(72);
  } interest;

  struct Purchase {
    Duration suppress_for = Duration::Days(30);
  } purchase;

  struct Products {
    int recent = 5;
    int popular = 5;
    Duration popular_window = Duration::Days(30);  // whole UTC days
    bool exclude_purchased = true;
    int limit = 10;
  } products;

  // True where interest.events names the type.
  bool Counts(EventType type) const;
};

// The most that a list may be asked to hold (recent, popular, limit).
inline constexpr int kMaxListLength = 10'000;

// Reads a policy. Missing keys take the defaults above; a missing `name` takes the file's name without
// ".toml". Unknown keys, wrong types and impossible values are errors that name place, line and the
// allowed values. `place` is what errors call the text, usually its path.
// `problems`, where it is given, takes the mistakes one by one in the order of their lines.
struct PolicyProblem {
  uint32_t line = 0;    // 0: of no line
  std::string key;      // "interest.window"; empty where it is of no key
  std::string message;  // what is wrong, and the remedy
};
Result<Policy> ParsePolicy(std::string_view text, std::string_view place,
                           std::vector<PolicyProblem>* problems = nullptr);

// Refuses a policy that asks for more than the state keeps: a finite duration longer than R, or a
// min_searches or min_distinct_days above M.
Status CheckAgainst(const Policy& policy, const Settings& settings);

// All keys with their values as TOML that parses back to the same policy.
std::string PrintPolicy(const Policy& policy);

std::string PolicyVersion(const Policy& policy);

}  // namespace adirect
