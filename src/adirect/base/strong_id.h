// StrongId: a 32-bit index that cannot be mixed up with another kind of index.
//
//   using CategoryIndex = StrongId<struct CategoryTag>;
#pragma once

#include <compare>
#include <cstdint>

namespace adirect {

template <typename Tag>
struct StrongId {
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t value = kNone;

  constexpr StrongId() = default;
  constexpr explicit StrongId(uint32_t v) : value(v) {}
  constexpr bool valid() const { return value != kNone; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace adirect
