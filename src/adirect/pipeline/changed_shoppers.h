// ChangedShoppers: who has changed and is not yet published, and by which events, the longest unpublished first.
//
//   changed.Note(shard, rows);                            // the engine, as it folds
//   for (const Changed& one : changed.Take(64)) …         // the publisher: on their way from now on
//   changed.Done(shard, one.user_id);                     // they are there
//   changed.Return(shard, one.user_id);                   // or not: all of him is to be taken again
//
// Whoever changes while he is on his way waits until he is done: each shopper is in one pair of hands. Of a shopper
// with more than kMostEvents events waiting, or where kMostEventsInAll wait, only is known that he changed; then all of
// him is written. So memory is bounded by the shoppers.
//
// Threads: every member on any number. Note takes O(1) a row, under a lock of its shard's own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adirect/targeting/shopper.h"
#include "adirect/targeting/state.h"

namespace adirect {

class ChangedShoppers {
 public:
  static constexpr size_t kMostEvents = 64;                        // of one shopper
  static constexpr uint64_t kMostEventsInAll = uint64_t{1} << 20;  // 40 bytes each

  using Clock = std::chrono::steady_clock;

  struct Changed {
    std::string user_id;
    std::vector<KeptEvent> events;  // but erases; empty where `whole`
    std::optional<Timestamp> erased;
    bool whole = false;
    Clock::time_point since;  // the oldest change
  };

  explicit ChangedShoppers(size_t shards) : shards_(shards) {}

  void Note(size_t shard, std::span<const FoldRow> rows);
  // All of him.
  void NoteWhole(size_t shard, std::string_view user_id);

  // Appends at most so many, of all shards in turn.
  void Take(size_t most, std::vector<Changed>& taken);
  void Done(size_t shard, std::string_view user_id);
  void Return(size_t shard, std::string_view user_id);

  // All who are not published, those on their way too.
  void ForEach(const std::function<void(std::string_view user_id)>& visit) const;
  uint64_t shoppers() const { return shoppers_; }
  // Since when the oldest change waits or is on its way, to the time that one is on its way; absent where there is
  // none.
  std::optional<Clock::time_point> oldest() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const { return UserHash(id); }
  };
  struct Waiting {
    std::vector<KeptEvent> events;
    std::optional<Timestamp> erased;
    bool whole = false;
    bool taken = false;             // on his way; what is above came since
    Clock::time_point since;        // of what is above
    Clock::time_point taken_since;  // of what is on its way
  };
  using Users = std::unordered_map<std::string, Waiting, Hash, std::equal_to<>>;
  struct Shard {
    mutable std::mutex mutex;
    Users users;
    std::deque<Users::value_type*> queue;  // waiting and not taken, oldest first
    std::vector<Users::value_type*> taken;
  };

  Users::value_type& Find(Shard& shard, std::string_view user_id);
  void Add(Waiting& waiting, const KeptEvent& event);
  void MakeWhole(Waiting& waiting);
  void Begin(Shard& shard, Users::value_type& user, Clock::time_point now);
  void Release(Shard& shard, Users::iterator user, bool first);

  std::vector<Shard> shards_;
  std::atomic<uint64_t> shoppers_ = 0;
  std::atomic<uint64_t> events_ = 0;
  std::atomic<size_t> next_ = 0;  // the shard whose turn it is
};

}  // namespace adirect
