// The statements by which a keyspace is read, prepared. Private to cassandra.
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

// The places of each → the columns of its rows.
enum class ReadText : size_t {
  // Of a shopper.
  kShopper,       // user_id → user_name, user_name_at, category_id
  kErasure,       // user_hash → erased_at
  kSearches,      // user_id, limit → time, category_id, type, product_id, identity
  kPurchases,     // user_id → time, category_id, product_id, order_hash, identity
  kRefunds,       // user_id → time, product_id, order_hash
  kUserSearches,  // user_id, category_id, type, limit → time, product_id, identity
  kUserDays,      // user_id, category_id, type, limit → newest_search
  kDaySearch,     // user_id, category_id, type, day → time, product_id, identity: the newest
  // Of lists.
  kRanks,           // category_id, window_days → rank, product_id, purchases
  kSearchDays,      // category_id → days
  kNewestSearches,  // category_id, day, limit → time, user_id, in_category, type, product_id, user_name
  kCategories,      // → category_id, name
  kProduct,         // product_id → the other columns
  kPolicies,        // → name, version, toml
  kMeta,            // → name, value
  kUsers,           // token → token, user_id, newest_search: of those behind it
  kCount,
};

class ReadStatements {
 public:
  // Waits.
  Status Prepare(CassandraClient& client);

  const CassandraStatement& operator[](ReadText text) const { return *statements_[static_cast<size_t>(text)]; }

 private:
  std::array<std::optional<CassandraStatement>, static_cast<size_t>(ReadText::kCount)> statements_;
};

// A keyspace that can be read.
struct ReadKeyspace {
  ReadStatements statements;
  std::unique_ptr<CassandraClient> client;  // goes first: it ends what still uses the statements
};

}  // namespace adirect
