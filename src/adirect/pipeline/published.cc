#include "adirect/pipeline/published.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace adirect {
namespace {

using Run = std::pair<uint32_t, EventType>;  // category and type

Run RunOf(const KeptEvent& event) { return {event.category.value, event.type}; }
Run RunOf(const PublishedSearch& search) { return {search.category.value, search.type}; }

// Calls visit with each run of one category and type, newest first.
template <typename Visit>
void ForEachRun(std::span<const KeptEvent> interests, Visit visit) {
  for (size_t first = 0; first < interests.size();) {
    size_t last = first + 1;
    while (last < interests.size() && RunOf(interests[last]) == RunOf(interests[first])) ++last;
    visit(interests.subspan(first, last - first));
    first = last;
  }
}

// Of kept events, those that were folded since.
void PickFolded(std::span<const KeptEvent> kept, std::span<const KeptEvent> folded, const Dictionary& dictionary,
                std::vector<KeptEvent>& picked) {
  const auto less = [&](const KeptEvent& a, const KeptEvent& b) { return CanonicalLess(dictionary, a, b); };
  for (const KeptEvent& event : folded) {
    if (std::binary_search(kept.begin(), kept.end(), event, less)) picked.push_back(event);
  }
}

bool IsAmong(const std::vector<KeptEvent>& events, CategoryIndex category) {
  return std::any_of(events.begin(), events.end(), [&](const KeptEvent& event) { return event.category == category; });
}

// The newest search of each category, where `wanted`.
template <typename Wanted>
void AddNewest(const Shopper& kept, Wanted wanted, std::vector<PublishedSearch>& newest) {
  ForEachRun(kept.interests, [&](std::span<const KeptEvent> run) {
    const KeptEvent& first = run.front();
    if (!wanted(first.category)) return;
    if (newest.empty() || newest.back().category != first.category) {
      newest.push_back({first.category, first.type, first.time});
    } else if (newest.back().time < first.time) {
      newest.back() = {first.category, first.type, first.time};
    }
  });
}

// The days behind the M newest: a reader who asks for those finds no others.
template <typename Wanted>
void AddDays(const Shopper& kept, Wanted wanted, const Settings& settings, std::vector<PublishedSearch>& days) {
  const auto most = static_cast<size_t>(settings.max_searches);
  ForEachRun(kept.interests, [&](std::span<const KeptEvent> run) {
    if (run.size() <= most || !wanted(run.front().category)) return;
    for (const KeptEvent& event : run.subspan(most)) days.push_back({event.category, event.type, event.time});
  });
}

// Appends the events that are later than the erase.
void Append(std::span<const KeptEvent> events, std::optional<Timestamp> erased, std::vector<KeptEvent>& out) {
  for (const KeptEvent& event : events) {
    if (!erased || event.time > *erased) out.push_back(event);
  }
}

}  // namespace

void PublishedRows::clear() {
  user_id.clear();
  erased.reset();
  user_name.clear();
  user_name_at = {};
  interests.clear();
  purchases.clear();
  refunds.clear();
  newest.clear();
  days.clear();
}

size_t PublishedRows::size() const {
  return (erased ? 1 : 0) + (user_name.empty() ? 0 : 1) + 2 * interests.size() + purchases.size() + refunds.size() +
         newest.size() + days.size();
}

bool PublishedRows::empty() const { return size() == 0; }

void RowsOf(const Shopper& kept, std::span<const KeptEvent> folded, const Dictionary& dictionary,
            const Settings& settings, PublishedRows& rows) {
  PickFolded(kept.interests, folded, dictionary, rows.interests);
  PickFolded(kept.purchases, folded, dictionary, rows.purchases);
  PickFolded(kept.refunds, folded, dictionary, rows.refunds);
  const auto is_named = [&](const KeptEvent& event) { return event.time == kept.user_name_at; };
  if (std::any_of(folded.begin(), folded.end(), is_named)) {
    rows.user_name = kept.user_name;
    rows.user_name_at = kept.user_name_at;
  }
  const auto wanted = [&](CategoryIndex category) { return IsAmong(rows.interests, category); };
  AddNewest(kept, wanted, rows.newest);
  AddDays(kept, wanted, settings, rows.days);
}

void AllRowsOf(const Shopper& kept, const Settings& settings, PublishedRows& rows) {
  rows.interests = kept.interests;
  rows.purchases = kept.purchases;
  rows.refunds = kept.refunds;
  rows.user_name = kept.user_name;
  rows.user_name_at = kept.user_name_at;
  const auto all = [](CategoryIndex) { return true; };
  AddNewest(kept, all, rows.newest);
  AddDays(kept, all, settings, rows.days);
}

void ShopperOf(const FoundRows& found, Dictionary& dictionary, const Settings& settings, Timestamp newest,
               Shopper& shopper) {
  shopper.clear();
  shopper.user_id = found.user_id;
  if (!found.erased || found.user_name_at > *found.erased) {
    shopper.user_name = found.user_name;
    shopper.user_name_at = found.user_name_at;
  }
  Append(found.interests, found.erased, shopper.interests);
  Append(found.purchases, found.erased, shopper.purchases);
  Append(found.refunds, found.erased, shopper.refunds);
  std::set<std::pair<Run, int64_t>> known;
  for (const KeptEvent& event : shopper.interests) known.insert({RunOf(event), event.time.day()});
  for (const PublishedSearch& day : found.days) {
    if (found.erased && day.time <= *found.erased) continue;
    if (!known.insert({RunOf(day), day.time.day()}).second) continue;
    KeptEvent search;
    search.time = day.time;
    search.type = day.type;
    search.category = day.category;
    search.item = dictionary.Intern("", dictionary.category_id(day.category));
    shopper.interests.push_back(search);
  }
  Canonicalize(shopper, dictionary, settings, newest);
}

}  // namespace adirect
