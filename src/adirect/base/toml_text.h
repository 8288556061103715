// What must be looked at before toml++ 3.3 reads a text: where it expects a blank, a bracket or a word
// and finds a character beyond ASCII, its behaviour is undefined. In quotes and comments it expects
// none, and all is well.
//
// Threads: a pure function.
#pragma once

#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// InvalidArgument with `place` and line where the text is no TOML, or has a character beyond ASCII
// outside quotes and comments, or behind a backslash and blanks (the line end that a backslash takes
// away). The parser may read all other texts; broken UTF-8 is its to refuse.
Status CheckTomlText(std::string_view text, std::string_view place);

}  // namespace adirect
