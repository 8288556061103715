// --source of serve: event files, each read once.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "adirect/app/live.h"
#include "adirect/app/progress.h"
#include "adirect/app/run.h"
#include "adirect/app/wiring.h"
#include "adirect/base/url.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

// Size and time of change: while they are the same, so is the file.
Result<FinishedInput> MarkOf(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return FromErrno(errno, path).Within("--source");
  if (!S_ISREG(info.st_mode)) {
    return InvalidArgument("--source: " + path + ": is no regular file, which could be found again after a restart");
  }
  return FinishedInput{
      path, fmt::format("{} bytes, changed {}.{:09}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec)};
}

// Those that are new or have changed.
Result<std::vector<FinishedInput>> Unread(const std::vector<std::string>& sources, const Engine& engine) {
  std::vector<FinishedInput> unread;
  for (const std::string& source : sources) {
    if (IsStream(source)) continue;
    const Result<std::string> path = FilePathOf(source);
    if (!path.ok()) return path.status().Within("--source");
    const Result<FinishedInput> input = MarkOf(*path);
    if (!input.ok()) return input.status();
    const auto known = engine.finished().find(input->name);
    const bool again = std::any_of(unread.begin(), unread.end(), [&](const auto& i) { return i.name == *path; });
    if (!again && (known == engine.finished().end() || known->second != input->mark)) unread.push_back(*input);
  }
  return unread;
}

void Tell(const DoorCounts& read, double reading, double saving, const std::string& quarantine,
          const OperationsLog& log) {
  std::string told = fmt::format(
      "read {} rows: {} accepted, {} ignored, {} quarantined (read {:.2f} s, saved {:.2f} s: {:.2f} M events/s)",
      read.rows, read.accepted, read.ignored, read.all_refused(), reading, saving,
      static_cast<double>(read.rows) / 1e6 / std::max(reading + saving, 1e-3));
  if (read.all_refused() > 0) told += fmt::format("; rows that could not be read are in {}", quarantine);
  log.Write(OperationsLog::Level::kInfo, "source_read", told);
}

}  // namespace

Status ReadSources(const ServeOptions& options, Engine& engine, const OperationsLog& log) {
  Result<std::vector<FinishedInput>> unread = Unread(options.sources, engine);
  if (!unread.ok()) return unread.status();
  if (unread->empty()) return {};
  std::vector<std::string> paths;
  for (const FinishedInput& input : *unread) paths.push_back(input.name);
  const Result<std::unique_ptr<StoredSource>> source = OpenEvents(paths, options.format, &StopRequested());
  if (!source.ok()) return source.status().Within("--source");
  const std::string refused = fmt::format("{}/quarantine-{}.ndjson", options.data, FormatRfc3339(WallClock()));
  const Result<std::unique_ptr<OutputFile>> quarantine = OutputFile::Create(refused);
  if (!quarantine.ok()) return quarantine.status();
  ProgressBar progress("reading", (*source)->total_bytes(), log.json());
  const double start = Seconds();
  double read_at = 0;
  const auto keep_refused = [&](const DoorCounts& read) {
    read_at = Seconds();
    return read.all_refused() > 0 ? (*quarantine)->CommitDurably() : Status();
  };
  const Result<DoorCounts> read =
      engine.Read(**source, **quarantine, {*std::move(unread), keep_refused, &progress, &StopRequested()});
  progress.Finish();
  if (!read.ok()) return read.status().Within("--source");
  Tell(*read, read_at - start, Seconds() - read_at, refused, log);
  return {};
}

}  // namespace adirect
