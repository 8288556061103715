// The audience pass: walks all shoppers at a pinned as-of and says who is targeted, with what.
//
// Two walks over the shards: the first counts popularity and gathers who has events, the second decides,
// in the order of the user ids, so that its output is the same for any number of threads and shards.
//
// Threads: nobody may fold meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/shards.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

struct AudienceCounts {
  uint64_t users = 0;  // shoppers with a search that the policy looks at (its types, its window)
  uint64_t pairs = 0;  // (user, category) with one
  uint64_t audience_users = 0;
  uint64_t audience_pairs = 0;
  uint64_t recommendations = 0;
  std::vector<uint64_t> audience_by_category;  // by CategoryIndex

  void Add(const AudienceCounts& other);
};

struct AudiencePass {
  const Policy& policy;
  const Settings& settings;
  Timestamp now;
  unsigned threads = 1;
  const std::atomic<bool>* stop = nullptr;
  const Catalog* catalog = nullptr;  // null: none
};

// The first walk alone; in part only where the pass was stopped, which the second walk then says.
Popularity CountPopularity(const Shards& shards, const AudiencePass& pass);

// The second walk. The first failure of the sink ends it.
Result<AudienceCounts> WalkAudience(const Shards& shards, const Popularity& popularity, const AudiencePass& pass,
                                    AudienceSink& sink);

}  // namespace adirect
