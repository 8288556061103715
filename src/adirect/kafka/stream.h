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
// stream says how many were lost and goes on with the oldest there is. A topic that was made anew is known by its end,
// which lies before the position: one that has grown beyond it is not known. Partitions that are added are read from
// their first record.
//
// Memory, beside the blocks: kafka/reader.h, for each reader.
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
#include "adirect/kafka/reader.h"
#include "adirect/kafka/topic_address.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

class KafkaStream : public Stream, private KafkaClient::Listener {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{10'000};    // for new partitions
  static constexpr std::chrono::milliseconds kAskAgainFirst{100};   // while something is wrong: then ever more rarely,
  static constexpr std::chrono::milliseconds kAskAgainLast{5'000};  // up to this
  static constexpr std::chrono::milliseconds kAnswerWithin{5'000};  // a broker's answer
  static constexpr std::chrono::milliseconds kLastCommitWithin{500};

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
  enum class Commit { kAndGoOn, kAndWait };
  using Clock = std::chrono::steady_clock;

  KafkaStream(const TopicAddress& address, const Format& format);
  Status MakeClients(unsigned readers);
  void OnTrouble(const std::string& sentence) override;

  // Of the thread that looks after the brokers.
  void LookAfter();
  void WaitUntil(Clock::time_point next_look, bool well);
  bool Look();
  Result<std::vector<int32_t>> Partitions();
  Status CheckPartitions(const std::vector<int32_t>& there) const;
  Status Begin(int32_t partition);
  Status GoOn(KafkaPart& part);
  Status FindStart(KafkaPart& part, std::optional<uint64_t> wanted);
  void NoteLost(const std::string& input, uint64_t wanted, uint64_t oldest, uint64_t end);
  void CommitTold(const Positions& told, Commit how);
  void Wake(KafkaReader& reader);
  void SetTrouble(std::string sentence);

  KafkaPart* Find(int32_t partition) const;
  std::string InputOf(int32_t partition) const { return address_.topic + '/' + std::to_string(partition); }

  const TopicAddress address_;
  const Format format_;
  std::unique_ptr<KafkaClient> asker_;  // of the thread: what is there, and commits
  Positions from_;                      // of the thread, once it runs
  Status leaders_;                      // of the thread: whether each partition has one
  size_t woken_ = 0;                    // of the thread: parts, in turns

  mutable std::mutex mutex_;  // guards all below to stopping_
  std::condition_variable wakes_;
  std::map<int32_t, std::unique_ptr<KafkaPart>> parts_;  // changed by the thread alone
  bool complete_ = false;                                // all that there were at the start are among them
  Positions told_;
  std::string broker_trouble_;  // the newest that librdkafka said
  std::string trouble_;
  uint64_t retries_ = 0;
  uint64_t lost_ = 0;
  std::string lost_rows_;
  KafkaReader* sleepy_ = nullptr;  // wants to be woken
  bool look_ = false;
  bool stopping_ = false;
  std::vector<std::unique_ptr<KafkaReader>> readers_;  // they go before their parts
  std::thread thread_;
};

}  // namespace adirect
