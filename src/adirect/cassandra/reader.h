// CassandraReader: a shop as an engine publishes it into a keyspace of Cassandra (docs/cassandra.md). A RemoteShop.
//
//   Result<std::unique_ptr<CassandraReader>> reader = CassandraReader::Open(address, clock);
//   (*reader)->Decide({.user_id = "ana"}, policy, std::cref(tell));
//
// The shopper is made of the rows that are found of him, and decided about as an engine does (pipeline/published.h). A
// question waits for a few reads that are made at once, and, where he is targeted, for what is not known of products.
// It waits at most Asking::kLongest for each.
//
// Threads: as ShopReader says. Each thread that asks has a dictionary of its own, of at most kMostItems products.
#pragma once

#include <memory>

#include "adirect/cassandra/keyspace_watch.h"
#include "adirect/cassandra/list_reads.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class CassandraReader final : public RemoteShop {
 public:
  static constexpr size_t kMostItems = size_t{1} << 16;

  // Errors: as of KeyspaceWatch::Start. The clock must outlive it.
  static Result<std::unique_ptr<CassandraReader>> Open(const KeyspaceAddress& address, const Clock& clock);

  Timestamp Now() const override { return std::max(clock_.Now(), watch_->newest()); }
  const PolicySet& policies() const override { return watch_->policies(); }
  Status Decide(const Question& question, const Policy& policy,
                const std::function<void(const Decided&)>& take) override;
  Status Kept(std::string_view user_id, const std::function<void(const KeptShopper&)>& take) override;
  // Unsupported for a window that no policy has.
  Result<std::vector<RankedProduct>> Popular(std::string_view category_id, Duration window, size_t limit) override;
  Result<std::vector<ListedSearch>> Searches(std::optional<std::string_view> category_id, size_t limit) override;
  Result<std::vector<ListedCategory>> Categories() override;
  Status FindProduct(std::string_view product_id,
                     const std::function<void(const std::optional<Product>&)>& take) override;
  // A place is the token of a shopper.
  Result<std::unique_ptr<AudienceWalk>> Walk(AudienceQuestion question) override;

  std::string location() const override { return watch_->place(); }
  std::vector<Health::Trouble> Troubles() const override;
  const Counts& counts() const override { return counts_; }
  std::optional<Timestamp> published_until() const override { return watch_->published_until(); }

 private:
  explicit CassandraReader(const Clock& clock) : clock_(clock) {}

  const Clock& clock_;
  Counts counts_;
  ListReads lists_;
  std::unique_ptr<KeyspaceWatch> watch_;
};

}  // namespace adirect
