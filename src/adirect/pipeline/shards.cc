#include "adirect/pipeline/shards.h"

#include <algorithm>

#include "adirect/targeting/state_bytes.h"

namespace adirect {

Shards::Shards(size_t count, const Settings& settings) {
  for (size_t i = 0; i < count; ++i) shards_.emplace_back(settings, dictionary_);
}

void Shards::Fold(size_t shard, std::span<const FoldRow> rows) {
  const std::lock_guard<std::mutex> lock(shards_[shard].mutex);
  shards_[shard].table.Fold(rows);
}

std::vector<const ShopperTable*> Shards::tables() const {
  std::vector<const ShopperTable*> tables;
  for (const Shard& shard : shards_) tables.push_back(&shard.table);
  return tables;
}

std::optional<Timestamp> Shards::newest() const {
  std::optional<Timestamp> newest;
  for (const Shard& shard : shards_) newest = std::max(newest, shard.table.newest());
  return newest;
}

const ShopperTable& Shards::TableOf(std::string_view user_id) const {
  return table(ShardOf(UserHash(user_id), size()));
}

}  // namespace adirect
