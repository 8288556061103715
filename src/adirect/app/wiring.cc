#include "adirect/app/wiring.h"

#include <sys/stat.h>

#include <array>
#include <fstream>

#include "adirect/app/load.h"
#include "adirect/base/text.h"
#include "adirect/sources/files.h"
#if ADIRECT_WITH_ARROW
#include "adirect/sinks/parquet_answers.h"
#include "adirect/sources/parquet.h"
#endif

namespace adirect {
namespace {

constexpr std::string_view kParquetMagic = "PAR1";
constexpr const char* kArrowRemedy = "; build with -DADIRECT_WITH_ARROW=ON (scripts/install-deps test brings Arrow)";

struct EventFile {
  std::string path;
  Format format;
};

bool IsRegular(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool BeginsAsParquet(const std::string& path) {
  std::string front(kParquetMagic.size(), 0);
  return std::ifstream(path, std::ios::binary).read(front.data(), static_cast<std::streamsize>(front.size())) &&
         front == kParquetMagic;
}

// The format to read the file with; of kind kParquet where that is what the file is.
Result<Format> FormatOf(const std::string& path, const std::string& name) {
  Result<Format> format = LoadFormat(name, path);
  if (!format.ok() || path == "-" || !IsRegular(path)) return format;
  const bool parquet = BeginsAsParquet(path);
  if (parquet == (format->kind == Format::Kind::kParquet)) return format;
  if (!parquet) return InvalidArgument(path + ": is no Parquet file: it does not begin with PAR1");
  if (format->name == "adirect") return AdirectFormat(Format::Kind::kParquet);
  return InvalidArgument(path + ": is Parquet, and the format " + format->name +
                         " is for text; use the format adirect, or a format file with kind = \"parquet\"");
}

#if ADIRECT_WITH_ARROW
constexpr AnswerMaker kParquetAnswers = MakeParquetAnswers;

template <typename FormatOfPath>
Result<std::unique_ptr<StoredSource>> OpenParquet(const std::vector<std::string>& paths, const FormatOfPath& format_of,
                                                  const std::atomic<bool>* stop) {
  Result<std::unique_ptr<ParquetSource>> source = ParquetSource::Open(paths, format_of, stop);
  if (!source.ok()) return source.status();
  return std::unique_ptr<StoredSource>(*std::move(source));
}
#else
constexpr AnswerMaker kParquetAnswers = nullptr;

template <typename FormatOfPath>
Result<std::unique_ptr<StoredSource>> OpenParquet(const std::vector<std::string>& paths, const FormatOfPath&,
                                                  const std::atomic<bool>*) {
  return Unsupported(paths.front() + ": is Parquet, which this build does not read" + kArrowRemedy);
}
#endif

// Without `make`: this build does without.
constexpr std::array<AnswerFormat, 3> kAnswerFormats = {
    {{"csv", MakeCsvAnswers}, {"ndjson", MakeNdjsonAnswers}, {"parquet", kParquetAnswers}}};

// Files of one kind that follow each other.
Result<std::unique_ptr<StoredSource>> OpenRun(const std::vector<EventFile>& run, const std::atomic<bool>* stop) {
  std::vector<std::string> paths;
  for (const EventFile& file : run) paths.push_back(file.path);
  const auto format_of = [&, next = size_t{0}](const std::string&) mutable {
    return Result<Format>(run[next++].format);
  };
  if (run.front().format.kind == Format::Kind::kParquet && IsRegular(paths.front())) {
    return OpenParquet(paths, format_of, stop);
  }
  Result<std::unique_ptr<FileSource>> source = FileSource::Open(paths, format_of, stop);
  if (!source.ok()) return source.status();
  return std::unique_ptr<StoredSource>(*std::move(source));
}

}  // namespace

Result<std::unique_ptr<StoredSource>> OpenEvents(const std::vector<std::string>& files, const std::string& format,
                                                 const std::atomic<bool>* stop) {
  std::vector<std::vector<EventFile>> runs;
  for (const std::string& path : files) {
    Result<Format> own = FormatOf(path, format);
    if (!own.ok()) return own.status();
    const bool same = !runs.empty() && (runs.back().front().format.kind == Format::Kind::kParquet) ==
                                           (own->kind == Format::Kind::kParquet);
    if (!same) runs.emplace_back();
    runs.back().push_back({path, *std::move(own)});
  }
  std::vector<std::unique_ptr<StoredSource>> sources;
  for (const std::vector<EventFile>& run : runs) {
    Result<std::unique_ptr<StoredSource>> source = OpenRun(run, stop);
    if (!source.ok()) return source.status();
    sources.push_back(*std::move(source));
  }
  return Joined(std::move(sources));
}

Result<AnswerFormat> FindAnswerFormat(const std::string& name) {
  std::vector<std::string_view> names;
  for (const AnswerFormat& format : kAnswerFormats) {
    names.push_back(format.name);
    if (format.name != name) continue;
    if (format.make != nullptr) return format;
    return Unsupported("this build does not write " + Quoted(name) + kArrowRemedy);
  }
  return InvalidArgument("no format is named " + Quoted(name) + DidYouMean(name, names) + "; there are " +
                         Joined(names));
}

std::string ReadKinds() {
  std::string kinds = "CSV, NDJSON, gzip, zstd";
#if ADIRECT_WITH_ARROW
  kinds += ", Parquet (" + ArrowVersion() + ")";
#endif
  return kinds;
}

std::string WriteKinds() {
#if ADIRECT_WITH_ARROW
  return "CSV, NDJSON, Parquet";
#else
  return "CSV, NDJSON";
#endif
}

}  // namespace adirect
