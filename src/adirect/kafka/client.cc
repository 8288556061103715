#include "adirect/kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace adirect {
namespace {

using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

// A broker that is away is asked again after 0.1 s, then ever more rarely, up to once in 5 s.
constexpr std::array<std::pair<const char*, const char*>, 6> kCommon = {{{"client.id", "adirect"},
                                                                         {"reconnect.backoff.ms", "100"},
                                                                         {"reconnect.backoff.max.ms", "5000"},
                                                                         {"socket.keepalive.enable", "true"},
                                                                         {"log_level", "0"},
                                                                         {"socket.nagle.disable", "true"}}};

Status Set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  std::array<char, 512> why = {};
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) return {};
  return InvalidArgument(std::string(why.data()));
}

void OnError(rd_kafka_t*, int error, const char* reason, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // the reason came before
  static_cast<KafkaClient::Listener*>(opaque)->OnTrouble(reason);
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<KafkaClient::Listener*>(opaque)->OnDelivered(*message);
}

Status SetAll(rd_kafka_conf_t* conf, const TopicAddress& address, const std::map<std::string, std::string>& settings) {
  for (const auto& [key, value] : kCommon) ADIRECT_RETURN_IF_ERROR(Set(conf, key, value));
  for (const auto& [key, value] : settings) ADIRECT_RETURN_IF_ERROR(Set(conf, key, value));
  for (const auto& [key, value] : address.settings) ADIRECT_RETURN_IF_ERROR(Set(conf, key, value));
  return Set(conf, "bootstrap.servers", address.brokers);
}

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::Make(Kind kind, const TopicAddress& address,
                                                       const std::map<std::string, std::string>& settings,
                                                       Listener& listener) {
  Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  ADIRECT_RETURN_IF_ERROR(SetAll(conf.get(), address, settings).Within(address.place()));
  rd_kafka_conf_set_opaque(conf.get(), &listener);
  rd_kafka_conf_set_error_cb(conf.get(), OnError);
  if (kind == Kind::kProducer) rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);
  std::array<char, 512> why = {};
  std::unique_ptr<KafkaClient> client(new KafkaClient);
  const rd_kafka_type_t type = kind == Kind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  client->kafka_ = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (client->kafka_ == nullptr) return InvalidArgument(address.place() + ": " + why.data());
  (void)conf.release();  // the instance's now
  return client;
}

KafkaClient::~KafkaClient() {
  for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  if (kafka_ != nullptr) rd_kafka_destroy(kafka_);
}

Result<rd_kafka_topic_s*> KafkaClient::Topic(const std::string& name) {
  rd_kafka_topic_s*& topic = topics_[name];
  if (topic == nullptr) topic = rd_kafka_topic_new(kafka_, name.c_str(), nullptr);
  if (topic == nullptr) return Internal(name + ": " + rd_kafka_err2str(rd_kafka_last_error()));
  return topic;
}

std::string KafkaVersion() { return std::string("librdkafka ") + rd_kafka_version_str(); }

}  // namespace adirect
