#include "adirect/kafka/stream.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "adirect/kafka/blocks.h"

namespace adirect {
namespace {

constexpr size_t kBatchMessages = 8192;  // about a block of the seed's rows
constexpr int kCommitNow = 1;            // and do not wait for the answer

int MillisOf(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

std::string ErrorText(rd_kafka_resp_err_t error) { return rd_kafka_err2str(error); }

std::map<std::string, std::string> ReaderSettings() {
  return {{"auto.offset.reset", "error"},  // where an offset is gone we say so, and choose
          {"fetch.wait.max.ms", "500"},    // a broker answers as soon as there is a byte
          {"fetch.error.backoff.ms", "100"},
          {"queued.min.messages", std::to_string(KafkaStream::kWaitingMessages)},
          {"queued.max.messages.kbytes", std::to_string(KafkaStream::kWaitingKib)}};
}

Timestamp RecordTime(const rd_kafka_message_t* message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t time = rd_kafka_message_timestamp(message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? kNever : Timestamp{time};  // the reader's clock cuts it
}

}  // namespace

struct KafkaStream::Part {
  int32_t partition = 0;
  Reader* reader = nullptr;
  Input input;
  std::unique_ptr<Decoder> decoder;
  std::atomic<uint64_t> next = 0;
  std::atomic<uint64_t> end = 0;  // when it was last asked
  std::atomic<int64_t> newest = INT64_MIN;
  std::atomic<bool> broken = false;  // the broker does not have `next`
};

// A consumer, and what it has brought.
struct KafkaStream::Reader {
  ~Reader() {
    for (; at < count; ++at) rd_kafka_message_destroy(batch[at]);
    if (queue != nullptr) rd_kafka_queue_destroy(queue);
  }

  bool Refill(std::chrono::milliseconds wait) {
    rd_kafka_message_t** const first = batch.data();
    ssize_t came = rd_kafka_consume_batch_queue(queue, 0, first, batch.size());
    if (came <= 0) {
      rd_kafka_poll(client->get(), 0);                                       // what it has to say of brokers
      came = rd_kafka_consume_batch_queue(queue, MillisOf(wait), first, 1);  // a larger one waits until it is full
      if (came == 1) came += std::max<ssize_t>(0, rd_kafka_consume_batch_queue(queue, 0, first + 1, batch.size() - 1));
    }
    at = 0;
    count = static_cast<size_t>(std::max<ssize_t>(0, came));
    return count > 0;
  }
  void Drop() { rd_kafka_message_destroy(batch[at++]); }

  std::unique_ptr<KafkaClient> client;
  rd_kafka_topic_t* topic = nullptr;
  rd_kafka_queue_t* queue = nullptr;
  std::vector<rd_kafka_message_t*> batch = std::vector<rd_kafka_message_t*>(kBatchMessages);
  size_t at = 0;
  size_t count = 0;
};


KafkaStream::KafkaStream(const TopicAddress& address, const Format& format) : address_(address), format_(format) {}

Result<std::unique_ptr<KafkaStream>> KafkaStream::Open(const TopicAddress& address, const Format& format,
                                                       unsigned readers) {
  const Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, address.topic, "");
  if (!decoder.ok()) {
    return InvalidArgument(address.place() + ": messages have no header, and the format " + format.name +
                           " needs one; use the format seed, or adirect for NDJSON (" + decoder.status().message() +
                           ")");
  }
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
    auto reader = std::make_unique<Reader>();
    Result<std::unique_ptr<KafkaClient>> client =
        KafkaClient::Make(KafkaClient::Kind::kConsumer, address_, ReaderSettings(), *this);
    if (!client.ok()) return client.status();
    reader->client = *std::move(client);
    const Result<rd_kafka_topic_s*> topic = reader->client->Topic(address_.topic);
    if (!topic.ok()) return topic.status();
    reader->topic = *topic;
    reader->queue = rd_kafka_queue_new(reader->client->get());
    readers_.push_back(std::move(reader));
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
  for (const auto& [partition, part] : parts_) rd_kafka_consume_stop(part->reader->topic, partition);
}

Status KafkaStream::Start(const Positions& from) {
  from_ = from;
  thread_ = std::thread([this] { LookAfter(); });
  return {};
}

Result<bool> KafkaStream::Next(unsigned number, std::chrono::milliseconds wait, SourceBlock& block) {
  Reader& reader = *readers_[number];
  for (;;) {
    if (reader.at == reader.count && !reader.Refill(wait)) return false;
    const rd_kafka_message_t* const first = reader.batch[reader.at];
    Part* const part = Find(first->partition);
    const bool is_old = part != nullptr && static_cast<uint64_t>(first->offset) < part->next;
    if (first->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (part != nullptr) part->broken = true;
      OnTrouble(ErrorText(first->err));
    }
    if (part == nullptr || first->err != RD_KAFKA_RESP_ERR_NO_ERROR || is_old) {
      reader.Drop();
      continue;
    }
    BlockMaker maker(block);
    for (; reader.at < reader.count; reader.Drop()) {
      const rd_kafka_message_t* const message = reader.batch[reader.at];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->partition != part->partition) break;
      const std::string_view text(static_cast<const char*>(message->payload), message->len);
      if (!maker.Add(static_cast<uint64_t>(message->offset), text, RecordTime(message))) break;
    }
    maker.Finish();
    block.input = &part->input;
    block.decoder = part->decoder.get();
    part->next = block.end;
    part->newest = std::max(part->newest.load(), block.arrivals.back().ms);
    return true;
  }
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
    int64_t low = 0;
    int64_t high = 0;
    rd_kafka_get_watermark_offsets(part->reader->client->get(), address_.topic.c_str(), partition, &low, &high);
    StreamState::Part shown{part->input.name, part->next, std::max<uint64_t>(part->end, part->next), std::nullopt};
    if (high > 0) shown.end = std::max(shown.end, static_cast<uint64_t>(high));
    if (part->newest != INT64_MIN) shown.newest = Timestamp{part->newest};
    state.parts.push_back(std::move(shown));
  }
  return state;
}

KafkaStream::Part* KafkaStream::Find(int32_t partition) const {
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
  retries_ += trouble_.empty() ? 0 : 1;
}

void KafkaStream::LookAfter() {
  for (;;) {
    const bool well = Look();
    std::unique_lock<std::mutex> lock(mutex_);
    const auto next_look = std::chrono::steady_clock::now() + (well ? kLookEvery : kAskAgain);
    const auto woken = [&] { return stopping_ || (well && look_) || !told_.empty(); };
    while (wakes_.wait_until(lock, next_look, woken)) {
      if (stopping_) return;
      lock.unlock();
      CommitTold();
      lock.lock();
      if (well && look_) break;
    }
    look_ = false;
  }
}

bool KafkaStream::Look() {
  rd_kafka_poll(asker_->get(), 0);
  const Result<std::vector<int32_t>> partitions = Partitions();
  Status done = partitions.ok() ? Status() : partitions.status();
  for (size_t i = 0; done.ok() && i < partitions->size(); ++i) {
    Part* const part = Find((*partitions)[i]);
    if (part == nullptr) {
      done = Begin((*partitions)[i]);
    } else if (part->broken) {
      done = GoOn(*part);
    }
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
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t asked = rd_kafka_metadata(asker_->get(), 0, *topic, &metadata, MillisOf(kAnswerWithin));
  rd_kafka_poll(asker_->get(), 0);
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Unavailable("no broker answers (" + (broker_trouble_.empty() ? ErrorText(asked) : broker_trouble_) +
                       "); does it run, and are address and credentials right? It is asked again");
  }
  std::vector<int32_t> there;
  rd_kafka_resp_err_t error = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) there.push_back(metadata->topics[0].partitions[i].id);
  }
  rd_kafka_metadata_destroy(metadata);
  if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || (error == RD_KAFKA_RESP_ERR_NO_ERROR && there.empty())) {
    return NotFound("the topic does not exist; make it, or start who writes to it. It is looked for again");
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Unavailable(ErrorText(error) + "; it is asked again");
  if (!address_.partitions) return there;
  for (const int32_t wanted : *address_.partitions) {
    if (std::find(there.begin(), there.end(), wanted) == there.end()) {
      return NotFound("there is no partition " + std::to_string(wanted) + ", the topic has " +
                      std::to_string(there.size()) + "; give others (partitions=), or add it");
    }
  }
  return *address_.partitions;
}

Status KafkaStream::Begin(int32_t partition) {
  auto made = std::make_unique<Part>();
  Part& part = *made;
  part.partition = partition;
  part.reader = readers_[static_cast<size_t>(partition) % readers_.size()].get();
  part.input.name = InputOf(partition);
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format_, part.input.name, "");
  if (!decoder.ok()) return decoder.status();
  part.decoder = *std::move(decoder);
  const auto from = from_.find(part.input.name);
  ADIRECT_RETURN_IF_ERROR(FindStart(part, from == from_.end() ? std::nullopt : std::optional(from->second)));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    parts_.emplace(partition, std::move(made));  // before the first message comes
  }
  return Fetch(part);
}

Status KafkaStream::GoOn(Part& part) {
  rd_kafka_consume_stop(part.reader->topic, part.partition);
  ADIRECT_RETURN_IF_ERROR(FindStart(part, part.next.load()));
  return Fetch(part);
}

Status KafkaStream::FindStart(Part& part, std::optional<uint64_t> wanted) {
  int64_t low = 0;
  int64_t high = 0;
  const rd_kafka_resp_err_t asked = rd_kafka_query_watermark_offsets(
      asker_->get(), address_.topic.c_str(), part.partition, &low, &high, MillisOf(kAnswerWithin));
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Unavailable("partition " + std::to_string(part.partition) + ": " + ErrorText(asked) + "; it is asked again");
  }
  const auto oldest = static_cast<uint64_t>(low);
  const auto end = static_cast<uint64_t>(high);
  if (wanted && (*wanted < oldest || *wanted > end)) NoteLost(part.input.name, *wanted, oldest, end);
  part.next = wanted && *wanted >= oldest && *wanted <= end ? *wanted : oldest;
  part.end = end;
  return {};
}

Status KafkaStream::Fetch(Part& part) {
  const auto from = static_cast<int64_t>(part.next.load());
  part.broken = rd_kafka_consume_start_queue(part.reader->topic, part.partition, from, part.reader->queue) != 0;
  return part.broken ? Unavailable(ErrorText(rd_kafka_last_error()) + "; it is tried again") : Status();
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

void KafkaStream::CommitTold() {
  Positions told;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    told = std::exchange(told_, {});
  }
  rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(static_cast<int>(told.size()));
  for (const auto& [input, next] : told) {
    const size_t slash = input.rfind('/');
    if (input.substr(0, slash) != address_.topic) continue;  // of another stream
    const auto partition = static_cast<int32_t>(std::stol(input.substr(slash + 1)));
    rd_kafka_topic_partition_list_add(offsets, address_.topic.c_str(), partition)->offset = static_cast<int64_t>(next);
  }
  if (offsets->cnt > 0) rd_kafka_commit(asker_->get(), offsets, kCommitNow);  // for monitors: may fail
  rd_kafka_topic_partition_list_destroy(offsets);
  rd_kafka_poll(asker_->get(), 0);
}

}  // namespace adirect
