// ListReads: what is read of all shoppers together: popular products, newest searches, categories, products. What was
// read within the last second is not read again. Private to cassandra.
//
// Threads: every member on any number of threads; all wait.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/cassandra/fresh_cache.h"
#include "adirect/cassandra/reads.h"
#include "adirect/cassandra/stored_product.h"

namespace adirect {

class ListReads {
 public:
  static constexpr size_t kMostLists = 10'000;     // kept for a second
  static constexpr size_t kMostProducts = 50'000;  // kept for a second
  static constexpr size_t kReadsAtOnce = 256;

  struct Ranked {
    std::string product_id;
    uint32_t purchases = 0;
  };
  using Ranks = std::shared_ptr<const std::vector<Ranked>>;               // best first
  using Categories = std::shared_ptr<const std::vector<ListedCategory>>;  // by the bytes of their ids
  using FoundProduct = std::shared_ptr<const StoredProduct>;              // null: nothing is known of it
  using Products = std::map<std::string, FoundProduct, std::less<>>;

  // Of each of the categories, in their order; `window_days` 0: ever.
  Result<std::vector<Ranks>> FindRanks(const Asking& asking, std::span<const std::string> categories,
                                       int64_t window_days);
  Result<Categories> FindCategories(const Asking& asking);
  // Newest first, then by user, category, type and product; at most `limit`. Without titles.
  Result<std::vector<ListedSearch>> FindSearches(const Asking& asking, const std::string& category_id, size_t limit);
  // Adds those of the ids that `products` does not name yet.
  Status FindProducts(const Asking& asking, const std::set<std::string>& ids, Products& products);

 private:
  Status ReadProducts(const Asking& asking, std::span<const std::string> ids, Products& products);
  Status ReadSearches(const Asking& asking, const std::string& category_id, std::span<const int64_t> days, size_t limit,
                      std::vector<ListedSearch>& searches);

  FreshCache<Ranks> ranks_{kMostLists};
  FreshCache<Categories> categories_{1};
  FreshCache<FoundProduct> products_{kMostProducts};
};

}  // namespace adirect
