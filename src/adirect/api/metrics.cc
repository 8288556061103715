#include "adirect/api/metrics.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace adirect {

// The text as it grows: a head for each metric, then its samples.
class Metrics::Page {
 public:
  void Head(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  // `labels`: `result="accepted"`, or none.
  template <typename Number>
  void Sample(std::string_view labels, Number value) {
    Line("", labels, value);
  }
  template <typename Number>
  void Counter(std::string_view name, std::string_view help, Number value) {
    Head(name, "counter", help);
    Sample("", value);
  }
  template <typename Number>
  void Gauge(std::string_view name, std::string_view help, Number value) {
    Head(name, "gauge", help);
    Sample("", value);
  }
  void Buckets(const std::string& labels, const Histogram& histogram) {
    const std::string before = labels.empty() ? "" : labels + ",";
    uint64_t sum = 0;
    for (size_t i = 0; i < Histogram::kBounds.size(); ++i) {
      sum += histogram.bucket(i);
      Line("_bucket", fmt::format("{}le=\"{}\"", before, Histogram::kBounds[i]), sum);
    }
    sum += histogram.bucket(Histogram::kBounds.size());
    Line("_bucket", before + "le=\"+Inf\"", sum);
    Line("_sum", labels, histogram.seconds());
    Line("_count", labels, sum);
  }

  std::string Take() { return std::move(text_); }

 private:
  template <typename Number>
  void Line(std::string_view suffix, std::string_view labels, Number value) {
    text_ += name_;
    text_ += suffix;
    text_ += labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
    text_ += fmt::format(" {}\n", value);
  }

  std::string text_;
  std::string name_;
};

namespace {

// The value of a label: a route's or a policy's name has no character that needs an escape.
std::string Label(std::string_view name, std::string_view value) { return fmt::format("{}=\"{}\"", name, value); }

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The fields of /proc/self/stat behind the program's name, which may hold anything: the first is field 3 of proc(5).
std::vector<std::string> ProcessStat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  return {std::istream_iterator<std::string>(fields), {}};
}

// The number of proc(5)'s field; 0 where there is no /proc.
double StatField(const std::vector<std::string>& stat, size_t field) {
  return stat.size() > field - 3 ? std::strtod(stat[field - 3].c_str(), nullptr) : 0;
}

// When the machine started, in seconds since 1970; 0 where there is no /proc.
double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

int64_t OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  int64_t entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return std::max<int64_t>(entries - 3, 0);  // ".", ".." and the folder itself
}

template <typename Page>
void AppendProcess(Page& page) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::vector<std::string> stat = ProcessStat();
  page.Counter("process_cpu_seconds_total", "User and system time.", Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  page.Gauge("process_resident_memory_bytes", "Resident memory.",
             StatField(stat, 24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  page.Gauge("process_virtual_memory_bytes", "Virtual memory.", StatField(stat, 23));
  page.Gauge("process_open_fds", "Open file descriptors.", OpenFiles());
  page.Gauge("process_max_fds", "The most file descriptors that may be open.", files.rlim_cur);
  page.Gauge("process_threads", "Threads.", StatField(stat, 20));
  page.Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
             BootTime() + StatField(stat, 22) / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

double SecondsSince(Timestamp then, Timestamp now) { return static_cast<double>(now.ms - then.ms) / 1e3; }

}  // namespace

Metrics::Metrics(Parts parts) : parts_(std::move(parts)) { Routes({}); }

void Metrics::Routes(std::span<const std::string> names) {
  routes_.clear();
  routes_.push_back(std::make_unique<Route>());
  routes_.back()->name = "none";
  for (const std::string& name : names) {
    routes_.push_back(std::make_unique<Route>());
    routes_.back()->name = name;
  }
}

void Metrics::Count(const FinishedRequest& request) {
  const size_t at = static_cast<size_t>(request.route + 1);
  Route& route = *routes_[at < routes_.size() ? at : 0];
  route.seconds.Add(request.seconds);
  route.by_status[static_cast<size_t>(std::clamp(request.status / 100, 0, 5))].fetch_add(1, std::memory_order_relaxed);
}

uint64_t Metrics::requests() const {
  uint64_t requests = 0;
  for (const std::unique_ptr<Route>& route : routes_) {
    for (const std::atomic<uint64_t>& count : route->by_status) requests += count.load(std::memory_order_relaxed);
  }
  return requests;
}

std::string Metrics::Text() const {
  const EngineCounts counts = parts_.engine.counts();
  Page page;
  page.Head("adirect_build_info", "gauge", "1, for the version.");
  page.Sample(Label("version", parts_.version), 1);
  AppendEvents(counts, page);
  AppendSources(page);
  AppendPublished(page);
  AppendArchives(page);
  AppendDisk(counts, page);
  AppendMemory(counts, page);
  AppendAudience(page);
  AppendHttp(page);
  AppendProcess(page);
  return page.Take();
}

void Metrics::AppendEvents(const EngineCounts& counts, Page& page) const {
  page.Head("adirect_events_accepted_total", "counter", "New events by type.");
  for (size_t i = 0; i < counts.by_type.size(); ++i) {
    page.Sample(Label("type", EventTypeName(static_cast<EventType>(i))), counts.by_type[i]);
  }
  page.Counter("adirect_events_duplicate_total", "Events that had come a moment ago.", counts.duplicates);
  page.Counter("adirect_events_ignored_total", "Rows of a type that their format ignores.", counts.ignored);
  page.Head("adirect_events_quarantined_total", "counter", "Refused rows by reason.");
  for (size_t i = 0; i < counts.refused.size(); ++i) {
    page.Sample(Label("reason", RejectReasonName(static_cast<RejectReason>(i))), counts.refused[i]);
  }
  const QuarantineSink::Counts kept = parts_.engine.refused().kept();
  page.Gauge("adirect_quarantine_bytes", "Kept records of rows refused over HTTP.", kept.kept_bytes);
  page.Counter("adirect_quarantine_dropped_bytes_total", "Records of refused rows that are not kept, or no longer.",
               kept.dropped_bytes);
  page.Head("adirect_ingest_to_visible_seconds", "histogram",
            "From an event's arrival (a topic's: its record's time) until every answer knows it.");
  page.Buckets(Label("type", "purchase"), parts_.engine.times().purchases_visible);
  page.Buckets(Label("type", "other"), parts_.engine.times().others_visible);
}

void Metrics::AppendSources(Page& page) const {
  std::vector<StreamState> states;
  for (const Flows::Followed& followed : parts_.flows.followed) states.push_back(followed.follower->state());
  const auto of_inputs = [&](std::string_view name, std::string_view type, std::string_view help, const auto& value) {
    page.Head(name, type, help);
    for (const StreamState& state : states) {
      for (const StreamState::Part& part : state.parts) page.Sample(Label("input", part.input), value(part));
    }
  };
  of_inputs("adirect_source_position", "gauge", "The offset that is read next, by input of the streams.",
            [](const StreamState::Part& part) { return part.next; });
  of_inputs("adirect_source_lag_records", "gauge", "Records that are there and not yet read, by input of the streams.",
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

void Metrics::AppendArchives(Page& page) const {
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
  for (const auto& [input, next] : all.next) page.Sample(Label("input", input), next);
  page.Counter("adirect_archive_files_total", "Files of the archive that were finished.", all.files);
  page.Counter("adirect_archive_bytes_total", "Their bytes.", all.bytes);
  page.Counter("adirect_archive_events_total", "Events in them.", all.rows);
  page.Counter("adirect_archive_retries_total", "Failures after which the archive tried again.", all.retries);
  page.Gauge("adirect_archive_waiting_records", "Records that were read and are in no finished file yet.",
             all.waiting_rows);
  page.Gauge("adirect_archive_age_seconds", "Since the oldest of them was read.", age);
  page.Gauge("adirect_archive_failing", "Archives that cannot finish a file at present.", waiting);
}

void Metrics::AppendPublished(Page& page) const {
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

void Metrics::AppendDisk(const EngineCounts& counts, Page& page) const {
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
}

void Metrics::AppendMemory(const EngineCounts& counts, Page& page) const {
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

void Metrics::AppendAudience(Page& page) const {
  std::vector<std::pair<std::string, AudienceSizes>> sizes;  // by label
  for (const std::shared_ptr<const NamedPolicy>& named : parts_.policies.All()) {
    std::optional<AudienceSizes> found = parts_.watch.Sizes(named->policy.name);
    if (found && sizes.size() < kMaxPolicies)
      sizes.emplace_back(Label("policy", named->policy.name), *std::move(found));
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

void Metrics::AppendHttp(Page& page) const {
  page.Head("adirect_http_responses_total", "counter", "Responses by route and class of status.");
  for (const auto& route : routes_) {
    for (size_t i = 1; i < route->by_status.size(); ++i) {
      const uint64_t count = route->by_status[i].load(std::memory_order_relaxed);
      if (count > 0) page.Sample(Label("route", route->name) + "," + Label("code", fmt::format("{}xx", i)), count);
    }
  }
  page.Head("adirect_http_request_seconds", "histogram",
            "From a request's complete head to the last byte of its answer, by route.");
  for (const auto& route : routes_) {
    const auto asked = [](const auto& count) { return count.load(std::memory_order_relaxed) > 0; };
    if (std::any_of(route->by_status.begin(), route->by_status.end(), asked)) {
      page.Buckets(Label("route", route->name), route->seconds);
    }
  }
}

}  // namespace adirect
