#include "adirect/api/stats_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/api/decision_ask.h"
#include "adirect/api/event_stream.h"
#include "adirect/api/metrics_page.h"
#include "adirect/api/ready_answer.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/door.h"

namespace adirect {
namespace {

void AppendStage(const StatsApi::Stage& stage, std::string& out) {
  out += out.back() == '[' ? "" : ", ";
  const std::string lag = stage.lag_seconds ? fmt::format("{:.3f}", *stage.lag_seconds) : "null";
  out += fmt::format(
      "{{\"name\": \"{}\", \"label\": \"{}\", \"state\": \"{}\", \"rate\": {:.1f}, \"lag_seconds\": {}, \"detail\": "
      "{}}}",
      stage.name, stage.label, stage.state, stage.rate, lag, QuotedJson(stage.detail));
}

std::string RatesJson(const Rates& rates) {
  return fmt::format(
      "\"accepted_per_second\": {:.1f}, \"purchases_per_second\": {:.1f}, \"requests_per_second\": {:.1f}",
      rates.accepted_per_second, rates.purchases_per_second, rates.requests_per_second);
}

std::string SentenceOf(const std::vector<Health::Trouble>& troubles, std::string_view name) {
  const auto found = std::find_if(troubles.begin(), troubles.end(), [&](const auto& t) { return t.name == name; });
  return found == troubles.end() ? std::string() : found->sentence;
}

void AppendSamples(const std::vector<RefusedEvent>& samples, std::string& out) {
  for (const RefusedEvent& sample : samples) {
    out += fmt::format("{}{{\"time\": \"{}\", \"source\": {}, \"position\": {}, \"line\": {}}}",
                       out.back() == '[' ? "" : ", ", FormatRfc3339(sample.arrival), QuotedJson(sample.source),
                       sample.position, QuotedJson(sample.line));
  }
}

}  // namespace

Totals TotalsOf(const Engine& engine, const AudienceWatch& watch, uint64_t requests) {
  const EngineCounts counts = engine.counts();
  Totals totals;
  totals.accepted = counts.accepted;
  totals.purchases = counts.by_type[static_cast<size_t>(EventType::kPurchase)];
  totals.requests = requests;
  totals.shoppers = engine.shoppers().shoppers;
  if (const std::optional<AudienceSizes> sizes = watch.Sizes(kDefaultPolicy)) {
    totals.targeted = sizes->pairs;
    totals.suppressed = sizes->suppressed;
  }
  return totals;
}

StatsApi::Stage StatsApi::SourceStage(const Rates& rates, const std::vector<Health::Trouble>& troubles) const {
  const bool busy = rates.accepted_per_second > 0;
  Stage stage{"source",
              "HTTP",
              busy ? "ok" : "waiting",
              rates.accepted_per_second,
              std::nullopt,
              busy ? "events come in by HTTP" : "no event came in the last ten seconds"};
  if (parts_.flows.followed.empty()) return stage;
  uint64_t lag = 0;
  std::optional<Timestamp> newest;
  for (const Flows::Followed& followed : parts_.flows.followed) {
    const StreamState state = followed.follower->state();
    lag += state.lag();
    for (const StreamState::Part& part : state.parts) newest = std::max(newest, part.newest);
  }
  stage.label = parts_.flows.followed.front().name;
  stage.detail = lag == 0 ? "all records are read" : fmt::format("{} records are to be read", lag);
  stage.lag_seconds = 0;
  if (lag > 0 && newest)
    stage.lag_seconds = static_cast<double>(std::max<int64_t>(parts_.clock.Now().ms - newest->ms, 0)) / 1e3;
  for (const char* name : {"source_failed", "source_waits", "source_behind"}) {
    const std::string sentence = SentenceOf(troubles, name);
    if (sentence.empty()) continue;
    stage.state = name == std::string_view("source_behind") ? "waiting" : "failed";
    stage.detail = sentence;
    break;
  }
  return stage;
}

StatsApi::Stage StatsApi::ArchiveStage() const {
  Stage stage{"archive", "Archive", "off", 0, std::nullopt, "this server keeps no archive"};
  if (parts_.flows.archives.empty()) return stage;
  uint64_t files = 0;
  uint64_t events = 0;
  uint64_t waiting = 0;
  std::string trouble;
  stage.state = "ok";
  stage.lag_seconds = 0;
  for (const Archiver* archiver : parts_.flows.archives) {
    const ArchiverState state = archiver->state();
    files += state.files;
    events += state.rows;
    waiting += state.waiting_rows;
    if (trouble.empty()) trouble = state.ended.empty() ? state.trouble : state.ended;
    if (!state.waits_since) continue;
    const double age = static_cast<double>(parts_.clock.Now().ms - state.waits_since->ms) / 1e3;
    stage.lag_seconds = std::max(*stage.lag_seconds, age);
  }
  stage.detail =
      fmt::format("{} events in {} files since the start, {} records wait for theirs", events, files, waiting);
  if (trouble.empty()) return stage;
  stage.state = "failed";
  stage.detail = trouble;
  return stage;
}

StatsApi::StatsApi(const Parts& parts) : parts_(parts), started_(parts.clock.Now()) {}

void StatsApi::AddTo(Router& router) {
  using Parameters = Router::Parameters;
  router.Add("GET /v1/stats", [this](const Request&, Parameters, Answer& a) { a.response().body = Json(); });
  router.Add("GET /v1/stats/history", [this](const Request& r, Parameters, Answer& a) { GetHistory(r, a); });
  router.Add("GET /v1/quarantine", [this](const Request& r, Parameters, Answer& a) { GetQuarantine(r, a); });
  router.Add("GET /metrics", [this](const Request&, Parameters, Answer& a) { GetMetrics(a); });
  const Router::RouteOptions open{.open = true};
  router.Add(
      "GET /readyz", [this](const Request&, Parameters, Answer& a) { AnswerReady(parts_.health.Troubles(), a); }, open);
  router.Add("GET /v1/stream", [this](const Request& r, Parameters, Answer& a) { GetStream(r, a); });
}

std::string StatsApi::Json() const {
  const EngineCounts counts = parts_.engine.counts();
  const std::vector<Health::Trouble> troubles = parts_.health.Troubles();
  const Rates rates = parts_.history.rates();
  std::string out = fmt::format(
      "{{\"version\": \"{}\", \"as_of\": \"{}\", \"started_at\": \"{}\", \"ready\": {}, \"accepted\": {}, "
      "\"duplicates\": {}, \"ignored\": {}, \"quarantined\": {}, \"shoppers\": {}, \"queued_bytes\": {}, "
      "\"memory_bytes\": {}, \"memory_limit_bytes\": {}, \"checkpoints\": {}, \"checkpoint_at\": \"{}\", "
      "\"rates\": {{{}}}, \"stages\": {}, \"audience\": ",
      parts_.version, FormatRfc3339(parts_.engine.Now()), FormatRfc3339(started_), troubles.empty(), counts.accepted,
      counts.duplicates, counts.ignored, RejectCountsJson(counts.refused), parts_.engine.shoppers().shoppers,
      counts.queued_bytes, counts.memory_bytes, parts_.engine.options().memory_bytes, counts.checkpoints,
      FormatRfc3339(counts.checkpoint_at), RatesJson(rates), Stages(counts, rates, troubles));
  AppendAudienceSizes(out);
  return out + '}';
}

std::string StatsApi::Stages(const EngineCounts& counts, const Rates& rates,
                             const std::vector<Health::Trouble>& troubles) const {
  std::string out = "[";
  AppendStage(SourceStage(rates, troubles), out);
  const std::string stuck = SentenceOf(troubles, "memory_full");
  AppendStage({"engine", "Engine", stuck.empty() ? "ok" : "failed", rates.requests_per_second, std::nullopt,
               stuck.empty() ? fmt::format("{} MiB of {} MiB are used", counts.memory_bytes >> 20,
                                           parts_.engine.options().memory_bytes >> 20)
                             : stuck},
              out);
  AppendStage(ArchiveStage(), out);
  std::string failed;
  for (const std::string_view name : {"disk_full", "checkpoint_failed", "checkpoint_late"}) {
    if (failed.empty()) failed = SentenceOf(troubles, name);
  }
  const double age = static_cast<double>(parts_.clock.Now().ms - counts.checkpoint_at.ms) / 1e3;
  AppendStage({"store", "RocksDB", failed.empty() ? "ok" : "failed", rates.accepted_per_second, std::max(0.0, age),
               failed.empty() ? "accepted events are durable; the lag is the age of the last checkpoint" : failed},
              out);
  return out + ']';
}

void StatsApi::AppendAudienceSizes(std::string& out) const {
  out += '{';
  for (const std::shared_ptr<const NamedPolicy>& named : parts_.policies.All()) {
    const std::optional<AudienceSizes> sizes = parts_.watch.Sizes(named->policy.name);
    if (!sizes) continue;
    out += fmt::format(
        "{}{}: {{\"as_of\": \"{}\", \"users\": {}, \"pairs\": {}, \"entered\": {}, \"left\": {}, \"suppressed\": {}, "
        "\"by_category\": {{",
        out.back() == '{' ? "" : ", ", QuotedJson(named->policy.name), FormatRfc3339(sizes->as_of), sizes->users,
        sizes->pairs, sizes->entered, sizes->left, sizes->suppressed);
    for (size_t i = 0; i < std::min(sizes->by_category.size(), kMaxCategorySizes); ++i) {
      const auto& [category, pairs] = sizes->by_category[i];
      out += fmt::format("{}{}: {}", i == 0 ? "" : ", ", QuotedJson(parts_.engine.dictionary().category_id(category)),
                         pairs);
    }
    out += "}}";
  }
  out += '}';
}

void StatsApi::GetHistory(const Request& request, Answer& answer) const {
  const std::optional<uint32_t> points = ParseWhole(request.Query("points").value_or("360"));
  if (!points || *points == 0 || *points > History::kMostPoints) {
    return Refuse(answer, 400, fmt::format("points is a whole number from 1 to {}", History::kMostPoints), "points");
  }
  std::string& out = answer.response().body;
  out = fmt::format("{{\"every_seconds\": {}, \"points\": [", History::kSecondsPerPoint);
  for (const HistoryPoint& point : parts_.history.Points(*points)) {
    out += fmt::format("{}{{\"time\": \"{}\", {}, \"shoppers\": {}, \"targeted\": {}, \"suppressed\": {}}}",
                       out.back() == '[' ? "" : ", ", FormatRfc3339(point.time), RatesJson(point.rates),
                       point.totals.shoppers, point.totals.targeted, point.totals.suppressed);
  }
  out += "]}";
}

void StatsApi::GetStream(const Request& request, Answer& answer) {
  EventStream::Parts parts{[this] { return Json(); }, parts_.history, parts_.shop};
  if (const std::optional<std::string_view> user = request.Query("user")) {
    parts.ask = ReadDecisionAsk(request, *user, parts_.policies, answer);
    if (!parts.ask) return;
    if (parts.ask->question.as_of) return Refuse(answer, 400, "a stream is of now; leave as_of out", "as_of");
    parts.user_id = *user;
    parts.category_id = parts.ask->question.category_id.value_or("");
  }
  answer.response().SetContentType("text/event-stream");
  answer.response().AddHeader("Cache-Control", "no-store");
  answer.SendStream(std::make_unique<EventStream>(std::move(parts)));
}

void StatsApi::GetQuarantine(const Request& request, Answer& answer) const {
  const std::optional<uint32_t> limit = ParseWhole(request.Query("limit").value_or("20"));
  if (!limit || *limit > RefusedEvents::kSamples) {
    return Refuse(answer, 400, fmt::format("limit is a whole number from 0 to {}", RefusedEvents::kSamples), "limit");
  }
  const EngineCounts counts = parts_.engine.counts();
  std::string& out = answer.response().body;
  out = fmt::format("{{\"since\": \"{}\", \"ignored\": {}, \"duplicates\": {}, \"reasons\": [", FormatRfc3339(started_),
                    counts.ignored, counts.duplicates);
  for (size_t i = 0; i < counts.refused.size(); ++i) {
    if (counts.refused[i] == 0) continue;
    const auto reason = static_cast<RejectReason>(i);
    out += fmt::format("{}{{\"reason\": \"{}\", \"count\": {}, \"samples\": [", out.back() == '[' ? "" : ", ",
                       RejectReasonName(reason), counts.refused[i]);
    AppendSamples(parts_.engine.refused().Newest(reason, *limit), out);
    out += "]}";
  }
  out += "]}";
}

void StatsApi::GetMetrics(Answer& answer) const {
  answer.response().SetContentType(kMetricsType);
  answer.response().body = parts_.metrics.Text();
}

}  // namespace adirect
