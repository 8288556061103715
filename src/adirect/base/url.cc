#include "adirect/base/url.h"

#include <algorithm>
#include <optional>

#include "adirect/base/text.h"

namespace adirect {
namespace {

constexpr std::string_view kBehindScheme = "://";

bool IsSchemeByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const std::optional<int> high = HexDigit(text[i + 1]);
    const std::optional<int> low = HexDigit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

Status BadEscape(std::string_view text) {
  return InvalidArgument(Quoted(text) + ": a % is not followed by two hexadecimal digits; a % itself is written %25");
}

}  // namespace

std::string_view UrlScheme(std::string_view text) {
  const size_t end = text.find(kBehindScheme);
  if (end == std::string_view::npos || end == 0) return {};
  const std::string_view scheme = text.substr(0, end);
  return std::all_of(scheme.begin(), scheme.end(), IsSchemeByte) ? scheme : std::string_view();
}

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  url.scheme = UrlScheme(text);
  if (url.scheme.empty()) return InvalidArgument(Quoted(text) + " is no URL; it begins with a scheme, as kafka://");
  std::string_view rest = text.substr(url.scheme.size() + kBehindScheme.size());
  const size_t question = rest.find('?');
  std::string_view query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  rest = rest.substr(0, question);
  const size_t slash = std::min(rest.find('/'), rest.size());
  url.authority = rest.substr(0, slash);
  std::optional<std::string> path = Decoded(rest.substr(slash));
  if (!path) return BadEscape(text);
  url.path = *std::move(path);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return InvalidArgument(Quoted(text) + ": " + Quoted(pair) + " behind the ? is no key=value");
    }
    std::optional<std::string> key = Decoded(pair.substr(0, equals));
    std::optional<std::string> value = Decoded(pair.substr(equals + 1));
    if (!key || !value) return BadEscape(text);
    url.query.emplace_back(*std::move(key), *std::move(value));
  }
  return url;
}

Result<std::string> FilePathOf(const std::string& source) {
  if (UrlScheme(source).empty()) return source;
  const Result<Url> url = ParseUrl(source);
  const bool here = url.ok() && url->scheme == "file" && (url->authority.empty() || url->authority == "localhost");
  if (here && !url->path.empty() && url->query.empty()) return url->path;
  return InvalidArgument(source + " is no URL of a file; write file:///PATH, with %25 for %");
}

}  // namespace adirect
