// StatsApi: how the engine does, over HTTP: its counts, their last day and a stream of server-sent events, what it
// refused, its metrics, and whether it is ready. api/openapi.json and docs/api.md are the contract of each route.
//
//   StatsApi api({engine, shop, policies, watch, health, metrics, history, flows, clock, "0.1.0"});
//   api.AddTo(router);
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/api/metrics.h"
#include "adirect/api/router.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/flows.h"
#include "adirect/pipeline/health.h"
#include "adirect/pipeline/history.h"
#include "adirect/pipeline/policy_set.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class StatsApi {
 public:
  static constexpr size_t kMaxCategorySizes = 1000;  // of each policy: the largest

  // All must outlive the API.
  struct Parts {
    Engine& engine;
    ShopReader& shop;  // the engine, as it is asked for decisions
    const PolicySet& policies;
    const AudienceWatch& watch;
    const Health& health;
    const Metrics& metrics;
    History& history;
    const Flows& flows;
    const Clock& clock;
    std::string version;
  };

  // A part of the pipeline's picture.
  struct Stage {
    std::string_view name;
    std::string_view label;
    std::string_view state;
    double rate = 0;
    std::optional<double> lag_seconds;
    std::string detail;
  };

  explicit StatsApi(const Parts& parts);
  void AddTo(Router& router);

  // What GET /v1/stats answers.
  std::string Json() const;

 private:
  void GetHistory(const Request& request, Answer& answer) const;
  void GetStream(const Request& request, Answer& answer);
  void GetQuarantine(const Request& request, Answer& answer) const;
  void GetMetrics(Answer& answer) const;

  Stage ArchiveStage() const;
  Stage SourceStage(const Rates& rates, const std::vector<Health::Trouble>& troubles) const;
  // The pipeline's picture: [{"name": "source", …}, …]
  std::string Stages(const EngineCounts& counts, const Rates& rates,
                     const std::vector<Health::Trouble>& troubles) const;
  // {"default": {…}, …}
  void AppendAudienceSizes(std::string& out) const;

  const Parts parts_;
  const Timestamp started_;
};

// What History samples.
Totals TotalsOf(const Engine& engine, const AudienceWatch& watch, uint64_t requests);

}  // namespace adirect
