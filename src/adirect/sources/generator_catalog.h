// The shop of 2017, which both worlds sell from: ten categories of 100,000 products each.
//
// A category's id is its number, 1 to 10. A product's id is its category's prefix (111 for 1, 222
// for 2, … 999 for 9, 100 for 10) with a number from 0 to 99999 written behind it, without leading
// zeros: the products of category 1 are 1110, 1111, … 11199999.
//
// In code categories count from 0.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace adirect {

inline constexpr uint32_t kCategories = 10;
inline constexpr uint32_t kProductsPerCategory = 100'000;

inline constexpr std::array<std::string_view, kCategories> kCategoryIds = {"1", "2", "3", "4", "5",
                                                                           "6", "7", "8", "9", "10"};
inline constexpr std::array<std::string_view, kCategories> kProductPrefixes = {"111", "222", "333", "444", "555",
                                                                               "666", "777", "888", "999", "100"};

inline constexpr size_t kProductBytes = 8;  // the longest product id

// Writes the id of product `number` of `category` to `room` (kProductBytes).
inline std::string_view WriteProductId(uint32_t category, uint32_t number, char* room) {
  std::memcpy(room, kProductPrefixes[category].data(), 3);
  char* const end = std::to_chars(room + 3, room + kProductBytes, number).ptr;
  return {room, static_cast<size_t>(end - room)};
}

}  // namespace adirect
