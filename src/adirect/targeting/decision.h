// Decision: one answer about one shopper: is he targeted, why, until when, and with which products.
//
//   Decider decider(policy, settings, dictionary, popularity, now, &catalog);
//   const Decision& d = decider.Decide(shopper);                  // all categories, joined list
//   const Decision& d = decider.Decide(shopper, category);        // one category
//
// One that decides now and then is kept and aimed anew each time, so that it asks for no memory.
//
// Threads: a Decider keeps scratch space and belongs to one thread; what it points to is only read.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adirect/model/catalog.h"
#include "adirect/targeting/evaluate.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

enum class ProductSource : uint8_t { kRecentSearch, kPopular };

std::string_view ProductSourceName(ProductSource source);  // "recent_search", "popular"

struct Recommendation {
  ItemIndex item;
  ProductSource source = ProductSource::kRecentSearch;
  friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

struct CategoryDecision {
  CategoryIndex category;
  Verdict verdict;
  std::vector<Recommendation> list;  // ranks 1, 2, …; empty where not targeted
};

struct Decision {
  bool targeted = false;
  Reason reason = Reason::kUnknownUser;
  std::vector<CategoryDecision> categories;  // targeted ones first, newest search first; then by id
  std::vector<Recommendation> list;          // of the category, or joined over the targeted ones
};

class Decider {
 public:
  Decider() = default;  // to be aimed
  Decider(const Policy& policy, const Settings& settings, const Dictionary& dictionary, const Popularity& popularity,
          Timestamp now, const Catalog* catalog = nullptr) {
    Aim(policy, settings, dictionary, popularity, now, catalog);
  }

  // From now on decides so. All must outlive the last decision. The catalog (null: none) leaves out of lists what is
  // not available; it must not change meanwhile.
  void Aim(const Policy& policy, const Settings& settings, const Dictionary& dictionary, const Popularity& popularity,
           Timestamp now, const Catalog* catalog);

  // The decision over all categories in which the shopper has an existing event (refunds aside). The
  // shopper must be canonical. Valid until the next call.
  const Decision& Decide(const Shopper& shopper);
  // The same for one category, which may be unknown to the shopper (or, invalid, to everyone).
  const Decision& Decide(const Shopper& shopper, CategoryIndex category);

  // Only the targeted categories, sorted by id, each with its own list: what an audience is made of.
  std::span<const CategoryDecision> Audience(const Shopper& shopper);

  const SearchFilter& filter() const { return filter_; }
  // The categories in which the shopper of the last Audience has a search that the policy looks at.
  size_t searched_count() const { return categories_.size(); }
  // Of them, those that a purchase keeps out.
  size_t suppressed_count() const { return suppressed_; }

 private:
  void Begin(const Shopper& shopper);
  CategoryDecision& EvaluateCategory(const Shopper& shopper, CategoryIndex category);
  void MakeList(CategoryDecision& decision);
  void JoinLists();
  bool IsAvailable(ItemIndex item) const;
  ItemIndex AvailablePopular(CategoryIndex category, size_t i);
  bool Shows(ItemIndex item, std::span<const Recommendation> listed) const;

  const Policy* policy_ = nullptr;
  const Settings* settings_ = nullptr;
  const Dictionary* dictionary_ = nullptr;
  const Popularity* popularity_ = nullptr;
  Timestamp now_;
  const Catalog* catalog_ = nullptr;
  SearchFilter filter_;

  std::vector<KeptEvent> standing_;        // of the shopper at hand
  std::vector<CategoryIndex> categories_;  // to decide about
  size_t suppressed_ = 0;
  Interest interest_;
  Decision decision_;

  // The available products among the first `seen` popular ones of a category, so that what is not
  // available is passed by once and not for every shopper.
  struct AvailableOnes {
    size_t seen = 0;
    std::vector<ItemIndex> items;
  };
  std::unordered_map<uint32_t, AvailableOnes> available_;  // by category; only with a catalog
};

}  // namespace adirect
