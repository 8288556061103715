#include "adirect/pipeline/engine.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "adirect/base/check.h"
#include "adirect/base/prefetch.h"
#include "adirect/base/text.h"
#include "adirect/base/wire.h"
#include "adirect/codec/arena.h"
#include "adirect/pipeline/event_log.h"
#include "adirect/pipeline/pipeline.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

// The inputs that bodies are, as their events' identities and the quarantine name them: a name tells how its rows are
// read. Each body has addresses of its own in it.
std::string_view InputOf(const Format& format) {
  return format.kind == Format::Kind::kCsv ? "http.csv" : "http.ndjson";
}
constexpr uint64_t kBodyAddresses = uint64_t{1} << 26;  // more than a body's bytes
constexpr size_t kShoppersPerPut = 256;                 // while a shard is locked
constexpr size_t kShoppersPerLook = 64;                 // the same, for the newest searches
constexpr size_t kRefusedAtOnce = size_t{1} << 20;      // bytes of records, handed to the quarantine
constexpr uint64_t kReplayBytes = uint64_t{16} << 20;   // of the log, that threads fold between two reads of it

// What a thread keeps from answer to answer, so that the next one asks for no memory.
struct AnswerMemory {
  Shopper shopper;
  Decider decider;
};

// Numbers the rows of a body on their way to the door, and gives an event without a category its product's.
class NumberedRows : public EventSink {
 public:
  // The categories that it gives lie in `texts`.
  NumberedRows(const LiveCatalog* catalog, Door& door, Arena& texts, SubmitReport& report, RefusedBody refused)
      : catalog_(catalog), door_(door), texts_(texts), report_(report), refused_(std::move(refused)) {}
  ~NumberedRows() override { refused_.Keep(door_.refused()); }

  void OnEvent(const Event& event, const RowPlace& place) override {
    const RejectCounts before = door_.counts().refused;
    if (event.category_id.empty() && !event.product_id.empty() && catalog_ != nullptr) {
      Event filled = event;
      filled.category_id = CategoryOf(event);
      door_.OnEvent(filled, place);
    } else {
      door_.OnEvent(event, place);
    }
    for (size_t i = 0; i < before.size(); ++i) {
      if (door_.counts().refused[i] != before[i]) Refuse(static_cast<RejectReason>(i), place);
    }
    ++rows_;
  }
  void OnIgnored(const RowPlace& place) override {
    door_.OnIgnored(place);
    ++rows_;
  }
  void OnRejected(RejectReason reason, const RowPlace& place) override {
    door_.OnRejected(reason, place);
    Refuse(reason, place);
    ++rows_;
  }

 private:
  void Refuse(RejectReason reason, const RowPlace& place) {
    report_.refused.push_back({rows_, reason});
    refused_.Add(reason, place);
    if (door_.refused().size() > kRefusedAtOnce) refused_.Keep(door_.refused());
  }

  std::string_view CategoryOf(const Event& event) {
    DoorRules rules;
    const LiveCatalog::View catalog = catalog_->Read();
    rules.catalog = catalog.get();
    const std::string_view category = CategoryAtDoor(event, rules);
    char* const text = texts_.Allocate(category.size());
    category.copy(text, category.size());
    return {text, category.size()};
  }

  const LiveCatalog* const catalog_;
  Door& door_;
  Arena& texts_;
  SubmitReport& report_;
  RefusedBody refused_;
  uint64_t rows_ = 0;
};

bool ChangesPurchases(EventType type) { return !IsInterest(type); }

bool HasSearch(const Shopper& shopper, const NewestSearches::Search& search) {
  return std::any_of(shopper.interests.begin(), shopper.interests.end(), [&](const KeptEvent& event) {
    return event.time == search.time && event.item == search.item && event.type == search.type;
  });
}

bool BoughtSince(std::span<const KeptEvent> standing, const NewestSearches::Search& search) {
  return std::any_of(standing.begin(), standing.end(), [&](const KeptEvent& purchase) {
    return purchase.category == search.category && purchase.time >= search.time;
  });
}

// What Engine::Meta wrote.
struct StoredMeta {
  uint64_t next_request;
  std::map<std::string, std::string> finished;
  Positions positions;
  StateReader common;  // views into the bytes
};

// In front of a meta that has positions: no number begins so. Data directories of format 1 have metas without.
constexpr std::string_view kMetaWithPositions("\x80\x00", 2);

Result<StoredMeta> ReadMeta(std::string_view bytes) {
  const bool with_positions = bytes.starts_with(kMetaWithPositions);
  WireReader in(with_positions ? bytes.substr(kMetaWithPositions.size()) : bytes);
  const uint64_t next_request = in.Varint();
  std::map<std::string, std::string> finished;
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    const std::string_view name = in.Text();
    finished[std::string(name)] = in.Text();
  }
  Positions positions;
  for (uint64_t left = with_positions ? in.Varint() : 0; left > 0 && in.ok(); --left) {
    const std::string_view input = in.Text();
    positions[std::string(input)] = in.Varint();
  }
  Result<StateReader> common = StateReader::Open(in.rest());
  if (!in.ok() || !common.ok()) return Corrupt("the store's checkpoint does not read; restore a backup");
  return StoredMeta{next_request, std::move(finished), std::move(positions), *std::move(common)};
}

// What was accepted once is accepted again.
DoorRules RulesOfReplay() {
  DoorRules rules;
  rules.future_tolerance = Duration::Millis(kMaxEventTime.ms);
  return rules;
}

}  // namespace

Result<Settings> StoredSettings(Store& store) {
  const Result<std::optional<StoreCheckpoint>> checkpoint = store.Checkpoint();
  if (!checkpoint.ok()) return checkpoint.status();
  if (!checkpoint->has_value()) return EngineOptions().settings;
  const Result<StoredMeta> meta = ReadMeta((*checkpoint)->meta);
  if (!meta.ok()) return meta.status();
  return meta->common.settings();
}

// Makes the log's record of what passes.
class Engine::LoggedDoor : public FoldingDoor {
 public:
  using FoldingDoor::FoldingDoor;

  void Begin(uint64_t request, std::string_view input) {
    head_ = {request, rules().arrival, input};
    AppendLogHead(head_, record_);
  }
  const std::string& record() const { return record_; }

 private:
  void Accept(const Event& event, std::string_view category, Timestamp arrival, const RowPlace& place) override {
    FoldingDoor::Accept(event, category, arrival, place);
    AppendLogEvent(head_, event, category, arrival, place.offset, record_);
  }

  LogHead head_;
  std::string record_;
};

// A body on its way. Its rows point into its text and its scratch.
struct Engine::Submission {
  Submission(const DoorRules& rules, Dictionary& dictionary, size_t shards)
      : arrival(rules.arrival), door(rules, dictionary, shards) {}

  const Timestamp arrival;
  std::string body;
  Input input;
  DecodeScratch scratch;
  Arena categories;  // that the catalog gave
  LoggedDoor door;
  SubmitReport report;
  TypeCounts by_type = {};  // of report.accepted
  std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();
  Done done;
};

Engine::Engine(Store& store, const LiveCatalog* catalog, const Clock& clock, const EngineOptions& options)
    : store_(store),
      catalog_(catalog),
      clock_(clock),
      options_(options),
      settings_(options.settings),
      shards_(options.shards, options.settings),
      popularity_(shards_.dictionary(), options.settings),
      refused_(options.quarantine),
      unsaved_(options.shards),
      gone_(options.shards) {
  counts_.checkpoint_at = clock_.Now();
}

Result<std::unique_ptr<Engine>> Engine::Open(Store& store, const LiveCatalog* catalog, const Clock& clock,
                                             const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(store, catalog, clock, options));
  ADIRECT_RETURN_IF_ERROR(engine->Recover());
  if (!options.read_only) engine->Start();
  return engine;
}

Engine::~Engine() { (void)Close(); }

void Engine::Start() {
  committer_ = std::thread([this] { Commit(); });
  saver_ = std::thread([this] { Checkpoints(); });
}

Status Engine::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) return {};
    closing_ = true;
  }
  queued_.notify_all();
  saver_wakes_.notify_all();
  if (!committer_.joinable()) return {};
  committer_.join();
  saver_.join();
  return Save(options_.threads);
}

Status Engine::Recover() {
  const Result<std::optional<StoreCheckpoint>> checkpoint = store_.Checkpoint();
  if (!checkpoint.ok()) return checkpoint.status();
  uint64_t position = 0;
  if (checkpoint->has_value()) {
    ADIRECT_RETURN_IF_ERROR(TakeMeta((*checkpoint)->meta));
    position = (*checkpoint)->log_position;
  }
  ADIRECT_RETURN_IF_ERROR(LoadShoppers());
  settings_ = shards_.settings();
  for (size_t i = 0; i < shards_.size(); ++i) shards_.mutable_table(i).TrackChanges();
  ADIRECT_RETURN_IF_ERROR(ReplayLog(position));
  if (const std::optional<Timestamp> newest = shards_.newest()) RaiseNewest(*newest);
  CountPurchases();
  counts_.memory_bytes = shards_.memory_bytes();
  for (const ShopperTable* table : shards_.tables()) counts_.erased_on_disk += table->erased().size();
  // A new store keeps the settings it is made with from the first moment.
  return checkpoint->has_value() || options_.read_only ? Status() : Checkpoint();
}

Status Engine::TakeMeta(std::string_view bytes) {
  Result<StoredMeta> meta = ReadMeta(bytes);
  if (!meta.ok()) return meta.status();
  std::vector<ShopperTable*> tables;
  for (size_t i = 0; i < shards_.size(); ++i) tables.push_back(&shards_.mutable_table(i));
  meta->common.MergeCommon(tables);
  next_request_ = meta->next_request;
  finished_ = std::move(meta->finished);
  positions_ = std::move(meta->positions);
  inputs_ = meta->common.inputs();
  return {};
}

Status Engine::LoadShoppers() {
  std::vector<Shopper> shoppers(options_.threads);
  return store_.Load(options_.threads, [&](unsigned thread, std::string_view user_id, std::string_view bytes) {
    Shopper& shopper = shoppers[thread];
    ADIRECT_RETURN_IF_ERROR(
        ReadShopper(bytes, shards_.dictionary(), shopper).Within("shopper " + std::string(user_id)));
    const size_t shard = ShardOf(UserHash(shopper.user_id), shards_.size());
    const auto lock = shards_.Lock(shard);
    shards_.mutable_table(shard).Merge(shopper);
    return Status();
  });
}

Status Engine::ReplayLog(uint64_t position) {
  folded_ = position;
  covered_ = position;
  std::vector<std::string> records;
  uint64_t bytes = 0;
  const Status read = store_.Replay(position, [&](uint64_t at, std::string_view record) {
    records.emplace_back(record);
    bytes += record.size();
    folded_ = at + 1;
    if (bytes < kReplayBytes) return Status();
    bytes = 0;
    return FoldRecords(std::exchange(records, {}));
  });
  return read.ok() ? FoldRecords(records) : read;
}

Status Engine::FoldRecords(std::span<const std::string> records) {
  std::atomic<size_t> next = 0;
  return RunOnThreads(options_.threads, [&](unsigned) -> Status {
    FoldingDoor door(RulesOfReplay(), shards_.dictionary(), shards_.size());
    for (size_t i = next++; i < records.size(); i = next++) ADIRECT_RETURN_IF_ERROR(FoldRecord(records[i], door));
    return {};
  });
}

Status Engine::FoldRecord(std::string_view record, FoldingDoor& door) {
  LogHead head;
  std::vector<LoggedEvent> events;
  ADIRECT_RETURN_IF_ERROR(ReadLogRecord(record, head, events));
  const Input input{std::string(head.input), true};
  SourceBlock block;
  block.input = &input;
  door.Open(block);
  for (const LoggedEvent& logged : events) door.OnEvent(logged.event, {logged.offset, {}});
  door.Close();
  std::vector<FoldRow> old_rows;
  ADIRECT_RETURN_IF_ERROR(ReadOldLogRows(record, shards_.dictionary(), old_rows));
  for (const FoldRow& row : old_rows) {
    const size_t shard = ShardOf(row.user_hash, shards_.size());
    shards_.Fold(shard, std::span(&row, 1));
    if (options_.changes != nullptr) options_.changes->OnFolded(shard, std::span(&row, 1));
  }
  for (size_t i = 0; i < shards_.size(); ++i) {
    shards_.Fold(i, door.rows(i));
    if (options_.changes != nullptr) options_.changes->OnFolded(i, door.rows(i));
  }
  TypeCounts replayed = {};  // which no count shows
  const std::lock_guard<std::mutex> lock(mutex_);
  next_request_ = std::max(next_request_, head.request + 1);
  recent_.CountNew(old_rows, replayed);
  for (size_t i = 0; i < shards_.size(); ++i) recent_.CountNew(door.rows(i), replayed);
  return {};
}

void Engine::CountPurchases() {
  std::atomic<size_t> next = 0;
  (void)RunOnThreads(options_.threads, [&](unsigned) {
    for (size_t shard = next++; shard < shards_.size(); shard = next++) CountPurchasesOf(shards_.table(shard));
    return Status();
  });
}

void Engine::CountPurchasesOf(const ShopperTable& table) {
  const Timestamp now = Now();
  Shopper shopper;
  std::vector<KeptEvent> standing;
  std::vector<KeptEvent> all;
  WithPrefetch(
      table.size(),
      [&](size_t i, int step) {
        if (step == 0 || table.MayHavePurchases(i)) table.Prefetch(i, step);
      },
      [&](size_t i) {
        ReadStanding(table, i, shards_.dictionary(), settings_, now, shopper, standing);
        all.insert(all.end(), standing.begin(), standing.end());
      });
  const std::unique_lock<std::shared_mutex> lock(popularity_mutex_);
  popularity_.Add(all);
}

Status Engine::TakeOver(const std::function<Status()>& change) {
  {
    const std::lock_guard<std::mutex> nothing_is_saved(checkpoint_mutex_);
    taken_over_in_part_ = true;
    ADIRECT_RETURN_IF_ERROR(change());
    taken_over_in_part_ = false;
    settings_ = shards_.settings();
    if (const std::optional<Timestamp> newest = shards_.newest()) RaiseNewest(*newest);
    popularity_ = PopularityIndex(shards_.dictionary(), settings_);
    CountPurchases();
  }
  if (options_.changes != nullptr) options_.changes->OnReplaced();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    newest_searches_whole_ = false;
  }
  saver_wakes_.notify_all();
  return Save(options_.threads);
}

// One of the same name may be an older version of the input.
Status Engine::AddInputs(const std::vector<StateInput>& read) {
  for (const StateInput& input : read) {
    if (const StateInput* const same = FindSameContent(inputs_, input)) {
      return InvalidArgument(input.name + ": its content was read already, as " + Quoted(same->name) +
                             "; rows without an event_id would count twice. Leave it out");
    }
    if (std::find(inputs_.begin(), inputs_.end(), input) == inputs_.end()) inputs_.push_back(input);
  }
  return {};
}

Status Engine::Import(std::string_view state_bytes) {
  return TakeOver([&] {
    std::vector<StateInput> read;
    ADIRECT_RETURN_IF_ERROR(shards_.Merge(state_bytes, options_.threads, read));
    return AddInputs(read);
  });
}

Result<DoorCounts> Engine::Read(Source& source, TextSink& quarantine, const Reading& reading) {
  PipelineOptions run;
  run.threads = options_.threads;
  run.door.arrival = clock_.Now();
  run.door.future_tolerance = options_.future_tolerance;
  std::optional<LiveCatalog::View> catalog;  // held throughout: nobody else does anything yet
  if (catalog_ != nullptr) run.door.catalog = catalog.emplace(catalog_->Read()).get();
  run.memory_bytes = options_.memory_bytes;
  run.progress = reading.progress;
  run.stop = reading.stop;
  DoorCounts read;
  source.KeepChecksums();
  const Status taken = TakeOver([&]() -> Status {
    const Result<DoorCounts> counts = RunPipeline(source, shards_, quarantine, run);
    if (!counts.ok()) return counts.status();
    read = *counts;
    ADIRECT_RETURN_IF_ERROR(AddInputs(source.inputs()));
    for (const FinishedInput& input : reading.inputs) finished_[input.name] = input.mark;
    CountRead(read);
    return reading.before_saving(read);
  });
  if (!taken.ok()) return taken;
  return read;
}

void Engine::CountRead(const DoorCounts& read) {
  const uint64_t memory = shards_.memory_bytes();
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_.accepted += read.accepted;
  counts_.erased_on_disk += read.erases();
  AddCounts(read.by_type, counts_.by_type);
  counts_.ignored += read.ignored;
  AddCounts(read.refused, counts_.refused);
  counts_.memory_bytes = memory;
}

Positions Engine::positions() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return positions_;
}

void Engine::AddListener(CheckpointListener listener) {
  const std::lock_guard<std::mutex> lock(checkpoint_mutex_);
  listeners_.push_back(std::move(listener));
}

void Engine::Take(FoldingDoor& door, const SourceBlock& block) {
  const DoorCounts taken = door.TakeCounts();
  if (taken.newest) RaiseNewest(*taken.newest);
  for (size_t i = 0; i < shards_.size(); ++i) Fold(i, door.rows(i));
  CountRead(taken);
  if (!block.arrivals.empty()) {
    const Timestamp oldest = *std::min_element(block.arrivals.begin(), block.arrivals.end());
    NoteVisible(taken.by_type, static_cast<double>(std::max<int64_t>(clock_.Now().ms - oldest.ms, 0)) / 1e3);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  positions_[block.input->name] = block.end;
}

Timestamp Engine::Now() const { return std::max(clock_.Now(), Timestamp{newest_.load()}); }

void Engine::RaiseNewest(Timestamp time) {
  int64_t known = newest_.load();
  while (known < time.ms && !newest_.compare_exchange_weak(known, time.ms)) continue;
}

void Engine::Submit(const Format& format, std::string body, bool may_erase, Done done) {
  const uint64_t bytes = body.size();
  const Result<uint64_t> request = Admit(bytes);
  if (!request.ok()) return done(request.status());
  DoorRules rules;
  rules.arrival = clock_.Now();
  rules.future_tolerance = options_.future_tolerance;
  auto submission = std::make_unique<Submission>(rules, shards_.dictionary(), shards_.size());
  submission->input = {std::string(InputOf(format)), may_erase, ""};
  submission->done = std::move(done);
  submission->body = std::move(body);
  submission->body.reserve(bytes + kBlockPadding);
  if (const Status decoded = Decode(format, *request, *submission); !decoded.ok()) {
    Dismiss(bytes);
    return submission->done(decoded);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(submission));
  }
  queued_.notify_one();
}

Result<uint64_t> Engine::Admit(uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closing_) return Unavailable("the engine is closing");
  if (queued_bytes_ + bytes > options_.queued_bytes && queued_bytes_ > 0) {
    return Unavailable("too much is waiting to be written; try again");
  }
  if (counts_.memory_bytes > options_.memory_bytes) {
    return Exhausted("the memory budget is used up (--memory-limit)");
  }
  queued_bytes_ += bytes;
  return next_request_++;
}

void Engine::Dismiss(uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queued_bytes_ -= bytes;
}

Status Engine::Decode(const Format& format, uint64_t request, Submission& submission) {
  const Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, submission.input.name, submission.body);
  if (!decoder.ok()) return decoder.status();
  const size_t front = (*decoder)->header_bytes();
  SourceBlock block;
  block.input = &submission.input;
  block.block.bytes = std::string_view(submission.body).substr(front);
  block.block.offset = request * kBodyAddresses + front;
  submission.input.header = (*decoder)->header();
  submission.door.Begin(request, submission.input.name);
  submission.door.Open(block);
  {
    NumberedRows rows(catalog_, submission.door, submission.categories, submission.report,
                      {refused_, submission.input.name, submission.arrival});
    (*decoder)->Decode(block.block, submission.scratch, rows);
  }
  submission.door.Close();
  submission.report.accepted = submission.door.counts().accepted;
  submission.report.ignored = submission.door.counts().ignored;
  return {};
}

std::vector<std::unique_ptr<Engine::Submission>> Engine::TakeGroup() {
  std::unique_lock<std::mutex> lock(mutex_);
  queued_.wait(lock, [&] { return !queue_.empty() || closing_; });
  std::vector<std::unique_ptr<Submission>> group;
  uint64_t bytes = 0;
  while (!queue_.empty() && bytes < options_.group_bytes) {
    bytes += queue_.front()->door.record().size();
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Engine::Commit() {
  for (;;) {
    std::vector<std::unique_ptr<Submission>> group = TakeGroup();
    if (group.empty()) return;  // closing, and all is written
    CommitGroup(std::move(group));
  }
}

void Engine::CommitGroup(std::vector<std::unique_ptr<Submission>> group) {
  std::vector<std::string_view> records;
  for (const auto& submission : group) {
    if (submission->report.accepted > 0) records.push_back(submission->door.record());
  }
  const Result<uint64_t> written = records.empty() ? Result<uint64_t>(folded_.load()) : store_.Append(records);
  for (const auto& submission : group) {
    if (!written.ok()) continue;
    CountNew(*submission);
    if (submission->door.counts().newest) RaiseNewest(*submission->door.counts().newest);
    for (size_t i = 0; i < shards_.size(); ++i) Fold(i, submission->door.rows(i));
  }
  if (written.ok()) folded_ = *written;
  const auto visible = std::chrono::steady_clock::now();
  const uint64_t memory = shards_.memory_bytes();  // waits for shards: before the lock
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& submission : group) {
      queued_bytes_ -= submission->body.size();
      if (!written.ok()) continue;
      NoteVisible(submission->by_type, std::chrono::duration<double>(visible - submission->arrived).count());
      counts_.accepted += submission->report.accepted;
      counts_.erased_on_disk += submission->door.counts().erases();
      AddCounts(submission->by_type, counts_.by_type);
      counts_.duplicates += submission->report.duplicates;
      counts_.ignored += submission->report.ignored;
      counts_.log_bytes += submission->door.record().size();
      AddCounts(submission->door.counts().refused, counts_.refused);
    }
    counts_.memory_bytes = memory;
    counts_.append_failures += written.ok() ? 0 : 1;
    if (!written.ok() || !records.empty()) counts_.append_error = written.status().message();
  }
  for (const auto& submission : group) {
    if (written.ok()) {
      submission->done(submission->report);
    } else {
      submission->done(written.status());
    }
  }
}

void Engine::CountNew(Submission& submission) {
  for (size_t i = 0; i < shards_.size(); ++i) recent_.CountNew(submission.door.rows(i), submission.by_type);
  SubmitReport& report = submission.report;
  const uint64_t came = std::exchange(
      report.accepted, std::accumulate(submission.by_type.begin(), submission.by_type.end(), uint64_t{0}));
  report.duplicates = came - report.accepted;
}

void Engine::NoteVisible(const TypeCounts& accepted, double seconds) {
  const uint64_t purchases = accepted[static_cast<size_t>(EventType::kPurchase)];
  if (purchases > 0) times_.purchases_visible.Add(seconds, purchases);
  const uint64_t others = std::accumulate(accepted.begin(), accepted.end(), uint64_t{0}) - purchases;
  if (others > 0) times_.others_visible.Add(seconds, others);
}

void Engine::StandingOf(const ShopperTable& table, std::string_view user_id, std::vector<KeptEvent>& standing) const {
  standing.clear();
  Shopper shopper;
  if (const std::optional<size_t> found = table.Find(user_id)) {
    ReadStanding(table, *found, shards_.dictionary(), settings_, Now(), shopper, standing);
  }
}

// Rows that change what stands are folded one by one, between two looks at the shopper. Now() is not before any of
// them: else a purchase that the wall clock has not reached would not stand then, and nobody would look again.
void Engine::Fold(size_t shard, std::span<const FoldRow> rows) {
  if (rows.empty()) return;
  {
    const std::lock_guard<std::mutex> lock(newest_searches_mutex_);
    for (const FoldRow& row : rows) newest_searches_.Add(row.user_id(), row.time, row.type, row.category, row.item);
  }
  {
    const auto lock = shards_.Lock(shard);
    FoldInto(shards_.mutable_table(shard), rows);
  }
  if (options_.changes != nullptr) options_.changes->OnFolded(shard, rows);
}

void Engine::FoldInto(ShopperTable& table, std::span<const FoldRow> rows) {
  std::vector<KeptEvent> before;
  std::vector<KeptEvent> after;
  for (size_t first = 0; first < rows.size();) {
    size_t last = first;
    while (last < rows.size() && !ChangesPurchases(rows[last].type)) ++last;
    table.Fold(rows.subspan(first, last - first));
    first = last;
    if (first == rows.size()) break;
    StandingOf(table, rows[first].user_id(), before);
    table.Fold(rows.subspan(first, 1));
    StandingOf(table, rows[first].user_id(), after);
    ReplacePurchases(before, after);
    ++first;
  }
}

void Engine::ReplacePurchases(std::span<const KeptEvent> before, std::span<const KeptEvent> after) {
  {
    const std::unique_lock<std::shared_mutex> popularity(popularity_mutex_);
    popularity_.Remove(before);
    popularity_.Add(after);
  }
  if (options_.changes == nullptr || std::ranges::equal(before, after)) return;
  for (const KeptEvent& purchase : before) options_.changes->OnPurchases(purchase.category);
  for (const KeptEvent& purchase : after) options_.changes->OnPurchases(purchase.category);
}

std::optional<Timestamp> Engine::Kept(std::string_view user_id, Shopper& shopper) const {
  const size_t shard = ShardOf(UserHash(user_id), shards_.size());
  shopper.clear();
  const auto lock = shards_.Lock(shard);
  const ShopperTable& table = shards_.table(shard);
  if (const std::optional<size_t> found = table.Find(user_id)) table.Read(*found, Now(), shopper);
  return table.erased_at(user_id);
}

void Engine::ReadKept(std::string_view user_id, Timestamp now, Shopper& shopper) const {
  shopper.clear();
  const size_t shard = ShardOf(UserHash(user_id), shards_.size());
  const auto lock = shards_.Lock(shard);
  const ShopperTable& table = shards_.table(shard);
  if (const std::optional<size_t> found = table.Find(user_id)) table.Read(*found, now, shopper);
}

Status Engine::Decide(const Question& question, const Policy& policy, const std::function<void(const Decided&)>& take) {
  ADIRECT_RETURN_IF_ERROR(CheckAsOf(question, Timestamp{newest_.load()}));
  const Timestamp now = question.as_of ? *question.as_of : Now();
  thread_local AnswerMemory memory;
  Shopper& shopper = memory.shopper;
  Decider& decider = memory.decider;
  ReadKept(question.user_id, now, shopper);
  const auto answer = [&](const Popularity& popularity) {
    std::optional<LiveCatalog::View> view;
    if (catalog_ != nullptr) view.emplace(catalog_->Read());
    const Catalog* const catalog = view ? view->get() : nullptr;
    decider.Aim(policy, settings_, shards_.dictionary(), popularity, now, catalog);
    const Decision& decision = question.category_id
                                   ? decider.Decide(shopper, shards_.dictionary().FindCategory(*question.category_id))
                                   : decider.Decide(shopper);
    take({decision, shopper, now, shards_.dictionary(), settings_, catalog});
  };
  // By reference: a copy would ask for memory.
  WithPopularity(policy.products.popular_window, now, question.as_of.has_value(), std::cref(answer));
  return {};
}

void Engine::WithPopularity(Duration window, Timestamp now, bool once,
                            const std::function<void(const Popularity&)>& visit) {
  {
    const std::shared_lock<std::shared_mutex> lock(popularity_mutex_);
    if (const Popularity* ranked = popularity_.Find(window, now)) return visit(*ranked);
    if (once) return visit(popularity_.Ranked(window, now));
  }
  const std::unique_lock<std::shared_mutex> lock(popularity_mutex_);
  if (popularity_.Find(window, now) == nullptr) popularity_.Rank(window, now);
  visit(*popularity_.Find(window, now));
}

void Engine::Popular(std::string_view category_id, Duration window,
                     const std::function<void(std::span<const PopularProduct>)>& visit) {
  const CategoryIndex category = shards_.dictionary().FindCategory(category_id);
  WithPopularity(window, Now(), false, [&](const Popularity& popularity) {
    visit(category.valid() ? popularity.Of(category) : std::span<const PopularProduct>());
  });
}

void Engine::Searches(std::optional<std::string_view> category_id, size_t limit,
                      const std::function<void(const FoundSearch&)>& take) const {
  std::vector<NewestSearches::Search> searches;
  {
    const std::lock_guard<std::mutex> lock(newest_searches_mutex_);
    searches =
        category_id ? newest_searches_.Of(shards_.dictionary().FindCategory(*category_id)) : newest_searches_.OfAll();
  }
  const Timestamp now = Now();
  Shopper shopper;
  std::vector<KeptEvent> standing;
  for (size_t i = 0; i < searches.size() && limit > 0; ++i) {
    ReadKept(searches[i].user_id, now, shopper);
    StandingPurchases(shopper, shards_.dictionary(), settings_, now, standing);
    if (!HasSearch(shopper, searches[i]) || BoughtSince(standing, searches[i])) continue;
    take({searches[i], shopper.user_name});
    --limit;
  }
}

EngineCounts Engine::counts() const {
  EngineCounts counts;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    counts = counts_;
    counts.queued_bytes = queued_bytes_;
  }
  counts.log_waiting = folded_ - std::min<uint64_t>(covered_, folded_);
  return counts;
}

ShopperCounts Engine::shoppers() const {
  ShopperCounts counts;
  for (size_t i = 0; i < shards_.size(); ++i) {
    const auto lock = shards_.Lock(i);
    counts.shoppers += shards_.table(i).size();
    counts.changed += shards_.table(i).changed();
  }
  return counts;
}

std::string Engine::Meta(const Positions& positions) {
  ShopperTable common(settings_, shards_.dictionary());
  for (size_t i = 0; i < shards_.size(); ++i) {
    const auto lock = shards_.Lock(i);
    common.MergeErases(shards_.table(i).erased());
    if (const std::optional<Timestamp> newest = shards_.table(i).newest()) common.MergeNewest(*newest);
  }
  std::string meta(kMetaWithPositions);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    AppendVarint(next_request_, meta);
  }
  AppendVarint(finished_.size(), meta);
  for (const auto& [name, mark] : finished_) {
    AppendText(name, meta);
    AppendText(mark, meta);
  }
  AppendVarint(positions.size(), meta);
  for (const auto& [input, next] : positions) {
    AppendText(input, meta);
    AppendVarint(next, meta);
  }
  const ShopperTable* const tables[] = {&common};
  return meta + StateBytes(tables, shards_.dictionary(), inputs_);
}

// Where a checkpoint failed, what it would have saved is there already.
void Engine::NoteUnsaved(size_t shard) {
  const auto lock = shards_.Lock(shard);
  std::vector<uint32_t>& unsaved = unsaved_[shard];
  const std::vector<uint32_t> changed = shards_.mutable_table(shard).TakeChanged();
  const bool failed = !unsaved.empty();
  unsaved.insert(unsaved.end(), changed.begin(), changed.end());
  if (failed) {
    std::sort(unsaved.begin(), unsaved.end());
    unsaved.erase(std::unique(unsaved.begin(), unsaved.end()), unsaved.end());
  }
  const std::vector<std::string> gone = shards_.mutable_table(shard).TakeGone();
  gone_[shard].insert(gone_[shard].end(), gone.begin(), gone.end());
}

// Shoppers' ids and bytes, to be put.
struct Engine::Piece {
  void clear() { ends.clear(), bytes.clear(); }
  std::vector<StoreEntry> entries() const;

  std::string bytes;
  std::vector<std::pair<size_t, size_t>> ends;  // of an id, and of the bytes behind it
};

std::vector<StoreEntry> Engine::Piece::entries() const {
  std::vector<StoreEntry> entries;
  size_t at = 0;
  for (const auto& [id_end, end] : ends) {
    const std::string_view all = bytes;
    entries.push_back({all.substr(at, id_end - at), all.substr(id_end, end - id_end)});
    at = end;
  }
  return entries;
}

void Engine::ReadPiece(size_t shard, std::span<const uint32_t> shoppers, Piece& piece) const {
  const auto lock = shards_.Lock(shard);
  const ShopperTable& table = shards_.table(shard);
  const Timestamp newest = table.newest().value_or(kMinEventTime);  // newest_ is raised after the fold
  Shopper shopper;
  ShopperWriter writer(shards_.dictionary());
  WithPrefetch(
      shoppers.size(), [&](size_t i, int step) { table.Prefetch(shoppers[i], step); },
      [&](size_t i) {
        table.Read(shoppers[i], newest, shopper);
        if (shopper.user_id.empty()) return;
        piece.bytes += shopper.user_id;
        const size_t id_end = piece.bytes.size();
        if (!shopper.empty() || !shopper.extra.empty()) writer.Append(shopper, piece.bytes);
        piece.ends.emplace_back(id_end, piece.bytes.size());
      });
}

Status Engine::SaveShard(size_t shard) {
  NoteUnsaved(shard);
  std::vector<StoreEntry> removed;
  for (const std::string& user_id : gone_[shard]) removed.push_back({user_id, {}});
  ADIRECT_RETURN_IF_ERROR(store_.Put(removed));
  Piece piece;
  for (std::span<const uint32_t> rest = unsaved_[shard]; !rest.empty();) {
    const size_t count = std::min(kShoppersPerPut, rest.size());
    piece.clear();
    ReadPiece(shard, rest.first(count), piece);
    ADIRECT_RETURN_IF_ERROR(store_.Put(piece.entries()));
    rest = rest.subspan(count);
  }
  return {};
}

Status Engine::Checkpoint() { return Save(1); }

Status Engine::Save(unsigned threads) {
  const std::lock_guard<std::mutex> one(checkpoint_mutex_);
  const auto begun = std::chrono::steady_clock::now();
  Status saved = SaveAll(threads);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_.checkpoint_error = saved.message();
  if (!saved.ok()) {
    ++counts_.checkpoint_failures;
    return saved;
  }
  times_.checkpoints.Add(seconds.count());
  ++counts_.checkpoints;
  counts_.checkpoint_at = clock_.Now();
  counts_.append_error.clear();
  return {};
}

Status Engine::Compact() {
  const uint64_t erased = counts().erased_on_disk;
  Status done = Checkpoint();
  if (done.ok()) {
    const std::lock_guard<std::mutex> one(checkpoint_mutex_);
    done = store_.Compact();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ++(done.ok() ? counts_.compactions : counts_.compaction_failures);
  if (done.ok()) counts_.erased_on_disk -= erased;
  return done;
}

// Said once for each time.
bool Engine::CompactionIsDue() {
  const auto now = std::chrono::steady_clock::now();
  if (now - compacted_at_ < std::chrono::milliseconds(options_.compact_every.millis())) return false;
  if (counts().erased_on_disk == 0) return false;
  compacted_at_ = now;
  return true;
}

Status Engine::SaveAll(unsigned threads) {
  if (taken_over_in_part_) return Unavailable("what was to be taken over is there in part; nothing is saved");
  StoreCheckpoint checkpoint;
  checkpoint.log_position = folded_;
  const Positions taken = positions();  // before the shoppers: who is saved then holds what lies before them
  std::atomic<size_t> next = 0;
  const Status saved = RunOnThreads(threads, [&](unsigned) -> Status {
    for (size_t i = next++; i < shards_.size(); i = next++) ADIRECT_RETURN_IF_ERROR(SaveShard(i));
    return {};
  });
  if (!saved.ok()) return saved;
  for (const CheckpointListener& listener : listeners_) ADIRECT_RETURN_IF_ERROR(listener.before());
  checkpoint.meta = Meta(taken);
  ADIRECT_RETURN_IF_ERROR(store_.Commit(checkpoint));
  for (std::vector<uint32_t>& shoppers : unsaved_) shoppers.clear();
  for (std::vector<std::string>& ids : gone_) ids.clear();
  covered_ = checkpoint.log_position;
  for (const CheckpointListener& listener : listeners_) listener.after(taken);
  return {};
}

void Engine::Checkpoints() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!closing_) {
    const bool due = !saver_wakes_.wait_for(lock, std::chrono::milliseconds(options_.checkpoint_every.millis()),
                                            [&] { return closing_ || !newest_searches_whole_; });
    if (closing_) return;
    lock.unlock();
    if (due) {
      (void)(CompactionIsDue() ? Compact() : Checkpoint());  // what fails is tried again the next time, and counted
    } else {
      FindNewestSearches();
    }
    lock.lock();
  }
}

// Takes half of one core at most.
void Engine::FindNewestSearches() {
  newest_searches_whole_ = true;
  Shopper shopper;
  const auto visit = [&](size_t, const ShopperTable& table, size_t first, size_t end) {
    const Timestamp now = Now();
    for (size_t i = first; i < end; ++i) {
      table.Read(i, now, shopper);
      const std::lock_guard<std::mutex> adding(newest_searches_mutex_);
      for (const KeptEvent& event : shopper.interests) newest_searches_.Add(shopper.user_id, event);
    }
  };
  const auto rest = [&](std::chrono::nanoseconds worked) {
    std::unique_lock<std::mutex> lock(mutex_);
    return !saver_wakes_.wait_for(lock, worked, [&] { return closing_; });
  };
  (void)shards_.VisitInRounds(kShoppersPerLook, visit, rest);
}

}  // namespace adirect
