#include "adirect/pipeline/changed_shoppers.h"

#include <algorithm>
#include <utility>

namespace adirect {
namespace {

// As a shopper keeps it.
KeptEvent EventOf(const FoldRow& row) {
  KeptEvent event{row.time, row.type, row.category, row.item, row.identity, row.order};
  if (IsInterest(row.type)) event.order = 0;
  if (row.type == EventType::kRefund) event.identity = 0;
  return event;
}

}  // namespace

ChangedShoppers::Users::value_type& ChangedShoppers::Find(Shard& shard, std::string_view user_id) {
  const auto found = shard.users.find(user_id);
  return found != shard.users.end() ? *found : *shard.users.emplace(user_id, Waiting()).first;
}

void ChangedShoppers::MakeWhole(Waiting& waiting) {
  events_ -= waiting.events.size();
  waiting.events = {};
  waiting.whole = true;
}

void ChangedShoppers::Add(Waiting& waiting, const KeptEvent& event) {
  if (waiting.whole) return;
  if (waiting.events.size() == kMostEvents || events_ >= kMostEventsInAll) return MakeWhole(waiting);
  waiting.events.push_back(event);
  ++events_;
}

// He has a change that waits, if he had none.
void ChangedShoppers::Begin(Shard& shard, Users::value_type& user, Clock::time_point now) {
  Waiting& waiting = user.second;
  const bool waits = waiting.whole || waiting.erased || !waiting.events.empty();
  if (waits) return;
  waiting.since = now;
  if (waiting.taken) return;
  ++shoppers_;
  shard.queue.push_back(&user);
}

void ChangedShoppers::Note(size_t shard_number, std::span<const FoldRow> rows) {
  if (rows.empty()) return;
  const Clock::time_point now = Clock::now();
  Shard& shard = shards_[shard_number];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  for (const FoldRow& row : rows) {
    Users::value_type& user = Find(shard, row.user_id());
    Begin(shard, user, now);
    if (row.type == EventType::kErase) {
      user.second.erased = std::max(user.second.erased.value_or(row.time), row.time);
    } else {
      Add(user.second, EventOf(row));
    }
  }
}

void ChangedShoppers::NoteWhole(size_t shard_number, std::string_view user_id) {
  Shard& shard = shards_[shard_number];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  Users::value_type& user = Find(shard, user_id);
  Begin(shard, user, Clock::now());
  MakeWhole(user.second);
}

void ChangedShoppers::Take(size_t most, std::vector<Changed>& taken) {
  const size_t end = taken.size() + most;
  for (size_t empty = 0; taken.size() < end && empty < shards_.size();) {
    Shard& shard = shards_[next_++ % shards_.size()];
    const std::lock_guard<std::mutex> lock(shard.mutex);
    if (shard.queue.empty()) {
      ++empty;
      continue;
    }
    empty = 0;
    Users::value_type& user = *shard.queue.front();
    shard.queue.pop_front();
    Waiting& waiting = user.second;
    events_ -= waiting.events.size();
    taken.push_back({user.first, std::exchange(waiting.events, {}), std::exchange(waiting.erased, std::nullopt),
                     std::exchange(waiting.whole, false), waiting.since});
    waiting.taken = true;
    waiting.taken_since = waiting.since;
    shard.taken.push_back(&user);
  }
}

// He is on his way no more: forgotten, or, where he has changed since, in the queue again.
void ChangedShoppers::Release(Shard& shard, Users::iterator user, bool first) {
  Waiting& waiting = user->second;
  waiting.taken = false;
  std::erase(shard.taken, &*user);
  if (waiting.whole || waiting.erased || !waiting.events.empty()) {
    if (first) {
      shard.queue.push_front(&*user);
    } else {
      shard.queue.push_back(&*user);
    }
  } else {
    --shoppers_;
    shard.users.erase(user);
  }
}

void ChangedShoppers::Done(size_t shard_number, std::string_view user_id) {
  Shard& shard = shards_[shard_number];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  Release(shard, shard.users.find(user_id), false);
}

void ChangedShoppers::Return(size_t shard_number, std::string_view user_id) {
  Shard& shard = shards_[shard_number];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  const auto user = shard.users.find(user_id);
  user->second.since = user->second.taken_since;
  MakeWhole(user->second);
  Release(shard, user, true);
}

void ChangedShoppers::ForEach(const std::function<void(std::string_view)>& visit) const {
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (const auto& [user_id, waiting] : shard.users) visit(user_id);
  }
}

std::optional<ChangedShoppers::Clock::time_point> ChangedShoppers::oldest() const {
  std::optional<Clock::time_point> oldest;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const auto take = [&](Clock::time_point since) { oldest = std::min(oldest.value_or(since), since); };
    if (!shard.queue.empty()) take(shard.queue.front()->second.since);
    for (const Users::value_type* user : shard.taken) take(user->second.taken_since);
  }
  return oldest;
}

}  // namespace adirect
