#include "adirect/app/run.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "adirect/app/load.h"
#include "adirect/app/progress.h"
#include "adirect/app/wiring.h"
#include "adirect/base/text.h"
#include "adirect/pipeline/pipeline.h"

namespace adirect {
namespace {

// More shards than threads, so that a thread seldom waits for another's.
constexpr size_t kShardsPerThread = 4;

std::atomic<bool> stop_requested = false;

void OnSignal(int signal) {
  if (stop_requested.exchange(true)) _exit(128 + signal);
}

Result<Settings> SettingsOf(const InputOptions& options) {
  const std::optional<Duration> retention = ParseDuration(options.retention);
  if (!retention || (!retention->forever() && retention->millis() % kMillisPerDay != 0)) {
    return InvalidArgument("--retention: " + Quoted(options.retention) +
                           " is no retention; use whole days (e.g. \"400d\") or \"forever\"");
  }
  if (options.max_searches < 1)
    return InvalidArgument("--max-searches: " + std::to_string(options.max_searches) + " is too few; use 1 or more");
  return Settings{options.max_searches, *retention};
}

Result<std::optional<Timestamp>> AsOf(const InputOptions& options) {
  if (options.as_of.empty()) return std::optional<Timestamp>();
  const std::optional<Timestamp> as_of = ParseRfc3339(options.as_of);
  if (!as_of) {
    return InvalidArgument("--as-of: " + Quoted(options.as_of) +
                           " is no instant; use RFC 3339 with a zone (e.g. \"2017-02-08T00:00:00Z\")");
  }
  return as_of;
}

Timestamp WallClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

// The newest of the files' last rows. The default as-of is no earlier, and mostly the same: files mostly
// are in the order of time.
std::optional<Timestamp> NewestAtTheEnds(const DoorRules& rules, const StoredSource& source) {
  Dictionary dictionary;
  Door door(rules, dictionary, 1);
  DecodeScratch scratch;
  source.PeekEnds([&](const SourceBlock& block) {
    door.Open(block);
    block.decoder->Decode(block.block, scratch, door);
    door.Close();
  });
  return door.counts().newest;
}

// Absent where any search may be looked at.
std::optional<SearchFilter> SearchesLookedAt(const Policy& policy, const Settings& settings, const DoorRules& rules,
                                             const StoredSource& source) {
  if (rules.as_of) return SearchFilter(policy, settings, *rules.as_of);
  const std::optional<Timestamp> earliest = NewestAtTheEnds(rules, source);
  return earliest ? std::optional(SearchFilter::NotBefore(policy, settings, *earliest)) : std::nullopt;
}

}  // namespace

Result<FoldedInput> FoldFiles(const InputOptions& options, Keep keep, TextSink& quarantine) {
  Result<Policy> policy = LoadPolicy(options.policy);
  if (!policy.ok()) return policy.status();
  const Result<Settings> settings = SettingsOf(options);
  if (!settings.ok()) return settings.status();
  ADIRECT_RETURN_IF_ERROR(CheckAgainst(*policy, *settings));
  const Result<std::optional<Timestamp>> as_of = AsOf(options);
  if (!as_of.ok()) return as_of.status();
  Result<std::unique_ptr<StoredSource>> source = OpenEvents(options.files, options.format, &StopRequested());
  if (!source.ok()) return source.status();

  FoldedInput folded;
  folded.policy = *std::move(policy);
  folded.settings = *settings;
  folded.threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  folded.shards = std::make_unique<Shards>(folded.threads == 1 ? 1 : folded.threads * kShardsPerThread, *settings);
  ProgressBar progress("reading", (*source)->total_bytes(), options.quiet);
  PipelineOptions run;
  run.threads = folded.threads;
  run.door.arrival = WallClock();
  run.door.as_of = *as_of;
  if (keep == Keep::kWhatThePolicyLooksAt) {
    run.door.searches = SearchesLookedAt(folded.policy, folded.settings, run.door, **source);
  }
  run.progress = &progress;
  run.stop = &StopRequested();
  const double start = Seconds();
  const Result<DoorCounts> counts = RunPipeline(**source, *folded.shards, quarantine, run);
  progress.Finish();
  if (!counts.ok()) return counts.status();
  folded.read_seconds = Seconds() - start;
  folded.counts = *counts;
  folded.as_of = as_of->value_or(counts->newest.value_or(Timestamp{}));
  return folded;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "adirect: %s\n", status.message().c_str());
  const bool usage = status.code() == Code::kInvalidArgument || status.code() == Code::kNotFound ||
                     status.code() == Code::kUnsupported;
  return usage ? kExitWrongUsage : kExitWorldFailed;
}

const std::atomic<bool>& StopRequested() { return stop_requested; }

void HandleSignals() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace adirect
