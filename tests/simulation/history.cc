#include "history.h"

#include <fmt/format.h>
#include <rocksdb/system_clock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/event_log.h"
#include "adirect/pipeline/stream_fake_test_support.h"
#include "adirect/stores/crash_file_system_test_support.h"
#include "adirect/stores/rocksdb_file_system.h"
#include "adirect/stores/rocksdb_store.h"
#include "ledger.h"
#include "traffic.h"

namespace adirect {
namespace {

constexpr Timestamp kBegin{1'767'600'000'000};  // 2026-01-05T08:00:00Z; clocks jump back by days, not behind it
constexpr const char* kTopic = "clicks/0";
constexpr size_t kStepsTold = 30;
constexpr std::array kFailures = {CrashFileSystem::Failure::kError, CrashFileSystem::Failure::kErrors,
                                  CrashFileSystem::Failure::kStop};

struct Body {
  bool Takes(const ShopEvent& event) const { return event.time.ms <= arrival.ms + kFutureTolerance.millis(); }

  uint64_t number = 0;
  Timestamp arrival;
  std::vector<ShopEvent> events;
  uint64_t refused = 0;  // of them
};

// RocksDB rests a second after each write-out that failed.
class Sleepless : public rocksdb::SystemClockWrapper {
 public:
  Sleepless() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "Sleepless"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

std::shared_ptr<rocksdb::SystemClock> SleeplessClock() {
  static const auto clock = std::make_shared<Sleepless>();
  return clock;
}

// A directory of its own, gone with it.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "adirect-simulation-XXXXXX") {
    path_ = mkdtemp(path_.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string data() const { return path_ + "/data"; }

 private:
  std::string path_;
};

class History {
 public:
  History(uint64_t seed, std::string ignored_syncs)
      : draws_(seed),
        ignored_syncs_(std::move(ignored_syncs)),
        traffic_(draws_, draws_.OneIn(2)),
        ledger_(DrawOptions()) {}

  HistoryReport Run();

 private:
  Settings DrawOptions();
  void Step();
  void Post();
  std::vector<Body> NewBodies();
  Body BodyOf(std::vector<ShopEvent> events);
  void TakeAnswer(const Body& body, const Result<SubmitReport>& answer);
  void AddToLedger(const Body& body);
  void Produce();
  void Follow();
  void Checkpoint();
  void MoveClock();
  void OrderFailure();
  void Restart();
  void Stop();
  void Check();

  void Open();
  Status TryToOpen();
  Status ReadLog();
  void Settle(const std::map<std::string, uint64_t>& logged);
  void Close();
  void StopMachine(bool forget);
  void LoseUnsynced();
  void NewDisk();
  // Whether the disk has been in trouble since the engine was opened: then calls may fail.
  bool InTrouble() const { return full_ || disk_->failed() || disk_->stopped(); }
  void Tell(std::string step);
  void Break(const std::string& what);

  Draws draws_;
  const std::string ignored_syncs_;
  Traffic traffic_;
  EngineOptions options_;
  uint64_t events_at_once_ = 1;
  uint64_t headroom_ = 0;  // of memory, beyond what an empty engine takes; 0: plenty
  SetClock clock_;
  LinesStream topic_;
  Ledger ledger_;
  const Folder folder_;
  std::shared_ptr<CrashFileSystem> disk_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  bool full_ = false;

  std::vector<Body> bodies_;      // all of them, by number
  std::vector<Body> unknown_;     // that were not acknowledged: there, or not
  std::deque<std::string> told_;  // the last steps
  HistoryReport report_;
};

// Every other history keeps so much that all can be counted by hand.
Settings History::DrawOptions() {
  clock_.now = kBegin.ms;
  options_.checkpoint_every = Duration::Days(1);  // the history decides when
  options_.shards = 1 + draws_.Below(3);
  options_.settings = draws_.OneIn(2) ? Settings{5000, Duration::Forever()} : Settings{4, Duration::Days(3)};
  if (draws_.OneIn(4)) options_.queued_bytes = 2000;
  if (draws_.OneIn(8)) headroom_ = 1 + draws_.Below(100'000);
  events_at_once_ = draws_.Of(std::vector<uint64_t>{3, 12, 12, 150});
  topic_.rows_per_block = 1 + draws_.Below(7);
  return options_.settings;
}

HistoryReport History::Run() {
  NewDisk();
  Open();
  const uint64_t steps = 15 + draws_.Below(25);
  for (uint64_t i = 0; i < steps && report_.broken.empty(); ++i) {
    Step();
    if (disk_->stopped()) StopMachine(true);
  }
  Tell("the end");
  for (const bool forget : {true, false}) {
    if (report_.broken.empty()) StopMachine(forget);
  }
  Close();
  report_.events = ledger_.size();
  return report_;
}

void History::Step() {
  switch (draws_.Below(20)) {
    case 0:
      return Restart();
    case 1:
      return Stop();
    case 2:
    case 3:
      return OrderFailure();
    case 4:
      return MoveClock();
    case 5:
    case 6:
      return Checkpoint();
    case 7:
    case 8:
      return Produce();
    case 9:
      return Check();
    default:
      return Post();
  }
}

// The first event tells the body by which it came, whatever becomes of the others.
Body History::BodyOf(std::vector<ShopEvent> events) {
  ShopEvent first;
  first.time = kBegin;
  first.user = "first";
  first.category = "first";
  first.event_id = fmt::format("body-{}", bodies_.size());
  events.insert(events.begin(), first);
  Body body{bodies_.size(), clock_.Now(), std::move(events)};
  for (const ShopEvent& event : body.events) body.refused += body.Takes(event) ? 0 : 1;
  bodies_.push_back(body);
  return body;
}

std::vector<Body> History::NewBodies() {
  std::vector<Body> bodies;
  for (uint64_t i = draws_.OneIn(3) ? 1 + draws_.Below(5) : 1; i > 0; --i) {
    std::vector<ShopEvent> events;
    if (!bodies_.empty() && draws_.OneIn(6)) {
      events = draws_.Of(bodies_).events;  // again, as a client that heard no answer sends it
      events.erase(events.begin());
    } else {
      for (uint64_t j = 1 + draws_.Below(events_at_once_); j > 0; --j) events.push_back(traffic_.Next(clock_.Now()));
    }
    bodies.push_back(BodyOf(std::move(events)));
  }
  return bodies;
}

void History::Post() {
  const std::vector<Body> bodies = NewBodies();
  Tell(fmt::format("post bodies {} to {}", bodies.front().number, bodies.back().number));
  std::vector<std::promise<Result<SubmitReport>>> answers(bodies.size());
  for (size_t i = 0; i < bodies.size(); ++i) {
    std::string text;
    for (const ShopEvent& event : bodies[i].events) text += LineOf(event, std::to_string(bodies[i].number));
    engine_->Submit(AdirectFormat(Format::Kind::kNdjson), std::move(text), true,
                    [&answers, i](const Result<SubmitReport>& report) { answers[i].set_value(report); });
  }
  if (draws_.OneIn(8)) Checkpoint();
  for (size_t i = 0; i < bodies.size(); ++i) TakeAnswer(bodies[i], answers[i].get_future().get());
}

void History::TakeAnswer(const Body& body, const Result<SubmitReport>& answer) {
  ++report_.bodies;
  if (!answer.ok()) {
    ++report_.failed;
    const bool may_wait = answer.status().code() == Code::kUnavailable && options_.queued_bytes < 1'000'000;
    const bool budget = answer.status().code() == Code::kExhausted && headroom_ > 0;
    if (!may_wait && !budget && !InTrouble()) Break("refused without need: " + answer.status().message());
    Tell(fmt::format("  {} is not acknowledged: {}", body.number, answer.status().message()));
    return unknown_.push_back(body);
  }
  if (answer->refused.size() != body.refused ||
      answer->accepted + answer->duplicates + body.refused != body.events.size()) {
    Break(fmt::format("of the {} events of body {}, {} of them future, {} were accepted, {} known, {} refused",
                      body.events.size(), body.number, body.refused, answer->accepted, answer->duplicates,
                      answer->refused.size()));
  }
  AddToLedger(body);
}

void History::AddToLedger(const Body& body) {
  for (size_t i = 0; i < body.events.size(); ++i) {
    if (body.Takes(body.events[i])) ledger_.Add(body.events[i], fmt::format("{}#{}", body.number, i));
  }
}

void History::Produce() {
  if (headroom_ > 0) return;  // a follower would wait
  Tell("produce to the topic");
  for (uint64_t i = 1 + draws_.Below(events_at_once_); i > 0; --i) {
    const ShopEvent event = traffic_.Next(clock_.Now());
    const std::string line = LineOf(event, "topic");
    const uint64_t offset = topic_.Append(kTopic, line.substr(0, line.size() - 1), clock_.Now());
    if (event.type == EventType::kErase || event.time.ms > clock_.now + kFutureTolerance.millis()) continue;
    ledger_.Add(event, fmt::format("{}:{}", kTopic, offset));
  }
  if (!draws_.OneIn(3)) Follow();
}

// By the topic's own clock: what was read before a crash is read again after one, when the door, by a clock that has
// jumped back meanwhile, would refuse it as future.
void History::Follow() {
  FoldingDoor door({}, engine_->shards().dictionary(), engine_->shards().size());
  DecodeScratch scratch;
  for (SourceBlock block; *topic_.Next(0, {}, block);) {
    door.SetArrival(kMaxEventTime);
    door.Open(block);
    block.decoder->Decode(block.block, scratch, door);
    door.Close();
    engine_->Take(door, block);
  }
}

void History::Checkpoint() {
  Tell("checkpoint");
  const Status saved = engine_->Checkpoint();
  if (!saved.ok() && !InTrouble()) Break("no checkpoint: " + saved.message());
}

void History::MoveClock() {
  const auto hours = static_cast<int64_t>(draws_.Below(72)) - 24;
  clock_.now = std::max(kBegin.ms, clock_.now + hours * kMillisPerHour + 1);
  Tell(fmt::format("the clock moves by {} h", hours));
}

void History::OrderFailure() {
  if (full_ || draws_.OneIn(3)) {
    full_ = !full_;
    disk_->Fill(full_);
    return Tell(full_ ? "the disk is full" : "the disk has room again");
  }
  const uint64_t at = 1 + draws_.Below(25);
  const CrashFileSystem::Failure failure = draws_.Of(kFailures);
  disk_->FailAt(at, failure);
  Tell(fmt::format("failure {} of the disk in {} calls", static_cast<int>(failure), at));
}

void History::Restart() {
  Tell("restart");
  const Status closed = engine_->Close();
  if (!closed.ok() && !InTrouble()) Break("no clean end: " + closed.message());
  if (!disk_->stopped()) {
    Close();
    Open();
  }
}

void History::Stop() {
  Tell("the machine stops");
  StopMachine(!draws_.OneIn(4));
}

// Without `forget` it is a kill -9: the disk will forget later what it has not synced.
void History::StopMachine(bool forget) {
  ++report_.stops;
  disk_->Stop();
  Close();
  if (forget) LoseUnsynced();
  Open();
  if (report_.broken.empty()) Check();
}

void History::LoseUnsynced() {
  const bool all = draws_.OneIn(3);
  Tell(all ? "  all that was not synced is lost" : "  of what was not synced, some is lost");
  disk_->Forget([&] { return all ? 0 : draws_.Share(); });
  NewDisk();
}

void History::NewDisk() {
  disk_ = std::make_shared<CrashFileSystem>();
  disk_->IgnoreSyncs(ignored_syncs_);
}

void History::Close() {
  engine_.reset();
  store_.reset();
}

// Some starts fail too, or the machine stops again while it starts.
void History::Open() {
  full_ = false;
  for (bool last = false; !last;) {
    last = !draws_.OneIn(4);
    disk_->Mend();
    if (!last) disk_->FailAt(1 + draws_.Below(40), draws_.Of(kFailures));
    const Status opened = TryToOpen();
    if (opened.ok()) return;
    Tell("  no start: " + opened.message());
    if (!InTrouble()) return Break("does not open: " + opened.message());
    Close();
    if (disk_->stopped()) LoseUnsynced();
  }
}

Status History::TryToOpen() {
  RocksDbOptions options;
  options.limits.write_buffer_bytes = 64 << 10;
  options.limits.write_ahead_bytes = 256 << 10;
  options.file_system = std::make_shared<RocksDbFileSystem>(RocksDbFileSystem{disk_, SleeplessClock()});
  Result<std::unique_ptr<Store>> store = OpenRocksDbStore(folder_.data(), options);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  ADIRECT_RETURN_IF_ERROR(ReadLog());
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*store_, nullptr, clock_, options_);
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  if (headroom_ > 0 && options_.memory_bytes > headroom_ + (uint64_t{1} << 30)) {
    options_.memory_bytes = engine_->counts().memory_bytes + headroom_;
  }
  return topic_.Start(engine_->positions());
}

// How many events of each body the log has.
Status History::ReadLog() {
  const Result<std::optional<StoreCheckpoint>> checkpoint = store_->Checkpoint();
  if (!checkpoint.ok()) return checkpoint.status();
  std::map<std::string, uint64_t> logged;
  const uint64_t from = checkpoint->has_value() ? (*checkpoint)->log_position : 0;
  const Status read = store_->Replay(from, [&](uint64_t, std::string_view record) {
    LogHead head;
    std::vector<LoggedEvent> events;
    ADIRECT_RETURN_IF_ERROR(ReadLogRecord(record, head, events));
    logged[std::string(events.front().event.region)] += events.size();
    return Status();
  });
  if (read.ok()) Settle(logged);
  return read;
}

void History::Settle(const std::map<std::string, uint64_t>& logged) {
  for (const auto& [number, events] : logged) {
    const Body& body = bodies_.at(std::stoull(number));
    if (events != body.events.size() - body.refused) Break("the log has body " + number + " in part, or twice");
  }
  for (const Body& body : unknown_) {
    if (logged.contains(std::to_string(body.number))) AddToLedger(body);
  }
  unknown_.clear();
}

void History::Check() {
  Follow();
  const std::string difference = ledger_.Difference(*engine_, clock_.Now());
  if (!difference.empty()) Break(difference);
}

void History::Tell(std::string step) {
  told_.push_back(std::move(step));
  if (told_.size() > kStepsTold) told_.pop_front();
}

void History::Break(const std::string& what) {
  if (!report_.broken.empty()) return;
  report_.broken = what + "\nafter:";
  for (const std::string& step : told_) report_.broken += "\n  " + step;
}

}  // namespace

HistoryReport RunHistory(uint64_t seed, const std::string& ignored_syncs) { return History(seed, ignored_syncs).Run(); }

}  // namespace adirect
