#include "adirect/api/target.h"

#include <algorithm>

#include "adirect/codec/text.h"

namespace adirect {

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The target without "http://host".
std::string_view WithoutOrigin(std::string_view raw) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!raw.starts_with(scheme)) continue;
    const size_t path = raw.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? "/" : raw.substr(path);
  }
  return raw;
}

// The text before the first `separator`, which goes from `rest` with it.
std::string_view Cut(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return piece;
}

}  // namespace

std::string_view Target::Parse(std::string_view raw) {
  segments_.clear();
  query_.clear();
  decoded_.clear();
  decoded_.reserve(raw.size());
  if (raw == "*") return {};
  raw = WithoutOrigin(raw);
  if (!raw.starts_with('/') && !raw.starts_with('?')) return "the target is no path: it starts with /";
  if (raw.find('#') != std::string_view::npos) return "the target has a #: write it as %23";
  const std::string_view path = Cut(raw, '?');
  if (!ParsePath(path)) return "the path has a % that two hexadecimal digits do not follow: write it as %25";
  if (!ParseQuery(raw)) return "the query has a % that two hexadecimal digits do not follow: write it as %25";
  if (!AllUtf8()) return "the target is not UTF-8: encode its text in UTF-8 before %";
  return {};
}

bool Target::AllUtf8() const {
  return std::all_of(segments_.begin(), segments_.end(), IsUtf8) &&
         std::all_of(query_.begin(), query_.end(),
                     [](const HttpField& f) { return IsUtf8(f.name) && IsUtf8(f.value); });
}

bool Target::ParsePath(std::string_view path) {
  if (path.size() <= 1) return true;
  path.remove_prefix(1);
  const auto count = std::count(path.begin(), path.end(), '/') + 1;
  for (auto i = count; i > 0; --i) {
    if (!Decode(Cut(path, '/'), false, segments_.emplace_back())) return false;
  }
  return true;
}

bool Target::ParseQuery(std::string_view query) {
  while (!query.empty()) {
    std::string_view value = Cut(query, '&');
    if (value.empty()) continue;
    const std::string_view name = Cut(value, '=');
    HttpField& field = query_.emplace_back();
    if (!Decode(name, true, field.name) || !Decode(value, true, field.value)) return false;
  }
  return true;
}

bool Target::Decode(std::string_view text, bool plus_is_space, std::string_view& out) {
  out = text;
  if (text.find_first_of(plus_is_space ? "%+" : "%") == std::string_view::npos) return true;
  const size_t begin = decoded_.size();
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    decoded_ += c;
  }
  out = std::string_view{decoded_}.substr(begin);
  return true;
}

}  // namespace adirect
