// adirect policy diff: who would enter and who would leave the audience, were one policy replaced.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "adirect/app/commands.h"
#include "adirect/app/run.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/audience.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

// A targeted pair.
struct Pair {
  std::string user_id;
  std::string category_id;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};

// Gathers an audience; Format marks the ends of ids with bytes that none holds.
class Gathered : public AudienceSink {
 public:
  explicit Gathered(const Dictionary& dictionary) : dictionary_(dictionary) {}

  void Format(std::string_view user_id, std::span<const CategoryDecision> targeted, Chunk& chunk) const override {
    for (const CategoryDecision& category : targeted) {
      chunk.audience.append(user_id).append(1, '\0').append(dictionary_.category_id(category.category)).append(1, '\n');
    }
  }
  Status Write(const Chunk& chunk) override {
    for (std::string_view rest = chunk.audience; !rest.empty();) {
      const size_t id_end = rest.find('\0');
      const size_t end = rest.find('\n', id_end);
      pairs.push_back({std::string(rest.substr(0, id_end)), std::string(rest.substr(id_end + 1, end - id_end - 1))});
      rest.remove_prefix(end + 1);
    }
    return {};
  }

  std::vector<Pair> pairs;  // sorted

 private:
  const Dictionary& dictionary_;
};

Result<std::vector<Pair>> AudienceOf(const Policy& policy, const FoldedInput& input) {
  const AudiencePass pass{policy, input.settings, input.as_of, input.threads, &StopRequested()};
  // Who is targeted does not depend on what would be shown.
  const Popularity none;
  Gathered gathered(input.shards->dictionary());
  const Result<AudienceCounts> counts = WalkAudience(*input.shards, none, pass, gathered);
  if (!counts.ok()) return counts.status();
  return std::move(gathered.pairs);
}

struct Sizes {
  uint64_t before = 0;
  uint64_t after = 0;
  uint64_t enter = 0;
  uint64_t leave = 0;
};

struct Change {
  Pair pair;
  bool enters = false;
};

struct Diff {
  std::map<std::string, Sizes> by_category;
  Sizes all;
  std::vector<Change> changes;  // by user, then category
};

void Count(const Pair& pair, bool before, bool after, Diff& diff) {
  for (Sizes* sizes : {&diff.by_category[pair.category_id], &diff.all}) {
    sizes->before += before ? 1 : 0;
    sizes->after += after ? 1 : 0;
    sizes->enter += after && !before ? 1 : 0;
    sizes->leave += before && !after ? 1 : 0;
  }
  if (before != after) diff.changes.push_back({pair, after});
}

Diff Compare(const std::vector<Pair>& before, const std::vector<Pair>& after) {
  Diff diff;
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    const bool in_a = b == after.end() || (a != before.end() && *a <= *b);
    const bool in_b = a == before.end() || (b != after.end() && *b <= *a);
    Count(in_a ? *a : *b, in_a, in_b, diff);
    if (in_a) ++a;
    if (in_b) ++b;
  }
  return diff;
}

void PrintRow(std::string_view category, const Sizes& sizes) {
  fmt::print("{:<24} {:>12} {:>12} {:>12} {:>12}\n", category, sizes.before, sizes.after, sizes.enter, sizes.leave);
}

void PrintTable(const Diff& diff, const FoldedInput& input) {
  const Policy& before = input.policies[0];
  const Policy& after = input.policies[1];
  fmt::print("as of {}: policy {} ({}), then {} ({})\n\n", FormatRfc3339(input.as_of), before.name,
             PolicyVersion(before), after.name, PolicyVersion(after));
  fmt::print("{:<24} {:>12} {:>12} {:>12} {:>12}\n", "category", "before", "after", "enter", "leave");
  for (const auto& [category, sizes] : diff.by_category) PrintRow(category, sizes);
  PrintRow("all", diff.all);
}

std::string SizesJson(const Sizes& sizes) {
  return fmt::format("{{\"before\": {}, \"after\": {}, \"enter\": {}, \"leave\": {}}}", sizes.before, sizes.after,
                     sizes.enter, sizes.leave);
}

void PrintJson(const Diff& diff, const FoldedInput& input) {
  std::string categories;
  for (const auto& [category, sizes] : diff.by_category) {
    categories += categories.empty() ? "" : ", ";
    AppendJsonString(category, categories);
    categories += ": " + SizesJson(sizes);
  }
  fmt::print("{{\"as_of\": \"{}\", \"before\": \"{}\", \"after\": \"{}\", \"all\": {}, \"categories\": {{{}}}}}\n",
             FormatRfc3339(input.as_of), PolicyVersion(input.policies[0]), PolicyVersion(input.policies[1]),
             SizesJson(diff.all), categories);
}

Status WriteChanges(const Diff& diff, const std::string& path) {
  if (path.empty()) return {};
  const Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(path);
  if (!file.ok()) return file.status().Within("--out");
  ADIRECT_RETURN_IF_ERROR((*file)->Write("user_id,category_id,change\n"));
  std::string row;
  for (const Change& change : diff.changes) {
    row.clear();
    AppendCsvField(change.pair.user_id, row);
    row += ',';
    AppendCsvField(change.pair.category_id, row);
    row += change.enters ? ",enters\n" : ",leaves\n";
    ADIRECT_RETURN_IF_ERROR((*file)->Write(row));
  }
  return (*file)->Commit();
}

Status RunDiff(const PolicyDiffOptions& options) {
  NoQuarantine quarantine;
  const Result<FoldedInput> input = FoldFiles(options.input, Keep::kAll, quarantine);
  if (!input.ok()) return input.status();
  const Result<std::vector<Pair>> before = AudienceOf(input->policies[0], *input);
  if (!before.ok()) return before.status();
  const Result<std::vector<Pair>> after = AudienceOf(input->policies[1], *input);
  if (!after.ok()) return after.status();
  const Diff diff = Compare(*before, *after);
  ADIRECT_RETURN_IF_ERROR(WriteChanges(diff, options.out));
  options.json ? PrintJson(diff, *input) : PrintTable(diff, *input);
  return {};
}

}  // namespace

int RunPolicyDiff(const PolicyDiffOptions& options) {
  const Status done = RunDiff(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
