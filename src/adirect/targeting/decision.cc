#include "adirect/targeting/decision.h"

#include <algorithm>

namespace adirect {

std::string_view ProductSourceName(ProductSource source) {
  return source == ProductSource::kRecentSearch ? "recent_search" : "popular";
}

void Decider::Aim(const Policy& policy, const Settings& settings, const Dictionary& dictionary,
                  const Popularity& popularity, Timestamp now, const Catalog* catalog) {
  policy_ = &policy;
  settings_ = &settings;
  dictionary_ = &dictionary;
  popularity_ = &popularity;
  now_ = now;
  catalog_ = catalog;
  filter_ = SearchFilter(policy, settings, now);
  available_.clear();
}

const Decision& Decider::Decide(const Shopper& shopper) {
  Begin(shopper);
  for (const std::vector<KeptEvent>* events : {&shopper.interests, &shopper.purchases}) {
    for (const KeptEvent& event : *events) {
      if (!categories_.empty() && categories_.back() == event.category) continue;
      if (Within(settings_->retention, event.time, now_)) categories_.push_back(event.category);
    }
  }
  std::sort(categories_.begin(), categories_.end());
  categories_.erase(std::unique(categories_.begin(), categories_.end()), categories_.end());
  for (const CategoryIndex category : categories_) EvaluateCategory(shopper, category);
  std::sort(decision_.categories.begin(), decision_.categories.end(),
            [&](const CategoryDecision& a, const CategoryDecision& b) {
              if (a.verdict.targeted != b.verdict.targeted) return a.verdict.targeted;
              if (a.verdict.targeted && a.verdict.last_search_at != b.verdict.last_search_at) {
                return *a.verdict.last_search_at > *b.verdict.last_search_at;
              }
              return dictionary_->category_id(a.category) < dictionary_->category_id(b.category);
            });
  if (!decision_.categories.empty()) {
    decision_.reason = decision_.categories.front().verdict.reason;
  } else if (Exists(shopper, *settings_, now_)) {
    decision_.reason = Reason::kFewSearches;  // refunds only
  }
  decision_.targeted = decision_.reason == Reason::kTargeted;
  JoinLists();
  return decision_;
}

const Decision& Decider::Decide(const Shopper& shopper, CategoryIndex category) {
  Begin(shopper);
  CategoryDecision& only = EvaluateCategory(shopper, category);
  if (!Exists(shopper, *settings_, now_)) only.verdict.reason = Reason::kUnknownUser;
  decision_.reason = only.verdict.reason;
  decision_.targeted = only.verdict.targeted;
  decision_.list = only.list;
  return decision_;
}

std::span<const CategoryDecision> Decider::Audience(const Shopper& shopper) {
  Begin(shopper);
  for (const KeptEvent& event : shopper.interests) {
    if (!categories_.empty() && categories_.back() == event.category) continue;
    if (filter_.Looks(event.type, event.time)) categories_.push_back(event.category);
  }
  for (const CategoryIndex category : categories_) {
    const Verdict& verdict = EvaluateCategory(shopper, category).verdict;
    suppressed_ += verdict.reason == Reason::kPurchased ? 1 : 0;
    if (!verdict.targeted) decision_.categories.pop_back();
  }
  std::sort(decision_.categories.begin(), decision_.categories.end(),
            [&](const CategoryDecision& a, const CategoryDecision& b) {
              return dictionary_->category_id(a.category) < dictionary_->category_id(b.category);
            });
  return decision_.categories;
}

void Decider::Begin(const Shopper& shopper) {
  decision_.targeted = false;
  decision_.reason = Reason::kUnknownUser;
  decision_.categories.clear();
  decision_.list.clear();
  StandingPurchases(shopper, *dictionary_, *settings_, now_, standing_);
  categories_.clear();
  suppressed_ = 0;
}

CategoryDecision& Decider::EvaluateCategory(const Shopper& shopper, CategoryIndex category) {
  InterestIn(category, shopper, standing_, *policy_, filter_, *dictionary_, *settings_, interest_);
  CategoryDecision& made = decision_.categories.emplace_back();
  made.category = category;
  made.verdict = Evaluate(*policy_, interest_, *settings_, now_);
  if (made.verdict.targeted) MakeList(made);
  return made;
}

bool Decider::IsAvailable(ItemIndex item) const {
  return catalog_ == nullptr || catalog_->IsAvailable(dictionary_->product(item));
}

// The i-th available popular product; invalid where there are not so many.
ItemIndex Decider::AvailablePopular(CategoryIndex category, size_t i) {
  const std::span<const PopularProduct> popular = popularity_->Of(category);
  if (catalog_ == nullptr) return i < popular.size() ? popular[i].item : ItemIndex();
  AvailableOnes& known = available_[category.value];
  while (known.items.size() <= i && known.seen < popular.size()) {
    const ItemIndex next = popular[known.seen++].item;
    if (IsAvailable(next)) known.items.push_back(next);
  }
  return i < known.items.size() ? known.items[i] : ItemIndex();
}

bool Decider::Shows(ItemIndex item, std::span<const Recommendation> listed) const {
  const std::string_view product = dictionary_->product(item);
  if (product.empty()) return false;
  // All that is listed is of one category, where one product is one item.
  const auto is_item = [&](const Recommendation& other) { return other.item == item; };
  if (std::any_of(listed.begin(), listed.end(), is_item)) return false;
  const auto is_product = [&](const KeptEvent& bought) {
    return bought.item == item || dictionary_->product(bought.item) == product;
  };
  return !policy_->products.exclude_purchased || std::none_of(standing_.begin(), standing_.end(), is_product);
}

void Decider::MakeList(CategoryDecision& decision) {
  const auto limit = static_cast<size_t>(policy_->products.limit);
  const auto recent = std::min(limit, static_cast<size_t>(policy_->products.recent));
  decision.list.reserve(std::min(limit, recent + static_cast<size_t>(policy_->products.popular)));
  for (const KeptEvent& search : interest_.searches) {
    if (decision.list.size() == recent) break;
    if (!Shows(search.item, decision.list) || !IsAvailable(search.item)) continue;
    decision.list.push_back({search.item, ProductSource::kRecentSearch});
  }
  const size_t all = std::min(limit, decision.list.size() + static_cast<size_t>(policy_->products.popular));
  for (size_t i = 0; decision.list.size() < all; ++i) {
    const ItemIndex item = AvailablePopular(decision.category, i);
    if (!item.valid()) break;
    if (Shows(item, decision.list)) decision.list.push_back({item, ProductSource::kPopular});
  }
}

// A category's own list names no product twice, so each is only looked for among those of earlier categories.
void Decider::JoinLists() {
  const auto limit = static_cast<size_t>(policy_->products.limit);
  for (const CategoryDecision& category : decision_.categories) {
    const auto earlier = static_cast<std::ptrdiff_t>(decision_.list.size());
    for (const Recommendation& next : category.list) {
      if (decision_.list.size() == limit) return;
      const auto same = [&](const Recommendation& listed) {
        return dictionary_->product(listed.item) == dictionary_->product(next.item);
      };
      const auto begin = decision_.list.begin();
      if (std::none_of(begin, begin + earlier, same)) decision_.list.push_back(next);
    }
  }
}

}  // namespace adirect
