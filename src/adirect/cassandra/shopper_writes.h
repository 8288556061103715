// ShopperWrites: one shopper's published rows as statements. Private to cassandra.
//
// Every row is written USING TIMESTAMP = the time of its event, so that an erase, which is a delete with its own time,
// takes what is not later, whenever it comes; and with a TTL of the retention, counted from that time. What is too old
// is not written.
//
// Threads: one puts.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adirect/cassandra/statements.h"
#include "adirect/cassandra/writes.h"
#include "adirect/pipeline/published.h"

namespace adirect {

class ShopperWrites {
 public:
  static constexpr Duration kSpareTime = Duration::Days(1);  // a row is there longer than its event, never shorter

  // Both must outlive it.
  ShopperWrites(CassandraClient& client, const PublishStatements& statements, Duration retention)
      : client_(client), statements_(statements), retention_(retention) {}

  // `now` is the wall clock.
  void Put(const PublishedRows& rows, const Dictionary& dictionary, Timestamp now, Writes::Done done);

 private:
  // The rows of (user, category), which are partitions of their own.
  using Categories = std::map<uint32_t, PartitionWrites>;

  void AddShopper(const PublishedRows& rows, const Dictionary& dictionary, PartitionWrites& shopper) const;
  void AddSearches(const PublishedRows& rows, const Dictionary& dictionary, PartitionWrites& shopper,
                   Categories& categories) const;
  void AddDays(const PublishedRows& rows, const Dictionary& dictionary, Categories& categories) const;
  void Erase(const std::string& user_id, Timestamp time, Writes::Done done);
  void DropCategories(const std::string& user_id, Timestamp time, const std::string& page,
                      const std::shared_ptr<Writes>& writes);
  // False where a row of that time is too old.
  bool Lives(Timestamp time) const;
  void AddLife(Timestamp time, std::string& values) const;

  CassandraClient& client_;
  const PublishStatements& statements_;
  const Duration retention_;
  Timestamp now_;
};

}  // namespace adirect
