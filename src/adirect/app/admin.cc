// adirect admin quarantine: what is in a quarantine file, and its rows driven in again.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>

#include "adirect/app/commands.h"
#include "adirect/app/load.h"
#include "adirect/app/run.h"
#include "adirect/app/table.h"
#include "adirect/base/text.h"
#include "adirect/codec/text.h"
#include "adirect/pipeline/retry.h"
#include "adirect/sinks/files.h"
#include "adirect/sources/line_reader.h"

namespace adirect {
namespace {

// Calls `visit` with every line that is not empty; its errors get the line's place.
template <typename Visit>
Status ForEachLine(const std::string& path, const Visit& visit) {
  const Result<std::unique_ptr<LineReader>> reader = LineReader::Open(path, &StopRequested());
  if (!reader.ok()) return reader.status();
  std::string_view line;
  for (;;) {
    const Result<bool> more = (*reader)->Next(line);
    if (!more.ok()) return more.status();
    if (!*more) return {};
    if (line.empty()) continue;
    const Status status = visit(line);
    if (!status.ok()) return status.code() == Code::kInvalidArgument ? status.Within((*reader)->place()) : status;
  }
}

Status CheckReason(const std::string& reason) {
  std::vector<std::string_view> names;
  names.reserve(kRejectReasons);
  for (int i = 0; i < kRejectReasons; ++i) names.push_back(RejectReasonName(static_cast<RejectReason>(i)));
  if (reason.empty() || std::find(names.begin(), names.end(), reason) != names.end()) return {};
  return InvalidArgument("--reason: there is no reason " + Quoted(reason) + DidYouMean(reason, names) + "; there are " +
                         Joined(names));
}

std::string ShownRaw(const QuarantineRecord& record) {
  if (IsUtf8(record.raw)) return Quoted(record.raw);
  std::string base64;
  AppendBase64(record.raw, base64);
  return "base64 " + Quoted(base64);
}

// The counts of a file, and its first rows.
class Listing {
 public:
  explicit Listing(uint64_t limit) : limit_(limit) {}

  void Add(const QuarantineRecord& record) {
    ++counts_[{record.source, record.reason}];
    ++total_;
    if (rows_.size() > limit_) return;
    rows_.push_back(
        {Printable(record.source) + ":" + std::to_string(record.position), Printable(record.reason), ShownRaw(record)});
  }

  std::string Text() const {
    TableRows counts = {{"source", "reason", "rows"}};
    for (const auto& [of, count] : counts_) {
      counts.push_back({Printable(of.first), Printable(of.second), std::to_string(count)});
    }
    counts.push_back({"all", "", std::to_string(total_)});
    std::string out = TableText(counts);
    if (rows_.size() > 1) out += "\n" + TableText(rows_);
    const uint64_t shown = rows_.size() - 1;
    if (shown < total_) out += fmt::format("\n{} more; --limit N shows more of them\n", total_ - shown);
    return out;
  }

 private:
  const uint64_t limit_;
  std::map<std::pair<std::string, std::string>, uint64_t> counts_;  // by source and reason
  uint64_t total_ = 0;
  TableRows rows_ = {{"place", "reason", "raw"}};
};

Status ListRecords(const QuarantineListOptions& options) {
  ADIRECT_RETURN_IF_ERROR(CheckReason(options.reason));
  QuarantineReader reader;
  QuarantineRecord record;
  Listing listing(options.limit.value_or(kQuarantineShown));
  uint64_t passed_on = 0;
  Status read = ForEachLine(options.file, [&](std::string_view line) -> Status {
    ADIRECT_RETURN_IF_ERROR(reader.Read(line, record));
    if (!options.reason.empty() && record.reason != options.reason) return {};
    if (!options.json) {
      listing.Add(record);
    } else if (!options.limit || passed_on++ < *options.limit) {
      std::fwrite(line.data(), 1, line.size(), stdout);
      std::fputc('\n', stdout);
    }
    return {};
  });
  if (read.ok() && !options.json) std::fputs(listing.Text().c_str(), stdout);
  return read;
}

std::string RetryText(const RetryCounts& counts, bool has_rest) {
  std::string out = fmt::format("{} quarantined row{}: {} pass, {} ignored, {} still fail{}\n", counts.records,
                                counts.records == 1 ? "" : "s", counts.passed, counts.ignored, counts.failed(),
                                counts.failed() > 0 && !has_rest ? " (--rest FILE keeps them)" : "");
  for (size_t i = 0; i < counts.refused.size(); ++i) {
    if (counts.refused[i] == 0) continue;
    out += fmt::format("  {} {}\n", counts.refused[i], RejectReasonName(static_cast<RejectReason>(i)));
  }
  if (counts.truncated > 0) {
    out += fmt::format("  {} cut when kept (lines over 1 MiB): only their file has them whole\n", counts.truncated);
  }
  return out;
}

// Whether two paths lead to one place, which need not be there yet.
bool IsSamePlace(const std::string& a, const std::string& b) {
  const auto place = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  };
  return place(a) == place(b);
}

// What would overwrite rows that have no other place.
Status CheckPlaces(const QuarantineRetryOptions& options) {
  if (!options.rest.empty() && IsSamePlace(options.rest, options.out)) {
    return InvalidArgument("--rest: " + options.rest + " is where the rows that pass go; give another file");
  }
  if (options.out != "-" && IsSamePlace(options.out, options.file)) {
    return InvalidArgument("-o: " + options.out + " is the quarantine itself; give another file");
  }
  return {};
}

Result<RetryCounts> RetryRecords(const QuarantineRetryOptions& options) {
  const auto format_of = [&](const std::string& source) { return LoadFormat(options.format, source); };
  if (const Result<Format> format = format_of("-"); !format.ok()) return format.status();
  ADIRECT_RETURN_IF_ERROR(CheckPlaces(options));
  Result<std::unique_ptr<OutputFile>> rest = std::unique_ptr<OutputFile>();
  if (!options.rest.empty()) rest = OutputFile::Create(options.rest);
  if (!rest.ok()) return rest.status();
  const Result<std::unique_ptr<OutputFile>> out = OutputFile::Create(options.out);
  if (!out.ok()) return out.status();
  Retry retry(format_of, WallClock(), **out, rest->get());
  ADIRECT_RETURN_IF_ERROR(ForEachLine(options.file, [&](std::string_view line) { return retry.Add(line); }));
  ADIRECT_RETURN_IF_ERROR((*out)->Close());
  if (*rest != nullptr) ADIRECT_RETURN_IF_ERROR((*rest)->Close());
  ADIRECT_RETURN_IF_ERROR((*out)->Commit());
  if (*rest != nullptr) ADIRECT_RETURN_IF_ERROR((*rest)->Commit());
  return retry.counts();
}

}  // namespace

int RunQuarantineList(const QuarantineListOptions& options) {
  const Status listed = ListRecords(options);
  if (!listed.ok()) return Fail(listed);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? kExitDone : Fail(FromErrno(errno, "standard output"));
}

int RunQuarantineRetry(const QuarantineRetryOptions& options) {
  const Result<RetryCounts> counts = RetryRecords(options);
  if (!counts.ok()) return Fail(counts.status());
  std::fputs(RetryText(*counts, !options.rest.empty()).c_str(), stderr);
  return counts->failed() > 0 && options.strict ? kExitQuarantined : kExitDone;
}

}  // namespace adirect
