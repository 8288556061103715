// AudienceWatch: the audience of every policy, looked at again and again: how many are in, who entered, who left.
//
//   AudienceWatch watch(engine, policies, options);
//   watch.Start();                            // a thread that looks every options.every
//   watch.Sizes("default");                   // as of the last look
//   watch.ChangesSince("default", instant);   // what the looks since then found
//
// A look is at one pinned instant, live now when it begins. It reads a few shoppers at a time, shard after shard, and
// rests between, so no answer waits for it. What comes while it runs is in this look or in the next one. The first
// look after a start finds who is in and no changes.
//
// Memory: a pair that is in takes 16 bytes, its shopper the id once; a kept change takes 48 bytes and an id.
//
// Threads: every member may be called from any number of threads; Start and Stop once.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

// One shard's part of an audience, in the order of its shoppers, then of the categories' numbers.
class ShardAudience {
 public:
  struct Pair {
    uint32_t shopper;  // number in the shard: another one's too, once he was erased
    CategoryIndex category;
    uint32_t id_at;
    uint32_t id_size;
  };

  void Add(uint32_t shopper, std::string_view user_id, std::span<const CategoryDecision> targeted);
  const std::vector<Pair>& pairs() const { return pairs_; }
  size_t memory_bytes() const { return pairs_.capacity() * sizeof(Pair) + ids_.capacity(); }
  std::string_view user_id(const Pair& pair) const { return std::string_view{ids_}.substr(pair.id_at, pair.id_size); }

 private:
  std::vector<Pair> pairs_;
  std::string ids_;
};

struct AudienceChange {
  std::string user_id;
  CategoryIndex category;
  bool entered = false;  // else he left
};

// What one look found that the one before had not.
struct AudienceLook {
  Timestamp since;  // the look before
  Timestamp as_of;
  std::vector<AudienceChange> changes;
};

struct AudienceSizes {
  Timestamp as_of;
  uint64_t users = 0;
  uint64_t pairs = 0;
  uint64_t entered = 0;  // since the look before
  uint64_t left = 0;
  uint64_t suppressed = 0;  // pairs with a search that the policy looks at, which a purchase keeps out
  std::vector<std::pair<CategoryIndex, uint64_t>> by_category;  // largest first
};

// An answer that stays as it is while newer looks come.
struct AudienceChanges {
  enum class Found : uint8_t {
    kChanges,  // `looks`, oldest first
    kAll,      // `all`: who is in as of the last look
    kNoLook,   // the first look has not ended
    kTooOld,   // changes since then are not kept
  };
  Found found = Found::kNoLook;
  Timestamp as_of;  // of the last look
  std::vector<std::shared_ptr<const AudienceLook>> looks;
  std::vector<std::shared_ptr<const ShardAudience>> all;
};

struct AudienceWatchOptions {
  Duration every = Duration::Millis(60'000);  // from one look's begin to the next one's
  uint64_t kept_changes = 1'000'000;          // of each policy; the oldest looks are dropped beyond
};

class AudienceWatch {
 public:
  // Both must outlive the watch.
  AudienceWatch(Engine& engine, const PolicySet& policies, const AudienceWatchOptions& options)
      : engine_(engine), policies_(policies), options_(options) {}
  ~AudienceWatch() { Stop(); }

  void Start();
  void Stop();

  // Looks at all policies now.
  void Look();

  Duration every() const { return options_.every; }
  // How long the watch has done nothing, whether it rests or is stuck; 0 where it does not run.
  std::chrono::nanoseconds still() const;
  // Held by the last looks and the kept changes, their ids aside.
  size_t memory_bytes() const;

  // Absent before the first look at the policy has ended.
  std::optional<AudienceSizes> Sizes(std::string_view policy) const;
  // Without `since`: all who are in.
  AudienceChanges ChangesSince(std::string_view policy, std::optional<Timestamp> since) const;

 private:
  using Shards = std::vector<std::shared_ptr<const ShardAudience>>;
  struct Watched {
    Shards shards;
    AudienceSizes sizes;
    Timestamp oldest;  // changes since then are kept
    std::deque<std::shared_ptr<const AudienceLook>> looks;
    uint64_t kept = 0;  // changes in `looks`
  };

  void LookAt(const NamedPolicy& policy, Timestamp as_of);
  struct Walked {
    std::vector<std::shared_ptr<ShardAudience>> shards;  // none: stopped meanwhile
    uint64_t suppressed = 0;
  };
  Walked Walk(const NamedPolicy& policy, Timestamp as_of);
  void Note(const std::string& policy, const Walked& walked, Timestamp as_of);
  void Moved() { moved_ = std::chrono::steady_clock::now().time_since_epoch().count(); }
  // False where the watch is stopped meanwhile.
  bool Rest(std::chrono::nanoseconds time);

  Engine& engine_;
  const PolicySet& policies_;
  const AudienceWatchOptions options_;
  std::mutex looking_;  // one look at a time
  Timestamp last_;      // the last look's instant: each is later, also where live now stands still
  mutable std::mutex mutex_;
  std::map<std::string, Watched, std::less<>> watched_;  // guarded by mutex_
  bool stopped_ = false;                                 // guarded by mutex_
  std::condition_variable stops_;
  std::atomic<std::chrono::steady_clock::rep> moved_ = 0;  // when it last did something; 0: it does not run
  std::thread thread_;
};

}  // namespace adirect
