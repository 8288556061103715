#include "adirect/pipeline/follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/pipeline/refused_events.h"

namespace adirect {

// Shows some of what it refuses to who asks the engine.
class Follower::StreamDoor : public FoldingDoor {
 public:
  StreamDoor(const DoorRules& rules, Engine& engine)
      : FoldingDoor(rules, engine.shards().dictionary(), engine.shards().size()), shown_(engine.refused()) {}

  void Open(const SourceBlock& block) {
    FoldingDoor::Open(block);
    samples_.emplace(shown_, block.input->name, rules().arrival);
  }
  void Close() {
    FoldingDoor::Close();
    samples_.reset();
  }
  void OnRejected(RejectReason reason, const RowPlace& place) override {
    FoldingDoor::OnRejected(reason, place);
    samples_->Add(reason, place);
  }

 private:
  RefusedEvents& shown_;
  std::optional<RefusedBody> samples_;
};

Follower::Follower(Engine& engine, Stream& stream, const LiveCatalog* catalog, const Clock& clock,
                   TextSink& dead_letters)
    : engine_(engine), stream_(stream), catalog_(catalog), clock_(clock), dead_letters_(dead_letters) {}

Follower::~Follower() { Stop(); }

Status Follower::Start() {
  ADIRECT_RETURN_IF_ERROR(stream_.Start(engine_.positions()));
  engine_.AddListener({.before = [this] { return FlushDeadLetters(); },
                       .after = [this](const Positions& safe) { stream_.Tell(safe); }});
  for (unsigned reader = 0; reader < stream_.readers(); ++reader) {
    readers_.emplace_back([this, reader] { Run(reader); });
  }
  return {};
}

void Follower::Stop() {
  stopping_ = true;
  for (std::thread& reader : readers_) reader.join();
  readers_.clear();
}

void Follower::Run(unsigned reader) {
  DoorRules rules;
  rules.future_tolerance = engine_.options().future_tolerance;
  StreamDoor door(rules, engine_);
  DecodeScratch scratch;
  for (SourceBlock block; !stopping_;) {
    if (!engine_.HasRoom()) {
      std::this_thread::sleep_for(kWait);
      continue;
    }
    const Result<bool> came = stream_.Next(reader, kWait, block);
    if (!came.ok()) return Fail(came.status());
    if (*came) TakeBlock(block, scratch, door);
  }
}

void Follower::TakeBlock(SourceBlock& block, DecodeScratch& scratch, StreamDoor& door) {
  {
    std::optional<LiveCatalog::View> catalog;
    if (catalog_ != nullptr) door.SetCatalog(catalog.emplace(catalog_->Read()).get());
    door.SetArrival(clock_.Now());
    door.Open(block);
    block.decoder->Decode(block.block, scratch, door);
    door.Close();
  }
  if (HandOver(door.refused())) engine_.Take(door, block);
}

// False where it is stopped before they are taken: then the block is read again.
bool Follower::HandOver(std::string& records) {
  for (auto wait = kWait; !records.empty(); wait = std::min(2 * wait, kLongestRetry)) {
    {
      const std::lock_guard<std::mutex> lock(letters_mutex_);
      if (dead_letters_.Write(records).ok()) return true;
    }
    for (auto slept = std::chrono::milliseconds(0); slept < wait; slept += kWait) {
      if (stopping_) return false;
      std::this_thread::sleep_for(kWait);
    }
  }
  return true;
}

Status Follower::FlushDeadLetters() {
  const std::lock_guard<std::mutex> lock(letters_mutex_);
  return dead_letters_.Sync().Within("dead letters");
}

void Follower::Fail(const Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = status;
}

bool Follower::caught_up() const {
  const StreamState now = state();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (caught_up_ || !now.complete || now.parts.empty() || !now.trouble.empty()) return caught_up_;
  if (at_start_.empty()) {
    for (const StreamState::Part& part : now.parts) at_start_[part.input] = part.end;
  }
  caught_up_ = std::all_of(now.parts.begin(), now.parts.end(), [&](const StreamState::Part& part) {
    const auto end = at_start_.find(part.input);
    return end == at_start_.end() || part.next >= end->second;
  });
  return caught_up_;
}

std::vector<Health::Trouble> Follower::Troubles() const {
  const StreamState now = state();
  std::vector<Health::Trouble> troubles;
  if (!now.trouble.empty()) troubles.push_back({"source_waits", now.trouble});
  if (!caught_up()) {
    const std::string sentence =
        fmt::format("what was there at the start is not yet read; {} rows are to come", now.lag());
    troubles.push_back({.name = "source_behind", .sentence = sentence, .expected = true});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!failure_.ok()) troubles.push_back({"source_failed", failure_.message()});
  return troubles;
}

}  // namespace adirect
