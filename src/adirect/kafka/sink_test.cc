#include "adirect/kafka/sink.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "adirect/kafka/dead_letters.h"
#include "adirect/kafka/mock_cluster_test_support.h"
#include "adirect/pipeline/quarantine_reader.h"

namespace adirect {
namespace {

constexpr int kTries = 600;
constexpr int kStepMs = 100;

// Key and text of the messages of a topic, as a consumer gets them.
std::multimap<std::string, std::string> MessagesOf(const MockCluster& cluster, const std::string& name, size_t count,
                                                   int partitions = 1) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", cluster.Address(name).brokers.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
  rd_kafka_t* const kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0);
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(kafka, name.c_str(), nullptr);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(kafka);
  for (int p = 0; p < partitions; ++p) rd_kafka_consume_start_queue(topic, p, RD_KAFKA_OFFSET_BEGINNING, queue);
  std::multimap<std::string, std::string> messages;
  for (int tries = 0; messages.size() < count && tries < kTries;) {
    rd_kafka_message_t* const message = rd_kafka_consume_queue(queue, kStepMs);
    if (message == nullptr) ++tries;
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      messages.emplace(std::string(static_cast<const char*>(message->key), message->key_len),
                       std::string(static_cast<const char*>(message->payload), message->len));
    }
    rd_kafka_message_destroy(message);
  }
  for (int p = 0; p < partitions; ++p) rd_kafka_consume_stop(topic, p);
  rd_kafka_queue_destroy(queue);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(kafka);
  return messages;
}

std::unique_ptr<KafkaSink> OpenSink(const TopicAddress& address, const Format& format = SeedFormat()) {
  Result<std::unique_ptr<KafkaSink>> sink = KafkaSink::Open(address, format);
  EXPECT_TRUE(sink.ok()) << sink.status().message();
  return *std::move(sink);
}

std::unique_ptr<KafkaDeadLetters> OpenLetters(const MockCluster& cluster) {
  Result<std::unique_ptr<KafkaDeadLetters>> letters =
      KafkaDeadLetters::Open(cluster.Address("t", "dead_letters=refused"));
  EXPECT_TRUE(letters.ok()) << letters.status().message();
  return *std::move(letters);
}

TEST(KafkaSink, EachLineIsAMessageUnderItsShopper) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  const std::unique_ptr<KafkaSink> sink = OpenSink(cluster.Address("t"));
  const std::string ana = "2017-02-01 23:35:10,ana,49723,11100042,1,search";
  const std::string bob = "2017-02-01 23:35:11,bob,49724,11100042,1,buy";
  ASSERT_TRUE(sink->Write(ana + "\nno event\n" + bob + "\n").ok());
  ASSERT_TRUE(sink->Sync().ok());
  EXPECT_EQ(sink->delivered(), 3U);
  const auto messages = MessagesOf(cluster, "t", 3);
  EXPECT_EQ(messages, (std::multimap<std::string, std::string>{{"49723", ana}, {"", "no event"}, {"49724", bob}}));
}

TEST(KafkaSink, LinesLargerThanWhatIsDecodedAtOnceAreWhole) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  const std::unique_ptr<KafkaSink> sink = OpenSink(cluster.Address("t"));
  const std::string large(KafkaSink::kDecodedBytes + 1000, 'x');
  ASSERT_TRUE(sink->Write("a\n" + large + "\nb\n").ok());
  ASSERT_TRUE(sink->Sync().ok());
  EXPECT_EQ(MessagesOf(cluster, "t", 3), (std::multimap<std::string, std::string>{{"", "a"}, {"", large}, {"", "b"}}));
}

TEST(KafkaSink, ManyLinesArriveOnceThroughABrokersAbsence) {
  MockCluster cluster;
  cluster.CreateTopic("t", 4);
  const std::unique_ptr<KafkaSink> sink = OpenSink(cluster.Address("t"));
  constexpr int kLines = 5'000;
  for (int i = 0; i < kLines; ++i) {
    if (i == kLines / 4) cluster.Stop();
    if (i == kLines / 2) cluster.Resume();
    const std::string user = std::to_string(10'000 + i);
    ASSERT_TRUE(sink->Write("2017-02-01 23:35:10,x," + user + ",11100042,1,search\n").ok());
  }
  ASSERT_TRUE(sink->Sync().ok());
  EXPECT_EQ(sink->delivered(), kLines);
  const auto messages = MessagesOf(cluster, "t", kLines, 4);
  for (int i = 0; i < kLines; ++i) ASSERT_EQ(messages.count(std::to_string(10'000 + i)), 1U) << i;
}

TEST(KafkaSink, WhatIsRefusedIsAnErrorForGood) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  const std::unique_ptr<KafkaSink> sink = OpenSink(cluster.Address("t"));
  constexpr int16_t kProduce = 0;
  rd_kafka_mock_push_request_errors(cluster.get(), kProduce, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  ASSERT_TRUE(sink->Write("a\n").ok());
  const Status failed = sink->Sync();
  EXPECT_EQ(failed.code(), Code::kUnavailable);
  EXPECT_NE(failed.message().find("messages were not delivered: Broker: Message size too large"), std::string::npos)
      << failed.message();
  EXPECT_FALSE(sink->Write("b\n").ok());
  EXPECT_FALSE(sink->Sync().ok());
}

TEST(KafkaSink, AFormatThatNeedsAHeaderIsRefused) {
  const Result<std::unique_ptr<KafkaSink>> sink =
      KafkaSink::Open(*ParseTopicAddress("kafka://127.0.0.1:9/t"), AdirectFormat(Format::Kind::kCsv));
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(sink.status().code(), Code::kInvalidArgument);
}

TEST(KafkaDeadLetters, RecordsAreMessagesWithoutKey) {
  MockCluster cluster;
  cluster.CreateTopic("refused", 1);
  const std::unique_ptr<KafkaDeadLetters> letters = OpenLetters(cluster);
  ASSERT_TRUE(letters->Write("{\"a\":1}\n{\"b\":2}\n").ok());
  ASSERT_TRUE(letters->Write("").ok());
  ASSERT_TRUE(letters->Sync().ok());
  EXPECT_EQ(MessagesOf(cluster, "refused", 2),
            (std::multimap<std::string, std::string>{{"", "{\"a\":1}"}, {"", "{\"b\":2}"}}));
}

TEST(KafkaDeadLetters, WhatComesBackIsSentAgain) {
  MockCluster cluster;
  cluster.CreateTopic("refused", 1);
  const std::unique_ptr<KafkaDeadLetters> letters = OpenLetters(cluster);
  constexpr int16_t kProduce = 0;
  rd_kafka_mock_push_request_errors(cluster.get(), kProduce, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  ASSERT_TRUE(letters->Write("{\"a\":1}\n").ok());
  const Status first = letters->Sync();
  EXPECT_EQ(first.code(), Code::kUnavailable);
  EXPECT_NE(first.message().find("not acknowledged yet"), std::string::npos) << first.message();
  Status then = first;
  for (int tries = 0; !then.ok() && tries < kTries; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kStepMs));  // librdkafka asks for the topic again
    then = letters->Sync();
  }
  EXPECT_TRUE(then.ok()) << then.message();
  EXPECT_EQ(MessagesOf(cluster, "refused", 1).count(""), 1U);
}

TEST(KafkaDeadLetters, WriteFailsAndTakesNothingWhereMemoryIsFull) {
  MockCluster cluster;
  cluster.CreateTopic("refused", 1);
  const std::unique_ptr<KafkaDeadLetters> letters = OpenLetters(cluster);
  cluster.Stop();
  const std::string records(KafkaProducer::kWaitingBytes / 4, 'x');
  int taken = 0;
  Status written;
  for (; taken < 8; ++taken) {
    std::string lines;
    while (lines.size() < records.size()) lines += std::string(50'000, 'x') + '\n';
    written = letters->Write(lines);
    if (!written.ok()) break;
  }
  EXPECT_GE(taken, 2);
  EXPECT_LE(taken, 4);
  EXPECT_EQ(written.code(), Code::kUnavailable);
}

TEST(KafkaDeadLetters, RecordsThatNoBrokerWouldTakeAreCut) {
  MockCluster cluster;
  cluster.CreateTopic("refused", 1);
  const std::unique_ptr<KafkaDeadLetters> letters = OpenLetters(cluster);
  const std::string raw(KafkaDeadLetters::kMostRecordBytes, 'x');
  ASSERT_TRUE(letters->Write(R"({"source":"t/0","position":7,"reason":"bad_json","raw":")" + raw + "\"}\n").ok());
  ASSERT_TRUE(letters->Sync().ok());
  const auto messages = MessagesOf(cluster, "refused", 1);
  ASSERT_EQ(messages.size(), 1U);
  QuarantineRecord record;
  ASSERT_TRUE(QuarantineReader().Read(messages.begin()->second, record).ok());
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.source, "t/0");
  EXPECT_EQ(record.position, 7U);
  EXPECT_EQ(record.reason, "bad_json");
  EXPECT_EQ(record.raw, std::string(kKeptOfLongLine, 'x'));
}

}  // namespace
}  // namespace adirect
