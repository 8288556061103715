// Words for messages: how a sentence quotes what it found and offers what was meant.
//
//   "unknown key " + Quoted(key) + DidYouMean(key, known) + "; allowed: " + Joined(known)
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace adirect {

// `text` in double quotes, on one line: quotes, backslashes and control characters are escaped, and
// what is longer than 80 bytes is cut and ends with "...".
std::string Quoted(std::string_view text);

// "a, b, c".
std::string Joined(std::span<const std::string_view> words);

// The word of `known` that `word` was probably meant to be: the nearest by letters added, left out,
// replaced or swapped, if it is no further away than a third of its length (ties: the first).
std::optional<std::string_view> Nearest(std::string_view word, std::span<const std::string_view> known);

// "; did you mean search?", or nothing where no word is near.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> known);

}  // namespace adirect
