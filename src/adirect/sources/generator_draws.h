// The distributions of the realistic world, each from one draw, in whole numbers.
//
// Threads: pure functions and values.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>

#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_random.h"

namespace adirect {

namespace internal {
// Each category as often as its weight, 2520 / rank.
inline constexpr std::array<uint8_t, 7381> kCategoryTable = [] {
  std::array<uint8_t, 7381> table{};
  size_t at = 0;
  for (uint32_t category = 0; category < kCategories; ++category) {
    for (uint32_t i = 0; i < 2520 / (category + 1); ++i) {
      table[at++] = static_cast<uint8_t>(category);
    }
  }
  return table;
}();
}  // namespace internal

// A category by Zipf's law: the first is twice as popular as the second, three times as the third,
// …
inline uint32_t DrawCategory(uint64_t draw) {
  return internal::kCategoryTable[Below(draw, internal::kCategoryTable.size())];
}

// A product's number by Zipf's law in steps of octaves: of the ranks 1, 2, … those from 2^k to
// 2^(k+1) - 1 share equally in a mass of 100, and the last ones, 65536 to 100000, in 61, as 1/rank
// sums up to. Each category has an order of its own.
inline uint32_t DrawProduct(uint64_t draw, uint32_t category) {
  const uint64_t octave = Below(draw, 16 * 100 + 61) / 100;
  const uint64_t first = (uint64_t{1} << octave) - 1;
  const uint64_t size = octave == 16 ? kProductsPerCategory - first : first + 1;
  const uint64_t rank = first + Below(Mix64(draw), size);
  // 61803 and 100000 have no common factor: every product has a rank.
  return static_cast<uint32_t>((rank * 61803 + category * 7919) % kProductsPerCategory);
}

// One of `count` shoppers. Of the shoppers ordered by how busy they are, the busiest x * count have
// the share u of the sessions, where x = (9 u^2 + u) / 10: the busiest has ten times the average.
class BusyOrder {
 public:
  // The order is scattered over the numbers by a step without common factor.
  explicit BusyOrder(uint32_t count) : count_(count), step_(count_ * 618'034 / 1'000'000 + 1) {
    while (std::gcd(step_, count_) != 1) ++step_;
  }

  uint32_t Draw(uint64_t draw) const {
    const uint64_t u = draw >> 32;
    const uint64_t x = (9 * ((u * u) >> 32) + u) / 10;
    return static_cast<uint32_t>(((x * count_) >> 32) * step_ % count_);
  }

 private:
  uint64_t count_;
  uint64_t step_;
};

}  // namespace adirect
