// KafkaStream: a topic as a stream.
//
//   Result<std::unique_ptr<KafkaStream>> stream = KafkaStream::Open(*ParseTopicAddress(url), SeedFormat(), 2);
//
// It reads the partitions it is told, or all, and never joins a group: who reads what is for who starts engines to say.
// An input is a partition, "web_activity1/0"; its offsets are Kafka's; a row is a message (kafka/blocks.h), received at
// the record's time. Positions that are told are committed under the address's group, for monitors; nothing is read
// from there.
//
// Where the broker has no longer, or not yet, the record to go on from (it was deleted, or the topic made anew), the
// stream says how many were lost and goes on with the oldest there is. Partitions that are added are read from their
// first record.
//
// Memory, beside the blocks: at most kWaitingKib and kWaitingMessages of every partition wait, as librdkafka counts.
//
// Threads: as Stream says, and one that looks after the brokers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adirect/codec/format.h"
#include "adirect/kafka/client.h"
#include "adirect/kafka/topic_address.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class KafkaStream : public Stream, private KafkaClient::Listener {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{10'000};    // for new partitions
  static constexpr std::chrono::milliseconds kAskAgain{1'000};      // while something is wrong
  static constexpr std::chrono::milliseconds kAnswerWithin{5'000};  // a broker's answer
  static constexpr int kWaitingMessages = 100'000;
  static constexpr int kWaitingKib = 32 << 10;

  // `readers` > 0. Connects to nothing yet. InvalidArgument: a setting is wrong, or a format that needs a header or
  // files of its own.
  static Result<std::unique_ptr<KafkaStream>> Open(const TopicAddress& address, const Format& format, unsigned readers);
  ~KafkaStream() override;

  Status Start(const Positions& from) override;
  unsigned readers() const override { return static_cast<unsigned>(readers_.size()); }
  Result<bool> Next(unsigned reader, std::chrono::milliseconds wait, SourceBlock& block) override;
  void Tell(const Positions& safe) override;
  StreamState state() const override;

 private:
  struct Part;
  struct Reader;

  KafkaStream(const TopicAddress& address, const Format& format);
  Status MakeClients(unsigned readers);
  void OnTrouble(const std::string& sentence) override;
  void OnDelivered(const char*) override {}

  // Of the thread that looks after the brokers.
  void LookAfter();
  bool Look();
  Result<std::vector<int32_t>> Partitions();
  Status Begin(int32_t partition);
  Status GoOn(Part& part);
  Status FindStart(Part& part, std::optional<uint64_t> wanted);
  Status Fetch(Part& part);
  void NoteLost(const std::string& input, uint64_t wanted, uint64_t oldest, uint64_t end);
  void CommitTold();
  void SetTrouble(std::string sentence);

  Part* Find(int32_t partition) const;
  std::string InputOf(int32_t partition) const { return address_.topic + '/' + std::to_string(partition); }

  const TopicAddress address_;
  const Format format_;
  std::unique_ptr<KafkaClient> asker_;  // of the thread: what is there, and commits
  std::vector<std::unique_ptr<Reader>> readers_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wakes_;
  Positions from_;
  std::map<int32_t, std::unique_ptr<Part>> parts_;
  bool complete_ = false;  // all that there were at the start are among them
  Positions told_;
  std::string broker_trouble_;  // the newest that librdkafka said
  std::string trouble_;
  uint64_t retries_ = 0;
  uint64_t lost_ = 0;
  std::string lost_rows_;
  bool look_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adirect
