// ADIRECT_CHECK: we were wrong. Prints the condition, the values and the place, and ends the process,
// in release builds too. Never used for what a user, a file or a peer can cause.
//
//   ADIRECT_CHECK(kept <= limit, kept, limit);
#pragma once

#include <sstream>
#include <string>

namespace adirect::internal {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line, const std::string& values);

template <typename... Values>
std::string CheckValues(const Values&... values) {
  std::ostringstream out;
  const char* separator = "";
  ((out << separator << values, separator = ", "), ...);
  return out.str();
}

}  // namespace adirect::internal

#define ADIRECT_CHECK(condition, ...)                                     \
  (__builtin_expect(static_cast<bool>(condition), 1)                      \
       ? void(0)                                                          \
       : ::adirect::internal::CheckFailed(#condition, __FILE__, __LINE__, \
                                          ::adirect::internal::CheckValues(__VA_ARGS__)))
