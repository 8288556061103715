#include "adirect/cassandra/schema.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace adirect {
namespace {

const SchemaTable& Table(std::string_view name) {
  const auto tables = SchemaTables();
  return *std::find_if(tables.begin(), tables.end(), [&](const SchemaTable& table) { return table.name == name; });
}

TEST(Schema, ATableIsMadeWithItsKeysInTheirOrder) {
  EXPECT_EQ(CreateTableText("shop", Table("user_searches")),
            "CREATE TABLE IF NOT EXISTS shop.user_searches (user_id text, category_id text, type text, day date, time "
            "timestamp, product_id text, identity bigint, PRIMARY KEY ((user_id, category_id), type, day, time, "
            "product_id, identity)) WITH comment = 'the searches of a shopper in a category, by type, newest first' "
            "AND gc_grace_seconds = 864000 AND CLUSTERING ORDER BY (type ASC, day DESC, time DESC, product_id ASC, "
            "identity ASC)");
}

TEST(Schema, ATableWithoutClusteringHasNoOrder) {
  EXPECT_EQ(CreateTableText("shop", Table("meta")),
            "CREATE TABLE IF NOT EXISTS shop.meta (name text, value text, PRIMARY KEY ((name))) WITH comment = 'what "
            "this keyspace is' AND gc_grace_seconds = 864000");
}

TEST(Schema, HasTheTablesOfTheSite) {
  for (const std::string_view name :
       {"user_searches", "searches", "purchases", "refunds", "erasures", "newest_searches", "product_count", "users",
        "categories", "catalog", "policies", "meta"}) {
    EXPECT_TRUE(std::ranges::any_of(SchemaTables(), [&](const SchemaTable& table) { return table.name == name; }))
        << name;
  }
}

}  // namespace
}  // namespace adirect
