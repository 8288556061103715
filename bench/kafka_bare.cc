// The least that a consumer of a topic does: batches by librdkafka, of every message each byte is touched.
//
//   kafka_bare BROKER TOPIC CONSUMERS MESSAGES [KEY=VALUE…]    until so many messages have come
//
// Partition p is for consumer p modulo CONSUMERS; each has a thread. Prints one line of JSON: messages, bytes, a sum of
// the bytes, and the seconds from the start (connections included) to the last message. Ends with 1 where it fails.
#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr size_t kBatch = 10'000;
constexpr int kWaitMs = 100;
constexpr int kAnswerMs = 10'000;

struct Told {
  std::string broker, topic;
  unsigned consumers = 1;
  uint64_t messages = 0;
  std::vector<std::pair<std::string, std::string>> settings = {{"queued.min.messages", "10000000"},
                                                               {"queued.max.messages.kbytes", "1048576"}};
};

struct Seen {
  std::atomic<uint64_t> messages = 0, bytes = 0, sum = 0;
};

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "kafka_bare: %s\n", what);
  std::exit(1);
}

uint64_t Touched(const void* payload, size_t size) {
  const char* const bytes = static_cast<const char*>(payload);
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + sizeof(sum) <= size; at += sizeof(sum)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + at, sizeof(word));
    sum += word;
  }
  for (; at < size; ++at) sum += static_cast<uint8_t>(bytes[at]);
  return sum;
}

rd_kafka_t* Connect(const Told& told) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> why = {};
  auto settings = told.settings;
  settings.emplace_back("bootstrap.servers", told.broker);
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      Fail(why.data());
    }
  }
  rd_kafka_t* const kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
  if (kafka == nullptr) Fail(why.data());
  return kafka;
}

int Partitions(rd_kafka_t* kafka, rd_kafka_topic_t* topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(kafka, 0, topic, &metadata, kAnswerMs) != RD_KAFKA_RESP_ERR_NO_ERROR) Fail("no broker answers");
  const int partitions = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (partitions == 0) Fail("no such topic");
  return partitions;
}

void Consume(const Told& told, unsigned number, Seen& seen) {
  rd_kafka_t* const kafka = Connect(told);
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(kafka, told.topic.c_str(), nullptr);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(kafka);
  const int partitions = Partitions(kafka, topic);
  for (int p = static_cast<int>(number); p < partitions; p += static_cast<int>(told.consumers)) {
    if (rd_kafka_consume_start_queue(topic, p, RD_KAFKA_OFFSET_BEGINNING, queue) != 0)
      Fail("a partition cannot be read");
  }
  std::vector<rd_kafka_message_t*> batch(kBatch);
  while (seen.messages < told.messages) {
    const ssize_t came = rd_kafka_consume_batch_queue(queue, kWaitMs, batch.data(), batch.size());
    uint64_t messages = 0, bytes = 0, sum = 0;
    for (ssize_t i = 0; i < came; ++i) {
      rd_kafka_message_t* const message = batch[static_cast<size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++messages;
        bytes += message->len;
        sum += Touched(message->payload, message->len);
      }
      rd_kafka_message_destroy(message);
    }
    seen.messages += messages;
    seen.bytes += bytes;
    seen.sum += sum;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) Fail("BROKER TOPIC CONSUMERS MESSAGES [KEY=VALUE…]");
  Told told{argv[1], argv[2], static_cast<unsigned>(std::atoi(argv[3])), std::strtoull(argv[4], nullptr, 10)};
  for (int i = 5; i < argc; ++i) {
    const std::string pair = argv[i];
    told.settings.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
  }
  const auto start = std::chrono::steady_clock::now();
  Seen seen;
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < told.consumers; ++number) {
    threads.emplace_back([&, number] { Consume(told, number, seen); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("{\"messages\": %llu, \"bytes\": %llu, \"sum\": %llu, \"seconds\": %.3f}\n",
              static_cast<unsigned long long>(seen.messages), static_cast<unsigned long long>(seen.bytes),
              static_cast<unsigned long long>(seen.sum), took.count());
  std::fflush(stdout);
  std::_Exit(0);  // what still waits in the queues is nobody's
}
