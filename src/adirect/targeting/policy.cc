#include "adirect/targeting/policy.h"

#include <algorithm>
#include <cstdio>

#include "adirect/base/hash.h"
#include "adirect/base/text.h"
#include "adirect/targeting/policy_keys.h"

namespace adirect {
namespace {

std::string PrintValue(NameValue, Policy& policy) { return Quoted(policy.name); }
std::string PrintValue(EventsValue, Policy& policy) {
  std::string list;
  for (const EventType type : policy.interest.events) {
    list += (list.empty() ? "" : ", ") + Quoted(EventTypeName(type));
  }
  return "[" + list + "]";
}
std::string PrintValue(const CountValue& value, Policy& policy) { return std::to_string(value.of(policy)); }
std::string PrintValue(const DurationValue& value, Policy& policy) { return Quoted(FormatDuration(value.of(policy))); }
std::string PrintValue(const FlagValue& value, Policy& policy) { return value.of(policy) ? "true" : "false"; }

Status CheckValue(const PolicyKey& key, const CountValue& value, Policy& policy, const Settings& settings) {
  const int asked = value.of(policy);
  if (!value.up_to_m || asked <= settings.max_searches) return {};
  return InvalidArgument(key.path() + ": " + std::to_string(asked) + " is more than the " +
                         std::to_string(settings.max_searches) +
                         " newest searches that are kept; lower it, or keep more (max_searches)");
}
Status CheckValue(const PolicyKey& key, const DurationValue& value, Policy& policy, const Settings& settings) {
  const Duration asked = value.of(policy);
  if (asked.forever() || asked <= settings.retention) return {};
  const std::string kept = FormatDuration(settings.retention);
  return InvalidArgument(key.path() + ": \"" + FormatDuration(asked) + "\" is longer than events are kept (retention " +
                         kept + "); use at most \"" + kept + "\", or \"forever\" for all that is kept");
}
template <typename Value>
Status CheckValue(const PolicyKey&, const Value&, Policy&, const Settings&) {
  return {};
}

}  // namespace

bool Policy::Counts(EventType type) const {
  return std::count(interest.events.begin(), interest.events.end(), type) > 0;
}

Status CheckAgainst(const Policy& policy, const Settings& settings) {
  Policy copy = policy;
  for (const PolicyKey& key : PolicyKeys()) {
    ADIRECT_RETURN_IF_ERROR(
        std::visit([&](const auto& value) { return CheckValue(key, value, copy, settings); }, key.value));
  }
  return {};
}

std::string PrintPolicy(const Policy& policy) {
  Policy copy = policy;
  std::string print;
  std::string_view table;
  for (const PolicyKey& key : PolicyKeys()) {
    if (key.table != table) print += "\n[" + std::string(key.table) + "]\n";
    table = key.table;
    print += std::string(key.name) + " = ";
    print += std::visit([&](const auto& value) { return PrintValue(value, copy); }, key.value);
    print += '\n';
  }
  return print;
}

std::string PolicyVersion(const Policy& policy) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(Hash64(PrintPolicy(policy))));
  return digits;
}

}  // namespace adirect
