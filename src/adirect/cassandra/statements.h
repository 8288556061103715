// The statements by which a keyspace is published into, prepared. Private to cassandra.
//
// Threads: read by any number, once prepared.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "adirect/base/status.h"
#include "adirect/cassandra/client.h"

namespace adirect {

// The places of each, in their order; TIMESTAMP is in microseconds, TTL in seconds, 0: for ever.
enum class CqlText : size_t {
  // Of a shopper.
  kPutName,        // user_id, user_name, time, TIMESTAMP, TTL
  kPutNewest,      // user_id, category_id, time, TIMESTAMP, TTL
  kPutSearch,      // user_id, time, category_id, type, product_id, identity, TIMESTAMP, TTL
  kPutUserSearch,  // user_id, category_id, type, day, time, product_id, identity, TIMESTAMP, TTL
  kPutUserDay,     // user_id, category_id, type, day, time, TIMESTAMP, TTL
  kPutPurchase,    // user_id, time, category_id, product_id, order_hash, identity, TIMESTAMP, TTL
  kPutRefund,      // user_id, time, product_id, order_hash, TIMESTAMP, TTL
  kPutErasure,     // user_hash, time, TIMESTAMP
  kDropUser,       // TIMESTAMP, user_id
  kDropSearches,
  kDropPurchases,
  kDropRefunds,
  kDropUserSearches,  // TIMESTAMP, user_id, category_id
  kDropUserDays,
  kFindCategories,  // user_id → category_id

  // Of lists.
  kPutRank,           // category_id, window_days, rank, product_id, purchases, TIMESTAMP
  kPutRankDay,        // category_id, window_days, day, TIMESTAMP
  kDropRanks,         // TIMESTAMP, category_id, window_days, rank: those behind it
  kPutNewestSearch,   // category_id, day, time, user_id, in_category, type, product_id, user_name, TIMESTAMP, TTL
  kDropNewestSearch,  // TIMESTAMP, category_id, day, time, user_id, in_category, type, product_id
  kDropNewestDay,     // TIMESTAMP, category_id, day
  kPutSearchDays,     // category_id, days, TIMESTAMP
  kFindSearchDays,    // category_id → days
  kPutCategory,       // category_id, TIMESTAMP
  kPutCategoryName,   // category_id, name, TIMESTAMP
  kPutProduct,        // product_id, the other columns, TIMESTAMP
  kPutPolicy,         // name, version, toml, TIMESTAMP
  kDropPolicy,        // TIMESTAMP, name
  kFindPolicies,      // → name
  kPutMeta,           // name, value, TIMESTAMP
  kCount,
};

class PublishStatements {
 public:
  // Waits.
  static Result<std::unique_ptr<PublishStatements>> Prepare(CassandraClient& client);

  const CassandraStatement& operator[](CqlText text) const { return *statements_[static_cast<size_t>(text)]; }

 private:
  std::array<std::optional<CassandraStatement>, static_cast<size_t>(CqlText::kCount)> statements_;
};

}  // namespace adirect
