#include "adirect/pipeline/archiver.h"

#include <algorithm>

namespace adirect {
namespace {

constexpr std::chrono::milliseconds kReadWait{50};  // for rows, and for a stop
constexpr size_t kOffsetBytes = 20;                 // of the longest offset, with the colon before it

// A position becomes an event_id, which has a limit.
Status CheckName(const std::string& input) {
  if (IsIdText(input, kMaxIdBytes - kOffsetBytes)) return {};
  return InvalidArgument(input + ": is a name that no position can be written with: use at most " +
                         std::to_string(kMaxIdBytes - kOffsetBytes) + " bytes, and no control characters");
}

// At the start somebody looks on, who can mend an address. Later, whatever the store says may pass.
bool IsForGoodAtStart(const Status& status) {
  return status.code() != Code::kUnavailable && status.code() != Code::kExhausted;
}
bool IsForGood(const Status& status) { return status.code() == Code::kCorrupt; }

}  // namespace

// The rows of one input on their way to its next file.
class Archiver::OpenFile : public Door {
 public:
  OpenFile(const DoorRules& rules, std::unique_ptr<ArchiveEncoder> encoder, std::string input, uint64_t first)
      : Door(rules), encoder_(std::move(encoder)) {
    name.input = std::move(input);
    name.first = first;
    name.last = first;
  }

  Status Take(const SourceBlock& block, DecodeScratch& scratch) {
    Open(block);
    block.decoder->Decode(block.block, scratch, *this);
    refused_rows += refused();
    name.last = block.end - 1;
    return added_;
  }

  uint64_t bytes() const { return encoder_->bytes() + refused_rows.size(); }
  uint64_t memory_bytes() const { return encoder_->memory_bytes() + refused_rows.size(); }
  Result<std::string> Encode() { return encoder_->Finish(); }

  // Of the first event's arrival.
  std::string day() const { return ArchiveDay(first_arrival_.value_or(began)); }

  ArchiveName name;  // of the file, if it ended here
  Timestamp began;
  std::string refused_rows;  // as quarantine records

 protected:
  void Accept(const Event& event, std::string_view category, Timestamp arrival, const RowPlace& place) override {
    if (!first_arrival_) first_arrival_ = arrival;
    Event made = event;
    made.category_id = category;
    made.arrival = arrival;
    if (made.event_id.empty()) {
      identity_ = input().name;
      identity_ += ':';
      identity_ += std::to_string(place.offset);
      made.event_id = identity_;
    }
    if (added_.ok()) added_ = encoder_->Add(made);
  }

 private:
  const std::unique_ptr<ArchiveEncoder> encoder_;
  std::optional<Timestamp> first_arrival_;
  std::string identity_;
  Status added_;
};

Archiver::Archiver(Stream& stream, ArchiveStore& store, const ArchiveFormat& format, const Clock& clock,
                   const ArchiverOptions& options)
    : stream_(stream), store_(store), format_(format), clock_(clock), options_(options) {}

Archiver::~Archiver() { (void)Stop(); }

void Archiver::Start() {
  thread_ = std::thread([this] {
    ended_ = Run(stop_);
    done_ = true;
  });
}

Status Archiver::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return ended_;
}

ArchiverState Archiver::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

Status Archiver::Run(const std::atomic<bool>& stop) {
  Status status = Begin(stop);
  if (status.ok()) status = Follow(stop);
  if (!status.ok()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.ended = status.message();
  }
  return status;
}

Status Archiver::Begin(const std::atomic<bool>& stop) {
  ArchiveListing listing;
  const auto list = [&]() -> Status {
    Result<ArchiveListing> listed = ListArchive(store_);
    if (!listed.ok()) return listed.status();
    listing = *std::move(listed);
    return {};
  };
  ADIRECT_RETURN_IF_ERROR(Insist(list, IsForGoodAtStart, stop));
  Result<Positions> positions = ArchivePositions(listing.files);
  if (!positions.ok()) return positions.status().Within(store_.place());
  next_ = *std::move(positions);
  leftovers_ = std::move(listing.leftovers);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.foreign = ForeignFilesText(store_.place(), listing.foreign);
    state_.next = next_;
  }
  return stream_.Start(next_);
}

Status Archiver::Follow(const std::atomic<bool>& stop) {
  SourceBlock block;
  while (!stop) {
    bool any = false;
    for (unsigned reader = 0; reader < stream_.readers(); ++reader) {
      const auto wait = reader == 0 ? kReadWait : std::chrono::milliseconds(0);
      const Result<bool> more = stream_.Next(reader, wait, block);
      if (!more.ok()) return more.status();
      if (!*more) continue;
      any = true;
      ADIRECT_RETURN_IF_ERROR(Take(block, stop));
    }
    ADIRECT_RETURN_IF_ERROR(RollFull(stop));
    ShowWaiting();
    if (!any && options_.once && CaughtUp()) break;
  }
  return FinishAll(stop);
}

// With `once`: whether all is read that there was when the stream first said where it ends.
bool Archiver::CaughtUp() {
  const StreamState state = stream_.state();
  if (!state.complete || state.parts.empty() || !state.trouble.empty()) return false;
  if (!ends_) {
    ends_.emplace();
    for (const StreamState::Part& part : state.parts) (*ends_)[part.input] = part.end;
  }
  return std::all_of(state.parts.begin(), state.parts.end(), [&](const StreamState::Part& part) {
    const auto end = ends_->find(part.input);
    return end == ends_->end() || part.next >= end->second;
  });
}

Status Archiver::Take(const SourceBlock& block, const std::atomic<bool>& stop) {
  const Result<OpenFile*> file = FileOf(block, stop);
  if (!file.ok()) return file.status();
  std::optional<LiveCatalog::View> catalog;
  if (options_.live_catalog != nullptr) {
    (*file)->SetCatalog(catalog.emplace(options_.live_catalog->Read()).get());
  }
  (*file)->SetArrival(clock_.Now());
  return (*file)->Take(block, scratch_).Within(block.input->name);
}

Result<Archiver::OpenFile*> Archiver::FileOf(const SourceBlock& block, const std::atomic<bool>& stop) {
  const std::string& input = block.input->name;
  ADIRECT_CHECK(block.end > block.block.offset, block.end);
  const auto next = next_.find(input);
  const auto found = open_.find(input);
  const uint64_t expected = found != open_.end()  ? found->second->name.last + 1
                            : next != next_.end() ? next->second
                                                  : block.block.offset;
  if (block.block.offset < expected) {
    return Corrupt(input + ": row " + std::to_string(block.block.offset) + " came where row " +
                   std::to_string(expected) + " is the next: the input was made anew; archive it to another folder");
  }
  if (found != open_.end()) return found->second.get();
  ADIRECT_RETURN_IF_ERROR(CheckName(input));
  if (const auto left = leftovers_.extract(input); !left.empty()) {
    for (const std::string& path : left.mapped()) {
      ADIRECT_RETURN_IF_ERROR(Insist([&] { return store_.Remove(path); }, IsForGood, stop));
    }
  }
  DoorRules rules;
  rules.future_tolerance = options_.future_tolerance;
  rules.catalog = options_.catalog;
  auto file = std::make_unique<OpenFile>(rules, format_.make(), input, expected);
  file->began = clock_.Now();
  return open_.emplace(input, std::move(file)).first->second.get();
}

// Finishes what is large or old enough, and the largest while all together are too large.
Status Archiver::RollFull(const std::atomic<bool>& stop) {
  const Timestamp now = clock_.Now();
  uint64_t all = 0;
  const auto is_due = [&](const OpenFile& file) {
    return file.bytes() >= options_.roll_bytes || now.ms - file.began.ms >= options_.roll_after.millis();
  };
  for (auto at = open_.begin(); at != open_.end();) {
    OpenFile& file = *at->second;
    if (!is_due(file)) {
      all += file.memory_bytes();
      ++at;
      continue;
    }
    ADIRECT_RETURN_IF_ERROR(Finish(file, stop));
    at = open_.erase(at);
  }
  while (all > options_.memory_bytes) {
    const auto largest = std::max_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
      return a.second->memory_bytes() < b.second->memory_bytes();
    });
    all -= largest->second->memory_bytes();
    ADIRECT_RETURN_IF_ERROR(Finish(*largest->second, stop));
    open_.erase(largest);
  }
  return {};
}

Status Archiver::FinishAll(const std::atomic<bool>& stop) {
  while (!open_.empty()) {
    ADIRECT_RETURN_IF_ERROR(Finish(*open_.begin()->second, stop));
    open_.erase(open_.begin());
    ShowWaiting();
  }
  return {};
}

Status Archiver::Finish(OpenFile& file, const std::atomic<bool>& stop) {
  const Result<std::string> content = file.Encode();
  if (!content.ok()) return content.status().Within(file.name.input);
  file.name.ending = format_.ending;
  ADIRECT_RETURN_IF_ERROR(Insist([&] { return Put(file, *content); }, IsForGood, stop));
  Count(file, content->size());
  stream_.Tell(next_);
  return {};
}

Status Archiver::Put(const OpenFile& file, const std::string& content) {
  const std::string path = ArchivePath(file.day(), file.name);
  ADIRECT_RETURN_IF_ERROR(CheckAlone(path, file.name));
  if (options_.keep_refused && !file.refused_rows.empty()) {
    ADIRECT_RETURN_IF_ERROR(store_.Put(ArchiveQuarantinePath(file.day(), file.name), file.refused_rows));
  }
  return store_.Put(path, content);
}

// Our own file may be there already, if only the answer was lost.
Status Archiver::CheckAlone(const std::string& path, const ArchiveName& name) {
  const Result<std::vector<ArchiveFile>> files = ListArchiveDay(store_, path.substr(0, path.find('/')));
  if (!files.ok()) return files.status();
  for (const ArchiveFile& file : *files) {
    const bool overlaps = file.name.input == name.input && file.name.last >= name.first;
    if (!overlaps || file.path == path) continue;
    return Corrupt(store_.place() + '/' + file.path + " holds rows of " + name.input + " from " +
                   std::to_string(name.first) + " on: another archive writes here; end one of them");
  }
  return {};
}

void Archiver::Count(const OpenFile& file, uint64_t bytes) {
  next_[file.name.input] = file.name.last + 1;
  const std::lock_guard<std::mutex> lock(mutex_);
  ++state_.files;
  state_.bytes += bytes;
  state_.rows += file.counts().accepted;
  state_.refused += file.counts().all_refused();
  state_.ignored += file.counts().ignored;
  state_.next = next_;
}

void Archiver::ShowWaiting() {
  uint64_t rows = 0;
  std::optional<Timestamp> since;
  for (const auto& [input, file] : open_) {
    rows += file->counts().rows;
    since = since ? std::min(*since, file->began) : file->began;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  state_.waiting_rows = rows;
  state_.waits_since = since;
}

Status Archiver::Insist(const std::function<Status()>& call, bool (*is_for_good)(const Status&),
                        const std::atomic<bool>& stop) {
  auto delay = options_.first_retry;
  for (;;) {
    Status status = call();
    if (status.ok()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      state_.trouble.clear();
    }
    if (status.ok() || is_for_good(status) || stop) return status;
    Tell(status);
    for (auto waited = std::chrono::milliseconds(0); waited < delay && !stop;) {
      const auto slice = std::min(delay - waited, kReadWait);
      std::this_thread::sleep_for(slice);
      waited += slice;
    }
    if (stop) return status;
    delay = std::min(delay * 2, options_.last_retry);
  }
}

void Archiver::Tell(const Status& trouble) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++state_.retries;
  state_.trouble = trouble.message();
}

}  // namespace adirect
