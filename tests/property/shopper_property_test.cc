// The cut: cut(cut(A) + B) = cut(A + B), and no answer depends on what it drops.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "adirect/targeting/decision.h"
#include "random_events.h"

namespace adirect {
namespace {

// Everything that is known of one shopper and no erase covers, as no table kept it: sorted by
// nothing, cut by nothing.
class Everything {
 public:
  explicit Everything(const RandomEvents& events) {
    Timestamp erased{INT64_MIN};
    for (const RandomEvent& e : events) {
      if (e.type == EventType::kErase) erased = std::max(erased, e.time);
    }
    for (const RandomEvent& e : events) {
      if (e.type == EventType::kErase) continue;
      newest = std::max(newest, e.time);
      if (e.time > erased) Add(e);
    }
  }

  Shopper Cut(const Settings& settings) const {
    Shopper cut = shopper;
    Canonicalize(cut, dictionary, settings, newest);
    return cut;
  }

  mutable Dictionary dictionary;
  Timestamp newest;
  Shopper shopper;

 private:
  void Add(const RandomEvent& e) {
    const FoldRow row = RowOf(e, dictionary);
    KeptEvent event;
    event.time = e.time;
    event.type = e.type;
    event.item = row.item;
    event.category = row.category;
    event.identity = e.type == EventType::kRefund ? 0 : row.identity;
    event.order = IsInterest(e.type) ? 0 : row.order;
    std::vector<KeptEvent>& list = IsInterest(e.type)               ? shopper.interests
                                   : e.type == EventType::kPurchase ? shopper.purchases
                                                                    : shopper.refunds;
    list.push_back(event);
    if (e.name.empty() || std::pair(e.time, e.name) < std::pair(shopper.user_name_at, shopper.user_name)) return;
    shopper.user_name = e.name;
    shopper.user_name_at = e.time;
  }
};

RandomEvents OfAna(RandomEvents events) {
  for (RandomEvent& e : events) e.user = "ana";
  return events;
}

// Enough events of one shopper to be cut while they are folded.
RandomEvents ManyOfAna() {
  return OfAna(*rc::gen::container<RandomEvents>(*rc::gen::inRange<size_t>(0, 400), rc::gen::exec([] {
    RandomEvent e = RandomEventNow();
    if (e.type == EventType::kErase && *rc::gen::inRange(0, 20) != 0) {
      e.type = EventType::kView;
      e.category = "shoes";
    }
    e.identity = "e" + std::to_string(*rc::gen::inRange(0, 1000));
    return e;
  })));
}

void Append(const Shopper& from, Shopper& to) {
  to.interests.insert(to.interests.end(), from.interests.begin(), from.interests.end());
  to.purchases.insert(to.purchases.end(), from.purchases.begin(), from.purchases.end());
  to.refunds.insert(to.refunds.end(), from.refunds.begin(), from.refunds.end());
}

bool SameEvents(const Shopper& a, const Shopper& b) {
  return a.interests == b.interests && a.purchases == b.purchases && a.refunds == b.refunds;
}

RC_GTEST_PROP(ShopperProperty, CuttingTwiceIsCuttingOnce, ()) {
  const Everything all(OfAna(*AnyEvents()));
  const Settings settings = RandomSettings();
  Shopper shopper = all.Cut(settings);
  const Shopper once = shopper;
  Canonicalize(shopper, all.dictionary, settings, all.newest);
  RC_ASSERT(SameEvents(shopper, once));
  RC_ASSERT(shopper.user_name == once.user_name);
}

RC_GTEST_PROP(ShopperProperty, CuttingAPartBeforeTheRestIsCuttingAll, ()) {
  const Everything all(OfAna(*AnyEvents()));
  const Settings settings = RandomSettings();
  Settings larger = settings;
  larger.max_searches += *rc::gen::inRange(0, 3);
  Shopper parts[2];
  Choices choices;
  for (auto list : {&Shopper::interests, &Shopper::purchases, &Shopper::refunds}) {
    for (const KeptEvent& event : all.shopper.*list) (parts[choices.Below(2)].*list).push_back(event);
  }
  Canonicalize(parts[0], all.dictionary, larger, all.newest);
  Append(parts[0], parts[1]);
  Canonicalize(parts[1], all.dictionary, settings, all.newest);
  RC_ASSERT(SameEvents(parts[1], all.Cut(settings)));
}

RC_GTEST_PROP(ShopperProperty, WhatIsReadAfterLazyCutsIsTheCutOfEverything, ()) {
  const RandomEvents events = ManyOfAna();
  const Settings settings = RandomSettings();
  const Everything all(events);
  const Shopper expected = all.Cut(settings);
  ShopperTable table(settings, all.dictionary);
  FoldAll(events, all.dictionary, table);
  const std::optional<size_t> ana = table.Find("ana");
  Shopper read;
  if (ana) table.Read(*ana, all.newest, read);
  RC_CLASSIFY(events.size() > 96, "cut while folded");
  RC_ASSERT(SameEvents(read, expected));
  if (!expected.empty()) RC_ASSERT(read.user_name == expected.user_name);
}

Policy RandomPolicy(const Settings& settings) {
  const auto length = [&] {
    const Duration d = *rc::gen::element(Duration::Millis(1), Duration::Millis(1001), Duration::Hours(12),
                                         Duration::Days(1), Duration::Days(3), Duration::Forever());
    return d.forever() ? d : std::min(d, settings.retention);
  };
  Policy policy;
  policy.interest.events = {EventType::kSearch};
  if (*rc::gen::arbitrary<bool>()) policy.interest.events.push_back(EventType::kView);
  policy.interest.min_searches = *rc::gen::inRange(1, settings.max_searches + 1);
  policy.interest.window = length();
  policy.interest.min_distinct_days = *rc::gen::inRange(1, settings.max_searches + 1);
  policy.interest.last_within = length();
  policy.purchase.suppress_for = length();
  policy.products.exclude_purchased = *rc::gen::arbitrary<bool>();
  return policy;
}

bool SameAnswer(const Decision& a, const Decision& b) {
  if (a.reason != b.reason || a.list != b.list || a.categories.size() != b.categories.size()) return false;
  for (size_t i = 0; i < a.categories.size(); ++i) {
    const Verdict& x = a.categories[i].verdict;
    const Verdict& y = b.categories[i].verdict;
    if (a.categories[i].category != b.categories[i].category || x.reason != y.reason || x.searches != y.searches ||
        x.days != y.days || x.last_search_at != y.last_search_at || x.next_change_at != y.next_change_at) {
      return false;
    }
  }
  return true;
}

RC_GTEST_PROP(ShopperProperty, TheCutChangesNoAnswer, ()) {
  const Everything all(ManyOfAna());
  const Settings settings = RandomSettings();
  const Policy policy = RandomPolicy(settings);
  const Timestamp now{all.newest.ms + *rc::gen::element<int64_t>(0, 1, 1000, kMillisPerDay, 3 * kMillisPerDay)};
  const Popularity none;
  Decider of_cut(policy, settings, all.dictionary, none, now);
  Decider of_all(policy, settings, all.dictionary, none, now);
  const Decision& expected = of_all.Decide(all.Cut({1'000, Duration::Forever()}));
  const Decision& answer = of_cut.Decide(all.Cut(settings));
  RC_CLASSIFY(answer.targeted, "targeted");
  RC_ASSERT(SameAnswer(answer, expected));
}

RC_GTEST_PROP(ShopperProperty, AnAudienceIsWhoIsTargeted, ()) {
  const Everything all(ManyOfAna());
  const Settings settings = RandomSettings();
  const Policy policy = RandomPolicy(settings);
  const Popularity none;
  Decider one(policy, settings, all.dictionary, none, all.newest);
  Decider many(policy, settings, all.dictionary, none, all.newest);
  const Shopper shopper = all.Cut(settings);
  size_t targeted = 0;
  for (const CategoryDecision& category : one.Decide(shopper).categories) {
    targeted += category.verdict.targeted ? 1 : 0;
  }
  const std::span<const CategoryDecision> audience = many.Audience(shopper);
  RC_ASSERT(audience.size() == targeted);
  for (const CategoryDecision& category : audience) {
    const Decision& same = one.Decide(shopper, category.category);
    RC_ASSERT(same.targeted);
    RC_ASSERT(same.list == category.list);
    RC_ASSERT(same.categories[0].verdict.next_change_at == category.verdict.next_change_at);
  }
}

}  // namespace
}  // namespace adirect
