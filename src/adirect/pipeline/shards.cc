#include "adirect/pipeline/shards.h"

#include <algorithm>
#include <atomic>

#include "adirect/pipeline/ordered.h"
#include "adirect/pipeline/pipeline.h"

namespace adirect {

Shards::Shards(size_t count, const Settings& settings) {
  for (size_t i = 0; i < count; ++i) shards_.emplace_back(settings, dictionary_);
}

void Shards::Fold(size_t shard, std::span<const FoldRow> rows) {
  const std::lock_guard<std::mutex> lock(shards_[shard].mutex);
  shards_[shard].table.Fold(rows);
}

Status Shards::Merge(std::string_view state_bytes, unsigned threads, std::vector<StateInput>& inputs) {
  const Result<StateReader> state = StateReader::Open(state_bytes);
  if (!state.ok()) return state.status();
  std::vector<ShopperTable*> tables;
  for (Shard& shard : shards_) tables.push_back(&shard.table);
  state->MergeCommon(tables);
  inputs.insert(inputs.end(), state->inputs().begin(), state->inputs().end());
  return RunOnThreads(threads, [&](unsigned thread) {
    state->MergeShoppers(dictionary_, tables, thread, threads);
    return Status();
  });
}

Status Shards::Save(std::span<const StateInput> inputs, unsigned threads,
                    const std::function<Status(std::string_view)>& write) const {
  const std::vector<const ShopperTable*> all = tables();
  const StateWriter state(all, dictionary_, inputs);
  Hasher64 hasher;
  Ordered<std::string> written([&](std::string& piece) {
    hasher.Add(piece);
    return write(piece);
  });
  std::atomic<size_t> next = 0;
  const Status done = RunOnThreads(threads, [&](unsigned) -> Status {
    for (size_t i = next++; i < state.pieces(); i = next++) {
      std::string piece;
      state.Append(i, piece);
      ADIRECT_RETURN_IF_ERROR(written.Commit(i, std::move(piece)));
    }
    return {};
  });
  return !done.ok() ? done : write(StateWriter::Checksum(hasher));
}

std::vector<const ShopperTable*> Shards::tables() const {
  std::vector<const ShopperTable*> tables;
  for (const Shard& shard : shards_) tables.push_back(&shard.table);
  return tables;
}

size_t Shards::memory_bytes() const {
  size_t bytes = dictionary_.memory_bytes();
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    bytes += shard.table.memory_bytes();
  }
  return bytes;
}

bool Shards::VisitInRounds(size_t at_once,
                           const std::function<void(size_t, const ShopperTable&, size_t, size_t)>& visit,
                           const std::function<bool(std::chrono::nanoseconds)>& rest) const {
  bool more = true;
  for (size_t first = 0; more; first += at_once) {
    const auto begun = std::chrono::steady_clock::now();
    more = false;
    for (size_t shard = 0; shard < shards_.size(); ++shard) {
      const auto lock = Lock(shard);
      const ShopperTable& shoppers = table(shard);
      const size_t end = std::min(shoppers.size(), first + at_once);
      if (first < end) visit(shard, shoppers, first, end);
      more = more || end < shoppers.size();
    }
    if (!rest(more ? std::chrono::steady_clock::now() - begun : std::chrono::nanoseconds(0))) return false;
  }
  return true;
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
