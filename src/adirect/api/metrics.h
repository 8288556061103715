// Metrics: what GET /metrics answers, in Prometheus' text format. docs/operating.md lists every metric.
//
//   Metrics metrics({engine, watch, policies, catalog, flows, clock, "0.1.0"});
//   metrics.Count(finished);      // HttpHandler::Finished
//   metrics.Text();
//
// Threads: Routes before the first Count; then every member may be called from any number of threads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adirect/api/http.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/flows.h"
#include "adirect/pipeline/histogram.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

class Metrics {
 public:
  static constexpr size_t kMaxPolicies = 100;  // whose audiences are told, the first by name

  // All must outlive it.
  struct Parts {
    const Engine& engine;
    const AudienceWatch& watch;
    const PolicySet& policies;
    const LiveCatalog& catalog;
    const Flows& flows;
    const Clock& clock;
    std::string version;
  };
  explicit Metrics(Parts parts);

  // The routes that requests are counted by: Router::names.
  void Routes(std::span<const std::string> names);
  // Allocates nothing and waits for nobody.
  void Count(const FinishedRequest& request);

  std::string Text() const;
  // Answered so far.
  uint64_t requests() const;

 private:
  struct Route {
    std::string name;
    Histogram seconds;
    std::array<std::atomic<uint64_t>, 6> by_status = {};  // by hundreds
  };
  class Page;

  void AppendEvents(const EngineCounts& counts, Page& page) const;
  void AppendSources(Page& page) const;
  void AppendArchives(Page& page) const;
  void AppendPublished(Page& page) const;
  void AppendDisk(const EngineCounts& counts, Page& page) const;
  void AppendMemory(const EngineCounts& counts, Page& page) const;
  void AppendAudience(Page& page) const;
  void AppendHttp(Page& page) const;

  const Parts parts_;
  std::vector<std::unique_ptr<Route>> routes_;  // the first is for what no route answered
};

}  // namespace adirect
