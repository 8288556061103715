#include "adirect/api/http_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/api/metrics_page.h"

namespace adirect {

void HttpMetrics::Routes(std::span<const std::string> names) {
  routes_.clear();
  routes_.push_back(std::make_unique<Route>());
  routes_.back()->name = "none";
  for (const std::string& name : names) {
    routes_.push_back(std::make_unique<Route>());
    routes_.back()->name = name;
  }
}

void HttpMetrics::Count(const FinishedRequest& request) {
  const size_t at = static_cast<size_t>(request.route + 1);
  Route& route = *routes_[at < routes_.size() ? at : 0];
  route.seconds.Add(request.seconds);
  route.by_status[static_cast<size_t>(std::clamp(request.status / 100, 0, 5))].fetch_add(1, std::memory_order_relaxed);
}

uint64_t HttpMetrics::requests() const {
  uint64_t requests = 0;
  for (const std::unique_ptr<Route>& route : routes_) {
    for (const std::atomic<uint64_t>& count : route->by_status) requests += count.load(std::memory_order_relaxed);
  }
  return requests;
}

void HttpMetrics::Append(MetricsPage& page) const {
  page.Head("adirect_http_responses_total", "counter", "Responses by route and class of status.");
  for (const auto& route : routes_) {
    for (size_t i = 1; i < route->by_status.size(); ++i) {
      const uint64_t count = route->by_status[i].load(std::memory_order_relaxed);
      if (count > 0)
        page.Sample(MetricsLabel("route", route->name) + "," + MetricsLabel("code", fmt::format("{}xx", i)), count);
    }
  }
  page.Head("adirect_http_request_seconds", "histogram",
            "From a request's complete head to the last byte of its answer, by route.");
  for (const auto& route : routes_) {
    const auto asked = [](const auto& count) { return count.load(std::memory_order_relaxed) > 0; };
    if (std::any_of(route->by_status.begin(), route->by_status.end(), asked)) {
      page.Buckets(MetricsLabel("route", route->name), route->seconds);
    }
  }
}

}  // namespace adirect
