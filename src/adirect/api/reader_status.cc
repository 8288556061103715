#include "adirect/api/reader_status.h"

#include <algorithm>

#include "adirect/api/metrics_page.h"
#include "adirect/api/ready_answer.h"

namespace adirect {

void ReaderStatus::AddTo(Router& router) {
  using Parameters = Router::Parameters;
  const Router::RouteOptions open{.open = true};
  router.Add(
      "GET /readyz", [this](const Request&, Parameters, Answer& a) { AnswerReady(parts_.shop.Troubles(), a); }, open);
  router.Add("GET /metrics", [this](const Request&, Parameters, Answer& a) {
    a.response().SetContentType(kMetricsType);
    a.response().body = Metrics();
  });
}

std::string ReaderStatus::Metrics() const {
  const RemoteShop::Counts& counts = parts_.shop.counts();
  MetricsPage page;
  page.Head("adirect_build_info", "gauge", "1, for the version.");
  page.Sample(MetricsLabel("version", parts_.version), 1);
  page.Gauge("adirect_reader_ready", "1 while questions can be answered.", parts_.shop.Troubles().empty() ? 1 : 0);
  page.Counter("adirect_reader_reads_total", "Partitions and lists that were read.", counts.reads.load());
  page.Counter("adirect_reader_read_failures_total", "Reads that failed.", counts.failures.load());
  page.Head("adirect_reader_read_seconds", "histogram", "That a question waited for reads made together.");
  page.Buckets("", counts.seconds);
  if (const std::optional<Timestamp> until = parts_.shop.published_until()) {
    const int64_t late = std::max<int64_t>(parts_.clock.Now().ms - until->ms, 0);
    page.Gauge("adirect_reader_lag_seconds", "Since the instant up to which everything was published, by its engine.",
               static_cast<double>(late) / 1e3);
  }
  parts_.http.Append(page);
  page.AppendProcess();
  return page.Take();
}

}  // namespace adirect
