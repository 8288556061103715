#include "adirect/base/toml_text.h"

#include <toml++/toml.h>

#include <algorithm>
#include <string>

namespace adirect {
namespace {

constexpr std::string_view kOnlyAscii = "outside quotes and comments there is only ASCII";

// Stands for a byte beyond ASCII: allowed just where such a byte is, in quotes and comments.
constexpr char kMask = '@';

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

std::string Masked(std::string_view text) {
  std::string masked(text);
  const auto front = masked.begin() + (text.starts_with("\xef\xbb\xbf") ? 3 : 0);
  std::replace_if(
      front, masked.end(), [](char c) { return !IsAscii(c); }, kMask);
  return masked;
}

// Where behind a backslash and blanks a character beyond ASCII stands; npos: nowhere.
size_t BehindJoinedLines(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at + 1)) {
    const size_t next = text.find_first_not_of(kBlanks, at + 1);
    if (next != std::string_view::npos && next > at + 1 && !IsAscii(text[next])) return next;
  }
  return std::string_view::npos;
}

std::string_view LineOf(std::string_view text, size_t line) {
  while (--line > 0 && text.find('\n') != std::string_view::npos) text.remove_prefix(text.find('\n') + 1);
  return text.substr(0, text.find('\n'));
}

TomlProblem NotToml(size_t line, std::string_view what) {
  return {static_cast<uint32_t>(line), "not TOML: " + std::string(what)};
}

}  // namespace

std::optional<TomlProblem> FindTomlProblem(std::string_view text) {
  const toml::parse_result masked = toml::parse(Masked(text));
  if (!masked) {
    const toml::parse_error& error = masked.error();
    const size_t line = error.source().begin.line;
    const std::string_view content = LineOf(text, line);
    std::string what(error.description());
    if (!std::all_of(content.begin(), content.end(), IsAscii)) {
      // The parser may be speaking of the mask.
      what = (what.find(kMask) == std::string::npos ? what + "; " : "") + std::string(kOnlyAscii);
    }
    return NotToml(line, what);
  }
  const size_t joined = BehindJoinedLines(text);
  if (joined == std::string_view::npos) return std::nullopt;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(joined), '\n');
  return NotToml(static_cast<size_t>(line), "behind a backslash and blanks there is only ASCII");
}

Status CheckTomlText(std::string_view text, std::string_view place) {
  const std::optional<TomlProblem> problem = FindTomlProblem(text);
  if (!problem) return {};
  return InvalidArgument(std::string(place) + ":" + std::to_string(problem->line) + ": " + problem->message);
}

}  // namespace adirect
