#include "adirect/pipeline/audience_watch.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "adirect/targeting/decision.h"

namespace adirect {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kShoppersPerLock = 128;
constexpr int kRestsPerWork = 3;  // a quarter of one core

bool Precedes(const ShardAudience::Pair& a, const ShardAudience::Pair& b) {
  return std::tie(a.shopper, a.category) < std::tie(b.shopper, b.category);
}

void AppendChanges(const ShardAudience& before, const ShardAudience& after, std::vector<AudienceChange>& changes) {
  const auto left = [&](const auto& pair) {
    changes.push_back({std::string(before.user_id(pair)), pair.category, false});
  };
  const auto entered = [&](const auto& pair) {
    changes.push_back({std::string(after.user_id(pair)), pair.category, true});
  };
  auto was = before.pairs().begin();
  auto is = after.pairs().begin();
  while (was != before.pairs().end() && is != after.pairs().end()) {
    if (Precedes(*was, *is)) {
      left(*was++);
    } else if (Precedes(*is, *was)) {
      entered(*is++);
    } else {
      if (before.user_id(*was) != after.user_id(*is)) {
        left(*was);
        entered(*is);
      }
      ++was;
      ++is;
    }
  }
  std::for_each(was, before.pairs().end(), left);
  std::for_each(is, after.pairs().end(), entered);
}

AudienceSizes SizesOf(const std::vector<std::shared_ptr<const ShardAudience>>& shards, size_t categories) {
  AudienceSizes sizes;
  std::vector<uint64_t> counts(categories);
  for (const auto& shard : shards) {
    sizes.pairs += shard->pairs().size();
    std::optional<uint32_t> last;
    for (const ShardAudience::Pair& pair : shard->pairs()) {
      sizes.users += pair.shopper == last ? 0 : 1;
      last = pair.shopper;
      ++counts[pair.category.value];
    }
  }
  for (uint32_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) sizes.by_category.emplace_back(CategoryIndex(i), counts[i]);
  }
  std::stable_sort(sizes.by_category.begin(), sizes.by_category.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sizes;
}

}  // namespace

void ShardAudience::Add(uint32_t shopper, std::string_view user_id, std::span<const CategoryDecision> targeted) {
  const size_t first = pairs_.size();
  for (const CategoryDecision& decision : targeted) {
    pairs_.push_back(
        {shopper, decision.category, static_cast<uint32_t>(ids_.size()), static_cast<uint32_t>(user_id.size())});
  }
  std::sort(pairs_.begin() + static_cast<std::ptrdiff_t>(first), pairs_.end(), Precedes);
  if (!targeted.empty()) ids_ += user_id;
}

void AudienceWatch::Start() {
  Moved();
  thread_ = std::thread([this] {
    for (;;) {
      const SteadyClock::time_point begun = SteadyClock::now();
      Look();
      const auto next = begun + std::chrono::milliseconds(options_.every.millis());
      if (!Rest(next - SteadyClock::now())) return;
    }
  });
}

void AudienceWatch::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  stops_.notify_all();
  if (thread_.joinable()) thread_.join();
  moved_ = 0;
}

std::chrono::nanoseconds AudienceWatch::still() const {
  const SteadyClock::time_point moved{SteadyClock::duration(moved_.load())};
  return moved == SteadyClock::time_point() ? std::chrono::nanoseconds(0) : SteadyClock::now() - moved;
}

size_t AudienceWatch::memory_bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t bytes = 0;
  for (const auto& [policy, watched] : watched_) {
    for (const auto& shard : watched.shards) bytes += shard->memory_bytes();
    bytes += watched.kept * sizeof(AudienceChange);
  }
  return bytes;
}

bool AudienceWatch::Rest(std::chrono::nanoseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  stops_.wait_for(lock, time, [&] { return stopped_; });
  return !stopped_;
}

void AudienceWatch::Look() {
  const std::lock_guard<std::mutex> one(looking_);
  last_ = std::max(engine_.Now(), last_ + Duration::Millis(1));
  const Timestamp as_of = last_;
  for (const std::shared_ptr<const NamedPolicy>& policy : policies_.All()) LookAt(*policy, as_of);
  if (moved_ != 0) Moved();
}

void AudienceWatch::LookAt(const NamedPolicy& policy, Timestamp as_of) {
  const Walked walked = Walk(policy, as_of);
  if (!walked.shards.empty()) Note(policy.policy.name, walked, as_of);
}

AudienceWatch::Walked AudienceWatch::Walk(const NamedPolicy& policy, Timestamp as_of) {
  const Popularity none;  // who is targeted does not depend on what would be shown
  Decider decider(policy.policy, engine_.settings(), engine_.dictionary(), none, as_of);
  Shopper shopper;
  Walked walked;
  auto& found = walked.shards;
  found.resize(engine_.shards().size());
  for (auto& shard : found) shard = std::make_shared<ShardAudience>();
  const auto visit = [&](size_t shard, const ShopperTable& table, size_t first, size_t end) {
    for (size_t i = first; i < end; ++i) {
      if (!table.MayHaveSearches(i, decider.filter())) continue;
      table.Read(i, as_of, shopper, &decider.filter());
      found[shard]->Add(static_cast<uint32_t>(i), shopper.user_id, decider.Audience(shopper));
      walked.suppressed += decider.suppressed_count();
    }
  };
  const auto rest = [&](std::chrono::nanoseconds worked) {
    if (moved_ != 0) Moved();
    return Rest(worked * kRestsPerWork);
  };
  if (!engine_.shards().VisitInRounds(kShoppersPerLock, visit, rest)) return {};
  return walked;
}

void AudienceWatch::Note(const std::string& policy, const Walked& walked, Timestamp as_of) {
  Shards shards(walked.shards.begin(), walked.shards.end());
  Shards before;
  Timestamp since;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Watched& watched = watched_[policy];
    before = watched.shards;
    since = watched.sizes.as_of;
  }
  auto look = std::make_shared<AudienceLook>(AudienceLook{since, as_of, {}});
  for (size_t i = 0; i < before.size(); ++i) AppendChanges(*before[i], *shards[i], look->changes);
  AudienceSizes sizes = SizesOf(shards, engine_.dictionary().category_count());
  sizes.as_of = as_of;
  sizes.suppressed = walked.suppressed;
  for (const AudienceChange& change : look->changes) ++(change.entered ? sizes.entered : sizes.left);

  const std::lock_guard<std::mutex> lock(mutex_);
  Watched& watched = watched_[policy];
  if (before.empty()) watched.oldest = as_of;
  watched.shards = std::move(shards);
  watched.sizes = std::move(sizes);
  if (look->changes.empty()) return;
  watched.kept += look->changes.size();
  watched.looks.push_back(std::move(look));
  while (watched.kept > options_.kept_changes) {
    watched.oldest = watched.looks.front()->as_of;
    watched.kept -= watched.looks.front()->changes.size();
    watched.looks.pop_front();
  }
}

std::optional<AudienceSizes> AudienceWatch::Sizes(std::string_view policy) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto watched = watched_.find(policy);
  if (watched == watched_.end() || watched->second.shards.empty()) return std::nullopt;
  return watched->second.sizes;
}

AudienceChanges AudienceWatch::ChangesSince(std::string_view policy, std::optional<Timestamp> since) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = watched_.find(policy);
  AudienceChanges changes;
  if (found == watched_.end() || found->second.shards.empty()) return changes;
  const Watched& watched = found->second;
  changes.as_of = watched.sizes.as_of;
  if (!since) {
    changes.found = AudienceChanges::Found::kAll;
    changes.all = watched.shards;
    return changes;
  }
  changes.found = *since < watched.oldest ? AudienceChanges::Found::kTooOld : AudienceChanges::Found::kChanges;
  if (changes.found == AudienceChanges::Found::kTooOld) return changes;
  for (const auto& look : watched.looks) {
    if (look->as_of > *since) changes.looks.push_back(look);
  }
  return changes;
}

}  // namespace adirect
