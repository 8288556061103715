// Publisher: carries what changes in an engine to where everybody may read it, on a thread of its own.
//
//   Publisher publisher(options.shards);                // before the engine, whose EngineOptions::changes it is
//   … Engine::Open …
//   publisher.Attach(*engine, *store);                  // before anything else is done with the engine
//   publisher.Start(*target, policies, catalog, clock);
//   publisher.Stop();                                   // before the engine closes, which keeps who is not published
//
// The engine waits for nothing: it notes who changed, and nobody else's time is taken. Each shopper's changes are put
// together, the longest unpublished first, so many at once; what has changed meanwhile goes along. So above what the
// target takes memory is bounded by the shoppers, the lag grows and is told, and nothing is lost.
//
// A put that fails is made again, after a pause that doubles up to kLongestRetry; then one at first, and more as they
// succeed. Each checkpoint of the engine keeps who is not published, so a crash loses nobody: his rows are put again,
// which changes nothing. In a place that this engine has not published into everything is put.
//
// Threads: Attach, Start and Stop on one; the rest on any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adirect/pipeline/change_listener.h"
#include "adirect/pipeline/changed_shoppers.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/health.h"
#include "adirect/pipeline/histogram.h"
#include "adirect/pipeline/published_lists.h"

namespace adirect {

class Publisher : public ChangeListener {
 public:
  static constexpr size_t kPutsAtOnce = 256;
  static constexpr std::chrono::milliseconds kFirstRetry{100};
  static constexpr std::chrono::milliseconds kLongestRetry{30'000};
  static constexpr std::chrono::milliseconds kLists{1'000};  // between two looks at what else has changed
  static constexpr std::chrono::milliseconds kIdle{5};       // between two looks for shoppers, where none waits
  static constexpr std::chrono::seconds kBehind{10};         // with a lag of more it is behind
  static constexpr size_t kWalkAhead = 4'096;                // shoppers that wait while all are put

  explicit Publisher(size_t shards) : changed_(shards) {}
  ~Publisher() override { Stop(); }

  // An engine that runs without a publisher leaves behind what nobody noted: to be called before it takes anything.
  static Status Forget(Store& store);

  // Takes over who was not published when the engine's last checkpoint was written. Engine and store must outlive it.
  Status Attach(Engine& engine, Store& store);
  // All must outlive it; the catalog may be null.
  void Start(PublishTarget& target, const PolicySet& policies, const LiveCatalog* catalog, const Clock& clock);
  // Waits for the puts that are on their way; begins none.
  void Stop();

  void OnFolded(size_t shard, std::span<const FoldRow> rows) override;
  void OnPurchases(CategoryIndex category) override { lists_.OnPurchases(category); }
  void OnReplaced() override { walk_again_ = true; }
  // Products that were added to the catalog.
  void OnProducts(const Catalog& added) { lists_.AddProducts(added); }

  struct State {
    uint64_t waiting = 0;    // shoppers with changes that are not there, those on their way included
    double lag_seconds = 0;  // age of the oldest of them
    uint64_t lists_waiting = 0;
    bool walking = false;   // everything is being put
    uint64_t shoppers = 0;  // since the start, as all below: puts of one that succeeded
    uint64_t rows = 0;      // of them
    uint64_t lists = 0;
    uint64_t failures = 0;
    std::string trouble;  // a sentence: why it waits; empty: it does not
  };
  State state() const;
  std::vector<Health::Trouble> Troubles() const;
  // From a change until it is there.
  const Histogram& published() const { return published_; }

 private:
  struct Finished {
    std::string user_id;
    ChangedShoppers::Clock::time_point since;
    uint64_t rows = 0;
    Status status;
  };

  void Run();
  bool Begin();
  void EndWalkHere();
  void BeginWalk();
  void Walk();
  void EndWalk();
  void PutShoppers();
  void PutShopper(const ChangedShoppers::Changed& changed);
  void PutLists();
  void PutProgress();
  void TakeFinished();
  void Note(const Status& status);
  bool Wait(std::chrono::milliseconds time);
  size_t ShardOfUser(std::string_view user_id) const { return ShardOf(UserHash(user_id), engine_->shards().size()); }
  PublishTarget::Done ListDone();
  void Finish(Finished finished);
  bool Wakes() const;  // with mutex_
  Status KeepUnpublished();

  ChangedShoppers changed_;
  PublishedLists lists_;
  Engine* engine_ = nullptr;
  Store* store_ = nullptr;
  PublishTarget* target_ = nullptr;
  const Clock* clock_ = nullptr;

  // Of the publisher's thread.
  std::string target_place_;
  Shopper kept_;
  PublishedRows rows_;
  std::vector<ChangedShoppers::Changed> taken_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point pause_until_;
  std::chrono::steady_clock::time_point next_lists_;
  std::vector<size_t> walk_ends_;  // shoppers of each shard when it began, or the publisher did
  size_t walk_shard_ = 0;
  size_t walk_shopper_ = 0;
  size_t allowed_ = 1;  // puts at once

  // Of the engine's checkpoint.
  std::set<std::string, std::less<>> kept_ids_;  // as the store has them
  std::string kept_place_;

  mutable std::mutex mutex_;  // guards the five below
  std::condition_variable wakes_;
  std::vector<Finished> finished_;
  std::string place_;  // all of the engine is there, or noted as changed; empty: not yet
  State counts_;
  bool stopping_ = false;

  std::atomic<size_t> in_flight_ = 0;
  std::atomic<bool> walk_again_ = false;
  std::atomic<bool> walking_ = false;
  std::atomic<uint64_t> lists_waiting_ = 0;
  Histogram published_;
  std::thread thread_;
};

}  // namespace adirect
