// Engine: one shop, live. Events come in and are durable when they are acknowledged; answers come from memory.
//
//              Submit                      one thread                      Decide
//   request ───────────▶ Door ──▶ queue ──▶ log (group commit) ──▶ Shards ─────────▶ answer
//                          │                                        │
//                          ▼ refused                                ▼ changed shoppers, now and then
//                       quarantine                                checkpoint
//
// The answer is that of a batch over the same accepted events. A checkpoint pauses nothing: the state takes an
// event any number of times, so a shopper may be saved newer than the checkpoint's position in the log.
//
//   Result<std::unique_ptr<Engine>> engine = Engine::Open(store, nullptr, clock, {});
//   (*engine)->Submit(format, body, {}, [](const Result<SubmitReport>& report) { … });
//   (*engine)->Decide({.user_id = "ana"}, policy, [](const Decided& decided) { … });
//
// Threads: every member may be called from any number of threads, Open and Close aside.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/decoder.h"
#include "adirect/pipeline/change_listener.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/histogram.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/question.h"
#include "adirect/pipeline/recent_events.h"
#include "adirect/pipeline/refused_events.h"
#include "adirect/pipeline/shards.h"
#include "adirect/pipeline/store.h"
#include "adirect/targeting/newest_searches.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

// How long an engine remembers, unless it is told otherwise.
inline constexpr Duration kDefaultRetention = Duration::Days(400);

struct EngineOptions {
  Settings settings{kDefaultMaxSearches, kDefaultRetention};
  unsigned threads = 1;                        // for what nobody asks during: recovery, taking over, the last save
  size_t shards = 16;                          // more than threads that ask
  uint64_t queued_bytes = uint64_t{64} << 20;  // bodies that are not yet durable; beyond: Unavailable
  uint64_t group_bytes = uint64_t{8} << 20;    // of records, made durable at once
  uint64_t memory_bytes = uint64_t{16} << 30;  // of the state; beyond: Exhausted
  Duration checkpoint_every = Duration::Millis(30'000);
  Duration compact_every = Duration::Hours(6);  // at most; only where shoppers were erased since
  Duration future_tolerance = kFutureTolerance;
  bool read_only = false;                // to look at a store: nothing is submitted, nothing saved
  ChangeListener* changes = nullptr;     // told of all that is folded, recovery of the log included; null: nobody
  QuarantineSink* quarantine = nullptr;  // takes what Submit refuses, see RefusedEvents; null: kept in part, in memory
};

// The settings that the store was built with; those of EngineOptions where it is new.
Result<Settings> StoredSettings(Store& store);

// An input that is read for good, and the mark by which its reader knows that it has not changed since.
struct FinishedInput {
  std::string name;
  std::string mark;
};

struct SubmitReport {
  struct Refused {
    uint64_t index;  // of the event in the body, from 0
    RejectReason reason;
  };
  uint64_t accepted = 0;    // new ones
  uint64_t duplicates = 0;  // that were recognised (recent_events.h), which is no promise
  uint64_t ignored = 0;
  std::vector<Refused> refused;
};

// Since the start, or now.
struct EngineCounts {
  uint64_t accepted = 0;
  TypeCounts by_type = {};  // of `accepted`
  uint64_t duplicates = 0;
  uint64_t ignored = 0;
  RejectCounts refused = {};
  uint64_t log_bytes = 0;
  uint64_t log_waiting = 0;      // records that the last checkpoint does not cover
  uint64_t append_failures = 0;  // groups that the log did not take
  std::string append_error;      // of the last one; empty where the store has taken something since
  uint64_t checkpoints = 0;
  uint64_t checkpoint_failures = 0;
  std::string checkpoint_error;  // of the last one; empty where it was written
  Timestamp checkpoint_at;       // the last that was written, or the start
  uint64_t compactions = 0;
  uint64_t compaction_failures = 0;
  uint64_t erased_on_disk = 0;  // erases that no compaction has followed: bytes of who was erased may be there
  uint64_t memory_bytes = 0;
  uint64_t queued_bytes = 0;
};

struct ShopperCounts {
  uint64_t shoppers = 0;
  uint64_t changed = 0;  // since the last checkpoint
};

struct EngineTimes {
  // From an event's arrival, when its whole body is there, until it is durable and every answer knows it; of purchases:
  // until no answer targets their shopper any more. Duplicates are left out.
  Histogram purchases_visible;
  Histogram others_visible;
  Histogram checkpoints;
};

class Engine {
 public:
  // Recovers what the store holds. Store, catalog (may be null) and clock must outlive the engine.
  static Result<std::unique_ptr<Engine>> Open(Store& store, const LiveCatalog* catalog, const Clock& clock,
                                              const EngineOptions& options);
  ~Engine();

  // Ends what was submitted and writes a last checkpoint. Nothing may be submitted any more.
  Status Close();

  // Import and Read take over much at once, beside the log, and save it: it is durable when they return. Before
  // anything is submitted or asked. Where one fails the store stays as it was, and the engine saves nothing more.
  //
  // A batch's saved state.
  Status Import(std::string_view state_bytes);
  // A source, to its end. `inputs` say what it was, for finished(). A row without an event_id is known by its place, so
  // reading it again changes nothing; content that was read under another name is InvalidArgument. Exhausted
  // as soon as the state outgrows memory_bytes. What is refused goes to `quarantine`.
  struct Reading {
    std::vector<FinishedInput> inputs;
    std::function<Status(const DoorCounts&)> before_saving;  // makes the quarantine durable
    Progress* progress = nullptr;                            // may be null
    const std::atomic<bool>* stop = nullptr;                 // as for RunPipeline
  };
  Result<DoorCounts> Read(Source& source, TextSink& quarantine, const Reading& reading);
  // What was read for good, by name.
  const std::map<std::string, std::string>& finished() const { return finished_; }
  // What states and sources that were taken over hold.
  const std::vector<StateInput>& inputs() const { return inputs_; }

  // Streams, which can be read again: how far each input was taken, kept with the shoppers (pipeline/follower.h).
  Positions positions() const;
  // Folds the rows of the block, which stand at the door, decoded and closed: visible when it returns, and durable with
  // the next checkpoint, together with block.end as the input's position. Blocks of one input in their order.
  void Take(FoldingDoor& door, const SourceBlock& block);
  // Each checkpoint first calls `before`: what its positions cover and the engine does not hold is made durable, or the
  // checkpoint fails; and, when it is there, `after`. For as long as the engine lives, and before Take.
  struct CheckpointListener {
    std::function<Status()> before;
    std::function<void(const Positions&)> after;
  };
  void AddListener(CheckpointListener listener);
  // False: the state has outgrown memory_bytes.
  bool HasRoom() const { return counts().memory_bytes <= options_.memory_bytes; }

  // Decodes the body and accepts what passes the door. `done` is called once, from any thread: with the report
  // when all that was accepted is durable and visible, else with why not: InvalidArgument where the body
  // cannot be read at all, Unavailable where too much waits already, Exhausted where memory or disk is full.
  // Then nothing of the body was accepted. What is refused goes to refused(), under the source "http.ndjson" or
  // "http.csv".
  using Done = std::function<void(const Result<SubmitReport>&)>;
  void Submit(const Format& format, std::string body, bool may_erase, Done done);

  // Answers by the policy. `take` may not ask in turn: a thread has the memory of one answer. InvalidArgument for an
  // as-of before the newest event.
  Status Decide(const Question& question, const Policy& policy, const std::function<void(const Decided&)>& take);

  // The popular products of a category, best first, as ranked now.
  void Popular(std::string_view category_id, Duration window,
               const std::function<void(std::span<const PopularProduct>)>& visit);

  // The newest searches of shoppers who have bought nothing in their category since, newest first, at most `limit`: of
  // the newest NewestSearches::kKept of the category, or of all. For some seconds after a start older ones may be
  // missing.
  struct FoundSearch {
    const NewestSearches::Search& search;
    std::string_view user_name;
  };
  void Searches(std::optional<std::string_view> category_id, size_t limit,
                const std::function<void(const FoundSearch&)>& take) const;

  // What is kept of a shopper, canonical; empty where nobody knows him. Returns up to when he was erased, if he was.
  std::optional<Timestamp> Kept(std::string_view user_id, Shopper& shopper) const;

  // max(wall clock, newest event): the instant that answers are for.
  Timestamp Now() const;
  // T: the newest time of any event but an erase; kMinEventTime before the first.
  Timestamp newest() const { return std::max(kMinEventTime, Timestamp{newest_.load()}); }
  const Settings& settings() const { return settings_; }
  const Dictionary& dictionary() const { return shards_.dictionary(); }
  Shards& shards() { return shards_; }
  EngineCounts counts() const;
  ShopperCounts shoppers() const;  // waits for each shard
  const EngineTimes& times() const { return times_; }
  const RefusedEvents& refused() const { return refused_; }
  RefusedEvents& refused() { return refused_; }
  const EngineOptions& options() const { return options_; }

  // Saves who has changed. Called by the engine itself every checkpoint_every.
  Status Checkpoint();
  // A checkpoint, and then all that is on disk anew: nothing there names a shopper who was erased before the call, but
  // for what the log keeps for who follows it. Called by the engine itself, where somebody was, every compact_every.
  Status Compact();

 private:
  struct Submission;
  class LoggedDoor;
  struct Piece;

  Engine(Store& store, const LiveCatalog* catalog, const Clock& clock, const EngineOptions& options);
  Status Recover();
  Status LoadShoppers();
  Status ReplayLog(uint64_t position);
  Status FoldRecords(std::span<const std::string> records);
  Status FoldRecord(std::string_view record, FoldingDoor& door);
  void CountPurchases();
  void CountPurchasesOf(const ShopperTable& table);
  Status TakeOver(const std::function<Status()>& change);
  Status AddInputs(const std::vector<StateInput>& read);
  void CountRead(const DoorCounts& read);
  Status TakeMeta(std::string_view bytes);
  void Start();

  // What Submit does, on the caller's thread: the body's number, or why it may not wait; its rows and its log record.
  Result<uint64_t> Admit(uint64_t bytes);
  void Dismiss(uint64_t bytes);
  Status Decode(const Format& format, uint64_t request, Submission& submission);

  void Commit();       // the thread that writes the log and folds
  void Checkpoints();  // the thread that saves
  std::vector<std::unique_ptr<Submission>> TakeGroup();
  void CommitGroup(std::vector<std::unique_ptr<Submission>> group);
  void CountNew(Submission& submission);
  void NoteVisible(const TypeCounts& accepted, double seconds);
  void Fold(size_t shard, std::span<const FoldRow> rows);
  void FoldInto(ShopperTable& table, std::span<const FoldRow> rows);
  void ReplacePurchases(std::span<const KeptEvent> before, std::span<const KeptEvent> after);
  // Empty where nobody knows him.
  void ReadKept(std::string_view user_id, Timestamp now, Shopper& shopper) const;
  // With the ranks of the window at `now`; `once`: for an instant that is not the present one.
  void WithPopularity(Duration window, Timestamp now, bool once, const std::function<void(const Popularity&)>& visit);
  void StandingOf(const ShopperTable& table, std::string_view user_id, std::vector<KeptEvent>& standing) const;
  Status Save(unsigned threads);
  bool CompactionIsDue();
  Status SaveAll(unsigned threads);
  Status SaveShard(size_t shard);
  void FindNewestSearches();
  void NoteUnsaved(size_t shard);
  void ReadPiece(size_t shard, std::span<const uint32_t> shoppers, Piece& piece) const;
  std::string Meta(const Positions& positions);
  void RaiseNewest(Timestamp time);

  Store& store_;
  const LiveCatalog* const catalog_;
  const Clock& clock_;
  const EngineOptions options_;
  Settings settings_;
  Shards shards_;
  std::atomic<int64_t> newest_{INT64_MIN};

  std::shared_mutex popularity_mutex_;
  PopularityIndex popularity_;  // guarded by popularity_mutex_

  mutable std::mutex newest_searches_mutex_;
  NewestSearches newest_searches_;                   // guarded by newest_searches_mutex_
  std::atomic<bool> newest_searches_whole_ = false;  // else the saver looks for those of before

  mutable std::mutex mutex_;  // guards the queue, counts_, positions_ and closing_
  std::condition_variable queued_;
  std::deque<std::unique_ptr<Submission>> queue_;
  uint64_t queued_bytes_ = 0;
  uint64_t next_request_ = 0;  // numbers the bodies: part of the identity of events without one
  EngineCounts counts_;
  Positions positions_;
  bool closing_ = false;

  RefusedEvents refused_;
  RecentEvents recent_;  // of the thread that folds; while the log is replayed guarded by mutex_
  EngineTimes times_;

  std::mutex checkpoint_mutex_;  // one checkpoint at a time; guards the four below
  std::vector<CheckpointListener> listeners_;
  bool taken_over_in_part_ = false;  // then nothing is saved
  std::vector<StateInput> inputs_;
  std::map<std::string, std::string> finished_;  // mark by name
  std::vector<std::vector<uint32_t>> unsaved_;   // by shard: noted as changed, and in no checkpoint yet
  std::vector<std::vector<std::string>> gone_;   // by shard: ids that no checkpoint removed yet
  std::chrono::steady_clock::time_point compacted_at_ = std::chrono::steady_clock::now();  // of the thread that saves
  std::atomic<uint64_t> folded_ = 0;   // position of the log up to which all is folded
  std::atomic<uint64_t> covered_ = 0;  // and up to which the last checkpoint holds it

  std::thread committer_;
  std::thread saver_;
  std::condition_variable saver_wakes_;
};

}  // namespace adirect
