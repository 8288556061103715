#include "adirect/kafka/sink.h"

#include <algorithm>

#include "adirect/kafka/message_format.h"

namespace adirect {
namespace {

constexpr std::chrono::milliseconds kGivenUpBefore{2 * KafkaProducer::kDeliveredWithinMs};

// Whole lines, about kDecodedBytes of them.
std::string_view FrontOf(std::string_view text) {
  if (text.size() <= KafkaSink::kDecodedBytes) return text;
  const size_t end = text.rfind('\n', KafkaSink::kDecodedBytes);
  if (end != std::string_view::npos) return text.substr(0, end + 1);
  return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
}

}  // namespace

// Sends each row as it stands, under its shopper's key.
class KafkaSink::Lines : public EventSink {
 public:
  explicit Lines(KafkaProducer& producer) : producer_(producer) {}

  void OnEvent(const Event& event, const RowPlace& place) override { Send(event.user_id, place.raw); }
  void OnIgnored(const RowPlace& place) override { Send({}, place.raw); }
  void OnRejected(RejectReason, const RowPlace& place) override { Send({}, place.raw); }

  Status status;

 private:
  void Send(std::string_view key, std::string_view line) {
    if (status.ok()) status = producer_.Send(key, line);
  }
  KafkaProducer& producer_;
};

Result<std::unique_ptr<KafkaSink>> KafkaSink::Open(const TopicAddress& address, const Format& format) {
  ADIRECT_RETURN_IF_ERROR(CheckMessageFormat(format).Within(address.place()));
  std::unique_ptr<KafkaSink> sink(new KafkaSink);
  Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(format, address.topic, "");
  if (!decoder.ok()) return decoder.status().Within(address.place());
  sink->decoder_ = *std::move(decoder);
  Result<std::unique_ptr<KafkaProducer>> producer =
      KafkaProducer::Make(address, KafkaProducer::Undelivered::kIsGivenUp);
  if (!producer.ok()) return producer.status();
  sink->producer_ = *std::move(producer);
  return sink;
}

Status KafkaSink::Write(std::string_view text) {
  Lines lines(*producer_);
  while (!text.empty() && lines.status.ok()) {
    const std::string_view piece = FrontOf(text);
    ADIRECT_RETURN_IF_ERROR(producer_->WaitForRoom(piece.size(), kGivenUpBefore));
    padded_.assign(piece);
    padded_.resize(piece.size() + kBlockPadding);
    decoder_->Decode({.bytes = std::string_view(padded_).substr(0, piece.size())}, scratch_, lines);
    text.remove_prefix(piece.size());
  }
  return lines.status;
}

Status KafkaSink::Sync() { return producer_->Deliver(kGivenUpBefore); }

}  // namespace adirect
