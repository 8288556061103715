#include "adirect/pipeline/log_stream.h"

#include <thread>
#include <vector>

#include "adirect/base/wire.h"
#include "adirect/pipeline/event_log.h"

namespace adirect {
namespace {

// Records behind their lengths, read whole once already. A row's offset is its record's.
class RecordDecoder : public Decoder {
 public:
  size_t header_bytes() const override { return 0; }
  size_t WholeRows(std::string_view bytes) const override { return bytes.size(); }

  void Decode(const Block& block, DecodeScratch&, EventSink& sink) const override {
    uint64_t at = block.offset;
    LogHead head;
    std::vector<LoggedEvent> events;
    for (WireReader in(block.bytes); !in.done(); ++at) {
      (void)ReadLogRecord(in.Text(), head, events);
      for (LoggedEvent& logged : events) Deliver(head, logged, at, sink);
    }
  }

 private:
  static void Deliver(const LogHead& head, LoggedEvent& logged, uint64_t at, EventSink& sink) {
    std::string place;
    if (logged.event.event_id.empty()) {
      place = std::string(head.input) + ':' + std::to_string(logged.offset);
      logged.event.event_id = place;
    }
    sink.OnEvent(logged.event, {at, {}});
  }
};

}  // namespace

LogStream::LogStream(Store& store) : store_(store), input_{kInput, true}, decoder_(std::make_unique<RecordDecoder>()) {
  store_.KeepLog(0);
}

Status LogStream::Start(const Positions& from) {
  if (const auto found = from.find(kInput); found != from.end()) read_ = next_ = found->second;
  Tell(from);
  return {};
}

Result<bool> LogStream::Next(unsigned, std::chrono::milliseconds wait, SourceBlock& block) {
  read_ = next_;
  for (const auto until = std::chrono::steady_clock::now() + wait;;) {
    Result<bool> came = ReadNext(block);
    if (!came.ok() || *came || std::chrono::steady_clock::now() >= until) return came;
    std::this_thread::sleep_for(std::min(wait, kLookEvery));
  }
}

Result<bool> LogStream::ReadNext(SourceBlock& block) {
  std::string records;
  uint64_t first = next_;
  uint64_t end = next_;
  LogHead head;
  std::vector<LoggedEvent> events;
  Status whole;
  const Status read = store_.ReadLog(next_, [&](uint64_t at, std::string_view record) {
    if (records.empty()) first = at;
    whole = ReadLogRecord(record, head, events).Within("record " + std::to_string(at));
    if (!whole.ok()) return false;
    AppendText(record, records);
    end = at + 1;
    return records.size() < kBlockBytes;
  });
  ADIRECT_RETURN_IF_ERROR(read);
  ADIRECT_RETURN_IF_ERROR(whole);
  if (records.empty()) return false;
  block.memory.assign(records.begin(), records.end());
  block.memory.resize(records.size() + kBlockPadding);
  block.block = {.bytes = {block.memory.data(), records.size()}, .offset = first, .rows = Block::Rows::kByNumber};
  block.input = &input_;
  block.decoder = decoder_.get();
  block.arrivals.clear();
  block.end = end;
  next_ = end;
  return true;
}

void LogStream::Tell(const Positions& safe) {
  if (const auto found = safe.find(kInput); found != safe.end()) store_.KeepLog(found->second);
}

StreamState LogStream::state() const {
  StreamState state;
  state.parts.push_back({kInput, read_, store_.stats().log_next, std::nullopt});
  return state;
}

}  // namespace adirect
