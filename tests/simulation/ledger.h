// What a shop was told is safe, written down without any engine, and how an engine that has just that must answer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/pipeline/engine.h"
#include "adirect/targeting/settings.h"
#include "traffic.h"

namespace adirect {

class Ledger {
 public:
  explicit Ledger(const Settings& settings) : settings_(settings) {}

  // The event is in the set. `place` is its identity where it has no event_id.
  void Add(ShopEvent event, const std::string& place);

  // How the engine differs: first from what can be counted by hand, then from a batch over the same events; empty where
  // it does not. `now` is what the clock says.
  std::string Difference(Engine& engine, Timestamp now) const;

  size_t size() const { return events_.size(); }

 private:
  std::string CountedByHand(Engine& engine) const;
  std::string MissingOf(const Shopper& shopper, int64_t erased) const;
  std::string AsABatch(Engine& engine, Timestamp now) const;

  const Settings settings_;
  bool all_named_ = true;
  std::vector<ShopEvent> events_;
  std::vector<std::string> places_;  // of each
};

}  // namespace adirect
