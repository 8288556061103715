// Client: one librdkafka instance, made from a topic's address, and what it says of its troubles. Private to kafka.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/kafka/topic_address.h"

struct rd_kafka_message_s;
struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace adirect {

class KafkaClient {
 public:
  enum class Kind { kConsumer, kProducer };

  // Called by librdkafka's own threads, or in Poll.
  struct Listener {
    virtual ~Listener() = default;
    // A sentence on the newest trouble with a broker: "127.0.0.1:9092: Connect to … failed: Connection refused".
    virtual void OnTrouble(const std::string& sentence) = 0;
    // A message that was sent: acknowledged, or why not.
    virtual void OnDelivered(const rd_kafka_message_s&) {}
  };

  // The address's settings win over `settings`. InvalidArgument, naming the setting, where librdkafka knows none of
  // that name or no such value. Connects in the background. The listener must outlive it.
  static Result<std::unique_ptr<KafkaClient>> Make(Kind kind, const TopicAddress& address,
                                                   const std::map<std::string, std::string>& settings,
                                                   Listener& listener);
  ~KafkaClient();

  rd_kafka_s* get() const { return kafka_; }
  // The handle of a topic, for as long as the client lives.
  Result<rd_kafka_topic_s*> Topic(const std::string& name);

 private:
  KafkaClient() = default;

  rd_kafka_s* kafka_ = nullptr;
  std::map<std::string, rd_kafka_topic_s*> topics_;
};

// "librdkafka 2.0.2".
std::string KafkaVersion();

}  // namespace adirect
