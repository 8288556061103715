// adirect archive: a topic, or event files, to the files of an archive, and nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "adirect/app/commands.h"
#include "adirect/app/live.h"
#include "adirect/app/load.h"
#include "adirect/app/run.h"
#include "adirect/app/wiring.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/archiver.h"

namespace adirect {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr double kLineEverySeconds = 10;

Result<std::unique_ptr<Stream>> OpenSources(const ArchiveOptions& options) {
  const auto topic = std::find_if(options.sources.begin(), options.sources.end(), IsStream);
  if (topic == options.sources.end()) return OpenFileStream(options.sources, options.format);
  if (options.sources.size() == 1) return OpenStream(*topic, options.format, 1, StreamUse::kArchive);
  return InvalidArgument("one topic, or files: an archive of several topics is one command for each, into one folder");
}

// What there is to tell while it runs, each once.
class Teller {
 public:
  Teller(const Archiver& archiver, const Stream& stream, bool quiet)
      : archiver_(archiver), stream_(stream), quiet_(quiet), told_at_(Seconds()) {}

  void Look() {
    const ArchiverState state = archiver_.state();
    const StreamState source = stream_.state();
    Once(state.foreign, foreign_);
    Once(source.lost_rows, lost_);
    Once(state.trouble.empty() ? "" : state.trouble + "; it is tried again", trouble_);
    Once(source.trouble, source_trouble_);
    if (!quiet_ && Seconds() - told_at_ >= kLineEverySeconds) TellProgress(state, source);
  }

 private:
  static void Once(const std::string& sentence, std::string& told) {
    if (sentence == told) return;
    told = sentence;
    if (!sentence.empty()) fmt::print(stderr, "archive: {}\n", sentence);
  }

  void TellProgress(const ArchiverState& state, const StreamState& source) {
    told_at_ = Seconds();
    fmt::print(stderr, "archive: {} events in {} files, {:.1f} MB; {} rows wait to be finished, {} to be read\n",
               state.rows, state.files, static_cast<double>(state.bytes) / 1e6, state.waiting_rows, source.lag());
  }

  const Archiver& archiver_;
  const Stream& stream_;
  const bool quiet_;
  double told_at_;
  std::string foreign_, lost_, trouble_, source_trouble_;
};

std::string SummaryJson(const ArchiverState& state) {
  std::string next;
  for (const auto& [input, position] : state.next) {
    next += fmt::format("{}{}: {}", next.empty() ? "" : ", ", QuotedJson(input), position);
  }
  return fmt::format(
      "{{\n  \"events\": {},\n  \"files\": {},\n  \"bytes\": {},\n  \"quarantined\": {},\n  \"ignored\": {},\n"
      "  \"retries\": {},\n  \"next\": {{{}}}\n}}\n",
      state.rows, state.files, state.bytes, state.refused, state.ignored, state.retries, next);
}

std::string SummaryText(const ArchiverState& state, const std::string& place) {
  std::string text = fmt::format("archived {} events in {} file{} of {}, {:.1f} MB\n", state.rows, state.files,
                                 state.files == 1 ? "" : "s", place, static_cast<double>(state.bytes) / 1e6);
  if (state.refused == 0) return text;
  return text + fmt::format("{} row{} could not be read: see {}/{}\n", state.refused, state.refused == 1 ? "" : "s",
                            place, kArchiveQuarantine);
}

Status Archive(const ArchiveOptions& options) {
  const Result<ArchiveFormat> format = FindArchiveFormat(options.files.as);
  if (!format.ok()) return format.status().Within("--as");
  const Result<std::unique_ptr<Catalog>> catalog = LoadCatalog(options.catalog);
  if (!catalog.ok()) return catalog.status().Within("--catalog");
  const Result<std::unique_ptr<Stream>> stream = OpenSources(options);
  if (!stream.ok()) return stream.status().Within("--source");
  const Result<std::unique_ptr<ArchiveStore>> store = MakeArchive(options.to);
  if (!store.ok()) return store.status().Within("--to");
  if (options.files.as.empty() && format->ending != "parquet" && !options.quiet) {
    fmt::print(stderr, "archive: writes {}; this build has no Parquet (ADIRECT_WITH_ARROW)\n", format->ending);
  }

  ArchiverOptions run;
  SetRolls(options.files, run);
  run.catalog = catalog->get();
  run.once = options.once || !IsStream(options.sources.front());
  const WallClockPort clock;
  Archiver archiver(**stream, **store, *format, clock, run);
  Teller teller(archiver, **stream, options.quiet);
  archiver.Start();
  while (!archiver.done() && !StopRequested()) {
    std::this_thread::sleep_for(kLookEvery);
    teller.Look();
  }
  const Status ended = archiver.Stop();
  teller.Look();
  const ArchiverState state = archiver.state();
  if (options.json) std::fputs(SummaryJson(state).c_str(), stdout);
  const bool has_done_something = ended.ok() || state.files > 0;
  if (!options.quiet && has_done_something) std::fputs(SummaryText(state, (*store)->place()).c_str(), stderr);
  return ended;
}

}  // namespace

int RunArchive(const ArchiveOptions& options) {
  const Status archived = Archive(options);
  return archived.ok() ? kExitDone : Fail(archived);
}

}  // namespace adirect
