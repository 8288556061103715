// adirect explain: one shopper's story, every clause with its value, and when it flips.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/run.h"
#include "adirect/pipeline/audience.h"
#include "adirect/pipeline/decision_json.h"

namespace adirect {
namespace {

std::string LengthText(std::optional<int64_t> ms) {
  if (!ms) return "never";
  if (*ms == Duration::Forever().millis()) return "forever";
  if (*ms < kMillisPerMinute) return fmt::format("{} s", static_cast<double>(*ms) / 1e3);
  const int64_t minutes = *ms / kMillisPerMinute;
  const auto two = [](int64_t large, const char* unit, int64_t small, const char* small_unit) {
    return small == 0 ? fmt::format("{} {}", large, unit) : fmt::format("{} {} {} {}", large, unit, small, small_unit);
  };
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 24 * 60) return two(minutes / 60, "h", minutes % 60, "min");
  return two(minutes / 1440, "d", minutes / 60 % 24, "h");
}

bool IsCount(const Clause& clause) { return clause.name.starts_with("min_"); }

void PrintClause(const Clause& clause, int max_searches) {
  const bool at_most = IsCount(clause) && clause.actual == max_searches;
  fmt::print(
      "  {:<18} {:<14} {:<16} {}\n", clause.name,
      IsCount(clause) ? std::to_string(clause.needed) : LengthText(clause.needed),
      IsCount(clause) ? fmt::format("{}{}", *clause.actual, at_most ? " or more" : "") : LengthText(clause.actual),
      clause.holds ? "yes" : "no");
}

// "4 (Phones)"; the id alone where nothing is known.
std::string WithName(std::string_view id, std::string_view name) {
  return name.empty() ? std::string(id) : fmt::format("{} ({})", id, name);
}

std::string CategoryText(std::string_view id, const FoldedInput& input) {
  return WithName(id, input.catalog == nullptr ? "" : input.catalog->CategoryName(id));
}

std::string ProductText(ItemIndex item, const FoldedInput& input) {
  const std::string_view id = input.shards->dictionary().product(item);
  return WithName(id, input.catalog == nullptr ? "" : input.catalog->TitleOf(id));
}

void PrintList(std::span<const Recommendation> list, const FoldedInput& input, bool with_category) {
  const Dictionary& dictionary = input.shards->dictionary();
  int rank = 0;
  for (const Recommendation& recommendation : list) {
    fmt::print(
        "  {:>2}. {:<24} {}{}\n", ++rank, ProductText(recommendation.item, input),
        recommendation.source == ProductSource::kPopular ? "popular" : "searched",
        with_category ? fmt::format(" in {}", CategoryText(dictionary.category_id(recommendation.item), input)) : "");
  }
}

void PrintCategory(const CategoryDecision& category, const ExplainOptions& options, const FoldedInput& input) {
  const Dictionary& dictionary = input.shards->dictionary();
  const Verdict& verdict = category.verdict;
  const std::string id = CategoryText(
      category.category.valid() ? dictionary.category_id(category.category) : std::string_view(options.category),
      input);
  const std::string change = verdict.next_change_at ? FormatRfc3339(*verdict.next_change_at) : "";
  if (verdict.targeted) {
    fmt::print("\ncategory {}: targeted{}\n", id, change.empty() ? "" : " until " + change);
  } else {
    fmt::print("\ncategory {}: not targeted, because {}{}\n", id, ReasonName(verdict.reason),
               change.empty() ? "" : "; targeted from " + change);
  }
  if (verdict.reason == Reason::kUnknownUser) return;
  fmt::print("  {:<18} {:<14} {:<16} {}\n", "rule", "needed", "actual", "holds");
  for (const Clause& clause : verdict.clauses) PrintClause(clause, input.settings.max_searches);
  if (!category.list.empty()) fmt::print("  products to show\n");
  PrintList(category.list, input, false);
}

void PrintEvents(const Shopper& shopper, const std::string& only_category, const FoldedInput& input) {
  const Dictionary& dictionary = input.shards->dictionary();
  std::vector<KeptEvent> events = shopper.interests;
  events.insert(events.end(), shopper.purchases.begin(), shopper.purchases.end());
  events.insert(events.end(), shopper.refunds.begin(), shopper.refunds.end());
  std::erase_if(events, [&](const KeptEvent& event) {
    return !only_category.empty() && event.type != EventType::kRefund &&
           dictionary.category_id(event.category) != only_category;
  });
  std::stable_sort(events.begin(), events.end(),
                   [](const KeptEvent& a, const KeptEvent& b) { return a.time < b.time; });
  fmt::print("\n{:<26} {:<10} {:<20} {}\n", "time", "event", "category", "product");
  for (const KeptEvent& event : events) {
    fmt::print("{:<26} {:<10} {:<20} {}\n", FormatRfc3339(event.time), EventTypeName(event.type),
               CategoryText(dictionary.category_id(event.category), input), ProductText(event.item, input));
  }
}

void PrintStory(const Decision& decision, const Shopper& shopper, const ExplainOptions& options,
                const FoldedInput& input) {
  fmt::print("shopper {}, as of {}, policy {} ({})\n", WithName(options.user, shopper.user_name),
             FormatRfc3339(input.as_of), input.policies.front().name, PolicyVersion(input.policies.front()));
  fmt::print("{}\n", decision.targeted ? "targeted" : fmt::format("not targeted: {}", ReasonName(decision.reason)));
  if (!shopper.empty()) PrintEvents(shopper, options.category, input);
  for (const CategoryDecision& category : decision.categories) PrintCategory(category, options, input);
  const bool several = std::count_if(decision.categories.begin(), decision.categories.end(),
                                     [](const CategoryDecision& c) { return c.verdict.targeted; }) > 1;
  if (several) {
    fmt::print("\nall categories in one list\n");
    PrintList(decision.list, input, true);
  }
}

}  // namespace

int RunExplain(const ExplainOptions& options) {
  NoQuarantine quarantine;
  const Result<FoldedInput> input = FoldFiles(options.input, Keep::kAll, quarantine);
  if (!input.ok()) return Fail(input.status());
  const Policy& policy = input->policies.front();
  const AudiencePass pass{policy, input->settings, input->as_of, input->threads};
  const Popularity popularity = CountPopularity(*input->shards, pass);

  const Dictionary& dictionary = input->shards->dictionary();
  const ShopperTable& table = input->shards->TableOf(options.user);
  Shopper shopper;
  if (const std::optional<size_t> found = table.Find(options.user)) table.Read(*found, input->as_of, shopper);
  Decider decider(policy, input->settings, dictionary, popularity, input->as_of, input->catalog.get());
  const Decision& decision = options.category.empty()
                                 ? decider.Decide(shopper)
                                 : decider.Decide(shopper, dictionary.FindCategory(options.category));
  if (options.json) {
    std::string json;
    const DecisionContext context{options.user, input->as_of,     policy,
                                  dictionary,   options.category, input->catalog.get()};
    AppendDecisionJson(decision, context, json);
    fmt::print("{}\n", json);
  } else {
    PrintStory(decision, shopper, options, *input);
  }
  const uint64_t refused = input->counts.all_refused();
  if (refused > 0 && !options.input.quiet) {
    fmt::print(stderr, "{} row{} could not be read; adirect batch keeps them with their reasons\n", refused,
               refused == 1 ? "" : "s");
  }
  return kExitDone;
}

}  // namespace adirect
