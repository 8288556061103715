#include <array>
#include <string>

#include "adirect/cassandra/schema.h"

namespace adirect {
namespace {

using Kind = SchemaColumn::Kind;

constexpr int kDerivedTombstoneDays = 1;  // of tables that one engine writes anew all the time
constexpr int kSecondsPerDay = 86'400;

bool IsClustering(Kind kind) { return kind == Kind::kClustering || kind == Kind::kClusteringDescending; }

std::vector<SchemaTable> MakeTables() {
  return {
      {"users",
       "a shopper, and his newest search in each category",
       {{"user_id", "text", Kind::kPartition},
        {"category_id", "text", Kind::kClustering},
        {"user_name", "text", Kind::kStatic},
        {"user_name_at", "timestamp", Kind::kStatic},
        {"newest_search", "timestamp"}}},
      {"searches",
       "the searches of a shopper, newest first",
       {{"user_id", "text", Kind::kPartition},
        {"time", "timestamp", Kind::kClusteringDescending},
        {"category_id", "text", Kind::kClustering},
        {"type", "text", Kind::kClustering},
        {"product_id", "text", Kind::kClustering},
        {"identity", "bigint", Kind::kClustering}}},
      {"user_searches",
       "the searches of a shopper in a category, by type, newest first",
       {{"user_id", "text", Kind::kPartition},
        {"category_id", "text", Kind::kPartition},
        {"type", "text", Kind::kClustering},
        {"day", "date", Kind::kClusteringDescending},
        {"time", "timestamp", Kind::kClusteringDescending},
        {"product_id", "text", Kind::kClustering},
        {"identity", "bigint", Kind::kClustering}}},
      {"user_days",
       "the newest search of a day, of shoppers with more searches in a category than are kept",
       {{"user_id", "text", Kind::kPartition},
        {"category_id", "text", Kind::kPartition},
        {"type", "text", Kind::kClustering},
        {"day", "date", Kind::kClusteringDescending},
        {"newest_search", "timestamp"}}},
      {"purchases",
       "the purchases of a shopper, newest first",
       {{"user_id", "text", Kind::kPartition},
        {"time", "timestamp", Kind::kClusteringDescending},
        {"category_id", "text", Kind::kClustering},
        {"product_id", "text", Kind::kClustering},
        {"order_hash", "bigint", Kind::kClustering},
        {"identity", "bigint", Kind::kClustering}}},
      {"refunds",
       "the refunds of a shopper, newest first",
       {{"user_id", "text", Kind::kPartition},
        {"time", "timestamp", Kind::kClusteringDescending},
        {"product_id", "text", Kind::kClustering},
        {"order_hash", "bigint", Kind::kClustering}}},
      {"erasures",
       "up to when a shopper was erased, by the hash of his id",
       {{"user_hash", "text", Kind::kPartition}, {"erased_at", "timestamp"}}},
      {"newest_searches",
       "the newest searches in a category of shoppers who have bought nothing in it since; without category_id in all",
       {{"category_id", "text", Kind::kPartition},
        {"day", "date", Kind::kPartition},
        {"time", "timestamp", Kind::kClusteringDescending},
        {"user_id", "text", Kind::kClustering},
        {"in_category", "text", Kind::kClustering},
        {"type", "text", Kind::kClustering},
        {"product_id", "text", Kind::kClustering},
        {"user_name", "text"}},
       kDerivedTombstoneDays},
      {"product_count",
       "the products most often bought in a category within so many days; 0: ever",
       {{"category_id", "text", Kind::kPartition},
        {"window_days", "int", Kind::kPartition},
        {"rank", "int", Kind::kClustering},
        {"day", "date", Kind::kStatic},
        {"product_id", "text"},
        {"purchases", "bigint"}},
       kDerivedTombstoneDays},
      {"categories", "the categories", {{"category_id", "text", Kind::kPartition}, {"name", "text"}}},
      {"search_days",
       "the days that the newest searches of a list are of",
       {{"list", "text", Kind::kPartition}, {"category_id", "text", Kind::kClustering}, {"days", "frozen<set<date>>"}}},
      {"catalog",
       "what the shop knows of its products",
       {{"product_id", "text", Kind::kPartition},
        {"category_id", "text"},
        {"title", "text"},
        {"price", "text"},
        {"currency", "text"},
        {"url", "text"},
        {"image_url", "text"},
        {"available", "boolean"},
        {"updated_at", "timestamp"}}},
      {"policies",
       "who is targeted, and with what",
       {{"name", "text", Kind::kPartition}, {"version", "text"}, {"toml", "text"}}},
      {"meta", "what this keyspace is", {{"name", "text", Kind::kPartition}, {"value", "text"}}},
  };
}

// Appends the names of the columns of these kinds.
template <typename Pick>
std::string Names(const SchemaTable& table, Pick pick, bool with_order) {
  std::string names;
  for (const SchemaColumn& column : table.columns) {
    if (!pick(column.kind)) continue;
    if (!names.empty()) names += ", ";
    names += column.name;
    if (with_order) names += column.kind == Kind::kClusteringDescending ? " DESC" : " ASC";
  }
  return names;
}

}  // namespace

std::span<const SchemaTable> SchemaTables() {
  static const std::vector<SchemaTable> tables = MakeTables();
  return tables;
}

std::string CreateTableText(std::string_view keyspace, const SchemaTable& table) {
  std::string text = "CREATE TABLE IF NOT EXISTS " + std::string(keyspace) + "." + std::string(table.name) + " (";
  for (const SchemaColumn& column : table.columns) {
    text += std::string(column.name) + " " + std::string(column.type);
    text += column.kind == Kind::kStatic ? " STATIC, " : ", ";
  }
  text += "PRIMARY KEY ((" +
          Names(
              table, [](Kind kind) { return kind == Kind::kPartition; }, false) +
          ")";
  const std::string clustering = Names(table, IsClustering, false);
  text += clustering.empty() ? "))" : ", " + clustering + "))";
  text += " WITH comment = '" + std::string(table.comment) +
          "' AND gc_grace_seconds = " + std::to_string(table.tombstone_days * kSecondsPerDay);
  if (!clustering.empty()) text += " AND CLUSTERING ORDER BY (" + Names(table, IsClustering, true) + ")";
  return text;
}

}  // namespace adirect
