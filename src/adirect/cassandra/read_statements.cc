#include "adirect/cassandra/read_statements.h"

#include <string>
#include <string_view>

namespace adirect {
namespace {

// In the order of ReadText; % is the keyspace.
constexpr std::array<std::string_view, static_cast<size_t>(ReadText::kCount)> kTexts = {
    "SELECT user_name, user_name_at, category_id FROM %.users WHERE user_id = ?",
    "SELECT erased_at FROM %.erasures WHERE user_hash = ?",
    "SELECT time, category_id, type, product_id, identity FROM %.searches WHERE user_id = ? LIMIT ?",
    "SELECT time, category_id, product_id, order_hash, identity FROM %.purchases WHERE user_id = ?",
    "SELECT time, product_id, order_hash FROM %.refunds WHERE user_id = ?",
    "SELECT time, product_id, identity FROM %.user_searches WHERE user_id = ? AND category_id = ? AND type = ? LIMIT ?",
    "SELECT newest_search FROM %.user_days WHERE user_id = ? AND category_id = ? AND type = ? LIMIT ?",
    "SELECT time, product_id, identity FROM %.user_searches WHERE user_id = ? AND category_id = ? AND type = ? AND day "
    "= ? LIMIT 1",

    "SELECT rank, product_id, purchases FROM %.product_count WHERE category_id = ? AND window_days = ?",
    "SELECT days FROM %.search_days WHERE list = 'newest_searches' AND category_id = ?",
    "SELECT time, user_id, in_category, type, product_id, user_name FROM %.newest_searches WHERE category_id = ? AND "
    "day = ? LIMIT ?",
    "SELECT category_id, name FROM %.categories",
    "SELECT category_id, title, price, currency, url, image_url, available, updated_at FROM %.catalog WHERE product_id "
    "= ?",
    "SELECT name, version, toml FROM %.policies",
    "SELECT name, value FROM %.meta WHERE name IN ('schema_version', 'max_searches', 'retention', 'newest_event', "
    "'published_until')",
    "SELECT token(user_id), user_id, newest_search FROM %.users WHERE token(user_id) > ? LIMIT ?",
};

std::string InKeyspace(std::string_view text, const std::string& keyspace) {
  const size_t at = text.find('%');
  return std::string(text.substr(0, at)) + keyspace + std::string(text.substr(at + 1));
}

}  // namespace

Status ReadStatements::Prepare(CassandraClient& client) {
  for (size_t i = 0; i < kTexts.size(); ++i) {
    Result<CassandraStatement> prepared = client.Prepare(InKeyspace(kTexts[i], client.address().keyspace));
    if (!prepared.ok()) return prepared.status();
    statements_[i] = *std::move(prepared);
  }
  return {};
}

}  // namespace adirect
