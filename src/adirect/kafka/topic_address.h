// TopicAddress: where a topic is, and how it is read or written.
//
//   kafka://HOST:PORT[,HOST:PORT…]/TOPIC?partitions=0-3,7&group=NAME&dead_letters=TOPIC&config=FILE&KEY.KEY=VALUE
//
//   partitions     these only, and no new ones; without it all, and new ones as they appear
//   group          under which read positions are committed, for lag monitors only; default adirect-TOPIC
//   dead_letters   the topic, on the same brokers, for rows that are refused
//   config         a file of librdkafka settings, one key=value a line; # begins a comment. For secrets
//   KEY.KEY        a librdkafka setting: all of them have a dot in their name
//
// Threads: a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

struct TopicAddress {
  std::string brokers;  // "127.0.0.1:9092,127.0.0.1:9093"
  std::string topic;
  std::optional<std::vector<int32_t>> partitions;  // ascending
  std::string group;
  std::string dead_letters;  // empty: none
  std::map<std::string, std::string> settings;

  // For people: without settings, which may be secret.
  std::string place() const { return "kafka://" + brokers + "/" + topic; }
};

// InvalidArgument, with what is wrong: also for a setting that adirect's guarantees rest on, and for a config file that
// cannot be read.
Result<TopicAddress> ParseTopicAddress(std::string_view url);

// "0-3,7": {0, 1, 2, 3, 7}; absent where it is no such list.
std::optional<std::vector<int32_t>> ParsePartitions(std::string_view text);

}  // namespace adirect
