// What must be looked at before toml++ 3.3 reads a text. Three mistakes end the process (in a debug
// build) or are undefined (in a release) where a sentence is wanted:
//
//   * bytes beyond ASCII outside quotes and comments, or behind a backslash:  é = 1
//   * a quote in the middle of a word, which may hide such bytes:  a = 1"é"
//   * a table's header that begins with no key:  [[[x]]]
//
// Threads: a pure function.
#pragma once

#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// InvalidArgument with `place` and line where the text has one of them. All other mistakes are the
// parser's to find.
Status CheckTomlText(std::string_view text, std::string_view place);

}  // namespace adirect
