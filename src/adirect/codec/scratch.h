// What DecodeScratch holds: the memory of both decoders, reused from block to block.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "adirect/codec/decoder.h"
#include "adirect/codec/row.h"
#include "adirect/codec/separators.h"

namespace adirect {

class JsonLines;  // ndjson.cc

struct DecodeScratch::State {
  RowScratch row;
  Separators separators;
  std::vector<std::string_view> cells;
  std::shared_ptr<JsonLines> json;  // made by the first NDJSON block

  // Ends the views of the block before.
  void Begin() {
    row.arena.Clear();
    row.times = {};
  }
};

}  // namespace adirect
