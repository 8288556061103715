// Kept: a state's shoppers in buckets, the dictionary of their ids, and the purchases that were added for popularity.
//
// Threads: one, as the state that it is.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/policy.h"
#include "adirect/targeting/popularity.h"
#include "adirect/targeting/state.h"

namespace adirect::capi {

// Standing purchases of one item on one UTC day.
struct Purchases {
  ItemIndex item;
  int64_t day = 0;
  uint64_t count = 0;
};

class Kept {
 public:
  Kept(const Settings& settings, size_t buckets);
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  Status Merge(std::string_view state_bytes);
  void AddPurchases(const Purchases& purchases) { added_.push_back(purchases); }
  // From now on popularity is of what was added, even where that is nothing.
  void CountOnlyAdded() { only_added_ = true; }

  // The instant asked for, or the newest event's (0 before the first); an error where it is before that.
  Result<Timestamp> AsOf(int64_t as_of_ms) const;
  // Each (item, day) once, of the shoppers themselves.
  std::vector<Purchases> Standing(Timestamp now) const;
  Popularity PopularityOf(const Policy& policy, Timestamp now) const;

  Dictionary& dictionary() { return dictionary_; }
  const Dictionary& dictionary() const { return dictionary_; }
  std::span<ShopperTable> tables() { return tables_; }
  std::vector<const ShopperTable*> all() const;
  const Settings& settings() const { return tables_.front().settings(); }
  std::optional<Timestamp> newest() const;

 private:
  Dictionary dictionary_;
  std::vector<ShopperTable> tables_;
  std::vector<Purchases> added_;
  bool only_added_ = false;
};

}  // namespace adirect::capi
