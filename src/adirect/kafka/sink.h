// KafkaSink: lines of text to a topic, a message each.
//
//   Result<std::unique_ptr<KafkaSink>> sink = KafkaSink::Open(*ParseTopicAddress(url), SeedFormat());
//   (*sink)->Write("2017-02-01 23:35:10,craig198,49723,11100042,1,search\n");
//   (*sink)->Sync();       // all of it is acknowledged by all replicas, each line once, or why not
//
// A message's key is its shopper's id, so that one shopper's events stay in one partition, in their order; lines that
// are no events of the format, and all lines where there is none, have no key. The producer is idempotent: what it
// sends again after a failure is there once.
//
// Memory: librdkafka's queue, 1 GiB or 100,000 messages unless the address says otherwise (queue.buffering.max.…).
// Write waits while it is full; a message that is not acknowledged within kDeliveredWithin has failed.
//
// Threads: one at a time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/codec/decoder.h"
#include "adirect/codec/format.h"
#include "adirect/kafka/client.h"
#include "adirect/kafka/topic_address.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class KafkaSink : public TextSink, private KafkaClient::Listener {
 public:
  static constexpr int kDeliveredWithinMs = 120'000;
  static constexpr int kQueuedMessages = 100'000;
  static constexpr size_t kDecodedBytes = size_t{256} << 10;  // at once, for the keys

  // Without a format no message has a key. Connects in the background.
  static Result<std::unique_ptr<KafkaSink>> Open(const TopicAddress& address, const std::optional<Format>& format);
  ~KafkaSink() override;

  // Whole lines. Unavailable, with the first failure, where a message of before was not delivered.
  Status Write(std::string_view text) override;
  Status Sync() override;

  // That were acknowledged.
  uint64_t delivered() const { return delivered_; }

 private:
  class Lines;

  explicit KafkaSink(const TopicAddress& address) : address_(address) {}
  void OnTrouble(const std::string& sentence) override;
  void OnDelivered(const char* error) override;
  Status Send(std::string_view key, std::string_view line);
  Status Failure() const;

  const TopicAddress address_;
  std::unique_ptr<Decoder> decoder_;
  DecodeScratch scratch_;
  std::string padded_;
  std::unique_ptr<KafkaClient> client_;
  std::atomic<uint64_t> delivered_ = 0;

  mutable std::mutex mutex_;  // guards the two below
  std::string trouble_;
  std::string failed_;  // the first message that was not delivered: why
};

}  // namespace adirect
