// A cluster that librdkafka plays inside this process, with the real protocol, on ports of its own.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <string>
#include <string_view>

#include "adirect/base/check.h"
#include "adirect/kafka/topic_address.h"

namespace adirect {

class MockCluster {
 public:
  explicit MockCluster(int brokers = 1) : brokers_(brokers) {
    std::array<char, 512> why = {};
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
    rd_kafka_conf_set(conf, "linger.ms", "0", nullptr, 0);
    kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    ADIRECT_CHECK(kafka_ != nullptr, why.data());
    cluster_ = rd_kafka_mock_cluster_new(kafka_, brokers);
    ADIRECT_CHECK(cluster_ != nullptr, "no mock cluster");
    rd_kafka_brokers_add(kafka_, rd_kafka_mock_cluster_bootstraps(cluster_));
  }
  MockCluster(const MockCluster&) = delete;
  ~MockCluster() {
    rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(kafka_);
  }

  rd_kafka_mock_cluster_t* get() const { return cluster_; }

  void CreateTopic(const std::string& topic, int partitions) {
    const rd_kafka_resp_err_t made = rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
    ADIRECT_CHECK(made == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(made));
  }

  // Returns when the cluster has it.
  void Write(const std::string& topic, int32_t partition, std::string_view message) {
    Send(topic, partition, message);
    Flush();
  }
  void Send(const std::string& topic, int32_t partition, std::string_view message) {
    const rd_kafka_resp_err_t sent =
        rd_kafka_producev(kafka_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_VALUE(const_cast<char*>(message.data()), message.size()), RD_KAFKA_V_END);
    ADIRECT_CHECK(sent == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(sent));
  }
  void Flush() {
    const rd_kafka_resp_err_t flushed = rd_kafka_flush(kafka_, kWaitMs);
    ADIRECT_CHECK(flushed == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(flushed));
  }

  void Stop() {
    for (int broker = 1; broker <= brokers_; ++broker) rd_kafka_mock_broker_set_down(cluster_, broker);
  }
  void Resume() {
    for (int broker = 1; broker <= brokers_; ++broker) rd_kafka_mock_broker_set_up(cluster_, broker);
  }

  TopicAddress Address(const std::string& topic, const std::string& query = "") const {
    const std::string brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    return *ParseTopicAddress("kafka://" + brokers + "/" + topic + "?" + query);
  }

 private:
  static constexpr int kWaitMs = 60'000;

  const int brokers_;
  rd_kafka_t* kafka_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace adirect
