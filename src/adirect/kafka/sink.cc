#include "adirect/kafka/sink.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

namespace adirect {
namespace {

constexpr int kFlushStepMs = 100;

}  // namespace

// Sends each row as it stands, under its shopper's key.
class KafkaSink::Lines : public EventSink {
 public:
  explicit Lines(KafkaSink& sink) : sink_(sink) {}

  void OnEvent(const Event& event, const RowPlace& place) override { Send(event.user_id, place.raw); }
  void OnIgnored(const RowPlace& place) override { Send({}, place.raw); }
  void OnRejected(RejectReason, const RowPlace& place) override { Send({}, place.raw); }

  Status status;

 private:
  void Send(std::string_view key, std::string_view line) {
    if (status.ok()) status = sink_.Send(key, line);
  }
  KafkaSink& sink_;
};

Result<std::unique_ptr<KafkaSink>> KafkaSink::Open(const TopicAddress& address, const std::optional<Format>& format) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(address));
  if (format) {
    Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(*format, address.topic, "");
    if (!decoder.ok()) return decoder.status().Within(address.place());
    sink->decoder_ = *std::move(decoder);
  }
  const std::map<std::string, std::string> settings = {
      {"enable.idempotence", "true"},
      {"linger.ms", "5"},
      {"message.timeout.ms", std::to_string(kDeliveredWithinMs)},
      {"queue.buffering.max.messages", std::to_string(kQueuedMessages)}};
  Result<std::unique_ptr<KafkaClient>> client =
      KafkaClient::Make(KafkaClient::Kind::kProducer, address, settings, *sink);
  if (!client.ok()) return client.status();
  sink->client_ = *std::move(client);
  const Result<rd_kafka_topic_s*> topic = sink->client_->Topic(address.topic);
  if (!topic.ok()) return topic.status();
  return sink;
}

KafkaSink::~KafkaSink() {
  // What was not flushed was not promised.
  if (client_ != nullptr) rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

Status KafkaSink::Write(std::string_view text) {
  Lines lines(*this);
  while (!text.empty() && lines.status.ok()) {
    size_t size = text.size();
    if (size > kDecodedBytes) {
      const size_t end = text.rfind('\n', kDecodedBytes);
      size = (end == std::string_view::npos ? std::min(text.find('\n'), size - 1) : end) + 1;
    }
    const std::string_view piece = text.substr(0, size);
    if (decoder_ != nullptr) {
      padded_.assign(piece);
      padded_.resize(size + kBlockPadding);
      decoder_->Decode({.bytes = std::string_view(padded_).substr(0, size)}, scratch_, lines);
    } else {
      for (std::string_view rest = piece; !rest.empty() && lines.status.ok();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        lines.OnIgnored({0, line});
      }
    }
    text.remove_prefix(size);
  }
  rd_kafka_poll(client_->get(), 0);
  return lines.status;
}

Status KafkaSink::Send(std::string_view key, std::string_view line) {
  rd_kafka_topic_t* const topic = *client_->Topic(address_.topic);
  for (;;) {
    const int sent = rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(line.data()),
                                      line.size(), key.data(), key.size(), nullptr);
    if (sent == 0) return {};
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return Unavailable(address_.place() + ": " + rd_kafka_err2str(error));
    }
    rd_kafka_poll(client_->get(), kFlushStepMs);
    ADIRECT_RETURN_IF_ERROR(Failure());
  }
}

Status KafkaSink::Sync() {
  while (rd_kafka_flush(client_->get(), kFlushStepMs) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    ADIRECT_RETURN_IF_ERROR(Failure());
  }
  return Failure();
}

void KafkaSink::OnTrouble(const std::string& sentence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  trouble_ = sentence;
}

void KafkaSink::OnDelivered(const char* error) {
  if (error == nullptr) {
    ++delivered_;
    return;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_.empty()) failed_ = error;
}

Status KafkaSink::Failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_.empty()) return {};
  const std::string why = trouble_.empty() ? failed_ : failed_ + " (" + trouble_ + ")";
  return Unavailable(address_.place() + ": messages were not delivered: " + why +
                     "; does the broker run, and are address, topic and credentials right?");
}

}  // namespace adirect
