// adirect batch: event files to audience, recommendations and popularity.
#include <fmt/format.h>

#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/run.h"
#include "adirect/base/text.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/audience.h"
#include "adirect/sinks/answers.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

struct Timings {
  double read = 0;
  double popularity = 0;
  double audience = 0;
  double total = 0;
};

std::string JsonText(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string JsonTime(std::optional<Timestamp> time) { return time ? '"' + FormatRfc3339(*time) + '"' : "null"; }

std::string RefusedJson(const RejectCounts& refused) {
  std::string out;
  for (size_t i = 0; i < refused.size(); ++i) {
    if (refused[i] == 0) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", JsonText(RejectReasonName(static_cast<RejectReason>(i))),
                       refused[i]);
  }
  return '{' + out + '}';
}

std::string AudienceByCategoryJson(const std::vector<uint64_t>& audience, const Dictionary& dictionary) {
  std::vector<std::pair<std::string_view, uint64_t>> sizes;
  for (uint32_t i = 0; i < audience.size(); ++i) {
    if (audience[i] > 0) sizes.emplace_back(dictionary.category_id(CategoryIndex(i)), audience[i]);
  }
  std::sort(sizes.begin(), sizes.end());
  std::string out;
  for (const auto& [category, size] : sizes) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", JsonText(category), size);
  }
  return '{' + out + '}';
}

std::string SummaryJson(const FoldedInput& input, const AudienceCounts& audience, uint64_t popular_products) {
  const DoorCounts& counts = input.counts;
  const std::optional<Timestamp> newest = counts.newest;
  std::string out = "{\n";
  const auto member = [&](std::string_view key, const std::string& value) {
    out += fmt::format("{}  \"{}\": {}", out.size() == 2 ? "" : ",\n", key, value);
  };
  member("as_of", JsonTime(newest || input.as_of.ms != 0 ? std::optional(input.as_of) : std::nullopt));
  member("newest_event_at", JsonTime(newest));
  member("policy", JsonText(input.policy.name));
  member("policy_version", JsonText(PolicyVersion(input.policy)));
  member("rows", std::to_string(counts.rows));
  member("accepted", std::to_string(counts.accepted));
  member("ignored", std::to_string(counts.ignored));
  member("quarantined", std::to_string(counts.all_refused()));
  member("after_as_of", std::to_string(counts.after_as_of));
  member("erases", std::to_string(counts.erases));
  member("users", std::to_string(audience.users));
  member("pairs", std::to_string(audience.pairs));
  member("audience_pairs", std::to_string(audience.audience_pairs));
  member("audience_users", std::to_string(audience.audience_users));
  member("recommendations", std::to_string(audience.recommendations));
  member("popular_products", std::to_string(popular_products));
  member("quarantine", RefusedJson(counts.refused));
  member("audience_by_category", AudienceByCategoryJson(audience.audience_by_category, input.shards->dictionary()));
  return out + "\n}\n";
}

std::string TimingsJson(const Timings& t, const FoldedInput& input) {
  size_t bytes = input.shards->dictionary().memory_bytes();
  for (const ShopperTable* table : input.shards->tables()) bytes += table->memory().bytes;
  return fmt::format(
      "{{\"threads\": {}, \"read_s\": {:.3f}, \"popularity_s\": {:.3f}, \"audience_s\": {:.3f}, \"total_s\": {:.3f}, "
      "\"events_per_s\": {:.0f}, \"state_bytes\": {}}}\n",
      input.threads, t.read, t.popularity, t.audience, t.total, static_cast<double>(input.counts.rows) / t.total,
      bytes);
}

std::string SummaryText(const FoldedInput& input, const AudienceCounts& audience, const Timings& timings) {
  std::string out = fmt::format(
      "{} rows: {} accepted, {} ignored, {} after as-of, {} quarantined ({:.2f} s)\n"
      "as of {}, policy {}: targets {} of the {} shoppers who searched lately, {} pairs, {} recommendations\n",
      input.counts.rows, input.counts.accepted, input.counts.ignored, input.counts.after_as_of,
      input.counts.all_refused(), timings.total, FormatRfc3339(input.as_of), input.policy.name, audience.audience_users,
      audience.users, audience.audience_pairs, audience.recommendations);
  return out;
}

uint64_t CountProducts(const Popularity& popularity) {
  uint64_t products = 0;
  for (const CategoryIndex category : popularity.categories()) products += popularity.Of(category).size();
  return products;
}

// The files of a run. summary.json is renamed last: where it is, all are.
struct Files {
  std::unique_ptr<OutputFolder> folder;
  OutputFile* quarantine = nullptr;
  AnswerFiles answers;
  OutputFile* summary = nullptr;
};

// Adds a file that a TextSink* or an OutputFile* will point to.
template <typename Sink>
Status AddFile(OutputFolder& folder, const std::string& name, Sink*& file) {
  const Result<OutputFile*> added = folder.Add(name);
  if (!added.ok()) return added.status();
  file = *added;
  return {};
}

Result<Files> CreateFiles(const std::string& path, AnswerFormat format) {
  Files files;
  Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(path);
  if (!folder.ok()) return folder.status().Within("--out");
  files.folder = *std::move(folder);
  const std::string ending(AnswerEnding(format));
  ADIRECT_RETURN_IF_ERROR(AddFile(*files.folder, "quarantine.ndjson", files.quarantine));
  ADIRECT_RETURN_IF_ERROR(AddFile(*files.folder, "audience" + ending, files.answers.audience));
  ADIRECT_RETURN_IF_ERROR(AddFile(*files.folder, "recommendations" + ending, files.answers.recommendations));
  ADIRECT_RETURN_IF_ERROR(AddFile(*files.folder, "popular" + ending, files.answers.popular));
  ADIRECT_RETURN_IF_ERROR(AddFile(*files.folder, "summary.json", files.summary));
  return files;
}

Result<AnswerFormat> OutputFormat(const BatchOptions& options) {
  const std::optional<AnswerFormat> format = ParseAnswerFormat(options.output);
  if (format) return *format;
  const std::vector<std::string_view> names = AnswerFormatNames();
  return InvalidArgument("--output: no format is named " + Quoted(options.output) + DidYouMean(options.output, names) +
                         "; there are " + Joined(names));
}

Result<int> Batch(const BatchOptions& options) {
  const double start = Seconds();
  Result<std::unique_ptr<OutputFile>> timings_file = std::unique_ptr<OutputFile>();
  if (!options.timings.empty()) timings_file = OutputFile::Create(options.timings);
  if (!timings_file.ok()) return timings_file.status().Within("--timings");
  const Result<AnswerFormat> format = OutputFormat(options);
  if (!format.ok()) return format.status();
  Result<Files> files = CreateFiles(options.out, *format);
  if (!files.ok()) return files.status();
  const Result<FoldedInput> input = FoldFiles(options.input, Keep::kWhatThePolicyLooksAt, *files->quarantine);
  if (!input.ok()) return input.status();

  Timings timings;
  timings.read = input->read_seconds;
  const AudiencePass pass{input->policy, input->settings, input->as_of, input->threads, &StopRequested()};
  const double counting = Seconds();
  const Popularity popularity = CountPopularity(*input->shards, pass);
  const double deciding = Seconds();
  timings.popularity = deciding - counting;
  const std::unique_ptr<Answers> answers = MakeAnswers(*format, input->shards->dictionary(), files->answers);
  ADIRECT_RETURN_IF_ERROR(answers->Begin());
  const Result<AudienceCounts> audience = WalkAudience(*input->shards, popularity, pass, *answers);
  if (!audience.ok()) return audience.status();
  ADIRECT_RETURN_IF_ERROR(answers->Finish(popularity));
  const std::string summary = SummaryJson(*input, *audience, CountProducts(popularity));
  ADIRECT_RETURN_IF_ERROR(files->summary->Write(summary));
  ADIRECT_RETURN_IF_ERROR(files->folder->Commit());
  timings.audience = Seconds() - deciding;
  timings.total = Seconds() - start;

  if (*timings_file != nullptr) {
    ADIRECT_RETURN_IF_ERROR((*timings_file)->Write(TimingsJson(timings, *input)));
    ADIRECT_RETURN_IF_ERROR((*timings_file)->Commit());
  }
  if (options.json) std::fputs(summary.c_str(), stdout);
  if (!options.input.quiet) std::fputs(SummaryText(*input, *audience, timings).c_str(), stderr);
  const uint64_t refused = input->counts.all_refused();
  if (refused > 0 && !options.input.quiet) {
    std::fputs(fmt::format("{} row{} could not be read: see {}/quarantine.ndjson\n", refused, refused == 1 ? "" : "s",
                           options.out)
                   .c_str(),
               stderr);
  }
  return refused > 0 && options.strict ? kExitQuarantined : kExitDone;
}

}  // namespace

int RunBatch(const BatchOptions& options) {
  if (options.dry_run) return RunDryRun(options.input);
  if (options.out.empty()) return Fail(InvalidArgument("--out is required: the folder for the results"));
  const Result<int> code = Batch(options);
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace adirect
