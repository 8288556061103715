// The shoppers of several shards in the order of their ids' bytes: the order of every output.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "adirect/targeting/state.h"

namespace adirect {

// Where a shopper is, and the first 8 bytes of his id as a number that sorts as they do.
struct ShopperPlace {
  uint64_t prefix;
  uint32_t shard;
  uint32_t shopper;
};

inline uint64_t IdPrefix(std::string_view user_id) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < 8; ++i)
    prefix = prefix << 8 | (i < user_id.size() ? static_cast<unsigned char>(user_id[i]) : 0u);
  return prefix;
}

// Those for whom wanted(table, shopper) holds.
template <typename Wanted>
std::vector<ShopperPlace> InOrderOfIds(std::span<const ShopperTable* const> shards, Wanted wanted) {
  std::vector<ShopperPlace> places;
  for (uint32_t shard = 0; shard < shards.size(); ++shard) {
    const ShopperTable& table = *shards[shard];
    for (uint32_t i = 0; i < table.size(); ++i) {
      if (wanted(table, i)) places.push_back({IdPrefix(table.user_id(i)), shard, i});
    }
  }
  std::sort(places.begin(), places.end(), [&](const ShopperPlace& a, const ShopperPlace& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return shards[a.shard]->user_id(a.shopper) < shards[b.shard]->user_id(b.shopper);
  });
  return places;
}

}  // namespace adirect
