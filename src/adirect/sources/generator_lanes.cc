#include "adirect/sources/generator_lanes.h"

#include <algorithm>

namespace adirect {

int Lanes::BitsFor(uint64_t events, int64_t span_ms, uint64_t shoppers) {
  constexpr uint64_t kPaceMs = 45'000;
  constexpr uint64_t kMostLanes = 1 << 24;
  const uint64_t most = std::min(shoppers / 2 + 1, kMostLanes);
  const Uint128 at_once = static_cast<Uint128>(events) * kPaceMs / static_cast<uint64_t>(span_ms);
  const uint64_t lanes = at_once >= most ? most : static_cast<uint64_t>(at_once) + 1;
  return static_cast<int>(std::bit_width(lanes)) - 1;
}

}  // namespace adirect
