// What stands around lines: a byte order mark in front of the first, an end behind each.
#pragma once

#include <string_view>

namespace adirect {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The line without the LF, CRLF or CR at its end.
inline std::string_view WithoutLineEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace adirect
