#include <algorithm>
#include <utility>

#include "adirect/base/text.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/decision.h"
#include "adirect/targeting/popularity.h"
#include "adirect/targeting/state.h"
#include "scenario.h"

namespace adirect {
namespace {

enum class Way { kAsWritten, kBackwards, kMerged };
constexpr std::pair<Way, std::string_view> kWays[] = {{Way::kAsWritten, "as written"},
                                                      {Way::kBackwards, "folded backwards"},
                                                      {Way::kMerged, "merged from single events"}};

// The answers of a batch run: the events that are not later than as-of, and every erase.
class World {
 public:
  World(const Expectation& e, std::vector<Happening> happenings, Way way) : e_(e), table_(e.settings, dictionary_) {
    if (way == Way::kBackwards) std::reverse(happenings.begin(), happenings.end());
    for (const Happening& happening : happenings) {
      if (happening.time > e.at && happening.type != EventType::kErase) continue;
      if (way == Way::kMerged) {
        ShopperTable single(e.settings, dictionary_);
        Fold(happening, single);
        table_.Merge(single);
      } else {
        Fold(happening, table_);
      }
    }
    popularity_ = CountPopularity();
  }

  Answer Ask() {
    switch (e_.about) {
      case Expectation::About::kPair:
        return AboutPair();
      case Expectation::About::kShopper:
        return AboutShopper();
      case Expectation::About::kCategories:
        return AboutCategories();
      case Expectation::About::kPopular:
        return AboutPopular();
      case Expectation::About::kAudience:
        return AboutAudience();
    }
    return {};
  }

 private:
  void Fold(const Happening& happening, ShopperTable& table) {
    FoldRow row;
    row.type = happening.type;
    row.time = happening.time;
    row.user = happening.user.data();
    row.user_size = static_cast<uint8_t>(happening.user.size());
    row.user_hash = UserHash(happening.user);
    row.identity = IdentityHash(happening.identity);
    row.order = OrderHash(happening.order);
    row.item = dictionary_.Intern(happening.product, happening.category);
    row.category = dictionary_.category(row.item);
    table.Fold({&row, 1});
  }

  Shopper Read(size_t index) const {
    Shopper shopper;
    table_.Read(index, table_.newest().value_or(Timestamp()), shopper);
    return shopper;
  }

  Shopper Find(const std::string& user) const {
    const std::optional<size_t> index = table_.Find(user);
    return index ? Read(*index) : Shopper();
  }

  Popularity CountPopularity() const {
    PopularityCounter counter(e_.policy.products.popular_window, e_.settings, e_.at);
    std::vector<KeptEvent> standing;
    for (size_t i = 0; i < table_.size(); ++i) {
      StandingPurchases(Read(i), dictionary_, e_.settings, e_.at, standing);
      counter.Add(standing);
    }
    return {counter, dictionary_};
  }

  Decider MakeDecider() const { return {e_.policy, e_.settings, dictionary_, popularity_, e_.at}; }

  std::string Item(const Recommendation& shown, bool with_category) const {
    std::string text = shown.source == ProductSource::kPopular ? "popular " : "";
    if (with_category) text += std::string(dictionary_.category_id(shown.item)) + "/";
    return text + std::string(dictionary_.product(shown.item));
  }

  Answer FromDecision(const Decision& decision, bool with_category) const {
    Answer answer;
    answer.reason = ReasonName(decision.reason);
    for (const Recommendation& shown : decision.list) answer.items.push_back(Item(shown, with_category));
    return answer;
  }

  Answer AboutPair() const {
    Decider decider = MakeDecider();
    const Decision& decision = decider.Decide(Find(e_.user), dictionary_.FindCategory(e_.category));
    Answer answer = FromDecision(decision, false);
    const Verdict& verdict = decision.categories.at(0).verdict;
    answer.searches = verdict.searches;
    answer.days = verdict.days;
    answer.until = verdict.next_change_at.value_or(kNever);
    return answer;
  }

  Answer AboutShopper() const {
    Decider decider = MakeDecider();
    return FromDecision(decider.Decide(Find(e_.user)), true);
  }

  Answer AboutCategories() const {
    Decider decider = MakeDecider();
    Answer answer;
    for (const CategoryDecision& category : decider.Decide(Find(e_.user)).categories) {
      answer.items.emplace_back(dictionary_.category_id(category.category));
    }
    return answer;
  }

  Answer AboutPopular() const {
    Answer answer;
    for (const PopularProduct& product : popularity_.Of(dictionary_.FindCategory(e_.category))) {
      answer.items.push_back(std::string(dictionary_.product(product.item)) + " x" + std::to_string(product.purchases));
    }
    return answer;
  }

  Answer AboutAudience() const {
    Decider decider = MakeDecider();
    Answer answer;
    for (size_t i = 0; i < table_.size(); ++i) {
      for (const CategoryDecision& category : decider.Audience(Read(i))) {
        if (dictionary_.category_id(category.category) != e_.category) continue;
        answer.items.emplace_back(table_.user_id(i));
      }
    }
    std::sort(answer.items.begin(), answer.items.end());
    return answer;
  }

  const Expectation& e_;
  Dictionary dictionary_;
  ShopperTable table_;
  Popularity popularity_;
};

// The answer in the words of a scenario, as far as `asked` asks for it.
std::string Told(const Answer& answer, const Answer& asked, Expectation::About about) {
  std::string told;
  for (const std::string& item : answer.items) told += (told.empty() ? "" : ", ") + item;
  if (answer.reason != "targeted") {
    told += (told.empty() ? "nothing because " : " because ") + answer.reason;
  } else if (told.empty()) {
    told = about == Expectation::About::kPair || about == Expectation::About::kShopper ? "nothing to show" : "none";
  }
  if (asked.searches) told += " with " + std::to_string(answer.searches.value_or(-1)) + " searches";
  if (asked.days) told += " over " + std::to_string(answer.days.value_or(-1)) + " days";
  if (!asked.until) return told;
  if (answer.until == kNever) return told + " for good";
  return told + " until " + FormatRfc3339(answer.until.value_or(Timestamp()));
}

}  // namespace

std::vector<std::string> RunScenario(const Scenario& scenario) {
  std::vector<std::string> failures;
  for (const Expectation& e : scenario.expectations) {
    const auto first = scenario.happenings.begin();
    const std::vector<Happening> above(first, first + static_cast<ptrdiff_t>(e.happenings_above));
    for (const auto& [way, name] : kWays) {
      const std::string expected = Told(e.answer, e.answer, e.about);
      const std::string got = Told(World(e, above, way).Ask(), e.answer, e.about);
      if (got == expected) continue;
      failures.push_back(scenario.file + ":" + std::to_string(e.line) + ": expected `" + expected + "`, got `" + got +
                         "` (" + std::string(name) + ")");
    }
  }
  return failures;
}

}  // namespace adirect
