#include "adirect/targeting/popularity.h"

#include <algorithm>

namespace adirect {

PopularityCounter::PopularityCounter(Duration window, const Settings& settings, Timestamp now) {
  const Duration cut = std::min(window, settings.retention);
  first_day_ = cut.forever() ? INT64_MIN : now.day() - cut.millis() / kMillisPerDay + 1;
}

void PopularityCounter::Add(std::span<const KeptEvent> standing) {
  for (const KeptEvent& purchase : standing) {
    if (purchase.time.day() >= first_day_) ++purchases_[purchase.item.value];
  }
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
    std::sort(products.begin(), products.end(), [&](const PopularProduct& a, const PopularProduct& b) {
      if (a.purchases != b.purchases) return a.purchases > b.purchases;
      return dictionary.product(a.item) < dictionary.product(b.item);
    });
  }
  std::sort(categories_.begin(), categories_.end(),
            [&](CategoryIndex a, CategoryIndex b) { return dictionary.category_id(a) < dictionary.category_id(b); });
}

std::span<const PopularProduct> Popularity::Of(CategoryIndex category) const {
  const auto found = by_category_.find(category.value);
  if (found == by_category_.end()) return {};
  return found->second;
}

}  // namespace adirect
