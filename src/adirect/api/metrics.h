// Metrics: what GET /metrics answers, in Prometheus' text format. docs/operating.md lists every metric.
//
//   Metrics metrics({engine, watch, policies, catalog, flows, clock, "0.1.0"});
//   metrics.http().Count(finished);      // HttpHandler::Finished
//   metrics.Text();
//
// Threads: every member may be called from any number of threads.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "adirect/api/http_metrics.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/flows.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

class MetricsPage;

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
  explicit Metrics(Parts parts) : parts_(std::move(parts)) {}

  // What is told of the requests.
  HttpMetrics& http() { return http_; }

  std::string Text() const;

 private:
  void AppendEvents(const EngineCounts& counts, MetricsPage& page) const;
  void AppendSources(MetricsPage& page) const;
  void AppendArchives(MetricsPage& page) const;
  void AppendPublished(MetricsPage& page) const;
  void AppendDisk(const EngineCounts& counts, MetricsPage& page) const;
  void AppendMemory(const EngineCounts& counts, MetricsPage& page) const;
  void AppendAudience(MetricsPage& page) const;

  const Parts parts_;
  HttpMetrics http_;
};

}  // namespace adirect
