// adirect generate: shopping events of an invented world, as a file of text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "adirect/app/commands.h"
#include "adirect/app/progress.h"
#include "adirect/app/run.h"
#include "adirect/app/wiring.h"
#include "adirect/base/text.h"
#include "adirect/sinks/files.h"
#include "adirect/sources/generator.h"
#include "adirect/sources/generator_products.h"
#include "adirect/sources/generator_run.h"

namespace adirect {
namespace {

constexpr std::array<std::string_view, 2> kWorlds = {"seed2017", "realistic"};
constexpr std::array<std::string_view, 2> kFormats = {"seed", "adirect"};

Status Unknown(std::string_view option, std::string_view word, std::span<const std::string_view> known) {
  return InvalidArgument(std::string(option) + ": " + Quoted(word) + " is none of " + Joined(known) +
                         DidYouMean(word, known));
}

Result<Timestamp> StartOf(const GenerateOptions& options) {
  if (options.start.empty()) return GeneratorSettings().start;
  const bool date = options.start.size() == std::string_view("2017-02-01").size();
  const std::optional<Timestamp> start = ParseRfc3339(date ? options.start + "T00:00:00Z" : options.start);
  if (start) return *start;
  return InvalidArgument("--start: " + Quoted(options.start) +
                         " is no time; use a date (2017-02-01) or RFC 3339 with a zone "
                         "(2017-02-01T09:00:00Z)");
}

Result<GeneratorSettings> SettingsOf(const GenerateOptions& options) {
  const std::optional<WorldKind> world = ParseWorldKind(options.world);
  if (!world) return Unknown("--world", options.world, kWorlds);
  const Result<Timestamp> start = StartOf(options);
  if (!start.ok()) return start.status();
  if (!options.users_file.empty() && !options.write_users_dir.empty()) {
    return InvalidArgument("--users and --write-users exclude each other; leave one of them out");
  }
  GeneratorSettings settings;
  settings.world = *world;
  settings.seed = options.seed;
  settings.start = *start;
  settings.events = options.events;
  settings.days = options.days;
  settings.rate = options.rate;
  settings.user_count = options.user_count;
  settings.region = options.region;
  settings.users_file = options.users_file;
  return settings;
}

TextKind KindOf(const GenerateOptions& options) {
  if (options.format == "seed") return TextKind::kSeedCsv;
  if (!options.to.empty()) return TextKind::kNdjson;
  return options.out.ends_with(".csv") || options.out == "-" ? TextKind::kCsv : TextKind::kNdjson;
}

Result<RunSettings> RunOf(const GenerateOptions& options) {
  if (std::find(kFormats.begin(), kFormats.end(), options.format) == kFormats.end()) {
    return Unknown("--format", options.format, kFormats);
  }
  if (options.out.empty() && options.to.empty() && options.write_users_dir.empty() &&
      options.write_catalog_dir.empty()) {
    return InvalidArgument("say where to write: -o FILE, -o - for standard output, or --to kafka://HOST:PORT/TOPIC");
  }
  if (std::error_code ignored; std::filesystem::is_directory(options.out, ignored)) {
    return FromErrno(EISDIR, options.out);  // now, not when all is written
  }
  RunSettings run;
  run.kind = KindOf(options);
  run.threads = ThreadsOf(options.threads);
  run.stop = &StopRequested();
  if (options.mess.empty()) return run;
  const std::optional<uint64_t> share = ParseMessShare(options.mess);
  if (!share) {
    return InvalidArgument("--mess: " + Quoted(options.mess) +
                           " is no share; use a percentage up to 100% (e.g. \"5%\")");
  }
  if (run.kind == TextKind::kSeedCsv) {
    return InvalidArgument("--mess needs --format adirect: the seed's columns hold no mess");
  }
  run.mess_millionths = *share;
  return run;
}

Status WriteUsers(const Generator& generator, const std::string& path) {
  Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(path);
  if (!folder.ok()) return folder.status();
  for (const Shoppers& group : generator.frame().shoppers) {
    const Result<OutputFile*> file = (*folder)->Add(std::string(group.region()) + ".csv");
    if (!file.ok()) return file.status();
    ADIRECT_RETURN_IF_ERROR((*file)->Write(group.Csv()));
  }
  return (*folder)->Commit();
}

Status WriteCatalog(const Generator& generator, const std::string& path) {
  Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(path);
  if (!folder.ok()) return folder.status();
  const Result<OutputFile*> categories = (*folder)->Add("categories.csv");
  if (!categories.ok()) return categories.status();
  const Result<OutputFile*> products = (*folder)->Add("products.csv");
  if (!products.ok()) return products.status();
  ADIRECT_RETURN_IF_ERROR((*categories)->Write(CategoriesCsvText()));
  ADIRECT_RETURN_IF_ERROR(WriteProductsCsv(generator.frame().seed, generator.start(), **products));
  return (*folder)->Commit();
}

void PrintMess(const MessCounts& mess) {
  std::fputs("mess, in rows:", stderr);
  for (size_t i = 0; i < kMessKinds; ++i) {
    const std::string_view name = MessKindName(static_cast<MessKind>(i));
    fmt::print(stderr, "{} {} {}", i == 0 ? "" : ",", mess.rows[i], name);
  }
  std::fputs("\n", stderr);
}

// Passes lines on so many a second.
class PacedSink : public TextSink {
 public:
  PacedSink(TextSink& next, double rows_per_second)
      : next_(next), rows_per_second_(rows_per_second), start_(Seconds()) {}

  Status Write(std::string_view text) override {
    while (!text.empty()) {
      const auto due = static_cast<uint64_t>((Seconds() - start_) * rows_per_second_) + 1;
      size_t size = 0;
      for (; rows_ < due && size < text.size(); ++rows_) size = text.find('\n', size) + 1;
      ADIRECT_RETURN_IF_ERROR(next_.Write(text.substr(0, size)));
      text.remove_prefix(size);
      if (text.empty()) break;
      if (StopRequested()) return Unavailable("cancelled");
      std::this_thread::sleep_for(kStep);
    }
    return {};
  }

 private:
  static constexpr std::chrono::milliseconds kStep{1};

  TextSink& next_;
  const double rows_per_second_;
  const double start_;
  uint64_t rows_ = 0;
};

Status WriteTo(TextSink& sink, const Generator& generator, RunSettings run, const GenerateOptions& options) {
  ProgressBar progress("generating", 0, options.quiet);
  run.progress = &progress;
  MessCounts mess;
  PacedSink paced(sink, options.pace.value_or(0));
  const Status written = WriteEvents(generator, run, options.pace ? paced : sink, &mess);
  progress.Finish();
  if (written.ok() && run.mess_millionths > 0) PrintMess(mess);
  return written;
}

Status WriteFile(const Generator& generator, const RunSettings& run, const GenerateOptions& options) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options.out);
  if (!file.ok()) return file.status();
  ADIRECT_RETURN_IF_ERROR(WriteTo(**file, generator, run, options));
  return (*file)->Commit();
}

// What was sent before a Ctrl-C is acknowledged too.
Status WriteTopic(const Generator& generator, const RunSettings& run, const GenerateOptions& options) {
  const Format format = run.kind == TextKind::kSeedCsv ? SeedFormat() : AdirectFormat(Format::Kind::kNdjson);
  const Result<std::unique_ptr<TextSink>> topic = OpenTopic(options.to, format);
  if (!topic.ok()) return topic.status().Within("--to");
  const Status written = WriteTo(**topic, generator, run, options);
  const Status flushed = (*topic)->Sync();
  return written.ok() ? flushed : written;
}

Status Generate(const GenerateOptions& options) {
  const Result<RunSettings> run = RunOf(options);
  if (!run.ok()) return run.status();
  const Result<GeneratorSettings> settings = SettingsOf(options);
  if (!settings.ok()) return settings.status();
  const Result<Generator> generator = Generator::Make(*settings);
  if (!generator.ok()) return generator.status();
  if (!options.write_users_dir.empty()) {
    ADIRECT_RETURN_IF_ERROR(WriteUsers(*generator, options.write_users_dir));
  }
  if (!options.write_catalog_dir.empty()) {
    ADIRECT_RETURN_IF_ERROR(WriteCatalog(*generator, options.write_catalog_dir));
  }
  if (!options.to.empty()) return WriteTopic(*generator, *run, options);
  return options.out.empty() ? Status() : WriteFile(*generator, *run, options);
}

}  // namespace

int RunGenerate(const GenerateOptions& options) {
  const Status done = Generate(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
