#include "adirect/pipeline/recent_events.h"

#include <algorithm>

namespace adirect {
namespace {

template <typename Number>
void AppendBytes(Number number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void AppendKey(const FoldRow& row, std::string& out) {
  AppendBytes(row.type, out);
  AppendBytes(row.time.ms, out);
  if (row.type != EventType::kErase) {
    AppendBytes(row.item.value, out);
    AppendBytes(row.order, out);
    if (row.type != EventType::kRefund) AppendBytes(row.identity, out);
  }
  out += row.user_id();
}

}  // namespace

bool RecentEvents::Repeats(const FoldRow& row) {
  key_.clear();
  AppendKey(row, key_);
  const Hash128Value hash = Hash128(key_);
  Set& set = sets_[hash.low % sets_.size()];
  if (std::find(set.begin(), set.end(), hash) != set.end()) return true;
  std::move_backward(set.begin(), set.end() - 1, set.end());
  set.front() = hash;
  return false;
}

}  // namespace adirect
