#include "adirect/pipeline/recent_events.h"

#include <algorithm>
#include <cstring>

namespace adirect {
namespace {

// A set is asked for this many events before it is looked at.
constexpr size_t kAhead = 8;

// Without padding; the user's id follows.
struct Key {
  int64_t time = 0;
  uint64_t identity = 0;
  uint64_t order = 0;
  uint64_t type_and_item = 0;
  char user[kMaxIdBytes];
};
static_assert(sizeof(Key) == 32 + kMaxIdBytes);

Hash128Value KeyHash(const FoldRow& row) {
  Key key;
  key.time = row.time.ms;
  key.type_and_item = static_cast<uint64_t>(row.type) << 32;
  if (row.type != EventType::kErase) {
    key.type_and_item |= row.item.value;
    key.order = row.order;
  }
  if (row.type != EventType::kErase && row.type != EventType::kRefund) key.identity = row.identity;
  std::memcpy(key.user, row.user, row.user_size);
  return Hash128({reinterpret_cast<const char*>(&key), sizeof key - kMaxIdBytes + row.user_size});
}

}  // namespace

void RecentEvents::CountNew(std::span<const FoldRow> rows, TypeCounts& counts) {
  std::array<Hash128Value, kAhead> asked;
  for (size_t i = 0; i < rows.size() + kAhead; ++i) {
    Hash128Value& hash = asked[i % kAhead];
    if (i >= kAhead && !Repeats(hash)) ++counts[static_cast<size_t>(rows[i - kAhead].type)];
    if (i >= rows.size()) continue;
    hash = KeyHash(rows[i]);
    __builtin_prefetch(&SetOf(hash), 1);
  }
}

bool RecentEvents::Repeats(const Hash128Value& hash) {
  Set& set = SetOf(hash);
  if (std::find(set.begin(), set.end(), hash) != set.end()) return true;
  std::move_backward(set.begin(), set.end() - 1, set.end());
  set.front() = hash;
  return false;
}

}  // namespace adirect
