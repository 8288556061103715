// adirect batch: event files to audience, recommendations and popularity.
#include <fmt/format.h>

#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/run.h"
#include "adirect/app/wiring.h"
#include "adirect/base/text.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/audience.h"
#include "adirect/sinks/answers.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

struct Timings {
  double state = 0;  // a saved state, read
  double read = 0;   // files
  double popularity = 0;
  double audience = 0;
  double save = 0;  // the state, written
  double total = 0;
};

std::string JsonTime(std::optional<Timestamp> time) { return time ? '"' + FormatRfc3339(*time) + '"' : "null"; }

std::string AudienceByCategoryJson(const std::vector<uint64_t>& audience, const Dictionary& dictionary) {
  std::vector<std::pair<std::string_view, uint64_t>> sizes;
  for (uint32_t i = 0; i < audience.size(); ++i) {
    if (audience[i] > 0) sizes.emplace_back(dictionary.category_id(CategoryIndex(i)), audience[i]);
  }
  std::sort(sizes.begin(), sizes.end());
  std::string out;
  for (const auto& [category, size] : sizes) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", QuotedJson(category), size);
  }
  return '{' + out + '}';
}

std::string SummaryJson(const FoldedInput& input, const Policy& policy, const AudienceCounts& audience,
                        uint64_t popular_products) {
  const DoorCounts& counts = input.counts;
  const std::optional<Timestamp> newest = input.newest;
  std::string out = "{\n";
  const auto member = [&](std::string_view key, const std::string& value) {
    out += fmt::format("{}  \"{}\": {}", out.size() == 2 ? "" : ",\n", key, value);
  };
  member("as_of", JsonTime(newest || input.as_of.ms != 0 ? std::optional(input.as_of) : std::nullopt));
  member("newest_event_at", JsonTime(newest));
  member("policy", QuotedJson(policy.name));
  member("policy_version", QuotedJson(PolicyVersion(policy)));
  member("rows", std::to_string(counts.rows));
  member("accepted", std::to_string(counts.accepted));
  member("ignored", std::to_string(counts.ignored));
  member("quarantined", std::to_string(counts.all_refused()));
  member("after_as_of", std::to_string(counts.after_as_of));
  member("erases", std::to_string(counts.erases()));
  member("users", std::to_string(audience.users));
  member("pairs", std::to_string(audience.pairs));
  member("audience_pairs", std::to_string(audience.audience_pairs));
  member("audience_users", std::to_string(audience.audience_users));
  member("recommendations", std::to_string(audience.recommendations));
  member("popular_products", std::to_string(popular_products));
  member("quarantine", RejectCountsJson(counts.refused));
  member("audience_by_category", AudienceByCategoryJson(audience.audience_by_category, input.shards->dictionary()));
  return out + "\n}\n";
}

std::string TimingsJson(const Timings& t, const FoldedInput& input) {
  return fmt::format(
      "{{\"threads\": {}, \"state_s\": {:.3f}, \"read_s\": {:.3f}, \"popularity_s\": {:.3f}, \"audience_s\": {:.3f}, "
      "\"save_s\": {:.3f}, \"total_s\": {:.3f}, \"events_per_s\": {:.0f}, \"state_bytes\": {}}}\n",
      input.threads, t.state, t.read, t.popularity, t.audience, t.save, t.total,
      static_cast<double>(input.counts.rows) / t.total, input.shards->memory_bytes());
}

std::string InputText(const FoldedInput& input, const Timings& timings) {
  return fmt::format("{} rows: {} accepted, {} ignored, {} after as-of, {} quarantined ({:.2f} s)\n", input.counts.rows,
                     input.counts.accepted, input.counts.ignored, input.counts.after_as_of, input.counts.all_refused(),
                     timings.total);
}

std::string AnswerText(const FoldedInput& input, const Policy& policy, const AudienceCounts& audience) {
  return fmt::format(
      "as of {}, policy {}: targets {} of the {} shoppers who searched lately, {} pairs, {} recommendations\n",
      FormatRfc3339(input.as_of), policy.name, audience.audience_users, audience.users, audience.audience_pairs,
      audience.recommendations);
}

uint64_t CountProducts(const Popularity& popularity) {
  uint64_t products = 0;
  for (const CategoryIndex category : popularity.categories()) products += popularity.Of(category).size();
  return products;
}

// Adds a file that a TextSink* or an OutputFile* will point to.
template <typename Sink>
Status AddFile(OutputFolder& folder, const std::string& name, Sink*& file) {
  const Result<OutputFile*> added = folder.Add(name);
  if (!added.ok()) return added.status();
  file = *added;
  return {};
}

// One policy's answers; what they were, for a person and as the summary.
struct Answered {
  std::string text;
  std::string summary;
};

// Adds the files to the folder, behind `below`, and fills them.
Result<Answered> Answer(const FoldedInput& input, const Policy& policy, AnswerFormat format, OutputFolder& folder,
                        const std::string& below, Timings& timings) {
  AnswerFiles files;
  OutputFile* summary = nullptr;
  const std::string ending = "." + std::string(format.name);
  ADIRECT_RETURN_IF_ERROR(AddFile(folder, below + "audience" + ending, files.audience));
  ADIRECT_RETURN_IF_ERROR(AddFile(folder, below + "recommendations" + ending, files.recommendations));
  ADIRECT_RETURN_IF_ERROR(AddFile(folder, below + "popular" + ending, files.popular));
  ADIRECT_RETURN_IF_ERROR(AddFile(folder, below + "summary.json", summary));

  const AudiencePass pass{policy, input.settings, input.as_of, input.threads, &StopRequested(), input.catalog.get()};
  const double counting = Seconds();
  const Popularity popularity = CountPopularity(*input.shards, pass);
  const double deciding = Seconds();
  const std::unique_ptr<Answers> answers = format.make(input.shards->dictionary(), input.catalog.get(), files);
  ADIRECT_RETURN_IF_ERROR(answers->Begin());
  const Result<AudienceCounts> audience = WalkAudience(*input.shards, popularity, pass, *answers);
  if (!audience.ok()) return audience.status();
  ADIRECT_RETURN_IF_ERROR(answers->Finish(popularity));
  Answered answered{AnswerText(input, policy, *audience),
                    SummaryJson(input, policy, *audience, CountProducts(popularity))};
  ADIRECT_RETURN_IF_ERROR(summary->Write(answered.summary));
  timings.popularity += deciding - counting;
  timings.audience += Seconds() - deciding;
  return answered;
}

// Each policy's folder is its own.
Status CheckNames(const std::vector<Policy>& policies) {
  for (size_t i = 0; i < policies.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (policies[i].name == policies[j].name) {
        return InvalidArgument("--policy: two are named " + Quoted(policies[i].name) +
                               "; give one of them another name");
      }
    }
  }
  return {};
}

// All answers: one policy's in the folder itself, of several each in a folder of its name.
Result<std::vector<Answered>> AnswerAll(const FoldedInput& input, AnswerFormat format, OutputFolder& folder,
                                        Timings& timings) {
  ADIRECT_RETURN_IF_ERROR(CheckNames(input.policies));
  std::vector<Answered> all;
  for (const Policy& policy : input.policies) {
    const std::string below = input.policies.size() == 1 ? "" : policy.name + "/";
    Result<Answered> answered = Answer(input, policy, format, folder, below, timings);
    if (!answered.ok()) return answered.status();
    all.push_back(*std::move(answered));
  }
  return all;
}

Status SaveState(const FoldedInput& input, OutputFile& file, Timings& timings) {
  const double start = Seconds();
  const auto write = [&](std::string_view piece) {
    return StopRequested() ? Unavailable("cancelled") : file.Write(piece);
  };
  ADIRECT_RETURN_IF_ERROR(input.shards->Save(input.inputs, input.threads, write));
  ADIRECT_RETURN_IF_ERROR(file.Close());
  timings.save = Seconds() - start;
  return {};
}

// One summary, or an array of several.
void PrintSummaries(const std::vector<Answered>& answers) {
  if (answers.size() == 1) return (void)std::fputs(answers.front().summary.c_str(), stdout);
  const char* before = "[";
  for (const Answered& answered : answers) {
    std::fputs(before, stdout);
    std::fputs(answered.summary.c_str(), stdout);
    before = ",";
  }
  std::fputs("]\n", stdout);
}

void Tell(const FoldedInput& input, const std::vector<Answered>& answers, const BatchOptions& options,
          const Timings& timings) {
  std::fputs(InputText(input, timings).c_str(), stderr);
  for (const Answered& answered : answers) std::fputs(answered.text.c_str(), stderr);
  const uint64_t refused = input.counts.all_refused();
  if (refused == 0) return;
  fmt::print(stderr, "{} row{} could not be read: see {}/quarantine.ndjson\n", refused, refused == 1 ? "" : "s",
             options.out);
}

// A file for the text, if one is asked for by the option.
Result<std::unique_ptr<OutputFile>> CreateFile(const std::string& path, const char* option) {
  if (path.empty()) return std::unique_ptr<OutputFile>();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(path);
  if (!file.ok()) return file.status().Within(option);
  return file;
}

Result<int> Batch(const BatchOptions& options) {
  const double start = Seconds();
  const Result<AnswerFormat> format = FindAnswerFormat(options.output);
  if (!format.ok()) return format.status().Within("--output");
  const Result<std::unique_ptr<OutputFile>> timings_file = CreateFile(options.timings, "--timings");
  if (!timings_file.ok()) return timings_file.status();
  const Result<std::unique_ptr<OutputFile>> state_file = CreateFile(options.save_state, "--save-state");
  if (!state_file.ok()) return state_file.status();
  const Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(options.out);
  if (!folder.ok()) return folder.status().Within("--out");
  const Result<OutputFile*> quarantine = (*folder)->Add("quarantine.ndjson");
  if (!quarantine.ok()) return quarantine.status();

  const Keep keep = *state_file != nullptr ? Keep::kState : Keep::kWhatPoliciesLookAt;
  const Result<FoldedInput> input = FoldFiles(options.input, keep, **quarantine);
  if (!input.ok()) return input.status();
  Timings timings;
  timings.state = input->state_seconds;
  timings.read = input->read_seconds;
  const Result<std::vector<Answered>> answers = AnswerAll(*input, *format, **folder, timings);
  if (!answers.ok()) return answers.status();
  if (*state_file != nullptr) {
    ADIRECT_RETURN_IF_ERROR(SaveState(*input, **state_file, timings));
    ADIRECT_RETURN_IF_ERROR((*state_file)->Commit());
  }
  ADIRECT_RETURN_IF_ERROR((*folder)->Commit());
  timings.total = Seconds() - start;

  if (*timings_file != nullptr) {
    ADIRECT_RETURN_IF_ERROR((*timings_file)->Write(TimingsJson(timings, *input)));
    ADIRECT_RETURN_IF_ERROR((*timings_file)->Commit());
  }
  if (options.json) PrintSummaries(*answers);
  if (!options.input.quiet) Tell(*input, *answers, options, timings);
  return input->counts.all_refused() > 0 && options.strict ? kExitQuarantined : kExitDone;
}

}  // namespace

int RunBatch(const BatchOptions& options) {
  if (options.dry_run) return RunDryRun(options.input);
  if (options.out.empty()) return Fail(InvalidArgument("--out is required: the folder for the results"));
  const Result<int> code = Batch(options);
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace adirect
