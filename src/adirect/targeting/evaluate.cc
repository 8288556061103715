#include "adirect/targeting/evaluate.h"

#include <algorithm>

namespace adirect {
namespace {

constexpr std::array<std::string_view, 6> kReasonNames = {"targeted", "purchased", "few_searches",
                                                          "few_days", "stale",     "unknown_user"};

Duration Cut(Duration d, const Settings& settings) { return std::min(d, settings.retention); }

// The events of one category in a canonical list.
std::span<const KeptEvent> OfCategory(std::span<const KeptEvent> events, CategoryIndex category) {
  const auto first = std::partition_point(events.begin(), events.end(),
                                          [&](const KeptEvent& event) { return event.category < category; });
  const auto last =
      std::find_if(first, events.end(), [&](const KeptEvent& event) { return event.category != category; });
  return {first, last};
}

// Newest first; ties by product, then identity.
void SortNewestFirst(std::vector<KeptEvent>& searches, const Dictionary& dictionary) {
  std::sort(searches.begin(), searches.end(), [&](const KeptEvent& a, const KeptEvent& b) {
    if (a.time != b.time) return a.time > b.time;
    if (a.item != b.item) return dictionary.product(a.item) < dictionary.product(b.item);
    return a.identity < b.identity;
  });
}

void CountDays(const Policy& policy, const Settings& settings, Interest& interest) {
  interest.days = 0;
  interest.day_needed.reset();
  int64_t day = INT64_MAX;
  for (const KeptEvent& search : interest.searches) {
    if (search.time.day() == day) continue;
    day = search.time.day();
    if (interest.days == settings.max_searches) return;
    ++interest.days;
    if (interest.days == policy.interest.min_distinct_days) interest.day_needed = search.time;
  }
}

// The instant at which the searches alone end the targeting.
Timestamp SearchesEnd(const Policy& policy, const Interest& interest, const Settings& settings) {
  const Duration window = Cut(policy.interest.window, settings);
  const Timestamp newest = interest.searches.front().time;
  const Timestamp nth = interest.searches[static_cast<size_t>(policy.interest.min_searches) - 1].time;
  return std::min({newest + Cut(policy.interest.last_within, settings), nth + window, *interest.day_needed + window});
}

}  // namespace

std::string_view ReasonName(Reason reason) { return kReasonNames[static_cast<size_t>(reason)]; }

SearchFilter::SearchFilter(const Policy& policy, const Settings& settings, Timestamp now) : now_(now) {
  const Duration window = Cut(policy.interest.window, settings);
  first_ = window.forever() ? kMinEventTime : Timestamp{now.ms - window.millis() + 1};
  for (const EventType type : policy.interest.events) types_ |= 1u << static_cast<int>(type);
}

void SearchFilter::Add(const SearchFilter& other) {
  first_ = std::min(first_, other.first_);
  now_ = std::max(now_, other.now_);
  types_ |= other.types_;
}

SearchFilter SearchFilter::NotBefore(const Policy& policy, const Settings& settings, Timestamp earliest) {
  SearchFilter filter(policy, settings, earliest);
  filter.now_ = kMaxEventTime;
  return filter;
}

void InterestIn(CategoryIndex category, const Shopper& shopper, std::span<const KeptEvent> standing,
                const Policy& policy, const SearchFilter& filter, const Dictionary& dictionary,
                const Settings& settings, Interest& interest) {
  interest.category = category;
  interest.searches.clear();
  interest.last_purchase.reset();
  const std::span<const KeptEvent> purchases = OfCategory(standing, category);
  if (!purchases.empty()) interest.last_purchase = purchases.front().time;

  int types = 0;
  EventType last_type = EventType::kErase;
  for (const KeptEvent& event : OfCategory(shopper.interests, category)) {
    if (!filter.Looks(event.type, event.time)) continue;
    if (interest.last_purchase && event.time <= *interest.last_purchase) continue;
    if (event.type != last_type) ++types;
    last_type = event.type;
    interest.searches.push_back(event);
  }
  if (types > 1) SortNewestFirst(interest.searches, dictionary);
  CountDays(policy, settings, interest);
  const auto most = static_cast<size_t>(settings.max_searches);
  if (interest.searches.size() > most) interest.searches.resize(most);
}

Verdict Evaluate(const Policy& policy, const Interest& interest, const Settings& settings, Timestamp now) {
  Verdict v;
  v.searches = static_cast<int>(interest.searches.size());
  v.days = interest.days;
  if (!interest.searches.empty()) v.last_search_at = interest.searches.front().time;

  const Duration suppress_for = Cut(policy.purchase.suppress_for, settings);
  const Duration last_within = Cut(policy.interest.last_within, settings);
  const auto age = [&](std::optional<Timestamp> t) {
    return t ? std::optional<int64_t>(now.ms - t->ms) : std::nullopt;
  };
  v.clauses = {{
      {"suppress_for", suppress_for.millis(), age(interest.last_purchase),
       !interest.last_purchase || !Within(suppress_for, *interest.last_purchase, now)},
      {"min_searches", policy.interest.min_searches, v.searches, v.searches >= policy.interest.min_searches},
      {"min_distinct_days", policy.interest.min_distinct_days, v.days, v.days >= policy.interest.min_distinct_days},
      {"last_within", last_within.millis(), age(v.last_search_at),
       v.last_search_at && Within(last_within, *v.last_search_at, now)},
  }};
  constexpr std::array<Reason, 4> kReasons = {Reason::kPurchased, Reason::kFewSearches, Reason::kFewDays,
                                              Reason::kStale};
  v.reason = Reason::kTargeted;
  for (size_t i = kReasons.size(); i-- > 0;) {
    if (!v.clauses[i].holds) v.reason = kReasons[i];
  }
  v.targeted = v.reason == Reason::kTargeted;

  const bool searches_hold = v.clauses[1].holds && v.clauses[2].holds && v.clauses[3].holds;
  if (searches_hold) {
    const Timestamp end = SearchesEnd(policy, interest, settings);
    const Timestamp change = v.targeted ? end : *interest.last_purchase + suppress_for;
    if (change != kNever && (v.targeted || change < end)) v.next_change_at = change;
  }
  return v;
}

bool Exists(const Shopper& shopper, const Settings& settings, Timestamp now) {
  const auto exists = [&](const KeptEvent& event) { return Within(settings.retention, event.time, now); };
  return std::any_of(shopper.interests.begin(), shopper.interests.end(), exists) ||
         std::any_of(shopper.purchases.begin(), shopper.purchases.end(), exists) ||
         std::any_of(shopper.refunds.begin(), shopper.refunds.end(), exists);
}

}  // namespace adirect
