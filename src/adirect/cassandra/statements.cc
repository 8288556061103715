#include "adirect/cassandra/statements.h"

#include <string>
#include <string_view>

namespace adirect {
namespace {

// In the order of CqlText. % is the keyspace.
constexpr std::array<std::string_view, static_cast<size_t>(CqlText::kCount)> kTexts = {
    "INSERT INTO %.users (user_id, user_name, user_name_at) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.users (user_id, category_id, newest_search) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.searches (user_id, time, category_id, type, product_id, identity) VALUES (?, ?, ?, ?, ?, ?) "
    "USING TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.user_searches (user_id, category_id, type, day, time, product_id, identity) VALUES (?, ?, ?, ?, "
    "?, ?, ?) USING TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.user_days (user_id, category_id, type, day, newest_search) VALUES (?, ?, ?, ?, ?) USING "
    "TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.purchases (user_id, time, category_id, product_id, order_hash, identity) VALUES (?, ?, ?, ?, ?, "
    "?) USING TIMESTAMP ? AND TTL ?",
    "INSERT INTO %.refunds (user_id, time, product_id, order_hash) VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL "
    "?",
    "INSERT INTO %.erasures (user_hash, erased_at) VALUES (?, ?) USING TIMESTAMP ?",
    "DELETE FROM %.users USING TIMESTAMP ? WHERE user_id = ?",
    "DELETE FROM %.searches USING TIMESTAMP ? WHERE user_id = ?",
    "DELETE FROM %.purchases USING TIMESTAMP ? WHERE user_id = ?",
    "DELETE FROM %.refunds USING TIMESTAMP ? WHERE user_id = ?",
    "DELETE FROM %.user_searches USING TIMESTAMP ? WHERE user_id = ? AND category_id = ?",
    "DELETE FROM %.user_days USING TIMESTAMP ? WHERE user_id = ? AND category_id = ?",
    "SELECT category_id FROM %.users WHERE user_id = ?",

    "INSERT INTO %.product_count (category_id, window_days, rank, product_id, purchases) VALUES (?, ?, ?, ?, ?) "
    "USING TIMESTAMP ?",
    "INSERT INTO %.product_count (category_id, window_days, day) VALUES (?, ?, ?) USING TIMESTAMP ?",
    "DELETE FROM %.product_count USING TIMESTAMP ? WHERE category_id = ? AND window_days = ? AND rank > ?",
    "INSERT INTO %.newest_searches (category_id, day, time, user_id, in_category, type, product_id, user_name) VALUES "
    "(?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?",
    "DELETE FROM %.newest_searches USING TIMESTAMP ? WHERE category_id = ? AND day = ? AND time = ? AND user_id = "
    "? AND in_category = ? AND type = ? AND product_id = ?",
    "DELETE FROM %.newest_searches USING TIMESTAMP ? WHERE category_id = ? AND day = ?",
    "INSERT INTO %.search_days (list, category_id, days) VALUES ('newest_searches', ?, ?) USING TIMESTAMP ?",
    "SELECT days FROM %.search_days WHERE list = 'newest_searches' AND category_id = ?",
    "INSERT INTO %.categories (category_id) VALUES (?) USING TIMESTAMP ?",
    "INSERT INTO %.categories (category_id, name) VALUES (?, ?) USING TIMESTAMP ?",
    "INSERT INTO %.catalog (product_id, category_id, title, price, currency, url, image_url, available, updated_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    "INSERT INTO %.policies (name, version, toml) VALUES (?, ?, ?) USING TIMESTAMP ?",
    "DELETE FROM %.policies USING TIMESTAMP ? WHERE name = ?",
    "SELECT name FROM %.policies",
    "INSERT INTO %.meta (name, value) VALUES (?, ?) USING TIMESTAMP ?",
};

std::string InKeyspace(std::string_view text, const std::string& keyspace) {
  const size_t at = text.find('%');
  return std::string(text.substr(0, at)) + keyspace + std::string(text.substr(at + 1));
}

}  // namespace

Result<std::unique_ptr<PublishStatements>> PublishStatements::Prepare(CassandraClient& client) {
  auto statements = std::make_unique<PublishStatements>();
  for (size_t i = 0; i < kTexts.size(); ++i) {
    Result<CassandraStatement> prepared = client.Prepare(InKeyspace(kTexts[i], client.address().keyspace));
    if (!prepared.ok()) return prepared.status();
    statements->statements_[i] = *std::move(prepared);
  }
  return statements;
}

}  // namespace adirect
