// Scenarios: what a shopper did and what adirect answers, in the shop's language.
//
//   scenario A purchase ends the targeting
//   # Prose, for the reader.
//   policy min_searches=2 window=1h
//   10:00 ana searches shoes/runner-3
//   10:05 ana searches shoes/trail-1
//   at 10:06 expect ana in shoes <- trail-1, runner-3 until 11:00
//   10:30 ana buys shoes/runner-3
//   at 10:30 expect ana in shoes <- nothing because purchased
//
// Above the lines that it needs, a scenario may set `policy KEY=VALUE…` (missing keys: the default
// policy's) and `settings max_searches=M retention=Nd`. Both hold from their line on.
//
// A time is 10:00, 10:00:30 or 10:00:30.001, UTC, of 5 January 2026, or of the day named before it:
// `day 2` (6 January), `Jan 9`, `2027-02-01`.
//
// What happens:
//   TIME USER searches|views|carts|favorites CATEGORY[/PRODUCT] [as ID] [N times [DURATION apart]]
//   TIME USER buys CATEGORY[/PRODUCT] [in order ORDER] [as ID] [N times [DURATION apart]]
//   TIME USER returns PRODUCT|order ORDER|PRODUCT of order ORDER
//   TIME USER is erased
// Every event has an identity of its own unless `as` gives one.
//
// What is expected, of the events in the lines above that are not later, and of every erase above:
//   at TIME expect USER in CATEGORY <- ANSWER      one category
//   at TIME expect USER <- ANSWER                  the joined list, of CATEGORY/PRODUCT
//   at TIME expect categories of USER: a, b        in the answer's order; or `none`
//   at TIME expect popular in CATEGORY: p x3, q x1 best first; or `none`
//   at TIME expect audience of CATEGORY: ana, bob  by id; or `nobody`
// ANSWER is a list (`runner-3, popular boot-9`), `nothing to show` or `nothing because REASON`,
// then what else is asked for: `with N searches`, `over N days`, `until TIME` (the answer changes
// then by itself) or `for good` (it does not).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/model/event.h"
#include "adirect/targeting/policy.h"
#include "adirect/targeting/settings.h"

namespace adirect {

struct Happening {
  EventType type = EventType::kSearch;
  Timestamp time;
  std::string user;
  std::string category;
  std::string product;
  std::string order;
  std::string identity;
};

// What was answered, or the part of it that is asked for: an empty optional is not asked for.
struct Answer {
  std::string reason = "targeted";
  std::vector<std::string> items;  // "runner-3", "popular boot-9", "shoes/runner-3", "boot-9 x3"
  std::optional<int> searches;
  std::optional<int> days;
  std::optional<Timestamp> until;  // kNever: for good
};

struct Expectation {
  enum class About { kPair, kShopper, kCategories, kPopular, kAudience };
  int line = 0;
  About about = About::kPair;
  Timestamp at;
  std::string user;
  std::string category;
  Answer answer;
  size_t happenings_above = 0;
  Policy policy;
  Settings settings;
};

struct Scenario {
  std::string file;
  int line = 0;
  std::string title;
  std::vector<Happening> happenings;
  std::vector<Expectation> expectations;
};

// Errors name file and line.
Result<std::vector<Scenario>> ParseScenarios(std::string_view text, const std::string& file);

// What did not hold: one sentence each, with file and line. Every expectation is asked three times:
// the events folded as written, backwards, and each into a table of its own that are then merged.
std::vector<std::string> RunScenario(const Scenario& scenario);

}  // namespace adirect
