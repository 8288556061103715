#include "adirect/app/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "adirect/app/embedded.h"
#include "adirect/base/text.h"
#include "adirect/codec/catalog_csv.h"

namespace adirect {
namespace {

constexpr size_t kMaxTextBytes = 1 << 20;
constexpr size_t kReadBytes = 1 << 18;

using TakePiece = std::function<Status(std::string_view)>;

// Hands all of a file over, piece by piece. Reads from a pipe too: `--policy <(…)`.
Status ReadPieces(int file, const std::string& path, const TakePiece& take) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  for (;;) {
    const ssize_t count = read(file, buffer.get(), kReadBytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, path);
    if (count == 0) return {};
    ADIRECT_RETURN_IF_ERROR(take({buffer.get(), static_cast<size_t>(count)}));
  }
}

Status ReadFile(const std::string& path, const TakePiece& take) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno(errno, path);
  const Status read = ReadPieces(file, path, take);
  close(file);
  return read;
}

Result<std::string> ReadText(const std::string& path) {
  std::string text;
  Status read = ReadFile(path, [&](std::string_view piece) -> Status {
    text += piece;
    return text.size() <= kMaxTextBytes ? Status()
                                        : InvalidArgument(path + ": larger than 1 MiB; is it the right file?");
  });
  if (!read.ok()) return read;
  return text;
}

Status ReadTable(const std::string& path, CsvTable table) {
  ADIRECT_RETURN_IF_ERROR(ReadFile(path, [&](std::string_view piece) { return table.Add(piece); }));
  return table.End();
}

bool IsFile(std::string_view name_or_file) {
  return name_or_file.find('/') != std::string_view::npos || name_or_file.ends_with(".toml");
}

// "policies/default.toml" under "policies/" is "default".
std::string_view NameUnder(std::string_view folder, std::string_view path) {
  constexpr size_t kEnding = std::string_view(".toml").size();
  if (!path.starts_with(folder)) return {};
  return path.substr(folder.size(), path.size() - folder.size() - kEnding);
}

const EmbeddedFile* FindShipped(std::string_view folder, std::string_view name) {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (!name.empty() && NameUnder(folder, file.path) == name) return &file;
  }
  return nullptr;
}

// `built_in` are names that need no file.
Status NoSuchName(std::string_view what, std::string_view folder, const std::string& name,
                  std::vector<std::string_view> built_in) {
  std::vector<std::string_view> names = std::move(built_in);
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (const std::string_view shipped = NameUnder(folder, file.path); !shipped.empty()) {
      names.push_back(shipped);
    }
  }
  const std::string offer = DidYouMean(name, names);
  return NotFound("no " + std::string(what) + " is named " + Quoted(name) + offer + (offer.empty() ? "; " : " ") +
                  "there are " + Joined(names) + "; a file's name ends in .toml or contains a /");
}

Format::Kind KindOfName(std::string_view input) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (input.ends_with(packed)) input.remove_suffix(packed.size());
  }
  const auto ends = [input](std::string_view ending) { return input.ends_with(ending); };
  if (ends(".parquet")) return Format::Kind::kParquet;
  return ends(".ndjson") || ends(".jsonl") || ends(".json") ? Format::Kind::kNdjson : Format::Kind::kCsv;
}

}  // namespace

Result<Policy> LoadPolicy(const std::string& name_or_file) {
  if (IsFile(name_or_file)) {
    const Result<std::string> text = ReadText(name_or_file);
    return text.ok() ? ParsePolicy(*text, name_or_file) : text.status();
  }
  const EmbeddedFile* shipped = FindShipped("policies/", name_or_file);
  if (shipped == nullptr) return NoSuchName("policy", "policies/", name_or_file, {});
  return ParsePolicy(shipped->content, shipped->path);
}

Result<Format> LoadFormat(const std::string& name_or_file, const std::string& input) {
  if (name_or_file == "seed") return SeedFormat();
  if (name_or_file == "adirect") return AdirectFormat(KindOfName(input));
  if (IsFile(name_or_file)) {
    const Result<std::string> text = ReadText(name_or_file);
    return text.ok() ? ParseFormat(*text, name_or_file) : text.status();
  }
  const EmbeddedFile* shipped = FindShipped("formats/", name_or_file);
  if (shipped == nullptr) return NoSuchName("format", "formats/", name_or_file, {"adirect", "seed"});
  return ParseFormat(shipped->content, shipped->path);
}

Result<std::unique_ptr<Catalog>> LoadCatalog(const std::string& folder) {
  if (folder.empty()) return std::unique_ptr<Catalog>();
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return NotFound(folder + ": no such folder; give the one that holds products.csv");
  }
  const std::string products = folder + "/products.csv";
  const std::string categories = folder + "/categories.csv";
  if (!std::filesystem::exists(products, error)) {
    return NotFound(folder + " holds no products.csv; a catalog needs one, at least with the column product_id");
  }
  auto catalog = std::make_unique<Catalog>();
  ADIRECT_RETURN_IF_ERROR(ReadTable(products, ProductsCsv(products, *catalog)));
  if (std::filesystem::exists(categories, error)) {
    ADIRECT_RETURN_IF_ERROR(ReadTable(categories, CategoriesCsv(categories, *catalog)));
  }
  return catalog;
}

Result<std::optional<KeyRing>> LoadKeys(const std::string& file) {
  if (file.empty()) return std::optional<KeyRing>();
  const Result<std::string> text = ReadText(file);
  if (!text.ok()) return text.status();
  Result<KeyRing> ring = KeyRing::Parse(*text, file);
  if (!ring.ok()) return ring.status();
  return std::optional<KeyRing>(*std::move(ring));
}

std::string_view Shipped(std::string_view path) {
  const std::span<const EmbeddedFile> files = EmbeddedFiles();
  const auto found = std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& f) { return f.path == path; });
  ADIRECT_CHECK(found != files.end(), path);
  return found->content;
}

}  // namespace adirect
