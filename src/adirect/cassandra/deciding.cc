#include "adirect/cassandra/deciding.h"

#include <algorithm>
#include <utility>

namespace adirect {

int64_t WindowDays(Duration window, const Settings& settings) {
  const Duration cut = std::min(window, settings.retention);
  return cut.forever() ? 0 : cut.millis() / kMillisPerDay;
}

const Catalog* FillCatalog(const ListReads::Products& products, Catalog& catalog) {
  for (const auto& [id, product] : products) {
    if (product != nullptr) catalog.Add(product->view());
  }
  return catalog.product_count() == 0 ? nullptr : &catalog;
}

Status Deciding::Decide(const Shopper& shopper, Timestamp now) {
  DecideAgain(shopper, now);
  if (!std::any_of(decision_->categories.begin(), decision_->categories.end(),
                   [](const CategoryDecision& category) { return category.verdict.targeted; })) {
    return {};
  }
  ADIRECT_RETURN_IF_ERROR(FindPopular());
  // What was not available makes room for others: then all that could come is asked for, and the third time nothing is
  // left to ask.
  for (bool again = false;; again = true) {
    DecideAgain(shopper, now);
    std::set<std::string> ids = Unasked();
    if (ids.empty()) return {};
    if (again) AddCandidates(shopper, ids);
    ADIRECT_RETURN_IF_ERROR(lists_.FindProducts(asking_, ids, products_));
    auto catalog = std::make_unique<Catalog>();
    catalog_ = FillCatalog(products_, *catalog) == nullptr ? nullptr : std::move(catalog);
  }
}

void Deciding::DecideAgain(const Shopper& shopper, Timestamp now) {
  decider_.Aim(policy_, asking_.settings, dictionary_, popularity_, now, catalog_.get());
  decision_ = question_.category_id ? &decider_.Decide(shopper, dictionary_.FindCategory(*question_.category_id))
                                    : &decider_.Decide(shopper);
}

Status Deciding::FindPopular() {
  if (policy_.products.popular == 0) return {};
  std::vector<std::string> categories;
  for (const CategoryDecision& category : decision_->categories) {
    if (category.verdict.targeted) categories.emplace_back(dictionary_.category_id(category.category));
  }
  const Result<std::vector<ListReads::Ranks>> found =
      lists_.FindRanks(asking_, categories, WindowDays(policy_.products.popular_window, asking_.settings));
  if (!found.ok()) return found.status();
  for (size_t i = 0; i < categories.size(); ++i) {
    std::vector<PopularProduct> ranked;
    for (const ListReads::Ranked& product : *(*found)[i]) {
      ranked.push_back({dictionary_.Intern(product.product_id, categories[i]), product.purchases});
    }
    popularity_.Put(dictionary_.FindCategory(categories[i]), std::move(ranked));
  }
  return {};
}

std::set<std::string> Deciding::Unasked() const {
  std::set<std::string> ids;
  for (const CategoryDecision& category : decision_->categories) {
    for (const Recommendation& listed : category.list) {
      const std::string_view id = dictionary_.product(listed.item);
      if (!products_.contains(id)) ids.emplace(id);
    }
  }
  return ids;
}

void Deciding::AddCandidates(const Shopper& shopper, std::set<std::string>& ids) const {
  for (const CategoryDecision& category : decision_->categories) {
    if (!category.verdict.targeted) continue;
    for (const PopularProduct& product : popularity_.Of(category.category)) {
      ids.emplace(dictionary_.product(product.item));
    }
    for (const KeptEvent& search : shopper.interests) {
      if (search.category == category.category) ids.emplace(dictionary_.product(search.item));
    }
  }
}

}  // namespace adirect
