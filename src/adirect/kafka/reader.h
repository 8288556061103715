// Reader: a consumer of some partitions of one topic, and the blocks that it makes of what comes. Private to kafka.
//
// A partition is the stream's, who finds out where to begin, until it gives it to the reader; it is given back where an
// error comes in its place, say an offset that the broker does not have.
//
// Memory: at most kWaitingKib and kWaitingMessages wait in it, as librdkafka counts, and one answer of each broker,
// which has kAnswerKib or one message.
//
// Threads: Take and WantsWaking on one; the rest on any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/codec/decoder.h"
#include "adirect/kafka/client.h"
#include "adirect/pipeline/ports.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace adirect {

class KafkaReader;

struct KafkaPart {
  enum class Of { kStream, kGiven, kReader };

  int32_t partition = 0;
  KafkaReader* reader = nullptr;
  Input input;
  std::unique_ptr<Decoder> decoder;
  std::atomic<Of> of = Of::kStream;
  std::atomic<uint64_t> next = 0;              // the offset to go on from; set by the stream, then by the reader
  std::atomic<uint64_t> in_hand = UINT64_MAX;  // where the block begins that was handed out and may be at work
  std::atomic<uint64_t> end = 0;               // of the partition, when it was last asked
  std::atomic<int64_t> newest = INT64_MIN;
};

class KafkaReader {
 public:
  static constexpr int kWaitingMessages = 100'000;
  static constexpr int kWaitingKib = 32 << 10;
  static constexpr int kAnswerKib = 16 << 10;
  static constexpr std::chrono::milliseconds kWakeEvery{5};

  static Result<std::unique_ptr<KafkaReader>> Make(const TopicAddress& address, KafkaClient::Listener& listener);
  ~KafkaReader();

  // Gives the part, which must outlive the reader's last Take, to be read from its `next` on.
  void Give(KafkaPart& part);

  // Fills `block` with rows of one part, which are in hand until the next call; false where none came within `wait`, or
  // little more.
  bool Take(std::chrono::milliseconds wait, SourceBlock& block);

  // True, at times, where little waits and the brokers are known to have more: librdkafka 2.0 rests for up to a second
  // when its queue was full, unless something wakes it.
  bool WantsWaking();
  // Asks the part's broker something.
  void Wake(KafkaPart& part);

  // The offset of the next row to be written to the part, as far as known.
  uint64_t EndOf(const KafkaPart& part) const;

 private:
  struct Carried {  // a message that belongs to the next block
    bool any = false;
    int32_t partition = 0;
    uint64_t offset = 0;
    Timestamp arrival;
    std::string text;
  };
  struct Notice {  // an error, or the end of a partition; for when the block is complete
    KafkaPart* part = nullptr;
    int error = 0;
    uint64_t offset = 0;
  };
  struct Filling;

  explicit KafkaReader(const TopicAddress& address, KafkaClient::Listener& listener)
      : topic_name_(address.topic), listener_(listener) {}
  static void OnMessage(rd_kafka_message_s* message, void* filling);
  void Begin(KafkaPart& part);
  void BeginGiven();
  void AddCarried(Filling& filling);
  void Heed();
  KafkaPart* Find(int32_t partition) const;

  const std::string topic_name_;
  KafkaClient::Listener& listener_;
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_topic_s* topic_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;

  std::mutex mutex_;
  std::vector<KafkaPart*> given_;  // and not yet begun; guarded by mutex_

  // Of Take's thread.
  std::vector<KafkaPart*> parts_;
  KafkaPart* in_hand_ = nullptr;
  Carried carried_;
  Notice notice_;
  std::chrono::steady_clock::time_point woken_;
};

}  // namespace adirect
