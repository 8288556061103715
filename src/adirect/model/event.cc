#include "adirect/model/event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "adirect/base/hash.h"

namespace adirect {
namespace {

constexpr std::array<std::string_view, 7> kTypeNames = {"search",   "view",   "cart", "favorite",
                                                        "purchase", "refund", "erase"};

// N of "prefix:N", where the text has that form.
std::optional<uint64_t> PositionSuffix(std::string_view text, size_t& prefix_size) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 19 || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  uint64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc() || end != digits.data() + digits.size() || n >> 63 != 0) return std::nullopt;
  prefix_size = colon;
  return n;
}

}  // namespace

std::string_view EventTypeName(EventType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<EventType> ParseEventType(std::string_view name) {
  const auto* at = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (at == kTypeNames.end()) return std::nullopt;
  return static_cast<EventType>(at - kTypeNames.begin());
}

bool IsIdText(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

uint64_t PositionIdentity(uint64_t prefix_hash, uint64_t n) {
  return Mix64(prefix_hash + (n + 1) * 0x9e3779b97f4a7c15ULL);
}

uint64_t IdentityHash(std::string_view text) {
  size_t prefix_size = 0;
  if (const std::optional<uint64_t> n = PositionSuffix(text, prefix_size)) {
    return PositionIdentity(Hash64(text.substr(0, prefix_size)), *n);
  }
  return Hash64(text);
}

}  // namespace adirect
