// Producer: messages to one topic. Private to kafka.
//
// It is idempotent: what it sends again after a failure is there once. Where a message comes back undelivered, it is
// either given up, which is an error for good, or kept and sent again at the next Deliver.
//
// Memory: kWaitingBytes, and one message, wait to be acknowledged, each counted with kMessageBytes more than it has.
//
// Threads: one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/kafka/client.h"
#include "adirect/kafka/topic_address.h"

struct rd_kafka_topic_s;

namespace adirect {

class KafkaProducer : private KafkaClient::Listener {
 public:
  enum class Undelivered { kIsGivenUp, kIsSentAgain };

  static constexpr int kDeliveredWithinMs = 120'000;  // or it is given up
  static constexpr int kTopicWithinMs = 10'000;       // that a topic appears which does not exist
  static constexpr uint64_t kWaitingBytes = uint64_t{64} << 20;
  static constexpr uint64_t kMessageBytes = 256;
  static constexpr int kMostMessageBytes = 8 << 20;

  // Connects in the background. InvalidArgument: a setting is wrong.
  static Result<std::unique_ptr<KafkaProducer>> Make(const TopicAddress& address, Undelivered undelivered);
  ~KafkaProducer() override;

  // Waits for room for so many bytes more. Unavailable, with why, where there is none within `wait`, or a message was
  // given up.
  Status WaitForRoom(size_t bytes, std::chrono::milliseconds wait);
  // Takes a message; an empty key is none.
  Status Send(std::string_view key, std::string_view message);
  // Returns when all are acknowledged; Unavailable as above.
  Status Deliver(std::chrono::milliseconds within);

  uint64_t delivered() const { return delivered_; }

 private:
  struct Message {
    std::string key;
    std::string text;
  };

  KafkaProducer(const TopicAddress& address, Undelivered undelivered) : address_(address), undelivered_(undelivered) {}
  void OnTrouble(const std::string& sentence) override;
  void OnDelivered(const rd_kafka_message_s& message) override;
  Status SendAgain();
  Status WaitUntil(uint64_t waiting, std::chrono::milliseconds within);
  Status Failure(std::string_view what) const;

  const TopicAddress address_;
  const Undelivered undelivered_;
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_topic_s* topic_ = nullptr;

  // Changed in Poll, by the caller's thread.
  std::atomic<uint64_t> delivered_ = 0;
  uint64_t waiting_ = 0;  // bytes that are not acknowledged, those of again_ too
  std::vector<Message> again_;
  bool given_up_ = false;
  std::string failed_;   // why the last that failed did
  std::string trouble_;  // the newest with a broker
};

}  // namespace adirect
