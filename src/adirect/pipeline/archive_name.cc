#include "adirect/pipeline/archive_name.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace adirect {
namespace {

constexpr size_t kOffsetDigits = 20;
constexpr size_t kRangeBytes = 2 * (kOffsetDigits + 1);  // "-FIRST-LAST"
constexpr size_t kDayBytes = 10;
constexpr std::array<std::string_view, 4> kEndings = {"parquet", "csv.gz", "csv", "ndjson"};
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

void AppendEscaped(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsPlain(c) && !(out.empty() && (c == '_' || c == '.'))) {
      out += c;
    } else {
      AppendEscaped(c, out);
    }
  }
  return out;
}

std::optional<std::string> Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned char byte = 0;
    const char* const end = text.data() + std::min(i + 3, text.size());
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

// "web_activity1/0" as "web_activity1-0". Where the input is no partition, its name must not look like one.
std::string StemOf(std::string_view input) {
  const size_t slash = input.rfind('/');
  if (slash != std::string_view::npos && IsDigits(input.substr(slash + 1))) {
    return Escaped(input.substr(0, slash)) + '-' + std::string(input.substr(slash + 1));
  }
  std::string stem = Escaped(input);
  const size_t dash = stem.rfind('-');
  if (dash != std::string::npos && IsDigits(stem.substr(dash + 1))) stem.replace(dash, 1, "%2D");
  return stem;
}

std::optional<std::string> InputOf(std::string_view stem) {
  const size_t dash = stem.rfind('-');
  if (dash == std::string_view::npos || !IsDigits(stem.substr(dash + 1))) return Unescaped(stem);
  std::optional<std::string> topic = Unescaped(stem.substr(0, dash));
  if (topic) *topic += '/' + std::string(stem.substr(dash + 1));
  return topic;
}

std::string Padded(uint64_t offset) {
  const std::string digits = std::to_string(offset);
  return std::string(kOffsetDigits - digits.size(), '0') + digits;
}

bool ReadOffset(std::string_view text, uint64_t& offset) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes the longest ending that the name has.
std::optional<std::string_view> TakeEnding(std::string_view& name) {
  for (const std::string_view ending : kEndings) {
    if (name.size() <= ending.size() + 1 || !name.ends_with(ending)) continue;
    if (name[name.size() - ending.size() - 1] != '.') continue;
    name.remove_suffix(ending.size() + 1);
    return ending;
  }
  return std::nullopt;
}

std::optional<ArchiveName> ParsePath(std::string_view path) {
  const std::string_view whole = path;
  if (path.size() <= kDayBytes || path[kDayBytes] != '/' || !IsArchiveDay(path.substr(0, kDayBytes))) return {};
  path.remove_prefix(kDayBytes + 1);
  ArchiveName name;
  const std::optional<std::string_view> ending = TakeEnding(path);
  if (!ending || path.size() <= kRangeBytes) return std::nullopt;
  name.ending = *ending;
  const std::string_view range = path.substr(path.size() - kRangeBytes);
  if (!ReadOffset(range.substr(1, kOffsetDigits), name.first)) return std::nullopt;
  if (!ReadOffset(range.substr(kOffsetDigits + 2), name.last)) return std::nullopt;
  if (name.last < name.first || name.last >> 63 != 0) return std::nullopt;
  const std::optional<std::string> input = InputOf(path.substr(0, path.size() - kRangeBytes));
  if (!input) return std::nullopt;
  name.input = *input;
  // Whatever was read leniently above is no name of ours.
  if (ArchivePath(whole.substr(0, kDayBytes), name) != whole) return std::nullopt;
  return name;
}

}  // namespace

std::string ArchiveDay(Timestamp time) { return FormatRfc3339(time).substr(0, kDayBytes); }

bool IsArchiveDay(std::string_view name) {
  return name.size() == kDayBytes && ParseRfc3339(std::string(name) + "T00:00:00Z").has_value();
}

std::string ArchivePath(std::string_view day, const ArchiveName& name) {
  return std::string(day) + '/' + StemOf(name.input) + '-' + Padded(name.first) + '-' + Padded(name.last) + '.' +
         name.ending;
}

std::optional<ArchiveName> ParseArchivePath(std::string_view path) {
  std::optional<ArchiveName> name = ParsePath(path);
  return name && name->ending != "ndjson" ? name : std::nullopt;
}

std::string ArchiveQuarantinePath(std::string_view day, const ArchiveName& name) {
  ArchiveName refused = name;
  refused.ending = "ndjson";
  return std::string(kArchiveQuarantine) + '/' + ArchivePath(day, refused);
}

std::string TemporaryArchivePath(std::string_view path) {
  const size_t name = path.rfind('/') + 1;
  return std::string(path.substr(0, name)) + '_' + std::string(path.substr(name));
}

std::optional<ArchiveName> ParseLeftoverPath(std::string_view path) {
  const bool refused = path.starts_with(kArchiveQuarantine) && path.substr(kArchiveQuarantine.size()).starts_with('/');
  std::string rest(refused ? path.substr(kArchiveQuarantine.size() + 1) : path);
  const size_t name = rest.rfind('/') + 1;
  const bool temporary = name < rest.size() && rest[name] == '_';
  if (!refused && !temporary) return std::nullopt;
  if (temporary) rest.erase(name, 1);
  return ParsePath(rest);
}

}  // namespace adirect
