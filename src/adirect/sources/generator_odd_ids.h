// Ids that are valid and that careless code gets wrong.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace adirect {

// The two spellings of é and the last three of "cafe" look alike and are different ids.
inline constexpr std::array<std::string_view, 16> kOddIds = {
    "say \"hi\"",
    "\"",
    "a,b",
    "back\\slash",
    "o'neil; drop table users",
    " leading and trailing ",
    "007",
    "-1",
    "1e3",
    "null",
    "=1+1",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",  // an astronaut: two emoji and a joiner
    "caf\xc3\xa9",                                   // é in one code point
    "cafe\xcc\x81",                                  // e and a combining acute
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",              // from right to left
    "\xef\xbb\xbf"
    "bom",
};

inline constexpr size_t kOddIdCount = kOddIds.size() + 3;

// Odd id `i` (< kOddIdCount): those above, and three of exactly 128 bytes.
inline std::string OddId(size_t i) {
  if (i < kOddIds.size()) return std::string(kOddIds[i]);
  if (i == kOddIds.size()) return std::string(128, 'x');
  if (i == kOddIds.size() + 1) return std::string(127, 'x') + "y";
  std::string umlauts;
  while (umlauts.size() < 128) umlauts += "\xc3\xbc";
  return umlauts;
}

}  // namespace adirect
