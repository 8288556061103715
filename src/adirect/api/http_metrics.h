// HttpMetrics: what was answered, counted by route, for /metrics.
//
//   HttpMetrics http;
//   http.Routes(router.names());
//   http.Count(finished);      // HttpHandler::Finished
//   http.Append(page);
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
#include "adirect/pipeline/histogram.h"

namespace adirect {

class MetricsPage;

class HttpMetrics {
 public:
  HttpMetrics() { Routes({}); }

  // The routes that requests are counted by: Router::names.
  void Routes(std::span<const std::string> names);
  // Allocates nothing and waits for nobody.
  void Count(const FinishedRequest& request);

  void Append(MetricsPage& page) const;
  // Answered so far.
  uint64_t requests() const;

 private:
  struct Route {
    std::string name;
    Histogram seconds;
    std::array<std::atomic<uint64_t>, 6> by_status = {};  // by hundreds
  };

  std::vector<std::unique_ptr<Route>> routes_;  // the first is for what no route answered
};

}  // namespace adirect
