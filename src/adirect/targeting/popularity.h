// Popularity: standing purchases per (category, product) over the last D UTC days, today included.
//
// Derived, never stored: built from the shoppers, so it always equals a rebuild. By count descending,
// then product id ascending (bytes).
//
//   PopularityCounter counter(window, settings, now);   // one per thread
//   counter.Add(standing);                              // each shopper's standing purchases
//   a.Merge(b);
//   const Popularity popular(counter, dictionary);      // ranked
//
// Threads: a counter belongs to one thread; a Popularity is immutable.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/shopper.h"

namespace adirect {

class PopularityCounter {
 public:
  // `window` is whole days or for ever, cut to the retention.
  PopularityCounter(Duration window, const Settings& settings, Timestamp now);

  void Add(std::span<const KeptEvent> standing);
  void Merge(const PopularityCounter& other);

 private:
  friend class Popularity;
  int64_t first_day_;
  std::unordered_map<uint32_t, uint32_t> purchases_;  // by item
};

struct PopularProduct {
  ItemIndex item;
  uint32_t purchases = 0;
};

class Popularity {
 public:
  Popularity() = default;
  Popularity(const PopularityCounter& counter, const Dictionary& dictionary);

  // Best first; empty where the category has none.
  std::span<const PopularProduct> Of(CategoryIndex category) const;
  // Categories with at least one product, sorted by the bytes of their ids.
  const std::vector<CategoryIndex>& categories() const { return categories_; }

 private:
  std::vector<CategoryIndex> categories_;
  std::unordered_map<uint32_t, std::vector<PopularProduct>> by_category_;
};

}  // namespace adirect
