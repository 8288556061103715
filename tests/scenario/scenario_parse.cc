#include <algorithm>
#include <array>
#include <utility>

#include "adirect/base/text.h"
#include "line.h"
#include "scenario.h"

namespace adirect {
namespace {

constexpr std::array<std::pair<std::string_view, EventType>, 5> kVerbs = {{{"searches", EventType::kSearch},
                                                                           {"views", EventType::kView},
                                                                           {"carts", EventType::kCart},
                                                                           {"favorites", EventType::kFavorite},
                                                                           {"buys", EventType::kPurchase}}};

std::string TableOf(std::string_view key) {
  if (key == "suppress_for") return "purchase.";
  constexpr std::array<std::string_view, 5> kInterest = {"events", "min_searches", "window", "min_distinct_days",
                                                         "last_within"};
  const bool interest = std::count(kInterest.begin(), kInterest.end(), key) > 0;
  return interest ? "interest." : "products.";
}

class Parser {
 public:
  explicit Parser(std::string file) : file_(std::move(file)) {}

  Result<std::vector<Scenario>> Parse(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      const Status read = ReadLine(text.substr(0, end));
      if (!read.ok()) return read.Within(file_ + ":" + std::to_string(line_));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(scenarios_);
  }

 private:
  Status ReadLine(std::string_view text) {
    Line line(text);
    if (line.done() || text.starts_with('#')) return {};
    if (line.Skip("scenario")) return Begin(text.substr(text.find(' ') + 1));
    if (scenarios_.empty()) return InvalidArgument("a file starts with `scenario TITLE`");
    if (line.Skip("policy")) {
      ReadPolicy(line);
    } else if (line.Skip("settings")) {
      ReadSettings(line);
    } else if (line.Skip("at")) {
      ReadExpectation(line);
    } else {
      ReadHappening(line);
    }
    if (line.ok() && !line.done()) line.FailAt("the end of the line");
    return line.ok() ? Status() : InvalidArgument(line.error());
  }

  Status Begin(std::string_view title) {
    scenarios_.emplace_back();
    scenarios_.back().file = file_;
    scenarios_.back().line = line_;
    scenarios_.back().title = title;
    policy_ = {};
    settings_ = {};
    return {};
  }

  static std::pair<std::string, std::string> KeyAndValue(Line& line) {
    const std::string word = line.Word("KEY=VALUE");
    const size_t equals = word.find('=');
    if (equals == std::string::npos) line.Fail(Quoted(word) + " is not KEY=VALUE");
    return {word.substr(0, equals), word.substr(std::min(equals, word.size() - 1) + 1)};
  }

  void ReadPolicy(Line& line) {
    std::string toml;
    while (!line.done() && line.ok()) {
      const auto [key, value] = KeyAndValue(line);
      std::string written = Quoted(value);
      if (key == "events") {
        written.clear();
        for (const std::string& type : SplitAt(value, ',')) written += Quoted(type) + ", ";
        written = "[" + written + "]";
      } else if (ParseNumber(value) || value == "true" || value == "false") {
        written = value;
      }
      toml += TableOf(key) + key + " = " + written + "\n";
    }
    Result<Policy> policy = ParsePolicy(toml, "policy");
    if (policy.ok()) {
      policy_ = *std::move(policy);
    } else {
      line.Fail(policy.status().message());
    }
  }

  void ReadSettings(Line& line) {
    while (!line.done() && line.ok()) {
      const auto [key, value] = KeyAndValue(line);
      const std::optional<int> number = ParseNumber(value);
      const std::optional<Duration> duration = ParseDuration(value);
      if (key == "max_searches" && number && *number > 0) {
        settings_.max_searches = *number;
      } else if (key == "retention" && duration) {
        settings_.retention = *duration;
      } else {
        line.Fail("settings are max_searches=NUMBER and retention=DAYS, not " + Quoted(key + "=" + value));
      }
    }
  }

  void ReadHappening(Line& line) {
    Happening happening;
    happening.time = line.Time();
    happening.user = line.Word("a shopper");
    const std::string verb = line.Word("what the shopper does");
    const auto* known =
        std::find_if(kVerbs.begin(), kVerbs.end(), [&](const auto& known_verb) { return known_verb.first == verb; });
    int times = 1;
    int64_t apart = 0;
    if (verb == "is") {
      happening.type = EventType::kErase;
      line.Expect("erased");
    } else if (verb == "returns") {
      happening.type = EventType::kRefund;
      ReadReturn(line, happening);
    } else if (known != kVerbs.end()) {
      happening.type = known->second;
      ReadThing(line, happening);
      ReadHow(line, happening, times, apart);
    } else {
      line.Fail(Quoted(verb) +
                " is nothing that a shopper does; allowed: searches, views, carts, "
                "favorites, buys, returns, is erased");
    }
    Add(happening, times, apart);
  }

  static void ReadThing(Line& line, Happening& happening) {
    const std::string thing = line.Word("CATEGORY or CATEGORY/PRODUCT");
    const size_t slash = thing.find('/');
    happening.category = thing.substr(0, slash);
    if (slash != std::string::npos) happening.product = thing.substr(slash + 1);
  }

  static void ReadReturn(Line& line, Happening& happening) {
    if (!line.Skip("order")) {
      happening.product = line.Word("a product, or `order` and its id");
      if (line.done()) return;
      line.Expect("of");
      line.Expect("order");
    }
    happening.order = line.Word("an order's id");
  }

  static void ReadHow(Line& line, Happening& happening, int& times, int64_t& apart) {
    if (happening.type == EventType::kPurchase && line.Skip("in")) {
      line.Expect("order");
      happening.order = line.Word("an order's id");
    }
    if (line.Skip("as")) happening.identity = line.Word("an identity");
    if (!line.NextIsNumber()) return;
    times = line.Count("a number");
    line.Expect("times");
    if (line.done()) return;
    apart = line.Length().millis();
    line.Expect("apart");
  }

  void Add(Happening happening, int times, int64_t apart) {
    const bool own = happening.identity.empty();
    for (int i = 0; i < times; ++i) {
      if (own) happening.identity = "line-" + std::to_string(line_) + "#" + std::to_string(i);
      scenarios_.back().happenings.push_back(happening);
      happening.time.ms += apart;
    }
  }

  void ReadExpectation(Line& line) {
    Expectation& e = scenarios_.back().expectations.emplace_back();
    e.line = line_;
    e.happenings_above = scenarios_.back().happenings.size();
    e.policy = policy_;
    e.settings = settings_;
    e.at = line.Time();
    line.Expect("expect");
    if (line.Skip("categories")) {
      e.about = Expectation::About::kCategories;
      ReadNames(line, "of", "none", e.user, e.answer);
    } else if (line.Skip("popular")) {
      e.about = Expectation::About::kPopular;
      ReadNames(line, "in", "none", e.category, e.answer);
    } else if (line.Skip("audience")) {
      e.about = Expectation::About::kAudience;
      ReadNames(line, "of", "nobody", e.category, e.answer);
    } else {
      ReadAnswer(line, e);
    }
    const Status possible = CheckAgainst(policy_, settings_);
    if (!possible.ok()) line.Fail(possible.message());
  }

  // "of ana: a, b"
  static void ReadNames(Line& line, std::string_view preposition, std::string_view none, std::string& subject,
                        Answer& answer) {
    line.Expect(preposition);
    subject = line.Word("a name and a colon");
    if (!subject.ends_with(':')) return line.Fail("expected a colon behind " + Quoted(subject));
    subject.pop_back();
    if (!line.Skip(none)) answer.items = line.List();
  }

  static void ReadAnswer(Line& line, Expectation& e) {
    e.user = line.Word("a shopper");
    e.about = line.Skip("in") ? Expectation::About::kPair : Expectation::About::kShopper;
    if (e.about == Expectation::About::kPair) e.category = line.Word("a category");
    line.Expect("<-");
    if (!line.Skip("nothing")) {
      e.answer.items = line.List();
    } else if (line.Skip("because")) {
      e.answer.reason = line.Word("a reason");
    } else {
      line.Expect("to");
      line.Expect("show");
    }
    if (e.about == Expectation::About::kPair) ReadDetails(line, e.answer);
  }

  static void ReadDetails(Line& line, Answer& answer) {
    if (line.Skip("with")) {
      answer.searches = line.Count("a number of searches");
      if (!line.Skip("search")) line.Expect("searches");
    }
    if (line.Skip("over")) {
      answer.days = line.Count("a number of days");
      if (!line.Skip("day")) line.Expect("days");
    }
    if (line.Skip("until")) {
      answer.until = line.Time();
    } else if (line.Skip("for")) {
      line.Expect("good");
      answer.until = kNever;
    }
  }

  std::string file_;
  int line_ = 0;
  Policy policy_;
  Settings settings_;
  std::vector<Scenario> scenarios_;
};

}  // namespace

Result<std::vector<Scenario>> ParseScenarios(std::string_view text, const std::string& file) {
  return Parser(file).Parse(text);
}

}  // namespace adirect
