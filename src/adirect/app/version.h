// What this binary is, and what it was built with.
#pragma once

#include <string>

namespace adirect {

// CMake reads it too.
inline constexpr const char* kVersion = "0.1.0";

// Version, compiler, and the parts of this build.
std::string VersionText();

}  // namespace adirect
