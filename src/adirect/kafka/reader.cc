#include "adirect/kafka/reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <utility>

#include "adirect/kafka/blocks.h"

namespace adirect {
namespace {

constexpr int kWakeWithinMs = 100;

std::map<std::string, std::string> ReaderSettings() {
  return {{"auto.offset.reset", "error"},  // where an offset is gone we say so, and choose
          {"enable.partition.eof", "true"},
          {"enable.auto.offset.store", "false"},
          {"fetch.min.bytes", "1"},  // a broker answers as soon as there is something
          {"fetch.error.backoff.ms", "100"},
          {"fetch.max.bytes", std::to_string(KafkaReader::kAnswerKib << 10)},
          {"queued.min.messages", std::to_string(KafkaReader::kWaitingMessages)},
          {"queued.max.messages.kbytes", std::to_string(KafkaReader::kWaitingKib)}};
}

Timestamp RecordTime(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t time = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? kNever : Timestamp{time};  // the door's clock cuts it
}

}  // namespace

// The block at hand, and of which part it is.
struct KafkaReader::Filling {
  KafkaReader& reader;
  BlockMaker maker;
  KafkaPart* part = nullptr;

  bool Add(KafkaPart* of, uint64_t offset, std::string_view text, Timestamp arrival) {
    if (part != nullptr && part != of) return false;
    if (!maker.Add(offset, text, arrival)) return false;
    part = of;
    return true;
  }
};

Result<std::unique_ptr<KafkaReader>> KafkaReader::Make(const TopicAddress& address, KafkaClient::Listener& listener) {
  std::unique_ptr<KafkaReader> reader(new KafkaReader(address, listener));
  Result<std::unique_ptr<KafkaClient>> client =
      KafkaClient::Make(KafkaClient::Kind::kConsumer, address, ReaderSettings(), listener);
  if (!client.ok()) return client.status();
  reader->client_ = *std::move(client);
  const Result<rd_kafka_topic_t*> topic = reader->client_->Topic(address.topic);
  if (!topic.ok()) return topic.status();
  reader->topic_ = *topic;
  reader->queue_ = rd_kafka_queue_new(reader->client_->get());
  return reader;
}

KafkaReader::~KafkaReader() {
  for (const KafkaPart* part : parts_) rd_kafka_consume_stop(topic_, part->partition);
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
}

void KafkaReader::Give(KafkaPart& part) {
  part.of = KafkaPart::Of::kGiven;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_.push_back(&part);
  }
  rd_kafka_queue_yield(queue_);  // Take comes back, if it waits
}

void KafkaReader::BeginGiven() {
  std::vector<KafkaPart*> given;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    given.swap(given_);
  }
  for (KafkaPart* const part : given) Begin(*part);
}

void KafkaReader::Begin(KafkaPart& part) {
  if (Find(part.partition) == nullptr) {
    parts_.push_back(&part);
  } else {
    rd_kafka_consume_stop(topic_, part.partition);  // what still waits of it is void
    if (carried_.partition == part.partition) carried_.any = false;
  }
  part.of = KafkaPart::Of::kReader;
  const auto from = static_cast<int64_t>(part.next.load());
  if (rd_kafka_consume_start_queue(topic_, part.partition, from, queue_) == 0) return;
  part.of = KafkaPart::Of::kStream;
  listener_.OnTrouble(rd_kafka_err2str(rd_kafka_last_error()));
}

bool KafkaReader::Take(std::chrono::milliseconds wait, SourceBlock& block) {
  if (in_hand_ != nullptr) in_hand_->in_hand = UINT64_MAX;
  BeginGiven();
  Filling filling{*this, BlockMaker(block)};
  AddCarried(filling);
  const int wait_ms = filling.part == nullptr ? static_cast<int>(wait.count()) : 0;
  // The whole queue is taken under one lock of it; what the block has no room for is put back at once.
  if (!carried_.any) rd_kafka_consume_callback_queue(queue_, wait_ms, OnMessage, &filling);
  if (filling.part != nullptr) {
    filling.maker.Finish();
    block.input = &filling.part->input;
    block.decoder = filling.part->decoder.get();
    filling.part->in_hand = block.block.offset;  // before `next`, which is looked at first
    filling.part->next = block.end;
    const Timestamp newest = block.arrivals.back();
    if (newest != kNever) filling.part->newest = std::max(filling.part->newest.load(), newest.ms);
  } else {
    rd_kafka_poll(client_->get(), 0);  // what it has to say of brokers
  }
  in_hand_ = filling.part;
  Heed();
  return in_hand_ != nullptr;
}

void KafkaReader::AddCarried(Filling& filling) {
  if (!std::exchange(carried_.any, false)) return;
  filling.Add(Find(carried_.partition), carried_.offset, carried_.text, carried_.arrival);
}

void KafkaReader::OnMessage(rd_kafka_message_s* message, void* opaque) {
  Filling& filling = *static_cast<Filling*>(opaque);
  KafkaReader& self = filling.reader;
  KafkaPart* const part = filling.part != nullptr && filling.part->partition == message->partition
                              ? filling.part
                              : self.Find(message->partition);
  const auto offset = static_cast<uint64_t>(message->offset);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    self.notice_ = {part, message->err, offset};
    return rd_kafka_yield(nullptr);
  }
  if (part == nullptr || part->of != KafkaPart::Of::kReader || offset < part->next) return;
  const std::string_view text(static_cast<const char*>(message->payload), message->len);
  const Timestamp arrival = RecordTime(*message);
  if (filling.Add(part, offset, text, arrival)) return;
  self.carried_ = {true, message->partition, offset, arrival, std::string(text)};
  rd_kafka_yield(nullptr);
}

// Behind the last row there may be offsets that are no rows: of transactions, or of what compaction took.
void KafkaReader::Heed() {
  const auto [part, error, offset] = std::exchange(notice_, {});
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  if (part != nullptr && error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (part->of == KafkaPart::Of::kReader) part->next = std::max(part->next.load(), offset);
    return;
  }
  if (part != nullptr) part->of = KafkaPart::Of::kStream;
  listener_.OnTrouble(rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)));
}

bool KafkaReader::WantsWaking() {
  const auto now = std::chrono::steady_clock::now();
  if (now - woken_ < kWakeEvery || rd_kafka_queue_length(queue_) > kWaitingMessages / 2) return false;
  const bool behind = std::any_of(parts_.begin(), parts_.end(), [this](const KafkaPart* part) {
    return part->next + kWaitingMessages / 2 < EndOf(*part);
  });
  if (behind) woken_ = now;
  return behind;
}

void KafkaReader::Wake(KafkaPart& part) {
  int64_t low = 0;
  int64_t high = 0;
  const rd_kafka_resp_err_t asked =
      rd_kafka_query_watermark_offsets(client_->get(), topic_name_.c_str(), part.partition, &low, &high, kWakeWithinMs);
  if (asked == RD_KAFKA_RESP_ERR_NO_ERROR) part.end = static_cast<uint64_t>(high);
}

uint64_t KafkaReader::EndOf(const KafkaPart& part) const {
  int64_t low = 0;
  int64_t high = 0;
  rd_kafka_get_watermark_offsets(client_->get(), topic_name_.c_str(), part.partition, &low, &high);
  const uint64_t end = std::max(part.end.load(), part.next.load());
  return high > 0 ? std::max(end, static_cast<uint64_t>(high)) : end;
}

KafkaPart* KafkaReader::Find(int32_t partition) const {
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [partition](const KafkaPart* part) { return part->partition == partition; });
  return found == parts_.end() ? nullptr : *found;
}

}  // namespace adirect
