#include "adirect/kafka/producer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <map>
#include <utility>

namespace adirect {
namespace {

constexpr std::chrono::milliseconds kStep{100};

std::map<std::string, std::string> ProducerSettings(KafkaProducer::Undelivered undelivered) {
  const bool forever = undelivered == KafkaProducer::Undelivered::kIsSentAgain;
  return {{"enable.idempotence", "true"},
          {"linger.ms", "5"},
          {"partitioner", "murmur2_random"},  // as Java's and Python's producers choose
          {"message.max.bytes", std::to_string(KafkaProducer::kMostMessageBytes)},
          {"message.timeout.ms", forever ? "0" : std::to_string(KafkaProducer::kDeliveredWithinMs)},
          {"topic.metadata.propagation.max.ms", std::to_string(KafkaProducer::kTopicWithinMs)},
          {"queue.buffering.max.messages", "10000000"},  // we count ourselves
          {"queue.buffering.max.kbytes", "1048576"}};
}

uint64_t Cost(size_t key, size_t text) { return key + text + KafkaProducer::kMessageBytes; }

}  // namespace

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(const TopicAddress& address, Undelivered undelivered) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(address, undelivered));
  Result<std::unique_ptr<KafkaClient>> client =
      KafkaClient::Make(KafkaClient::Kind::kProducer, address, ProducerSettings(undelivered), *producer);
  if (!client.ok()) return client.status();
  producer->client_ = *std::move(client);
  const Result<rd_kafka_topic_s*> topic = producer->client_->Topic(address.topic);
  if (!topic.ok()) return topic.status();
  producer->topic_ = *topic;
  return producer;
}

KafkaProducer::~KafkaProducer() {
  // What was not delivered was not promised.
  if (client_ != nullptr) rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

Status KafkaProducer::WaitForRoom(size_t bytes, std::chrono::milliseconds wait) {
  rd_kafka_poll(client_->get(), 0);
  ADIRECT_RETURN_IF_ERROR(SendAgain());
  return WaitUntil(kWaitingBytes - std::min<uint64_t>(bytes, kWaitingBytes), wait);
}

Status KafkaProducer::Deliver(std::chrono::milliseconds within) {
  ADIRECT_RETURN_IF_ERROR(SendAgain());
  return WaitUntil(0, within);
}

Status KafkaProducer::WaitUntil(uint64_t waiting, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!given_up_ && waiting_ > waiting) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !again_.empty()) return Failure("are not acknowledged yet");
    rd_kafka_poll(client_->get(), static_cast<int>(std::min(left, kStep).count()));
  }
  return given_up_ ? Failure("were not delivered") : Status();
}

Status KafkaProducer::Send(std::string_view key, std::string_view message) {
  const void* const key_bytes = key.empty() ? nullptr : key.data();
  const int sent = rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                    const_cast<char*>(message.data()), message.size(), key_bytes, key.size(), nullptr);
  if (sent == 0) {
    waiting_ += Cost(key.size(), message.size());
    return {};
  }
  failed_ = rd_kafka_err2str(rd_kafka_last_error());
  if (undelivered_ == Undelivered::kIsGivenUp) return Failure("were not delivered");
  waiting_ += Cost(key.size(), message.size());
  again_.push_back({std::string(key), std::string(message)});
  return {};
}

Status KafkaProducer::SendAgain() {
  for (const Message& message : std::exchange(again_, {})) {
    waiting_ -= Cost(message.key.size(), message.text.size());
    ADIRECT_RETURN_IF_ERROR(Send(message.key, message.text));
  }
  return {};
}

void KafkaProducer::OnTrouble(const std::string& sentence) { trouble_ = sentence; }

void KafkaProducer::OnDelivered(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    waiting_ -= Cost(message.key_len, message.len);
    ++delivered_;
    trouble_.clear();
    return;
  }
  failed_ = rd_kafka_err2str(message.err);
  if (undelivered_ == Undelivered::kIsGivenUp) {
    given_up_ = true;
    return;
  }
  again_.push_back({std::string(static_cast<const char*>(message.key), message.key_len),
                    std::string(static_cast<const char*>(message.payload), message.len)});
}

Status KafkaProducer::Failure(std::string_view what) const {
  std::string why = failed_;
  if (!trouble_.empty()) why += why.empty() ? trouble_ : " (" + trouble_ + ")";
  if (why.empty()) why = "no answer yet";
  return Unavailable(address_.place() + ": messages " + std::string(what) + ": " + why +
                     "; does the broker run, does it have the topic, and are address and credentials right?");
}

}  // namespace adirect
