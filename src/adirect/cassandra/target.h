// CassandraTarget: an engine's shop in a keyspace of Cassandra (docs/cassandra.md). A PublishTarget.
//
//   Result<std::unique_ptr<CassandraTarget>> target = CassandraTarget::Open("cassandra://127.0.0.1:9042/advertise");
//
// Lists are written USING TIMESTAMP = the wall clock, each later than the one before.
//
// Threads: as PublishTarget says; `done` comes on the client's thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "adirect/cassandra/client.h"
#include "adirect/cassandra/shopper_writes.h"
#include "adirect/cassandra/statements.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/publish_target.h"

namespace adirect {

class CassandraTarget : public PublishTarget {
 public:
  static constexpr Duration kNewestLife = Duration::Days(30);  // they are written again every day

  // Connects in Begin. The clock must outlive it.
  CassandraTarget(KeyspaceAddress address, const Clock& clock) : address_(std::move(address)), clock_(clock) {}

  Result<std::string> Begin(const Settings& settings) override;
  void PutShopper(const PublishedRows& rows, const Dictionary& dictionary, Timestamp now, Done done) override;
  void PutPopular(const PublishedPopular& popular, Done done) override;
  void PutNewest(const PublishedNewest& newest, Done done) override;
  void PutCategories(std::span<const PublishedCategory> categories, Done done) override;
  void PutProducts(std::span<const Product> products, Done done) override;
  void PutPolicies(std::span<const PublishedPolicy> policies, Done done) override;
  void PutProgress(const PublishedProgress& progress, Done done) override;

 private:
  Status TellSettings(const Settings& settings);
  int64_t Stamp();  // microseconds: now, and later than ever before
  void AddMeta(std::string_view name, std::string_view value, int64_t stamp, Writes& writes) const;
  void WriteNewest(const PublishedNewest& newest, Writes& writes);
  void DropOldDays(const PublishedNewest& newest, int64_t stamp, const std::shared_ptr<Writes>& writes);
  void PutSearchDays(const PublishedNewest& newest, int64_t stamp, Writes& writes) const;

  const KeyspaceAddress address_;
  const Clock& clock_;
  // The client goes first: it ends what still uses the others.
  std::unique_ptr<PublishStatements> statements_;
  std::unique_ptr<ShopperWrites> shoppers_;
  int64_t last_stamp_ = 0;
  std::unique_ptr<CassandraClient> client_;
};

}  // namespace adirect
