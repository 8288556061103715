// Shards: the state of all shoppers, split by user so that several threads can fold at once.
//
// Threads: Fold locks the shard it writes, memory_bytes each in turn. Everything else is for when nobody folds.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "adirect/model/dictionary.h"
#include "adirect/targeting/state.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect {

class Shards {
 public:
  Shards(size_t count, const Settings& settings);

  Dictionary& dictionary() { return dictionary_; }
  const Dictionary& dictionary() const { return dictionary_; }
  size_t size() const { return shards_.size(); }

  void Fold(size_t shard, std::span<const FoldRow> rows);
  // For an engine, which reads while it folds: the shard's lock, and its table while it is held.
  std::unique_lock<std::mutex> Lock(size_t shard) const { return std::unique_lock<std::mutex>(shards_[shard].mutex); }
  ShopperTable& mutable_table(size_t shard) { return shards_[shard].table; }

  // Takes over a saved state and appends its inputs. The settings become the smaller of both.
  Status Merge(std::string_view state_bytes, unsigned threads, std::vector<StateInput>& inputs);
  // Hands the state to `write`, piece by piece in their order.
  Status Save(std::span<const StateInput> inputs, unsigned threads,
              const std::function<Status(std::string_view)>& write) const;

  // For an engine: every shopper of every shard once, `at_once` of a shard while it is locked: `visit` gets the shard,
  // its table, and the first and the end of their numbers. Round after round over the shards, so that who waits for one
  // shard's lock gets it. After each round `rest` hears how long it took; false ends the walk there, and then it is
  // false. Shoppers who come meanwhile may be missed.
  bool VisitInRounds(
      size_t at_once,
      const std::function<void(size_t shard, const ShopperTable& table, size_t first, size_t end)>& visit,
      const std::function<bool(std::chrono::nanoseconds)>& rest) const;

  const Settings& settings() const { return shards_.front().table.settings(); }
  const ShopperTable& table(size_t shard) const { return shards_[shard].table; }
  std::vector<const ShopperTable*> tables() const;
  // Held by all shards and the dictionary.
  size_t memory_bytes() const;
  // T over all shards; absent before the first event.
  std::optional<Timestamp> newest() const;
  const ShopperTable& TableOf(std::string_view user_id) const;

 private:
  struct Shard {
    Shard(const Settings& settings, const Dictionary& dictionary) : table(settings, dictionary) {}
    mutable std::mutex mutex;
    ShopperTable table;
  };
  Dictionary dictionary_;
  std::deque<Shard> shards_;
};

}  // namespace adirect
