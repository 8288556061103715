#include "adirect/api/metrics.h"

#include <algorithm>
#include <utility>

#include "adirect/api/metrics_page.h"

namespace adirect {
namespace {

double SecondsSince(Timestamp then, Timestamp now) { return static_cast<double>(now.ms - then.ms) / 1e3; }

}  // namespace

std::string Metrics::Text() const {
  const EngineCounts counts = parts_.engine.counts();
  MetricsPage page;
  page.Head("adirect_build_info", "gauge", "1, for the version.");
  page.Sample(MetricsLabel("version", parts_.version), 1);
  AppendEvents(counts, page);
  AppendSources(page);
  AppendPublished(page);
  AppendArchives(page);
  AppendDisk(counts, page);
  AppendMemory(counts, page);
  AppendAudience(page);
  http_.Append(page);
  page.AppendProcess();
  return page.Take();
}

void Metrics::AppendEvents(const EngineCounts& counts, MetricsPage& page) const {
  page.Head("adirect_events_accepted_total", "counter", "New events by type.");
  for (size_t i = 0; i < counts.by_type.size(); ++i) {
    page.Sample(MetricsLabel("type", EventTypeName(static_cast<EventType>(i))), counts.by_type[i]);
  }
  page.Counter("adirect_events_duplicate_total", "Events that had come a moment ago.", counts.duplicates);
  page.Counter("adirect_events_ignored_total", "Rows of a type that their format ignores.", counts.ignored);
  page.Head("adirect_events_quarantined_total", "counter", "Refused rows by reason.");
  for (size_t i = 0; i < counts.refused.size(); ++i) {
    page.Sample(MetricsLabel("reason", RejectReasonName(static_cast<RejectReason>(i))), counts.refused[i]);
  }
  const QuarantineSink::Counts kept = parts_.engine.refused().kept();
  page.Gauge("adirect_quarantine_bytes", "Kept records of rows refused over HTTP.", kept.kept_bytes);
  page.Counter("adirect_quarantine_dropped_bytes_total", "Records of refused rows that are not kept, or no longer.",
               kept.dropped_bytes);
  page.Head("adirect_ingest_to_visible_seconds", "histogram",
            "From an event's arrival (a topic's: its record's time) until every answer knows it.");
  page.Buckets(MetricsLabel("type", "purchase"), parts_.engine.times().purchases_visible);
  page.Buckets(MetricsLabel("type", "other"), parts_.engine.times().others_visible);
}

void Metrics::AppendSources(MetricsPage& page) const {
  std::vector<StreamState> states;
  for (const Flows::Followed& followed : parts_.flows.followed) states.push_back(followed.follower->state());
  const auto of_inputs = [&](std::string_view name, std::string_view type, std::string_view help, const auto& value) {
    page.Head(name, type, help);
    for (const StreamState& state : states) {
      for (const StreamState::Part& part : state.parts) page.Sample(MetricsLabel("input", part.input), value(part));
    }
  };
  of_inputs("adirect_source_position", "gauge", "All records before it are in the answers, by input of the streams.",
            [](const StreamState::Part& part) { return part.next; });
  of_inputs("adirect_source_lag_records", "gauge", "Records that are not yet in the answers, by input of the streams.",
            [](const StreamState::Part& part) { return part.lag(); });
  const auto sum = [&](const auto& value) {
    uint64_t total = 0;
    for (const StreamState& state : states) total += value(state);
    return total;
  };
  page.Gauge("adirect_source_waiting", "Streams that wait for a broker.",
             sum([](const StreamState& state) { return state.trouble.empty() ? 0u : 1u; }));
  page.Counter("adirect_source_retries_total", "Failures of brokers after which a stream asked again.",
               sum([](const StreamState& state) { return state.retries; }));
  page.Counter("adirect_source_lost_records_total", "Records that were gone before they could be read.",
               sum([](const StreamState& state) { return state.lost; }));
}

void Metrics::AppendArchives(MetricsPage& page) const {
  ArchiverState all;
  uint64_t waiting = 0;
  double age = 0;
  for (const Archiver* archiver : parts_.flows.archives) {
    const ArchiverState state = archiver->state();
    for (const auto& [input, next] : state.next) all.next[input] = std::max(all.next[input], next);
    all.files += state.files;
    all.bytes += state.bytes;
    all.rows += state.rows;
    all.retries += state.retries;
    all.waiting_rows += state.waiting_rows;
    waiting += state.trouble.empty() && state.ended.empty() ? 0 : 1;
    if (state.waits_since) age = std::max(age, SecondsSince(*state.waits_since, parts_.clock.Now()));
  }
  page.Head("adirect_archive_position", "gauge",
            "The first offset that no finished file has, by input of the archive.");
  for (const auto& [input, next] : all.next) page.Sample(MetricsLabel("input", input), next);
  page.Counter("adirect_archive_files_total", "Files of the archive that were finished.", all.files);
  page.Counter("adirect_archive_bytes_total", "Their bytes.", all.bytes);
  page.Counter("adirect_archive_events_total", "Events in them.", all.rows);
  page.Counter("adirect_archive_retries_total", "Failures after which the archive tried again.", all.retries);
  page.Gauge("adirect_archive_waiting_records", "Records that were read and are in no finished file yet.",
             all.waiting_rows);
  page.Gauge("adirect_archive_age_seconds", "Since the oldest of them was read.", age);
  page.Gauge("adirect_archive_failing", "Archives that cannot finish a file at present.", waiting);
}

void Metrics::AppendPublished(MetricsPage& page) const {
  if (parts_.flows.publisher == nullptr) return;
  const Publisher::State state = parts_.flows.publisher->state();
  page.Gauge("adirect_publish_lag_seconds", "Age of the oldest change of a shopper that is not published.",
             state.lag_seconds);
  page.Gauge("adirect_publish_waiting_shoppers", "Shoppers with changes that are not published.", state.waiting);
  page.Gauge("adirect_publish_waiting_lists", "Lists that have changed and are not published.", state.lists_waiting);
  page.Counter("adirect_publish_shoppers_total", "Shoppers whose changes were published.", state.shoppers);
  page.Counter("adirect_publish_rows_total", "Rows of them.", state.rows);
  page.Counter("adirect_publish_failures_total", "Writes that failed and are made again.", state.failures);
  page.Gauge("adirect_publish_whole", "1 while all shoppers are published anew.", state.walking ? 1 : 0);
  page.Head("adirect_publish_seconds", "histogram", "From a change of a shopper until it is published.");
  page.Buckets("", parts_.flows.publisher->published());
}

void Metrics::AppendDisk(const EngineCounts& counts, MetricsPage& page) const {
  page.Counter("adirect_log_bytes_total", "Bytes of accepted events written to the log.", counts.log_bytes);
  page.Counter("adirect_log_append_failures_total", "Groups of events that the log did not take.",
               counts.append_failures);
  page.Gauge("adirect_log_waiting_records", "Records of the log that no checkpoint covers yet.", counts.log_waiting);
  page.Gauge("adirect_queued_bytes", "Bodies that are not yet durable.", counts.queued_bytes);
  page.Counter("adirect_checkpoints_total", "Checkpoints written.", counts.checkpoints);
  page.Counter("adirect_checkpoint_failures_total", "Checkpoints that could not be written.",
               counts.checkpoint_failures);
  page.Gauge("adirect_checkpoint_age_seconds", "Since the last checkpoint, or the start.",
             SecondsSince(counts.checkpoint_at, parts_.clock.Now()));
  page.Head("adirect_checkpoint_seconds", "histogram", "How long a checkpoint took.");
  page.Buckets("", parts_.engine.times().checkpoints);
  page.Counter("adirect_compactions_total", "Times that the disk was rid of erased shoppers.", counts.compactions);
  page.Counter("adirect_compaction_failures_total", "Times that it could not be.", counts.compaction_failures);
  page.Gauge("adirect_erased_on_disk",
             "Erases that no compaction has followed: bytes of who was erased may be on disk.", counts.erased_on_disk);
}

void Metrics::AppendMemory(const EngineCounts& counts, MetricsPage& page) const {
  const ShopperCounts shoppers = parts_.engine.shoppers();
  page.Gauge("adirect_shoppers", "Shoppers in memory.", shoppers.shoppers);
  page.Gauge("adirect_changed_shoppers", "Shoppers that the next checkpoint saves.", shoppers.changed);
  page.Gauge("adirect_state_bytes", "Memory of shoppers and items.", counts.memory_bytes);
  page.Gauge("adirect_state_limit_bytes", "What adirect_state_bytes may reach (--memory-limit).",
             parts_.engine.options().memory_bytes);
  page.Gauge("adirect_catalog_bytes", "Memory of the catalog.", parts_.catalog.Read()->memory_bytes());
  page.Gauge("adirect_catalog_products", "Products in the catalog.", parts_.catalog.Read()->product_count());
  page.Gauge("adirect_audience_watch_bytes", "Memory of the audience watch.", parts_.watch.memory_bytes());
}

void Metrics::AppendAudience(MetricsPage& page) const {
  std::vector<std::pair<std::string, AudienceSizes>> sizes;  // by label
  for (const std::shared_ptr<const NamedPolicy>& named : parts_.policies.All()) {
    std::optional<AudienceSizes> found = parts_.watch.Sizes(named->policy.name);
    if (found && sizes.size() < kMaxPolicies)
      sizes.emplace_back(MetricsLabel("policy", named->policy.name), *std::move(found));
  }
  const auto gauge = [&](std::string_view name, std::string_view help, const auto& value) {
    page.Head(name, "gauge", help);
    for (const auto& [label, size] : sizes) page.Sample(label, value(size));
  };
  gauge("adirect_audience_users", "Shoppers who are targeted, as of the last look.",
        [](const AudienceSizes& s) { return s.users; });
  gauge("adirect_audience_pairs", "Shoppers and categories that are targeted, as of the last look.",
        [](const AudienceSizes& s) { return s.pairs; });
  gauge("adirect_audience_age_seconds", "Since the last look's instant.",
        [&](const AudienceSizes& s) { return SecondsSince(s.as_of, parts_.engine.Now()); });
}

}  // namespace adirect
