#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "adirect/base/text.h"
#include "adirect/base/toml_text.h"
#include "adirect/targeting/policy.h"
#include "adirect/targeting/policy_keys.h"

namespace adirect {
namespace {

constexpr std::string_view kDurationHelp = "use a whole number > 0 with ms, s, m, h or d (e.g. \"7d\"), or \"forever\"";
constexpr std::string_view kDaysHelp = "use whole days (e.g. \"30d\"), or \"forever\"";
constexpr std::string_view kNameHelp = "use 1 to 64 of a-z, 0-9, _ and -";

const std::array<std::string_view, kInterestTypes>& InterestNames() {
  static const std::array<std::string_view, kInterestTypes> kNames = {
      EventTypeName(EventType::kSearch), EventTypeName(EventType::kView), EventTypeName(EventType::kCart),
      EventTypeName(EventType::kFavorite)};
  return kNames;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool IsWholeDays(Duration d) { return d.forever() || d.millis() % kMillisPerDay == 0; }

// "policies/default.toml" -> "default"; absent where the place is no .toml file.
std::optional<std::string_view> FileName(std::string_view place) {
  constexpr std::string_view kEnding = ".toml";
  if (!place.ends_with(kEnding)) return std::nullopt;
  place.remove_suffix(kEnding.size());
  return place.substr(place.rfind('/') + 1);
}

// The value as a message shows it.
std::string Shown(const toml::node& node) {
  if (const auto text = node.value_exact<std::string_view>()) return Quoted(*text);
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << value; });
  return out.str();
}

// Reads one text; collects what is wrong with it, so that a writer sees all of it at once.
class Reader {
 public:
  explicit Reader(std::string_view place) : place_(place) {}

  Policy Read(const toml::table& file) {
    Policy policy;
    policy.name = FileName(place_).value_or(policy.name);
    ReadTable("", file, policy);
    if (!file.contains("name") && !IsName(policy.name)) {
      Refuse(0, "", "the file's name is no policy name", "give it a name key, or rename it");
    }
    return policy;
  }

  // What was wrong, in the order of the lines.
  std::vector<PolicyProblem> Problems() {
    const auto place = [](const PolicyProblem& p) { return std::tie(p.line, p.key, p.message); };
    std::sort(problems_.begin(), problems_.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return std::move(problems_);
  }

 private:
  void ReadTable(std::string_view table, const toml::table& content, Policy& policy) {
    for (const auto& [name, value_node] : content) {
      const toml::node& node = value_node;  // clang 14: lambdas take no structured binding
      const std::string_view key_name = name.str();
      if (table.empty() && std::count(kPolicyTables.begin(), kPolicyTables.end(), key_name) > 0) {
        EnterTable(key_name, node, policy);
      } else if (const PolicyKey* key = Find(table, key_name)) {
        std::visit([&](const auto& value) { ReadValue(*key, value, node, policy); }, key->value);
      } else {
        RefuseUnknown(table, name, node);
      }
    }
  }

  void EnterTable(std::string_view table, const toml::node& node, Policy& policy) {
    if (const toml::table* content = node.as_table()) return ReadTable(table, *content, policy);
    Refuse(Line(node), table, Shown(node) + " is no table", "write [" + std::string(table) + "] and its keys below");
  }

  static const PolicyKey* Find(std::string_view table, std::string_view name) {
    for (const PolicyKey& key : PolicyKeys()) {
      if (key.table == table && key.name == name) return &key;
    }
    return nullptr;
  }

  void RefuseUnknown(std::string_view table, const toml::key& name, const toml::node& node) {
    std::vector<std::string_view> allowed;
    std::string remedy;
    for (const PolicyKey& key : PolicyKeys()) {
      if (key.table == table) allowed.push_back(key.name);
      if (key.name == name.str()) remedy = "it belongs " + PlaceOf(key);
    }
    if (table.empty()) allowed.insert(allowed.end(), kPolicyTables.begin(), kPolicyTables.end());
    const std::string what = node.is_table() ? "unknown table " : "unknown key ";
    const std::string where = table.empty() ? "" : " under [" + std::string(table) + "]";
    if (remedy.empty()) remedy = "allowed: " + Joined(allowed);
    Refuse(name.source().begin.line, "", what + Quoted(name.str()) + where + DidYouMean(name.str(), allowed), remedy);
  }

  static std::string PlaceOf(const PolicyKey& key) {
    return key.table.empty() ? "above all tables" : "under [" + std::string(key.table) + "]";
  }

  void ReadValue(const PolicyKey& key, NameValue, const toml::node& node, Policy& policy) {
    const auto text = node.value_exact<std::string_view>();
    if (text && IsName(*text)) {
      policy.name = *text;
    } else {
      Refuse(Line(node), key.path(), Shown(node) + " is no policy name", kNameHelp);
    }
  }

  void ReadValue(const PolicyKey& key, EventsValue, const toml::node& node, Policy& policy) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty()) {
      return Refuse(Line(node), key.path(), list == nullptr ? Shown(node) + " is no list" : "the list is empty",
                    "name at least one of " + Joined(InterestNames()));
    }
    std::vector<EventType>& events = policy.interest.events;
    events.clear();
    for (const toml::node& element : *list) ReadEvent(key, element, events);
    std::sort(events.begin(), events.end());
  }

  void ReadEvent(const PolicyKey& key, const toml::node& node, std::vector<EventType>& events) {
    const auto text = node.value_exact<std::string_view>();
    const std::optional<EventType> type = ParseEventType(text.value_or(""));
    if (!type || !IsInterest(*type)) {
      Refuse(Line(node), key.path(),
             Shown(node) + " shows no interest" + DidYouMean(text.value_or(""), InterestNames()),
             "allowed: " + Joined(InterestNames()));
    } else if (std::count(events.begin(), events.end(), *type) > 0) {
      Refuse(Line(node), key.path(), Shown(node) + " is named twice", "name it once");
    } else {
      events.push_back(*type);
    }
  }

  void ReadValue(const PolicyKey& key, const CountValue& value, const toml::node& node, Policy& policy) {
    const auto number = node.value_exact<int64_t>();
    if (number && *number >= value.least && *number <= value.most) {
      value.of(policy) = static_cast<int>(*number);
      return;
    }
    const std::string range = value.most == kNoMost ? " or more" : " to " + std::to_string(value.most);
    Refuse(Line(node), key.path(), Shown(node) + " is not possible",
           "use a whole number, " + std::to_string(value.least) + range);
  }

  void ReadValue(const PolicyKey& key, const DurationValue& value, const toml::node& node, Policy& policy) {
    const auto text = node.value_exact<std::string_view>();
    const std::optional<Duration> duration = ParseDuration(text.value_or(""));
    const std::string_view help = value.whole_days ? kDaysHelp : kDurationHelp;
    if (!duration) {
      Refuse(Line(node), key.path(), Shown(node) + " is no duration", help);
    } else if (value.whole_days && !IsWholeDays(*duration)) {
      Refuse(Line(node), key.path(), Shown(node) + " is not whole days", help);
    } else {
      value.of(policy) = *duration;
    }
  }

  void ReadValue(const PolicyKey& key, const FlagValue& value, const toml::node& node, Policy& policy) {
    if (const auto flag = node.value_exact<bool>()) {
      value.of(policy) = *flag;
    } else {
      Refuse(Line(node), key.path(), Shown(node) + " is neither true nor false", "use one of them");
    }
  }

  static uint32_t Line(const toml::node& node) { return node.source().begin.line; }

  void Refuse(uint32_t line, std::string_view path, std::string_view problem, std::string_view remedy) {
    std::string message(problem);
    message.append(problem.ends_with('?') ? " " : "; ").append(remedy);
    problems_.push_back({line, std::string(path), std::move(message)});
  }

  std::string_view place_;
  std::vector<PolicyProblem> problems_;
};

// One line each: "default.toml:3: interest.window: …".
Status AllOf(const std::vector<PolicyProblem>& problems, std::string_view place) {
  std::string all;
  for (const PolicyProblem& problem : problems) {
    all += all.empty() ? "" : "\n";
    all += place;
    if (problem.line > 0) all += ":" + std::to_string(problem.line);
    all += ": " + (problem.key.empty() ? "" : problem.key + ": ") + problem.message;
  }
  return InvalidArgument(std::move(all));
}

Policy ReadPolicy(std::string_view text, std::string_view place, std::vector<PolicyProblem>& problems) {
  if (const std::optional<TomlProblem> problem = FindTomlProblem(text)) {
    problems.push_back({problem->line, "", problem->message});
    return {};
  }
  const toml::parse_result file = toml::parse(text);
  if (!file) {
    const toml::parse_error& error = file.error();
    problems.push_back({error.source().begin.line, "", "not TOML: " + std::string(error.description())});
    return {};
  }
  Reader reader(place);
  Policy policy = reader.Read(file.table());
  problems = reader.Problems();
  return policy;
}

}  // namespace

Result<Policy> ParsePolicy(std::string_view text, std::string_view place, std::vector<PolicyProblem>* problems) {
  std::vector<PolicyProblem> found;
  Policy policy = ReadPolicy(text, place, found);
  if (found.empty()) return policy;
  Status refused = AllOf(found, place);
  if (problems != nullptr) *problems = std::move(found);
  return refused;
}

}  // namespace adirect
