#include "adirect/capi/kept.h"

#include <adirect/adirect.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "adirect/base/prefetch.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect::capi {

Kept::Kept(const Settings& settings, size_t buckets) {
  for (size_t i = 0; i < buckets; ++i) tables_.emplace_back(settings, dictionary_);
}

Status Kept::Merge(std::string_view state_bytes) {
  std::vector<ShopperTable*> tables;
  for (ShopperTable& table : tables_) tables.push_back(&table);
  return ReadState(state_bytes, dictionary_, tables);
}

std::vector<const ShopperTable*> Kept::all() const {
  std::vector<const ShopperTable*> tables;
  for (const ShopperTable& table : tables_) tables.push_back(&table);
  return tables;
}

std::optional<Timestamp> Kept::newest() const {
  std::optional<Timestamp> newest;
  for (const ShopperTable& table : tables_) newest = std::max(newest, table.newest());
  return newest;
}

Result<Timestamp> Kept::AsOf(int64_t as_of_ms) const {
  const std::optional<Timestamp> newest = this->newest();
  if (as_of_ms == ADIRECT_NO_TIME) return newest.value_or(Timestamp{});
  const Timestamp as_of{as_of_ms};
  if (as_of < kMinEventTime || as_of > kMaxEventTime) {
    return InvalidArgument("the as-of " + std::to_string(as_of_ms) + " lies outside the years 1970 to 9999");
  }
  if (newest && as_of < *newest) {
    return InvalidArgument("the as-of " + FormatRfc3339(as_of) + " is before the state's newest event of " +
                           FormatRfc3339(*newest) +
                           "; ask for that instant or a later one, or read the events up to it");
  }
  return as_of;
}

std::vector<Purchases> Kept::Standing(Timestamp now) const {
  std::unordered_map<uint64_t, uint64_t> counts;  // by item and day
  Shopper scratch;
  std::vector<KeptEvent> standing;
  for (const ShopperTable& table : tables_) {
    const auto prefetch = [&](size_t i, int step) {
      if (step == 0 || table.MayHavePurchases(i)) table.Prefetch(i, step);
    };
    WithPrefetch(table.size(), prefetch, [&](size_t i) {
      ReadStanding(table, i, dictionary_, settings(), now, scratch, standing);
      for (const KeptEvent& purchase : standing) {
        ++counts[uint64_t{purchase.item.value} << 32 | static_cast<uint32_t>(purchase.time.day())];
      }
    });
  }
  std::vector<Purchases> all;
  for (const auto& [key, count] : counts) {
    all.push_back({ItemIndex(static_cast<uint32_t>(key >> 32)), static_cast<int64_t>(key & UINT32_MAX), count});
  }
  return all;
}

Popularity Kept::PopularityOf(const Policy& policy, Timestamp now) const {
  PopularityCounter counter(policy.products.popular_window, settings(), now);
  for (const Purchases& purchases : only_added_ ? added_ : Standing(now)) {
    counter.Add(purchases.item, purchases.day, purchases.count);
  }
  return Popularity(counter, dictionary_);
}

}  // namespace adirect::capi
