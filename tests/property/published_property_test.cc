// What is published of a state decides as the state does, however late, often and in whatever order it was written.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "adirect/pipeline/published.h"
#include "adirect/pipeline/published_fake_test_support.h"
#include "adirect/targeting/decision.h"
#include "random_events.h"

namespace adirect {
namespace {

// As a publisher does it: notes who changed by which events, and now and then writes what is kept of them.
class Publishing {
 public:
  explicit Publishing(const Settings& settings) : settings_(settings), table_(settings, dictionary_) {}

  void Fold(const RandomEvent& e) {
    const FoldRow row = RowOf(e, dictionary_);
    table_.Fold({&row, 1});
    Changed& changed = changed_[e.user];
    if (e.type == EventType::kErase) {
      changed.erased = std::max(changed.erased.value_or(e.time), e.time);
      return;
    }
    KeptEvent event{row.time, row.type, row.category, row.item, row.identity, row.order};
    if (IsInterest(e.type)) event.order = 0;
    if (e.type == EventType::kRefund) event.identity = 0;
    changed.folded.push_back(event);
  }

  // Makes the rows of some who changed, which are on their way from then on.
  void Make(Choices& choices) {
    for (auto at = changed_.begin(); at != changed_.end();) {
      if (choices.Below(2) == 0) {
        ++at;
        continue;
      }
      MakeRows(at->first, at->second, choices.Below(3) == 0);
      at = changed_.erase(at);
    }
  }
  void MakeAll() {
    for (const auto& [user, changed] : changed_) MakeRows(user, changed, false);
    changed_.clear();
  }

  // Some arrive, in any order, some of them again long afterwards, when deletes may be forgotten.
  void Arrive(Choices& choices, bool all) {
    for (size_t left = all ? on_the_way_.size() : choices.Below(on_the_way_.size() + 1); left > 0; --left) {
      const size_t i = choices.Below(on_the_way_.size());
      tables_.Put(on_the_way_[i]);
      if (choices.Below(3) == 0) tables_.ForgetDeletes();
      if (choices.Below(3) == 0) tables_.Put(made_[choices.Below(made_.size())]);
      on_the_way_.erase(on_the_way_.begin() + static_cast<ptrdiff_t>(i));
    }
  }

  FakeTables& tables() { return tables_; }
  Timestamp newest() const { return table_.newest().value_or(kMinEventTime); }

  Shopper Kept(const std::string& user) const {
    Shopper shopper;
    if (const auto found = table_.Find(user)) table_.Read(*found, newest(), shopper);
    return shopper;
  }
  Shopper Read(const std::string& user, size_t few) {
    Shopper shopper;
    ShopperOf(tables_.Find(user, settings_, few), dictionary_, settings_, newest(), shopper);
    return shopper;
  }

  // Reason, counts, list and next change, of all categories.
  std::string Decided(const Shopper& shopper, const Policy& policy, Timestamp now) {
    const Popularity popularity;
    Decider decider(policy, settings_, dictionary_, popularity, now);
    const Decision& decision = decider.Decide(shopper);
    std::string text(ReasonName(decision.reason));
    for (const CategoryDecision& category : decision.categories) {
      text.append(" ").append(dictionary_.category_id(category.category)).append(ReasonName(category.verdict.reason));
      for (const Clause& clause : category.verdict.clauses) {
        text += " " + std::to_string(clause.actual.value_or(-1));
      }
      if (category.verdict.next_change_at) text += " " + std::to_string(category.verdict.next_change_at->ms);
    }
    for (const Recommendation& next : decision.list) text.append(" ").append(dictionary_.product(next.item));
    return text;
  }

 private:
  struct Changed {
    std::vector<KeptEvent> folded;
    std::optional<Timestamp> erased;
  };

  void MakeRows(const std::string& user, const Changed& changed, bool whole) {
    PublishedRows rows;
    rows.user_id = user;
    rows.erased = changed.erased;
    const Shopper kept = Kept(user);
    if (whole) {
      AllRowsOf(kept, settings_, rows);
    } else {
      RowsOf(kept, changed.folded, dictionary_, settings_, rows);
    }
    on_the_way_.push_back(rows);
    made_.push_back(rows);
  }

  const Settings settings_;
  Dictionary dictionary_;
  ShopperTable table_;
  FakeTables tables_{dictionary_};
  std::map<std::string, Changed> changed_;
  std::vector<PublishedRows> on_the_way_;
  std::vector<PublishedRows> made_;  // since the start
};

Policy RandomPolicy() {
  Policy policy;
  policy.interest.min_searches = *rc::gen::inRange(1, 4);
  policy.interest.min_distinct_days = *rc::gen::inRange(1, 4);
  policy.interest.window = *rc::gen::element(Duration::Days(1), Duration::Days(3), Duration::Forever());
  policy.interest.last_within = *rc::gen::element(Duration::Days(2), Duration::Forever());
  policy.purchase.suppress_for = *rc::gen::element(Duration::Days(2), Duration::Forever());
  if (*rc::gen::arbitrary<bool>()) policy.interest.events = {EventType::kSearch};
  return policy;
}

// Most of one shopper, and many erases.
RandomEvents OfFewShoppers(RandomEvents events) {
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].user != "bob") events[i].user = "ana";
    if (i % 9 == 8) events[i].type = EventType::kErase;
  }
  return events;
}

RC_GTEST_PROP(PublishedProperty, RowsDecideAsTheStateDoes, ()) {
  const RandomEvents events = OfFewShoppers(*AnyEvents());
  const Settings settings = RandomSettings();
  const Policy policy = RandomPolicy();
  const size_t few = *rc::gen::element<size_t>(0, 4, 1000);
  Choices choices;
  Publishing publishing(settings);
  for (const RandomEvent& e : choices.Disturb(events)) {
    publishing.Fold(e);
    if (choices.Below(3) == 0) publishing.Make(choices);
    if (choices.Below(3) == 0) publishing.Arrive(choices, false);
  }
  publishing.MakeAll();
  publishing.Arrive(choices, true);
  if (!settings.retention.forever() && choices.Below(2) == 0) {
    publishing.tables().Expire({publishing.newest().ms - settings.retention.millis()});
  }
  const Timestamp now{publishing.newest().ms + static_cast<int64_t>(choices.Below(3)) * kMillisPerDay};
  for (const std::string user : {"ana", "bob"}) {
    const Shopper kept = publishing.Kept(user);
    const Shopper read = publishing.Read(user, few);
    RC_ASSERT(publishing.Decided(read, policy, now) == publishing.Decided(kept, policy, now));
    RC_ASSERT(read.user_name == kept.user_name);
    RC_ASSERT(read.purchases == kept.purchases);
    RC_ASSERT(read.refunds == kept.refunds);
    RC_ASSERT(read.interests.size() == kept.interests.size());
    if (few == 1000) RC_ASSERT(read.interests == kept.interests);
  }
}

}  // namespace
}  // namespace adirect
