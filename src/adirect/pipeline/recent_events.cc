#include "adirect/pipeline/recent_events.h"

#include <algorithm>
#include <cstring>

namespace adirect {
namespace {

// Without padding; the user's id follows.
struct Key {
  int64_t time = 0;
  uint64_t identity = 0;
  uint64_t order = 0;
  uint32_t item = 0;
  uint32_t type = 0;
  char user[kMaxIdBytes];
};
static_assert(sizeof(Key) == 32 + kMaxIdBytes);

Hash128Value KeyHash(const FoldRow& row) {
  Key key;
  key.type = static_cast<uint32_t>(row.type);
  key.time = row.time.ms;
  if (row.type != EventType::kErase) {
    key.item = row.item.value;
    key.order = row.order;
  }
  if (row.type != EventType::kErase && row.type != EventType::kRefund) key.identity = row.identity;
  std::memcpy(key.user, row.user, row.user_size);
  return Hash128({reinterpret_cast<const char*>(&key), sizeof key - kMaxIdBytes + row.user_size});
}

}  // namespace

bool RecentEvents::Repeats(const FoldRow& row) {
  const Hash128Value hash = KeyHash(row);
  Set& set = sets_[hash.low % sets_.size()];
  if (std::find(set.begin(), set.end(), hash) != set.end()) return true;
  std::move_backward(set.begin(), set.end() - 1, set.end());
  set.front() = hash;
  return false;
}

}  // namespace adirect
