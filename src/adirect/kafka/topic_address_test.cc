#include "adirect/kafka/topic_address.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace adirect {
namespace {

using Partitions = std::vector<int32_t>;

std::string ErrorOf(const std::string& url) {
  const Result<TopicAddress> address = ParseTopicAddress(url);
  EXPECT_FALSE(address.ok()) << url;
  return address.ok() ? "" : address.status().message();
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text)
      : path_(testing::TempDir() + "kafka-" + std::to_string(getpid()) + ".conf") {
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(TopicAddress, AllItsPartsAreRead) {
  const Result<TopicAddress> address = ParseTopicAddress(
      "kafka://a:9092,[::1]:9093,c/web_activity1?partitions=7,0-3&group=shop&dead_letters=refused&fetch.min.bytes=10");
  ASSERT_TRUE(address.ok()) << address.status().message();
  EXPECT_EQ(address->brokers, "a:9092,[::1]:9093,c");
  EXPECT_EQ(address->topic, "web_activity1");
  EXPECT_EQ(address->partitions, (Partitions{0, 1, 2, 3, 7}));
  EXPECT_EQ(address->group, "shop");
  EXPECT_EQ(address->dead_letters, "refused");
  EXPECT_EQ(address->settings.at("fetch.min.bytes"), "10");
}

TEST(TopicAddress, BrokersAndTopicAreEnough) {
  const Result<TopicAddress> address = ParseTopicAddress("kafka://127.0.0.1:9092/web_activity1");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->partitions, std::nullopt);
  EXPECT_EQ(address->group, "adirect-web_activity1");
  EXPECT_EQ(address->dead_letters, "");
  EXPECT_EQ(address->place(), "kafka://127.0.0.1:9092/web_activity1");
}

TEST(TopicAddress, SecretsComeFromAFileAndAreNotPartOfThePlace) {
  const ConfigFile file("# of the shop\n\n sasl.username = ana\r\nsasl.password=a=b c\n");
  const Result<TopicAddress> address = ParseTopicAddress("kafka://a:1/t?config=" + file.path());
  ASSERT_TRUE(address.ok()) << address.status().message();
  EXPECT_EQ(address->settings.at("sasl.username"), "ana");
  EXPECT_EQ(address->settings.at("sasl.password"), "a=b c");
  EXPECT_EQ(address->place(), "kafka://a:1/t");
}

TEST(TopicAddress, ErrorsOfAConfigFileNameItsLine) {
  const ConfigFile no_pair("a.b=c\nnonsense\n");
  EXPECT_NE(ErrorOf("kafka://a/t?config=" + no_pair.path()).find(":2: is no key=value"), std::string::npos);
  const ConfigFile own("enable.auto.commit=true\n");
  EXPECT_NE(ErrorOf("kafka://a/t?config=" + own.path()).find(":1: enable.auto.commit is set by adirect"),
            std::string::npos);
  EXPECT_EQ(ErrorOf("kafka://a/t?config=/is/not/there"), "kafka://a/t: config=/is/not/there: cannot be read");
}

TEST(TopicAddress, WhatGuaranteesRestOnCannotBeSet) {
  for (const char* key : {"bootstrap.servers", "group.id", "auto.offset.reset", "enable.idempotence",
                          "request.required.acks", "transactional.id", "enable.partition.eof"}) {
    EXPECT_EQ(ErrorOf("kafka://a/t?" + std::string(key) + "=1"),
              "kafka://a/t: " + std::string(key) + " is set by adirect itself; leave it out");
  }
}

TEST(TopicAddress, WrongPartsAreRefusedByName) {
  EXPECT_EQ(ErrorOf("kafka:///t"), "kafka:///t: names no broker; write kafka://HOST:PORT/TOPIC");
  EXPECT_EQ(ErrorOf("kafka://a:9092"), "kafka://a:9092: names no topic; write kafka://HOST:PORT/TOPIC");
  EXPECT_EQ(ErrorOf("kafka://a:9092/"), "kafka://a:9092/: names no topic; write kafka://HOST:PORT/TOPIC");
  EXPECT_NE(ErrorOf("kafka://a/b/c").find("\"b/c\" is no name of a topic"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/..").find("is no name of a topic"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/" + std::string(250, 't')).find("is no name of a topic"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/t?partition=1").find("did you mean partitions?"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/t?group=").find("names no group"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/t?dead_letters=t").find("dead_letters names the topic itself"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/t?dead_letters=").find("dead_letters: \"\" is no name"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a/t?partitions=3-1").find("partitions=3-1 is no list of partitions"), std::string::npos);
}

TEST(TopicAddress, WrongBrokersAreRefusedByName) {
  for (const char* broker : {"a:", "a:0", "a:65536", "a:port", ":9092", "[::1]:x"}) {
    EXPECT_EQ(ErrorOf("kafka://" + std::string(broker) + "/t"),
              "kafka://" + std::string(broker) + "/t: \"" + broker +
                  "\" is no broker; write HOST:PORT, and a comma between two");
  }
  EXPECT_NE(ErrorOf("kafka://a:1,,b:2/t").find("\"\" is no broker"), std::string::npos);
  EXPECT_NE(ErrorOf("kafka://a:1,/t").find("\"\" is no broker"), std::string::npos);
}

TEST(TopicAddress, APasswordBeforeTheBrokersIsRefusedAndNotShown) {
  const std::string error = ErrorOf("kafka://ana:secret@a:9092/t");
  EXPECT_NE(error.find("no user and password"), std::string::npos);
  EXPECT_EQ(error.find("secret"), std::string::npos);
}

TEST(TopicAddress, PartitionsAreAListOfNumbersAndRanges) {
  EXPECT_EQ(ParsePartitions("0"), (Partitions{0}));
  EXPECT_EQ(ParsePartitions("5,1-3,2"), (Partitions{1, 2, 3, 5}));
  for (const char* text : {"", "-", "1-", "-1", "1,,2", "a", "1.5", "2-1", "0-100000", " 1"}) {
    EXPECT_EQ(ParsePartitions(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace adirect
