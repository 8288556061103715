// MetricsPage: metrics in Prometheus' text format, written one behind the other: a head for each, then its samples.
//
//   MetricsPage page;
//   page.Counter("adirect_checkpoints_total", "Checkpoints written.", 7);
//   page.Head("adirect_events_total", "counter", "Events by type.");
//   page.Sample(MetricsLabel("type", "search"), 12);
//   page.AppendProcess();
//   page.Take();
//
// Threads: one.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "adirect/pipeline/histogram.h"

namespace adirect {

// The format's media type.
inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// `name="value"`; the value has no character that needs an escape.
std::string MetricsLabel(std::string_view name, std::string_view value);

class MetricsPage {
 public:
  void Head(std::string_view name, std::string_view type, std::string_view help);

  // `labels`: `result="accepted"`, or none.
  void Sample(std::string_view labels, double value) { Line("", labels, value); }
  void Sample(std::string_view labels, std::integral auto value) { Line("", labels, static_cast<int64_t>(value)); }
  void Counter(std::string_view name, std::string_view help, auto value) {
    Head(name, "counter", help);
    Sample("", value);
  }
  void Gauge(std::string_view name, std::string_view help, auto value) {
    Head(name, "gauge", help);
    Sample("", value);
  }
  void Buckets(const std::string& labels, const Histogram& histogram);
  // What the system says of the process.
  void AppendProcess();

  std::string Take() { return std::move(text_); }

 private:
  void Line(std::string_view suffix, std::string_view labels, double value);
  void Line(std::string_view suffix, std::string_view labels, int64_t value);
  void BeginLine(std::string_view suffix, std::string_view labels);

  std::string text_;
  std::string name_;
};

}  // namespace adirect
