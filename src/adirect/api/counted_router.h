// CountedRouter: routes, and the count of what was answered.
//
//   router.Add(…);
//   router.CountBy(http_metrics);   // when all routes are there
//
// Threads: as Router says.
#pragma once

#include "adirect/api/http_metrics.h"
#include "adirect/api/router.h"

namespace adirect {

class CountedRouter : public Router {
 public:
  // It must outlive the router.
  void CountBy(HttpMetrics& metrics) {
    metrics.Routes(names());
    metrics_ = &metrics;
  }
  void Finished(const FinishedRequest& request) override { metrics_->Count(request); }

 private:
  HttpMetrics* metrics_ = nullptr;
};

}  // namespace adirect
