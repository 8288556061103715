#include "adirect/targeting/popularity.h"

#include <algorithm>

#include "adirect/targeting/evaluate.h"

namespace adirect {
namespace {

bool RanksBefore(const Dictionary& dictionary, const PopularProduct& a, const PopularProduct& b) {
  if (a.purchases != b.purchases) return a.purchases > b.purchases;
  return dictionary.product(a.item) < dictionary.product(b.item);
}

}  // namespace

void ReadStanding(const ShopperTable& table, size_t shopper, const Dictionary& dictionary, const Settings& settings,
                  Timestamp now, Shopper& scratch, std::vector<KeptEvent>& standing) {
  standing.clear();
  if (!table.MayHavePurchases(shopper)) return;
  const SearchFilter no_searches;
  table.Read(shopper, now, scratch, &no_searches);
  StandingPurchases(scratch, dictionary, settings, now, standing);
}

PopularityCounter::PopularityCounter(Duration window, const Settings& settings, Timestamp now) {
  const Duration cut = std::min(window, settings.retention);
  first_day_ = cut.forever() ? INT64_MIN : now.day() - cut.millis() / kMillisPerDay + 1;
}

void PopularityCounter::Add(std::span<const KeptEvent> standing) {
  for (const KeptEvent& purchase : standing) {
    if (purchase.time.day() >= first_day_) ++purchases_[purchase.item.value];
  }
}

void PopularityCounter::Add(ItemIndex item, int64_t day, uint64_t purchases) {
  if (day >= first_day_ && purchases > 0) purchases_[item.value] += static_cast<uint32_t>(purchases);
}

void PopularityCounter::Merge(const PopularityCounter& other) {
  for (const auto& [item, count] : other.purchases_) purchases_[item] += count;
}

Popularity::Popularity(const PopularityCounter& counter, const Dictionary& dictionary) {
  for (const auto& [item, count] : counter.purchases_) {
    const ItemIndex index(item);
    if (dictionary.product(index).empty()) continue;
    by_category_[dictionary.category(index).value].push_back({index, count});
  }
  for (auto& [category, products] : by_category_) {
    categories_.push_back(CategoryIndex(category));
    std::sort(products.begin(), products.end(),
              [&](const PopularProduct& a, const PopularProduct& b) { return RanksBefore(dictionary, a, b); });
  }
  std::sort(categories_.begin(), categories_.end(),
            [&](CategoryIndex a, CategoryIndex b) { return dictionary.category_id(a) < dictionary.category_id(b); });
}

std::span<const PopularProduct> Popularity::Of(CategoryIndex category) const {
  const auto found = by_category_.find(category.value);
  if (found == by_category_.end()) return {};
  return found->second;
}

void Popularity::Move(ItemIndex item, uint32_t before, uint32_t after, const Dictionary& dictionary) {
  if (dictionary.product(item).empty() || before == after) return;
  const CategoryIndex category = dictionary.category(item);
  std::vector<PopularProduct>& products = by_category_[category.value];
  const auto place = [&](uint32_t purchases) {
    return std::lower_bound(
        products.begin(), products.end(), PopularProduct{item, purchases},
        [&](const PopularProduct& a, const PopularProduct& b) { return RanksBefore(dictionary, a, b); });
  };
  if (products.empty()) {
    const auto less = [&](CategoryIndex a, CategoryIndex b) {
      return dictionary.category_id(a) < dictionary.category_id(b);
    };
    categories_.insert(std::lower_bound(categories_.begin(), categories_.end(), category, less), category);
  }
  if (before != 0) products.erase(place(before));
  if (after != 0) products.insert(place(after), {item, after});
  if (products.empty()) std::erase(categories_, category);
}

int64_t PopularityIndex::FirstDay(Duration window, int64_t today) const {
  const Duration cut = std::min(window, settings_.retention);
  return cut.forever() ? INT64_MIN : today - cut.millis() / kMillisPerDay + 1;
}

uint32_t PopularityIndex::Sum(const std::vector<Day>& days, int64_t first_day) {
  uint32_t sum = 0;
  for (const Day& day : days) sum += day.day >= first_day ? day.purchases : 0;
  return sum;
}

void PopularityIndex::Change(std::span<const KeptEvent> standing, int by) {
  for (const KeptEvent& purchase : standing) {
    std::vector<Day>& days = days_[purchase.item.value];
    const int64_t day = purchase.time.day();
    auto at = std::find_if(days.begin(), days.end(), [&](const Day& d) { return d.day == day; });
    if (at == days.end()) at = days.insert(days.end(), {day, 0});
    at->purchases += static_cast<uint32_t>(by);
    const auto one = static_cast<uint32_t>(by);
    for (auto& [window, ranks] : ranks_) {
      if (day < ranks.first_day) continue;
      const uint32_t after = Sum(days, ranks.first_day);
      ranks.ranked.Move(purchase.item, after - one, after, *dictionary_);
    }
    if (at->purchases == 0) days.erase(at);
    if (days.empty()) days_.erase(purchase.item.value);
  }
}

Popularity PopularityIndex::Ranked(Duration window, Timestamp now) const {
  PopularityCounter counter(window, settings_, now);
  const int64_t first_day = FirstDay(window, now.day());
  for (const auto& [item, days] : days_) {
    if (const uint32_t purchases = Sum(days, first_day); purchases > 0) counter.purchases_[item] = purchases;
  }
  return Popularity(counter, *dictionary_);
}

const Popularity* PopularityIndex::Find(Duration window, Timestamp now) const {
  const auto found = ranks_.find(window);
  return today_ == now.day() && found != ranks_.end() ? &found->second.ranked : nullptr;
}

void PopularityIndex::Rank(Duration window, Timestamp now) {
  if (today_ != now.day()) ranks_.clear();
  today_ = now.day();
  ranks_[window] = {Ranked(window, now), FirstDay(window, today_)};
}

}  // namespace adirect
