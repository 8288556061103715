// What JSON's grammar (RFC 8259) says of single tokens. simdjson finds the tokens; here is what it
// leaves open or decides otherwise: numbers of any size, and halves of surrogate pairs.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <string_view>

namespace adirect {

enum class JsonNumber : unsigned char { kNone, kInteger, kOther };
JsonNumber ClassifyJsonNumber(std::string_view token);

enum class JsonString : unsigned char {
  kText,
  kHalfSurrogate,  // JSON, but no text: \ud800 without its other half
  kNone,           // an escape that JSON does not have
};

// Decodes the escapes of the inside of a string. `out`: at least inner.size() bytes, of which
// `size` are then written; without an `out` the escapes are only checked.
JsonString UnescapeJson(std::string_view inner, char* out, size_t& size);

}  // namespace adirect
