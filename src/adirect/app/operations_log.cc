#include "adirect/app/operations_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "adirect/app/run.h"
#include "adirect/app/table.h"
#include "adirect/codec/text.h"

namespace adirect {

OperationsLog::OperationsLog(std::string_view format, std::string_view level)
    : json_(format == "json"),
      least_(static_cast<Level>(std::find(std::begin(kLogLevels), std::end(kLogLevels), level) -
                                std::begin(kLogLevels))) {}

void OperationsLog::Write(Level level, std::string_view event, std::string_view message) const {
  if (level > least_) return;
  const std::string time = FormatRfc3339(WallClock());
  const std::string_view name = kLogLevels[static_cast<size_t>(level)];
  if (json_) {
    fmt::print(stderr, "{{\"time\":\"{}\",\"level\":\"{}\",\"event\":\"{}\",\"message\":{}}}\n", time, name, event,
               QuotedJson(message));
  } else {
    fmt::print(stderr, "{} {} {}: {}\n", time, name, event, Printable(message));
  }
}

void TroubleWatch::Look(const std::vector<Health::Trouble>& troubles) {
  std::vector<std::string_view> now;
  for (const Health::Trouble& trouble : troubles) {
    now.push_back(trouble.name);
    if (std::find(troubles_.begin(), troubles_.end(), trouble.name) != troubles_.end()) continue;
    const auto level = trouble.expected ? OperationsLog::Level::kInfo : OperationsLog::Level::kWarning;
    log_.Write(level, trouble.name, trouble.sentence);
  }
  for (const std::string_view before : troubles_) {
    if (std::find(now.begin(), now.end(), before) != now.end()) continue;
    log_.Write(OperationsLog::Level::kInfo, std::string(before) + "_ended", "all is well again");
  }
  troubles_ = std::move(now);
}

void OperationsWatch::Look() {
  troubles_.Look(health_.Troubles());
  LookAtQuarantine();
}

void OperationsWatch::LookAtQuarantine() {
  const RejectCounts refused = engine_.counts().refused;
  if (!refused_ && std::accumulate(refused.begin(), refused.end(), uint64_t{0}) > 0) {
    refused_ = true;
    log_.Write(OperationsLog::Level::kWarning, "quarantine_begun",
               "rows are refused: " + RejectCountsJson(refused) + "; see GET /v1/quarantine");
  }
  if (!dropped_ && engine_.refused().kept().dropped_bytes > 0) {
    dropped_ = true;
    log_.Write(OperationsLog::Level::kWarning, "quarantine_dropped",
               "more rows are refused than are kept (--quarantine-limit, or the disk is full)");
  }
}

}  // namespace adirect
