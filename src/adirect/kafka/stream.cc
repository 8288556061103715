#include "adirect/kafka/stream.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "adirect/kafka/message_format.h"

namespace adirect {
namespace {

int MillisOf(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

std::string ErrorText(rd_kafka_resp_err_t error) { return rd_kafka_err2str(error); }

// Of messages, those that hold a line end come alone: none goes on in the next.
Format OneRowAMessage(Format format) {
  format.multiline = false;
  return format;
}

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)>;

// Of the partitions that have no leader, the first.
Status LeaderOfAll(const rd_kafka_metadata_topic_t& topic) {
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& partition = topic.partitions[i];
    if (partition.leader >= 0) continue;
    return Unavailable("no broker has partition " + std::to_string(partition.id) + " (" + ErrorText(partition.err) +
                       "); it is asked again");
  }
  return {};
}

Result<std::vector<int32_t>> PartitionsOf(const rd_kafka_metadata_t& metadata) {
  const rd_kafka_resp_err_t error = metadata.topic_cnt == 1 ? metadata.topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return Unavailable(ErrorText(error) + "; it is asked again");
  }
  std::vector<int32_t> there;
  for (int i = 0; metadata.topic_cnt == 1 && i < metadata.topics[0].partition_cnt; ++i) {
    there.push_back(metadata.topics[0].partitions[i].id);
  }
  if (!there.empty()) return there;
  return NotFound("the topic does not exist; make it, or start who writes to it. It is looked for again");
}

}  // namespace

KafkaStream::KafkaStream(const TopicAddress& address, const Format& format)
    : address_(address), format_(OneRowAMessage(format)) {}

Result<std::unique_ptr<KafkaStream>> KafkaStream::Open(const TopicAddress& address, const Format& format,
                                                       unsigned readers) {
  ADIRECT_RETURN_IF_ERROR(CheckMessageFormat(format).Within(address.place()));
  std::unique_ptr<KafkaStream> stream(new KafkaStream(address, format));
  ADIRECT_RETURN_IF_ERROR(stream->MakeClients(readers));
  return stream;
}

Status KafkaStream::MakeClients(unsigned readers) {
  Result<std::unique_ptr<KafkaClient>> asker = KafkaClient::Make(
      KafkaClient::Kind::kConsumer, address_, {{"group.id", address_.group}, {"enable.auto.commit", "false"}}, *this);
  if (!asker.ok()) return asker.status();
  asker_ = *std::move(asker);
  for (unsigned i = 0; i < readers; ++i) {
    Result<std::unique_ptr<KafkaReader>> reader = KafkaReader::Make(address_, *this);
    if (!reader.ok()) return reader.status();
    readers_.push_back(*std::move(reader));
  }
  return {};
}

KafkaStream::~KafkaStream() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status KafkaStream::Start(const Positions& from) {
  from_ = from;
  thread_ = std::thread([this] { LookAfter(); });
  return {};
}

Result<bool> KafkaStream::Next(unsigned number, std::chrono::milliseconds wait, SourceBlock& block) {
  KafkaReader& reader = *readers_[number];
  const bool came = reader.Take(wait, block);
  if (came && reader.WantsWaking()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleepy_ = &reader;
    wakes_.notify_all();
  }
  return came;
}

void KafkaStream::Tell(const Positions& safe) {
  const std::lock_guard<std::mutex> lock(mutex_);
  told_ = safe;
  wakes_.notify_all();
}

StreamState KafkaStream::state() const {
  StreamState state;
  const std::lock_guard<std::mutex> lock(mutex_);
  state.complete = complete_;
  state.trouble = trouble_;
  state.retries = retries_;
  state.lost = lost_;
  state.lost_rows = lost_rows_;
  for (const auto& [partition, part] : parts_) {
    const uint64_t next = part->next;
    StreamState::Part shown{part->input.name, std::min(next, part->in_hand.load()), part->reader->EndOf(*part),
                            std::nullopt};
    if (part->newest != INT64_MIN) shown.newest = Timestamp{part->newest};
    state.parts.push_back(std::move(shown));
  }
  return state;
}

KafkaPart* KafkaStream::Find(int32_t partition) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = parts_.find(partition);
  return found == parts_.end() ? nullptr : found->second.get();
}

void KafkaStream::OnTrouble(const std::string& sentence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  broker_trouble_ = sentence;
  look_ = true;
  wakes_.notify_all();
}

void KafkaStream::SetTrouble(std::string sentence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  trouble_ = std::move(sentence);
  if (trouble_.empty()) {
    broker_trouble_.clear();
  } else {
    ++retries_;
  }
}

void KafkaStream::LookAfter() {
  auto again = kAskAgainFirst;
  for (;;) {
    const bool well = Look();
    WaitUntil(Clock::now() + (well ? kLookEvery : again), well);
    again = well ? kAskAgainFirst : std::min(2 * again, kAskAgainLast);
    const std::lock_guard<std::mutex> lock(mutex_);
    look_ = false;
    if (stopping_) break;
  }
  CommitTold(told_, Commit::kAndWait);
}

// For the next look, and does what is asked for meanwhile. Where all was well, a trouble brings the look forward.
void KafkaStream::WaitUntil(Clock::time_point next_look, bool well) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto look_now = [&] { return stopping_ || (well && look_); };
  const auto asked = [&] { return look_now() || !told_.empty() || sleepy_ != nullptr; };
  while (wakes_.wait_until(lock, next_look, asked) && !look_now()) {
    const Positions told = std::exchange(told_, {});
    KafkaReader* const sleepy = std::exchange(sleepy_, nullptr);
    lock.unlock();
    CommitTold(told, Commit::kAndGoOn);
    if (sleepy != nullptr) Wake(*sleepy);
    lock.lock();
  }
}

bool KafkaStream::Look() {
  rd_kafka_poll(asker_->get(), 0);
  const Result<std::vector<int32_t>> partitions = Partitions();
  Status done = partitions.ok() ? leaders_ : partitions.status();
  for (size_t i = 0; partitions.ok() && i < partitions->size(); ++i) {
    const Status begun = Begin((*partitions)[i]);
    if (done.ok()) done = begun;
  }
  SetTrouble(done.ok() ? "" : address_.place() + ": " + done.message());
  if (!done.ok()) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  complete_ = true;
  return true;
}

// Those that are to be read.
Result<std::vector<int32_t>> KafkaStream::Partitions() {
  const Result<rd_kafka_topic_s*> topic = asker_->Topic(address_.topic);
  if (!topic.ok()) return topic.status();
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t asked = rd_kafka_metadata(asker_->get(), 0, *topic, &answer, MillisOf(kAnswerWithin));
  rd_kafka_poll(asker_->get(), 0);
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Unavailable("no broker answers (" + (broker_trouble_.empty() ? ErrorText(asked) : broker_trouble_) +
                       "); does it run, and are address and credentials right? It is asked again");
  }
  const Metadata metadata(answer, rd_kafka_metadata_destroy);
  Result<std::vector<int32_t>> there = PartitionsOf(*metadata);
  if (there.ok()) leaders_ = LeaderOfAll(metadata->topics[0]);
  if (!there.ok() || !address_.partitions) return there;
  ADIRECT_RETURN_IF_ERROR(CheckPartitions(*there));
  return *address_.partitions;
}

Status KafkaStream::CheckPartitions(const std::vector<int32_t>& there) const {
  for (const int32_t wanted : *address_.partitions) {
    if (std::find(there.begin(), there.end(), wanted) != there.end()) continue;
    return NotFound("there is no partition " + std::to_string(wanted) + ", the topic has " +
                    std::to_string(there.size()) + "; give others (partitions=), or add it");
  }
  return {};
}

// Gives the partition to a reader, where none has it.
Status KafkaStream::Begin(int32_t partition) {
  if (KafkaPart* const part = Find(partition)) {
    return part->of == KafkaPart::Of::kStream ? GoOn(*part) : Status();
  }
  auto part = std::make_unique<KafkaPart>();
  part->partition = partition;
  part->input.name = InputOf(partition);
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format_, part->input.name, "");
  if (!decoder.ok()) return decoder.status();
  part->decoder = *std::move(decoder);
  part->reader = readers_[parts_.size() % readers_.size()].get();
  const auto from = from_.find(part->input.name);
  ADIRECT_RETURN_IF_ERROR(FindStart(*part, from == from_.end() ? std::nullopt : std::optional(from->second)));
  const std::lock_guard<std::mutex> lock(mutex_);
  part->reader->Give(*part);
  parts_.emplace(partition, std::move(part));
  return {};
}

Status KafkaStream::GoOn(KafkaPart& part) {
  ADIRECT_RETURN_IF_ERROR(FindStart(part, part.next.load()));
  part.reader->Give(part);
  return {};
}

Status KafkaStream::FindStart(KafkaPart& part, std::optional<uint64_t> wanted) {
  int64_t low = 0;
  int64_t high = 0;
  const rd_kafka_resp_err_t asked = rd_kafka_query_watermark_offsets(
      asker_->get(), address_.topic.c_str(), part.partition, &low, &high, MillisOf(kAnswerWithin));
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Unavailable("partition " + std::to_string(part.partition) + ": " + ErrorText(asked) + "; it is asked again");
  }
  const auto oldest = static_cast<uint64_t>(low);
  const auto end = static_cast<uint64_t>(high);
  const bool there = wanted && *wanted >= oldest && *wanted <= end;
  if (wanted && !there) NoteLost(part.input.name, *wanted, oldest, end);
  part.next = there ? *wanted : oldest;
  part.end = end;
  return {};
}

void KafkaStream::NoteLost(const std::string& input, uint64_t wanted, uint64_t oldest, uint64_t end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (wanted < oldest) {
    lost_ += oldest - wanted;
    lost_rows_ = input + ": the records " + std::to_string(wanted) + " to " + std::to_string(oldest - 1) +
                 " were deleted before they were read; went on at " + std::to_string(oldest) +
                 ". An archive may have them";
  } else {
    ++lost_;
    lost_rows_ = input + ": ends at " + std::to_string(end) + ", before " + std::to_string(wanted) +
                 ", which was to be read next: the topic was made anew. Went on at " + std::to_string(oldest);
  }
}

void KafkaStream::CommitTold(const Positions& told, Commit how) {
  if (told.empty()) return;
  rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(static_cast<int>(told.size()));
  for (const auto& [partition, part] : parts_) {
    const auto safe = told.find(part->input.name);
    if (safe == told.end()) continue;  // nothing of it yet
    rd_kafka_topic_partition_list_add(offsets, address_.topic.c_str(), partition)->offset =
        static_cast<int64_t>(safe->second);
  }
  // For monitors: it may fail.
  rd_kafka_queue_t* const answer = rd_kafka_queue_new(asker_->get());
  if (offsets->cnt > 0) rd_kafka_commit_queue(asker_->get(), offsets, answer, nullptr, nullptr);
  if (offsets->cnt > 0 && how == Commit::kAndWait) {
    if (rd_kafka_event_t* const event = rd_kafka_queue_poll(answer, MillisOf(kLastCommitWithin))) {
      rd_kafka_event_destroy(event);
    }
  }
  rd_kafka_queue_destroy(answer);
  rd_kafka_topic_partition_list_destroy(offsets);
  rd_kafka_poll(asker_->get(), 0);
}

// One of its parts, in turns, since each may have a broker of its own.
void KafkaStream::Wake(KafkaReader& reader) {
  for (size_t tried = 0; tried < parts_.size(); ++tried) {
    KafkaPart& part = *std::next(parts_.begin(), static_cast<ptrdiff_t>(woken_++ % parts_.size()))->second;
    if (part.reader == &reader && part.next < reader.EndOf(part)) return reader.Wake(part);
  }
}

}  // namespace adirect
