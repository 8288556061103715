#include "adirect/cassandra/schema.h"

#include <algorithm>
#include <map>
#include <set>

#include "adirect/base/text.h"
#include "adirect/cassandra/cells.h"

namespace adirect {
namespace {

constexpr std::string_view kVersionKey = "schema_version";
constexpr std::string_view kIdKey = "keyspace_id";

// What is there of a keyspace.
struct Found {
  bool keyspace = false;
  std::map<std::string, std::set<std::string>, std::less<>> tables;  // "user_id text partition_key 0 none"
  std::map<std::string, std::string, std::less<>> meta;
};

std::string Described(std::string_view name, std::string_view type, std::string_view kind, int position,
                      std::string_view order) {
  std::string text(name);
  for (const std::string_view part : {type, kind}) text.append(" ").append(part);
  return text.append(" ").append(std::to_string(position)).append(" ").append(order);
}

std::set<std::string> Described(const SchemaTable& table) {
  using Kind = SchemaColumn::Kind;
  std::set<std::string> columns;
  int partition = 0;
  int clustering = 0;
  for (const SchemaColumn& column : table.columns) {
    switch (column.kind) {
      case Kind::kPartition:
        columns.insert(Described(column.name, column.type, "partition_key", partition++, "none"));
        break;
      case Kind::kClustering:
        columns.insert(Described(column.name, column.type, "clustering", clustering++, "asc"));
        break;
      case Kind::kClusteringDescending:
        columns.insert(Described(column.name, column.type, "clustering", clustering++, "desc"));
        break;
      case Kind::kStatic:
        columns.insert(Described(column.name, column.type, "static", -1, "none"));
        break;
      case Kind::kRegular:
        columns.insert(Described(column.name, column.type, "regular", -1, "none"));
        break;
    }
  }
  return columns;
}

const SchemaTable* FindTable(std::string_view name) {
  const std::span<const SchemaTable> tables = SchemaTables();
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const SchemaTable& t) { return t.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

// Runs a query and hands its cells over.
template <typename Take>
Status Read(CassandraClient& client, const std::string& text, Take take) {
  const Result<std::string> cells = client.Query(text);
  if (!cells.ok()) return cells.status();
  CellReader reader(*cells);
  while (!reader.done()) take(reader);
  return reader.ok() ? Status() : Internal(client.address().place() + ": an answer does not read");
}

Result<Found> Look(CassandraClient& client) {
  const std::string& keyspace = client.address().keyspace;
  const std::string where = " WHERE keyspace_name = '" + keyspace + "'";
  Found found;
  ADIRECT_RETURN_IF_ERROR(
      Read(client, "SELECT keyspace_name FROM system_schema.keyspaces" + where, [&](CellReader& row) {
        row.Text();
        found.keyspace = true;
      }));
  const std::string columns = "SELECT table_name, column_name, type, kind, position, clustering_order FROM ";
  ADIRECT_RETURN_IF_ERROR(Read(client, columns + "system_schema.columns" + where, [&](CellReader& row) {
    std::set<std::string>& table = found.tables[std::string(row.Text())];
    const std::string_view name = row.Text();
    const std::string_view type = row.Text();
    const std::string_view kind = row.Text();
    const int position = row.Int();
    table.insert(Described(name, type, kind, position, row.Text()));
  }));
  const auto meta = found.tables.find("meta");
  if (meta == found.tables.end() || meta->second != Described(*FindTable("meta"))) return found;
  ADIRECT_RETURN_IF_ERROR(Read(client, "SELECT name, value FROM " + keyspace + ".meta", [&](CellReader& row) {
    const std::string name(row.Text());
    found.meta[name] = row.Text();
  }));
  return found;
}

// Whether all that is there is of this version, though some may be missing.
Status CheckIsOurs(const Found& found, const std::string& place) {
  const auto version = found.meta.find(kVersionKey);
  if (version != found.meta.end() && version->second != std::to_string(kSchemaVersion)) {
    return InvalidArgument(place + " has version " + version->second + " of the schema, and this adirect has " +
                           std::to_string(kSchemaVersion) +
                           "; use the adirect that made it, or name another keyspace behind the host");
  }
  for (const auto& [name, columns] : found.tables) {
    const SchemaTable* const table = FindTable(name);
    if (table != nullptr && columns == Described(*table)) continue;
    return InvalidArgument(place + " is not adirect's: its table " + Quoted(name) +
                           (table == nullptr ? " is none of adirect's" : " has other columns") +
                           "; name another keyspace behind the host");
  }
  return {};
}

// A random id, which the cluster draws.
Result<std::string> DrawId(CassandraClient& client) {
  std::string id;
  const Status read = Read(client, "SELECT uuid() FROM system.local", [&](CellReader& row) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : row.Text()) {
      id += kDigits[static_cast<unsigned char>(c) >> 4];
      id += kDigits[static_cast<unsigned char>(c) & 15];
    }
  });
  if (!read.ok()) return read;
  return id;
}

Status PutMeta(CassandraClient& client, std::string_view name, const std::string& value) {
  return client
      .Query("INSERT INTO " + client.address().keyspace + ".meta (name, value) VALUES ('" + std::string(name) + "', '" +
             value + "')")
      .status();
}

}  // namespace

Status InitSchema(CassandraClient& client) {
  const std::string& keyspace = client.address().keyspace;
  const Result<Found> found = Look(client);
  if (!found.ok()) return found.status();
  ADIRECT_RETURN_IF_ERROR(CheckIsOurs(*found, client.address().place()));
  if (!found->keyspace) {
    ADIRECT_RETURN_IF_ERROR(
        client
            .Query("CREATE KEYSPACE IF NOT EXISTS " + keyspace + " WITH replication = " + client.address().replication)
            .status());
  }
  for (const SchemaTable& table : SchemaTables()) {
    if (found->tables.contains(table.name)) continue;
    ADIRECT_RETURN_IF_ERROR(client.Query(CreateTableText(keyspace, table)).status());
  }
  if (!found->meta.contains(kIdKey)) {
    const Result<std::string> id = DrawId(client);
    if (!id.ok()) return id.status();
    ADIRECT_RETURN_IF_ERROR(PutMeta(client, kIdKey, *id));
  }
  if (found->meta.contains(kVersionKey)) return {};
  return PutMeta(client, kVersionKey, std::to_string(kSchemaVersion));
}

Result<KeyspaceMeta> CheckSchema(CassandraClient& client) {
  const std::string place = client.address().place();
  const Result<Found> found = Look(client);
  if (!found.ok()) return found.status();
  ADIRECT_RETURN_IF_ERROR(CheckIsOurs(*found, place));
  const std::string remedy = "; run adirect admin schema init " + place;
  if (!found->keyspace) return NotFound(place + ": there is no such keyspace" + remedy);
  for (const SchemaTable& table : SchemaTables()) {
    if (!found->tables.contains(table.name)) {
      return NotFound(place + " has no table " + std::string(table.name) + remedy);
    }
  }
  const auto id = found->meta.find(kIdKey);
  if (id == found->meta.end() || !found->meta.contains(kVersionKey))
    return NotFound(place + " is not complete" + remedy);
  return KeyspaceMeta{id->second};
}

}  // namespace adirect
