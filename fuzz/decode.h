// What every decoder promises of every text: its rows do not depend on the blocks, and they lie one
// behind the other in the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/codec/decode_for_test.h"

namespace adirect {

inline void CheckDecode(const Format& format, std::string_view text, size_t block_bytes) {
  if (!MakeDecoder(format, "input", text).ok()) return;
  const std::vector<SeenRow> rows = DecodeForTest(format, text);
  ADIRECT_CHECK(rows == DecodeForTest(format, text, block_bytes), block_bytes);
  uint64_t end = 0;
  for (const SeenRow& row : rows) {
    ADIRECT_CHECK(row.offset >= end && !row.raw.empty(), row, end);
    ADIRECT_CHECK(text.substr(row.offset, row.raw.size()) == row.raw, row);
    end = row.offset + row.raw.size();
  }
}

// The block size that an input's byte asks for.
inline size_t BlockBytes(char byte) { return static_cast<unsigned char>(byte) + size_t{1}; }

}  // namespace adirect
