// KafkaDeadLetters: quarantine records (pipeline/quarantine.h) to a topic, a message each.
//
// A record that comes back undelivered is sent again, for as long as it takes: it may then be there twice. Where the
// brokers are away, records wait in memory; when that is full Write fails, and writes nothing of its text.
//
// A record longer than kMostRecordBytes is cut, "raw_truncated": what a broker takes by default is 1 MiB.
//
// Memory: kafka/producer.h.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "adirect/kafka/producer.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/quarantine_reader.h"

namespace adirect {

class KafkaDeadLetters : public TextSink {
 public:
  static constexpr std::chrono::milliseconds kRoomWithin{1'000};
  static constexpr std::chrono::milliseconds kDeliveredWithin{10'000};
  static constexpr size_t kMostRecordBytes = 1'000'000;

  // To the address's dead_letters. Connects in the background. InvalidArgument: a setting is wrong.
  static Result<std::unique_ptr<KafkaDeadLetters>> Open(TopicAddress address);

  // Unavailable, with why, where there is no room within kRoomWithin.
  Status Write(std::string_view records) override;
  // Unavailable, with why, where not all are acknowledged within kDeliveredWithin; they are not lost.
  Status Sync() override;

 private:
  KafkaDeadLetters() = default;
  Status Send(std::string_view record);

  std::unique_ptr<KafkaProducer> producer_;
  QuarantineReader reader_;
};

}  // namespace adirect
