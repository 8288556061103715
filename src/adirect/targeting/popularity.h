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
// A PopularityIndex is the same kept up to date, for an engine: purchases come and go one by one, and the
// ranks of each window that a policy asks for follow. It equals a rebuild at every instant.
//
// Threads: a counter belongs to one thread; a Popularity is read by any number while nobody changes it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/shopper.h"
#include "adirect/targeting/state.h"

namespace adirect {

// What popularity counts of a shopper of the table: his purchases that stand at `now`. `scratch` saves memory.
void ReadStanding(const ShopperTable& table, size_t shopper, const Dictionary& dictionary, const Settings& settings,
                  Timestamp now, Shopper& scratch, std::vector<KeptEvent>& standing);

class PopularityCounter {
 public:
  // `window` is whole days or for ever, cut to the retention.
  PopularityCounter(Duration window, const Settings& settings, Timestamp now);

  void Add(std::span<const KeptEvent> standing);
  // So many purchases of the item on that UTC day (since 1970), as they were counted elsewhere.
  void Add(ItemIndex item, int64_t day, uint64_t purchases);
  void Merge(const PopularityCounter& other);

 private:
  friend class Popularity;
  friend class PopularityIndex;
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
  // Categories with at least one product that was counted here, sorted by the bytes of their ids.
  const std::vector<CategoryIndex>& categories() const { return categories_; }

  // The category's products are these, best first, as they were ranked elsewhere.
  void Put(CategoryIndex category, std::vector<PopularProduct> ranked) {
    by_category_[category.value] = std::move(ranked);
  }
  // The item's purchases have become `after` from `before` (0: none): moves it to its place.
  void Move(ItemIndex item, uint32_t before, uint32_t after, const Dictionary& dictionary);

 private:
  std::vector<CategoryIndex> categories_;
  std::unordered_map<uint32_t, std::vector<PopularProduct>> by_category_;
};

class PopularityIndex {
 public:
  // `dictionary` must outlive the index.
  PopularityIndex(const Dictionary& dictionary, const Settings& settings)
      : dictionary_(&dictionary), settings_(settings) {}

  // Purchases that have begun to stand, or ceased to.
  void Add(std::span<const KeptEvent> standing) { Change(standing, 1); }
  void Remove(std::span<const KeptEvent> standing) { Change(standing, -1); }

  // The ranks of a window (cut to the retention) on the UTC day of `now`: null where they are not kept. Rank
  // makes them and keeps them up to date from then on; those of another day are dropped.
  const Popularity* Find(Duration window, Timestamp now) const;
  void Rank(Duration window, Timestamp now);
  // The same once, for an instant that is asked for only now and then.
  Popularity Ranked(Duration window, Timestamp now) const;

 private:
  struct Day {
    int64_t day;
    uint32_t purchases;
  };
  struct Ranks {
    Popularity ranked;
    int64_t first_day;
  };

  void Change(std::span<const KeptEvent> standing, int by);
  int64_t FirstDay(Duration window, int64_t today) const;
  static uint32_t Sum(const std::vector<Day>& days, int64_t first_day);

  const Dictionary* dictionary_;
  Settings settings_;
  std::unordered_map<uint32_t, std::vector<Day>> days_;  // by item
  std::map<Duration, Ranks> ranks_;                      // by window
  int64_t today_ = INT64_MIN;
};

}  // namespace adirect
