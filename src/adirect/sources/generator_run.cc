#include "adirect/sources/generator_run.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "adirect/pipeline/pipeline.h"

namespace adirect {
namespace {

constexpr uint64_t kMostThreads = 256;

bool AllPlain(const WorldFrame& frame) {
  return std::all_of(frame.shoppers.begin(), frame.shoppers.end(), [](const Shoppers& group) { return group.plain(); });
}

// A thread that is done with a chunk waits for its turn to write, where pipeline/ordered.h would
// take the next one: so no thread ever holds more than one chunk.
class Run {
 public:
  Run(const Generator& generator, const RunSettings& settings, TextSink& out)
      : generator_(generator), settings_(settings), out_(out), plain_(AllPlain(generator.frame())) {}

  // What each thread does.
  Status Work() {
    std::string text;
    EventBatch batch;
    while (const std::optional<ChunkPlace> place = Take()) {
      text.clear();
      MessCounts mess;
      const uint64_t events = Make(*place, batch, text, mess);
      if (!WaitForTurn(place->index)) break;
      const Status written = out_.Write(text);
      if (settings_.progress != nullptr) settings_.progress->Add(events, text.size());
      EndTurn(written, mess);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    return status_;
  }

  const MessCounts& mess() const { return mess_; }

 private:
  std::optional<ChunkPlace> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.ok() && settings_.stop != nullptr && *settings_.stop) {
      status_ = Unavailable("cancelled");
      turn_changed_.notify_all();
    }
    if (!status_.ok() || next_.index == generator_.world().chunks()) return std::nullopt;
    const ChunkPlace place = next_;
    generator_.world().Advance(next_);
    return place;
  }

  uint64_t Make(const ChunkPlace& place, EventBatch& batch, std::string& text, MessCounts& counts) {
    uint64_t events = 0;
    EventText plain(settings_.kind, plain_);
    std::optional<MessStage> mess;
    if (settings_.mess_millionths > 0) {
      mess.emplace(generator_.frame().seed, place.index, settings_.mess_millionths, settings_.kind);
    }
    const std::unique_ptr<ChunkReader> chunk = generator_.world().Open(place);
    while (chunk->Read(batch)) {
      events += batch.events().size();
      for (const Event& event : batch.events()) {
        mess ? mess->Append(event, text) : plain.Append(event, text);
      }
    }
    if (mess) counts = mess->counts();
    return events;
  }

  // False where the run has failed.
  bool WaitForTurn(uint64_t index) {
    std::unique_lock<std::mutex> lock(mutex_);
    turn_changed_.wait(lock, [&] { return turn_ == index || !status_.ok(); });
    return status_.ok();
  }

  void EndTurn(const Status& written, const MessCounts& mess) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++turn_;
    if (status_.ok()) status_ = written;
    mess_.Add(mess);
    turn_changed_.notify_all();
  }

  const Generator& generator_;
  const RunSettings& settings_;
  TextSink& out_;
  const bool plain_;

  std::mutex mutex_;  // guards all below
  std::condition_variable turn_changed_;
  ChunkPlace next_;    // to make
  uint64_t turn_ = 0;  // the chunk to write
  Status status_;
  MessCounts mess_;
};

}  // namespace

Status WriteEvents(const Generator& generator, const RunSettings& settings, TextSink& out, MessCounts* mess) {
  ADIRECT_RETURN_IF_ERROR(out.Write(EventText::Header(settings.kind)));
  const uint64_t most = std::min(kMostThreads, generator.world().chunks());
  const auto threads = static_cast<unsigned>(std::min<uint64_t>(settings.threads, most));
  Run run(generator, settings, out);
  ADIRECT_RETURN_IF_ERROR(RunOnThreads(threads, [&](unsigned) { return run.Work(); }));
  if (mess != nullptr) mess->Add(run.mess());
  return {};
}

}  // namespace adirect
