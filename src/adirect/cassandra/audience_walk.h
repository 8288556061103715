// CassandraWalk: all shoppers of a keyspace in the order of their tokens, a page at a time. Private to cassandra.
//
// Of a page of `users` only those are read whose newest search the policy could look at, kShoppersAtOnce at once.
//
// Threads: as AudienceWalk says; it waits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adirect/cassandra/keyspace_watch.h"
#include "adirect/cassandra/shopper_reads.h"
#include "adirect/targeting/decision.h"

namespace adirect {

class CassandraWalk : public AudienceWalk {
 public:
  static constexpr size_t kRowsPerPage = 256;
  static constexpr size_t kShoppersAtOnce = 16;

  // InvalidArgument where the question's place is none. The watch must outlive it.
  static Result<std::unique_ptr<AudienceWalk>> Begin(const KeyspaceWatch& watch, AudienceQuestion question);

  Status Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) override;
  bool ended() const override { return ended_ && next_ == page_.size(); }
  std::string place() const override { return std::to_string(token_); }

 private:
  struct Found {
    int64_t token;
    std::string user_id;
    bool may_be_targeted = false;
  };

  CassandraWalk(const KeyspaceWatch& watch, AudienceQuestion question, int64_t token)
      : watch_(watch), asked_(std::move(question)), token_(token) {}
  Status ReadPage(const Asking& asking);
  Status Decide(const Asking& asking, uint64_t most, const std::function<void(const AudiencePair&)>& take);
  uint64_t Tell(Decider& decider, const std::function<void(const AudiencePair&)>& take);

  const KeyspaceWatch& watch_;
  const AudienceQuestion asked_;
  int64_t token_;            // of the last shopper who was looked at
  std::vector<Found> page_;  // behind him, from next_ on
  size_t next_ = 0;
  bool ended_ = false;  // behind the page there is nobody
  std::unique_ptr<Dictionary> dictionary_;
  const Popularity none_;  // who is targeted does not depend on what would be shown, nor on the catalog
  Shopper shopper_;
};

}  // namespace adirect
