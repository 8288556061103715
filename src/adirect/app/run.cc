#include "adirect/app/run.h"

#include <fmt/format.h>
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
#include "adirect/sources/state_file.h"

namespace adirect {
namespace {

// More shards than threads, so that a thread seldom waits for another's.
constexpr size_t kShardsPerThread = 4;

std::atomic<bool> stop_requested = false;

void OnSignal(int signal) {
  if (stop_requested.exchange(true)) _exit(128 + signal);
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

// The newest of the files' last rows. The default as-of is no earlier, and mostly the same: files mostly
// are in the order of time.
std::optional<Timestamp> NewestAtTheEnds(const DoorRules& rules, const StoredSource& source) {
  Dictionary dictionary;
  FoldingDoor door(rules, dictionary, 1);
  DecodeScratch scratch;
  source.PeekEnds([&](const SourceBlock& block) {
    door.Open(block);
    block.decoder->Decode(block.block, scratch, door);
    door.Close();
  });
  return door.counts().newest;
}

// Absent where any search may be looked at.
std::optional<SearchFilter> SearchesLookedAt(const FoldedInput& folded, const DoorRules& rules,
                                             const StoredSource& source) {
  const std::optional<Timestamp> earliest = std::max(folded.newest, NewestAtTheEnds(rules, source));
  if (!rules.as_of && !earliest) return std::nullopt;
  SearchFilter all;
  for (const Policy& policy : folded.policies) {
    all.Add(rules.as_of ? SearchFilter(policy, folded.settings, *rules.as_of)
                        : SearchFilter::NotBefore(policy, folded.settings, *earliest));
  }
  return all;
}

Result<std::vector<Policy>> Policies(const InputOptions& options) {
  std::vector<Policy> policies;
  for (const std::string& name : options.policies) {
    Result<Policy> policy = LoadPolicy(name);
    if (!policy.ok()) return policy.status();
    policies.push_back(*std::move(policy));
  }
  return policies;
}

// Reads the saved states. What was asked of the settings beyond their defaults must be in them.
Status ReadStates(const InputOptions& options, FoldedInput& folded) {
  const Settings asked = folded.settings;
  for (const std::string& state : options.states) {
    ADIRECT_RETURN_IF_ERROR(ReadStateFile(state, folded.threads, *folded.shards, folded.inputs));
  }
  folded.settings = folded.shards->settings();
  folded.newest = folded.shards->newest();
  if (asked.max_searches != kDefaultMaxSearches && asked.max_searches > folded.settings.max_searches) {
    return InvalidArgument(
        fmt::format("--max-searches {}: the state keeps {}; to keep more, build it again from the "
                    "events",
                    asked.max_searches, folded.settings.max_searches));
  }
  if (!asked.retention.forever() && asked.retention > folded.settings.retention) {
    return InvalidArgument(
        fmt::format("--retention {}: the state keeps {}; to keep more, build it again from the "
                    "events",
                    FormatDuration(asked.retention), FormatDuration(folded.settings.retention)));
  }
  return {};
}

// Events of a state after an as-of cannot be left out any more.
Status CheckAsOf(std::optional<Timestamp> as_of, const FoldedInput& folded) {
  if (!as_of || !folded.newest || *as_of >= *folded.newest) return {};
  return InvalidArgument(
      fmt::format("--as-of {}: the state has events until {}; ask for that instant or a later one, "
                  "or read the events themselves",
                  FormatRfc3339(*as_of), FormatRfc3339(*folded.newest)));
}

// Adds what was read to the inputs, unless it is there already under another name.
Status AddInputs(const std::vector<StateInput>& read, bool again, std::vector<StateInput>& inputs) {
  for (const StateInput& input : read) {
    const StateInput* const same = FindSameContent(inputs, input);
    if (same != nullptr && !again) {
      return InvalidArgument(input.name + ": its content was read already, as " + Quoted(same->name) +
                             "; rows without an event_id would count twice. Leave it out, or give --again");
    }
    inputs.push_back(input);
  }
  return {};
}

// Reads the files into the shards.
Status FoldEvents(StoredSource& source, const InputOptions& options, Keep keep, PipelineOptions& run,
                  TextSink& quarantine, FoldedInput& folded) {
  if (keep == Keep::kWhatPoliciesLookAt) run.door.searches = SearchesLookedAt(folded, run.door, source);
  const bool name_inputs = keep == Keep::kState || !options.states.empty();
  if (name_inputs) source.KeepChecksums();
  ProgressBar progress("reading", source.total_bytes(), options.quiet);
  run.progress = &progress;
  const Result<DoorCounts> counts = RunPipeline(source, *folded.shards, quarantine, run);
  progress.Finish();
  if (!counts.ok()) return counts.status();
  folded.counts = *counts;
  folded.newest = std::max(folded.newest, counts->newest);
  return name_inputs ? AddInputs(source.inputs(), options.again, folded.inputs) : Status();
}

void WarnOfTies(const Catalog& catalog) {
  if (catalog.ties() == 0) return;
  std::fprintf(stderr,
               "catalog: %llu time%s a row had another's id and updated_at but other content; the larger row holds "
               "(set updated_at to say which is newer)\n",
               static_cast<unsigned long long>(catalog.ties()), catalog.ties() == 1 ? "" : "s");
}

}  // namespace

unsigned ThreadsOf(unsigned asked) { return asked != 0 ? asked : std::max(1u, std::thread::hardware_concurrency()); }

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

Result<FoldedInput> FoldFiles(const InputOptions& options, Keep keep, TextSink& quarantine) {
  if (options.files.empty() && options.states.empty()) {
    return InvalidArgument("there is nothing to read: name event files, or a saved state");
  }
  FoldedInput folded;
  Result<std::vector<Policy>> policies = Policies(options);
  if (!policies.ok()) return policies.status();
  folded.policies = *std::move(policies);
  const Result<Settings> settings = SettingsOf(options);
  if (!settings.ok()) return settings.status();
  folded.settings = *settings;
  const Result<std::optional<Timestamp>> as_of = AsOf(options);
  if (!as_of.ok()) return as_of.status();
  Result<std::unique_ptr<Catalog>> catalog = LoadCatalog(options.catalog);
  if (!catalog.ok()) return catalog.status().Within("--catalog");
  if (*catalog != nullptr && !options.quiet) WarnOfTies(**catalog);
  folded.catalog = *std::move(catalog);
  const Result<std::unique_ptr<StoredSource>> source = OpenEvents(options.files, options.format, &StopRequested());
  if (!source.ok()) return source.status();

  folded.threads = ThreadsOf(options.threads);
  folded.shards = std::make_unique<Shards>(folded.threads == 1 ? 1 : folded.threads * kShardsPerThread, *settings);
  const double start = Seconds();
  ADIRECT_RETURN_IF_ERROR(ReadStates(options, folded));
  ADIRECT_RETURN_IF_ERROR(CheckAsOf(*as_of, folded));
  for (const Policy& policy : folded.policies) ADIRECT_RETURN_IF_ERROR(CheckAgainst(policy, folded.settings));
  folded.state_seconds = Seconds() - start;

  PipelineOptions run;
  run.threads = folded.threads;
  run.door.arrival = WallClock();
  run.door.as_of = *as_of;
  run.door.catalog = folded.catalog.get();
  run.stop = &StopRequested();
  ADIRECT_RETURN_IF_ERROR(FoldEvents(**source, options, keep, run, quarantine, folded));
  folded.read_seconds = Seconds() - start - folded.state_seconds;
  folded.as_of = as_of->value_or(folded.newest.value_or(Timestamp{}));
  return folded;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "adirect: %s\n", status.message().c_str());
  return ExitCode(status);
}

int ExitCode(const Status& status) {
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

Timestamp WallClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void SetRolls(const ArchiveFiles& files, ArchiverOptions& options) {
  options.roll_bytes = static_cast<uint64_t>(files.roll_mib * (1 << 20));
  options.roll_after = Duration::Millis(static_cast<int64_t>(files.roll_minutes * kMillisPerMinute));
}

}  // namespace adirect
