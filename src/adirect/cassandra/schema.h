// The schema of a keyspace that adirect publishes into: its tables, and whether a keyspace has them.
//
//   ADIRECT_RETURN_IF_ERROR(InitSchema(*client));      // once; again does nothing
//   Result<KeyspaceMeta> meta = CheckSchema(*client);  // before anything is read or written
//
// What each table is for, and how a person asks it, is docs/cassandra.md.
//
// Threads: pure functions over a client; all wait for answers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/cassandra/client.h"

namespace adirect {

// Goes up when a table changes. A keyspace of another version is neither read nor written.
inline constexpr int kSchemaVersion = 1;

struct SchemaColumn {
  enum class Kind : uint8_t { kPartition, kClustering, kClusteringDescending, kStatic, kRegular };
  std::string_view name;
  std::string_view type;  // as CQL
  Kind kind = Kind::kRegular;
};

struct SchemaTable {
  std::string_view name;
  std::string_view comment;
  std::vector<SchemaColumn> columns;  // in the order of the primary key, then the others
  int tombstone_days = 10;            // how long a delete is remembered
};

// Of this version, `meta` last.
std::span<const SchemaTable> SchemaTables();

// "CREATE TABLE IF NOT EXISTS advertise.users (…) WITH …".
std::string CreateTableText(std::string_view keyspace, const SchemaTable& table);

// What a keyspace says of itself.
struct KeyspaceMeta {
  std::string keyspace_id;  // a random one, made with the keyspace: another one holds other rows
};

// Makes the keyspace, where it is not there, and what is missing in it. InvalidArgument, changing nothing, where it is
// not adirect's or of another version.
Status InitSchema(CassandraClient& client);

// NotFound where the keyspace or a part of it is missing; InvalidArgument where it is not adirect's or of another
// version; each with the remedy.
Result<KeyspaceMeta> CheckSchema(CassandraClient& client);

}  // namespace adirect
