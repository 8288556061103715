#include "adirect/base/text.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace adirect {
namespace {

constexpr size_t kQuotedBytes = 80;
constexpr size_t kComparedBytes = 64;

void AppendEscaped(char c, std::string& out) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
    out += escaped;
  } else {
    out += c;
  }
}

// The front of `text` of at most `most` bytes that does not end inside a UTF-8 character.
std::string_view Front(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

// The optimal string alignment distance: edits of one letter, and swaps of two neighbours.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string Quoted(std::string_view text) {
  const std::string_view front = Front(text, kQuotedBytes);
  std::string quoted = "\"";
  for (const char c : front) AppendEscaped(c, quoted);
  quoted += front.size() < text.size() ? "...\"" : "\"";
  return quoted;
}

std::string Joined(std::span<const std::string_view> words) {
  std::string joined;
  for (const std::string_view word : words) {
    if (!joined.empty()) joined += ", ";
    joined += word;
  }
  return joined;
}

std::optional<std::string_view> Nearest(std::string_view word, std::span<const std::string_view> known) {
  std::optional<std::string_view> nearest;
  size_t least = 0;
  if (word.size() > kComparedBytes) return nearest;
  for (const std::string_view candidate : known) {
    const size_t distance = Distance(word, candidate);
    if (distance > (candidate.size() + 2) / 3 || (nearest && distance >= least)) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> known) {
  const std::optional<std::string_view> nearest = Nearest(word, known);
  return nearest ? "; did you mean " + std::string(*nearest) + "?" : "";
}

}  // namespace adirect
