#include "adirect/targeting/newest_searches.h"

#include <algorithm>
#include <tuple>

namespace adirect {
namespace {

bool ComesFirst(const NewestSearches::Search& a, const NewestSearches::Search& b) {
  return std::tie(b.time, a.user_id, a.category, a.item, a.type) <
         std::tie(a.time, b.user_id, b.category, b.item, b.type);
}

}  // namespace

void NewestSearches::Add(std::string_view user_id, Timestamp time, EventType type, CategoryIndex category,
                         ItemIndex item) {
  if (!IsInterest(type)) return;
  AddTo(by_category_[category.value], user_id, time, type, category, item);
  AddTo(all_, user_id, time, type, category, item);
}

void NewestSearches::AddTo(Newest& newest, std::string_view user_id, Timestamp time, EventType type,
                           CategoryIndex category, ItemIndex item) {
  if (time < newest.since) return;
  newest.searches.push_back({time, type, category, item, std::string(user_id)});
  if (newest.searches.size() < 2 * kKept) return;
  Cut(newest.searches);
  if (newest.searches.size() == kKept) newest.since = newest.searches.back().time;
}

// Sorts, drops repeats and what is too much.
void NewestSearches::Cut(std::vector<Search>& searches) {
  std::sort(searches.begin(), searches.end(), ComesFirst);
  searches.erase(std::unique(searches.begin(), searches.end()), searches.end());
  if (searches.size() > kKept) searches.resize(kKept);
}

std::vector<NewestSearches::Search> NewestSearches::Of(CategoryIndex category) const {
  const auto found = by_category_.find(category.value);
  if (found == by_category_.end()) return {};
  std::vector<Search> searches = found->second.searches;
  Cut(searches);
  return searches;
}

std::vector<NewestSearches::Search> NewestSearches::OfAll() const {
  std::vector<Search> searches = all_.searches;
  Cut(searches);
  return searches;
}

}  // namespace adirect
