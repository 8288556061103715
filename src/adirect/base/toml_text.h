// What must be looked at before toml++ 3.3 reads a text: where it expects a blank, a bracket or a word
// and finds a character beyond ASCII, its behaviour is undefined. In quotes and comments it expects
// none, and all is well.
//
// Threads: a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

struct TomlProblem {
  uint32_t line = 0;
  std::string message;  // "not TOML: …"
};

// Where the text is no TOML, or has a character beyond ASCII
// outside quotes and comments, or behind a backslash and blanks (the line end that a backslash takes
// away). The parser may read all other texts; broken UTF-8 is its to refuse.
std::optional<TomlProblem> FindTomlProblem(std::string_view text);
// The same as InvalidArgument with `place` and line.
Status CheckTomlText(std::string_view text, std::string_view place);

}  // namespace adirect
