#include "adirect/codec/json_text.h"

#include <cstdint>
#include <cstring>

namespace adirect {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Moves `at` over digits; false where there is none.
bool SkipDigits(std::string_view text, size_t& at) {
  const size_t first = at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at > first;
}

// The value of four hexadecimal digits at `at`; -1 where they are not there.
int32_t Hex4(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return -1;
    value = value * 16 + (IsDigit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

bool IsHighSurrogate(int32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(int32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// The code point of the \u escape whose digits are at `at`, which is moved behind it; -1: no
// escape, a surrogate: half a pair.
int32_t TakeCodePoint(std::string_view inner, size_t& at) {
  const int32_t unit = Hex4(inner, at);
  if (unit < 0) return -1;
  at += 4;
  if (!IsHighSurrogate(unit) || inner.substr(at, 2) != "\\u") return unit;
  const int32_t low = Hex4(inner, at + 2);
  if (!IsLowSurrogate(low)) return unit;
  at += 6;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

size_t EncodeUtf8(int32_t code_point, char* out) {
  const auto tail = [code_point](int shift) { return static_cast<char>(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xc0 | code_point >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = static_cast<char>(0xe0 | code_point >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | code_point >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

}  // namespace

JsonNumber ClassifyJsonNumber(std::string_view token) {
  size_t at = token.starts_with('-') ? 1 : 0;
  const bool leading_zero = token.substr(at).starts_with('0');
  const size_t first = at;
  if (!SkipDigits(token, at) || (leading_zero && at - first > 1)) return JsonNumber::kNone;
  if (at == token.size()) return JsonNumber::kInteger;
  if (token[at] == '.' && !SkipDigits(token, ++at)) return JsonNumber::kNone;
  if (at < token.size() && (token[at] | 0x20) == 'e') {
    ++at;
    if (at < token.size() && (token[at] == '-' || token[at] == '+')) ++at;
    if (!SkipDigits(token, at)) return JsonNumber::kNone;
  }
  return at == token.size() ? JsonNumber::kOther : JsonNumber::kNone;
}

JsonString UnescapeJson(std::string_view inner, char* out, size_t& size) {
  static constexpr std::string_view kEscapes = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  JsonString kind = JsonString::kText;
  char ignored[4];
  size = 0;
  for (size_t at = 0; at < inner.size();) {
    const char c = inner[at++];
    if (c != '\\') {
      if (out != nullptr) out[size] = c;
      ++size;
      continue;
    }
    const char escape = at < inner.size() ? inner[at++] : '\0';
    int32_t code_point = 0;
    if (escape == 'u') {
      code_point = TakeCodePoint(inner, at);
      if (code_point < 0) return JsonString::kNone;
      if (IsHighSurrogate(code_point) || IsLowSurrogate(code_point)) {
        kind = JsonString::kHalfSurrogate;
      }
    } else {
      const size_t which = kEscapes.find(escape);
      if (which == std::string_view::npos) return JsonString::kNone;
      code_point = static_cast<unsigned char>(kMeanings[which]);
    }
    size += EncodeUtf8(code_point, out == nullptr ? ignored : out + size);
  }
  return kind;
}

}  // namespace adirect
