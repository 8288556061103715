// What a policy would change: how many are targeted now and then, who would enter and who would leave. NDJSON, a line
// whenever there is something better to say: the first from a sample, extrapolated; the last one exact.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/api/http.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

// Decisions never wait for it: a shard is locked for a few hundred shoppers at a time. Shoppers who come while it runs
// may be missed.
class PreviewStream : public BodyStream {
 public:
  // `stored` is the policy of today; null: there is none.
  PreviewStream(Engine& engine, std::shared_ptr<const NamedPolicy> stored, Policy then);
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  struct Size {
    uint64_t users = 0;
    uint64_t pairs = 0;
  };
  struct Pair {
    std::string user_id;
    CategoryIndex category;
  };

  bool Walk();
  void Compare(const Shopper& shopper);
  static void Keep(std::vector<Pair>& examples, const Shopper& shopper, CategoryIndex category);
  void AppendLine(std::string& out) const;

  Engine& engine_;
  const std::shared_ptr<const NamedPolicy> stored_;
  const Policy then_policy_;
  const Timestamp as_of_;
  const Popularity none_;  // who is targeted does not depend on what would be shown
  Decider decider_;        // of then_policy_
  std::unique_ptr<Decider> stored_decider_;
  Shopper shopper_;
  std::vector<CategoryIndex> before_;
  std::vector<CategoryIndex> after_;

  // Every kStride-th shopper of every shard, then their neighbours, …
  size_t start_ = 0;
  size_t shard_ = 0;
  size_t next_ = 0;

  uint64_t walked_ = 0;
  Size now_;
  Size then_;
  uint64_t enter_ = 0;
  uint64_t leave_ = 0;
  std::vector<Pair> entering_;
  std::vector<Pair> leaving_;
};

}  // namespace adirect
