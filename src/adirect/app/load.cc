#include "adirect/app/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "adirect/app/embedded.h"
#include "adirect/base/text.h"

namespace adirect {
namespace {

constexpr size_t kMaxTextBytes = 1 << 20;

// Reads from a pipe too: `--policy <(…)`.
Result<std::string> ReadAll(int file, const std::string& path) {
  std::string text;
  std::array<char, 1 << 14> buffer;
  for (;;) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, path);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > kMaxTextBytes) {
      return InvalidArgument(path + ": larger than 1 MiB; give a TOML file");
    }
  }
}

Result<std::string> ReadText(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno(errno, path);
  Result<std::string> text = ReadAll(file, path);
  close(file);
  return text;
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

}  // namespace adirect
