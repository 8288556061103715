// ReaderStatus: how a server does that reads a shop which is somewhere else: its metrics, and whether it is ready.
// docs/operating.md lists every metric.
//
//   ReaderStatus status({remote, http_metrics, clock, "0.1.0"});
//   status.AddTo(router);
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <string>

#include "adirect/api/http_metrics.h"
#include "adirect/api/router.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class ReaderStatus {
 public:
  // All must outlive it.
  struct Parts {
    const RemoteShop& shop;
    const HttpMetrics& http;
    const Clock& clock;
    std::string version;
  };

  explicit ReaderStatus(Parts parts) : parts_(std::move(parts)) {}
  void AddTo(Router& router);

  // What GET /metrics answers.
  std::string Metrics() const;

 private:
  const Parts parts_;
};

}  // namespace adirect
