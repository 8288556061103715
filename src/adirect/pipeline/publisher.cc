#include "adirect/pipeline/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace adirect {
namespace {

constexpr std::string_view kTable = "publish";
constexpr std::string_view kPlaceKey = "place";
constexpr std::string_view kUserPrefix = "u:";
constexpr size_t kShoppersPerStep = 64;  // while a shard is locked
constexpr size_t kFinishedAtOnce = 32;

double SecondsSince(ChangedShoppers::Clock::time_point time) {
  return std::chrono::duration<double>(ChangedShoppers::Clock::now() - time).count();
}

}  // namespace

Status Publisher::Forget(Store& store) {
  bool known = false;
  ADIRECT_RETURN_IF_ERROR(store.LoadTable(kTable, [&](std::string_view key, std::string_view) {
    known = known || key == kPlaceKey;
    return Status();
  }));
  const StoreEntry place{kPlaceKey, ""};
  return known ? store.PutTable(kTable, {&place, 1}) : Status();
}

Status Publisher::Attach(Engine& engine, Store& store) {
  engine_ = &engine;
  store_ = &store;
  ADIRECT_RETURN_IF_ERROR(store.LoadTable(kTable, [&](std::string_view key, std::string_view value) {
    if (key == kPlaceKey) kept_place_ = value;
    if (!key.starts_with(kUserPrefix)) return Status();
    const std::string_view user_id = key.substr(kUserPrefix.size());
    kept_ids_.emplace(user_id);
    changed_.NoteWhole(ShardOfUser(user_id), user_id);
    return Status();
  }));
  place_ = kept_place_;
  engine.AddListener({[this] { return KeepUnpublished(); }, [](const Positions&) {}});
  return {};
}

void Publisher::Start(PublishTarget& target, const PolicySet& policies, const LiveCatalog* catalog,
                      const Clock& clock) {
  target_ = &target;
  clock_ = &clock;
  lists_.Open(*engine_, policies, catalog);
  EndWalkHere();
  thread_ = std::thread([this] { Run(); });
}

void Publisher::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Publisher::OnFolded(size_t shard, std::span<const FoldRow> rows) {
  changed_.Note(shard, rows);
  lists_.OnFolded(rows);
}

// Before the checkpoint that covers their changes. What is kept without need is put again, which changes nothing.
Status Publisher::KeepUnpublished() {
  std::string place;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (walk_again_) place_.clear();
    place = place_;  // before who waits: its walk has noted all by then
  }
  std::set<std::string, std::less<>> ids;
  changed_.ForEach([&](std::string_view user_id) { ids.emplace(user_id); });
  std::vector<std::string> keys;
  for (const std::string& id : ids) {
    if (!kept_ids_.contains(id)) keys.push_back(std::string(kUserPrefix) + id);
  }
  const size_t added = keys.size();
  for (const std::string& id : kept_ids_) {
    if (!ids.contains(id)) keys.push_back(std::string(kUserPrefix) + id);
  }
  std::vector<StoreEntry> entries;
  for (size_t i = 0; i < keys.size(); ++i) entries.push_back({keys[i], i < added ? "1" : ""});
  if (place != kept_place_) entries.push_back({kPlaceKey, place});
  if (!entries.empty()) ADIRECT_RETURN_IF_ERROR(store_->PutTable(kTable, entries));
  kept_ids_ = std::move(ids);
  kept_place_ = place;
  return {};
}

void Publisher::Run() {
  while (!Begin()) {
    if (!Wait(pause_)) return;
  }
  lists_.MarkAll();
  do {
    TakeFinished();
    if (std::chrono::steady_clock::now() < pause_until_) continue;
    Walk();
    PutLists();
    PutShoppers();
  } while (Wait(kIdle));
  while (in_flight_ > 0) {
    std::unique_lock<std::mutex> lock(mutex_);
    wakes_.wait_for(lock, kIdle);
  }
  TakeFinished();
}

// False where the target is not there yet.
bool Publisher::Begin() {
  const Result<std::string> place = target_->Begin(engine_->settings());
  Note(place.status());
  if (!place.ok()) return false;
  target_place_ = *place;
  const std::lock_guard<std::mutex> lock(mutex_);
  walking_ = place_ != target_place_;
  if (walking_) place_.clear();
  return true;
}

// Whoever comes from now on is noted as he is folded.
void Publisher::EndWalkHere() {
  Shards& shards = engine_->shards();
  walk_ends_.clear();
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    const auto lock = shards.Lock(shard);
    walk_ends_.push_back(shards.table(shard).size());
  }
}

void Publisher::BeginWalk() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    walk_again_ = false;
    walking_ = true;
    place_.clear();
  }
  walk_shard_ = walk_shopper_ = 0;
  EndWalkHere();
  lists_.MarkAll();
}

void Publisher::EndWalk() {
  const std::lock_guard<std::mutex> lock(mutex_);
  walking_ = false;
  if (!walk_again_) place_ = target_place_;
}

// All shoppers, a few at a time and only as many as are soon put.
void Publisher::Walk() {
  if (walk_again_) BeginWalk();
  Shards& shards = engine_->shards();
  while (walking_ && changed_.shoppers() < kWalkAhead) {
    if (walk_shard_ == shards.size()) return EndWalk();
    const auto lock = shards.Lock(walk_shard_);
    const ShopperTable& table = shards.table(walk_shard_);
    const size_t end = std::min(walk_ends_[walk_shard_], walk_shopper_ + kShoppersPerStep);
    for (; walk_shopper_ < end; ++walk_shopper_) {
      const std::string_view user_id = table.user_id(walk_shopper_);
      if (!user_id.empty()) changed_.NoteWhole(walk_shard_, user_id);
    }
    if (end < walk_ends_[walk_shard_]) continue;
    ++walk_shard_;
    walk_shopper_ = 0;
  }
}

void Publisher::PutShoppers() {
  const size_t in_flight = in_flight_;
  if (in_flight >= allowed_) return;
  taken_.clear();
  changed_.Take(allowed_ - in_flight, taken_);
  for (const ChangedShoppers::Changed& changed : taken_) PutShopper(changed);
}

void Publisher::PutShopper(const ChangedShoppers::Changed& changed) {
  rows_.clear();
  rows_.user_id = changed.user_id;
  const std::optional<Timestamp> erased = engine_->Kept(changed.user_id, kept_);
  if (changed.whole || changed.erased) rows_.erased = erased;
  if (changed.whole) {
    AllRowsOf(kept_, engine_->settings(), rows_);
  } else {
    RowsOf(kept_, changed.events, engine_->dictionary(), engine_->settings(), rows_);
  }
  if (rows_.empty()) return changed_.Done(ShardOfUser(changed.user_id), changed.user_id);
  ++in_flight_;
  target_->PutShopper(rows_, engine_->dictionary(), clock_->Now(),
                      [this, id = changed.user_id, since = changed.since, rows = rows_.size()](const Status& status) {
                        Finish({id, since, rows, status});
                      });
}

PublishTarget::Done Publisher::ListDone() {
  ++in_flight_;
  return [this](const Status& status) { Finish({"", {}, 0, status}); };
}

void Publisher::Finish(Finished finished) {
  const std::lock_guard<std::mutex> lock(mutex_);
  finished_.push_back(std::move(finished));
  --in_flight_;
  if (Wakes()) wakes_.notify_one();
}

bool Publisher::Wakes() const { return stopping_ || in_flight_ == 0 || finished_.size() >= kFinishedAtOnce; }

void Publisher::PutLists() {
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_lists_) {
    next_lists_ = now + kLists;
    lists_.Mark();
    PutProgress();
  }
  // Shoppers come first: lists take no more than half of what is on its way.
  for (size_t most = (allowed_ + 1) / 2; in_flight_ < most && lists_.waiting() > 0; --most) {
    lists_.Put(*target_, ListDone());
  }
  lists_waiting_ = lists_.waiting();
}

void Publisher::PutProgress() {
  PublishedProgress progress;
  progress.newest = engine_->newest();
  if (!walking_) {
    progress.until = clock_->Now();
    if (const auto oldest = changed_.oldest()) {
      progress.until->ms -= static_cast<int64_t>(SecondsSince(*oldest) * 1e3);
    }
  }
  target_->PutProgress(progress, ListDone());
}

void Publisher::TakeFinished() {
  std::vector<Finished> finished;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    finished = std::exchange(finished_, {});
  }
  for (const Finished& one : finished) {
    Note(one.status);
    const std::string& id = one.user_id;
    if (id.empty()) continue;
    if (!one.status.ok()) {
      changed_.Return(ShardOfUser(id), id);
      continue;
    }
    changed_.Done(ShardOfUser(id), id);
    published_.Add(SecondsSince(one.since));
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.shoppers;
    counts_.rows += one.rows;
  }
}

// How the next puts are made, by how the last one ended.
void Publisher::Note(const Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (status.ok()) {
    allowed_ = std::min(kPutsAtOnce, allowed_ + 1);
    pause_ = std::chrono::milliseconds(0);
    counts_.trouble.clear();
    return;
  }
  ++counts_.failures;
  counts_.trouble = status.message();
  const auto now = std::chrono::steady_clock::now();
  if (now < pause_until_) return;  // several that were on their way together
  allowed_ = 1;
  pause_ = std::clamp(2 * pause_, kFirstRetry, kLongestRetry);
  pause_until_ = now + pause_;
}

// False where it is to stop.
bool Publisher::Wait(std::chrono::milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  wakes_.wait_for(lock, time, [&] { return stopping_ || (!finished_.empty() && Wakes()); });
  return !stopping_;
}

Publisher::State Publisher::state() const {
  State state;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state = counts_;
  }
  state.waiting = changed_.shoppers();
  if (const auto oldest = changed_.oldest()) state.lag_seconds = SecondsSince(*oldest);
  state.walking = walking_;
  state.lists_waiting = lists_waiting_;
  return state;
}

std::vector<Health::Trouble> Publisher::Troubles() const {
  const State now = state();
  std::vector<Health::Trouble> troubles;
  if (!now.trouble.empty()) troubles.push_back({"publish_waits", "publishing waits: " + now.trouble});
  if (now.lag_seconds > static_cast<double>(kBehind.count())) {
    troubles.push_back(
        {"publish_behind", fmt::format("changes of {} shoppers are not published; the oldest is {:.0f} s old",
                                       now.waiting, now.lag_seconds)});
  }
  return troubles;
}

}  // namespace adirect
