#include "adirect/kafka/stream.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "adirect/kafka/mock_cluster_test_support.h"

namespace adirect {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWait{20};
constexpr int kTries = 3'000;  // of kWait each, before a test gives up

std::unique_ptr<KafkaStream> OpenStream(const TopicAddress& address, unsigned readers = 1) {
  Result<std::unique_ptr<KafkaStream>> stream = KafkaStream::Open(address, SeedFormat(), readers);
  EXPECT_TRUE(stream.ok()) << stream.status().message();
  return *std::move(stream);
}

class Rows : public EventSink {
 public:
  void OnEvent(const Event&, const RowPlace& place) override { offsets.push_back(place.offset); }
  void OnIgnored(const RowPlace& place) override { offsets.push_back(place.offset); }
  void OnRejected(RejectReason, const RowPlace& place) override { offsets.push_back(place.offset); }

  std::vector<uint64_t> offsets;
};

// What was read, by input: the messages, and where each stood.
struct Read {
  std::map<std::string, std::map<uint64_t, std::string>> rows;
  uint64_t count = 0;

  void Take(const SourceBlock& block) {
    std::string_view rest = block.block.bytes;
    uint64_t offset = block.block.offset;
    auto& input = rows[block.input->name];
    const bool one = block.block.rows == Block::Rows::kOne;
    for (size_t i = 0; i < block.arrivals.size(); ++i, ++count) {
      const std::string_view row = one ? rest : rest.substr(0, rest.find('\n'));
      EXPECT_TRUE(input.emplace(offset++, row).second) << "read twice";
      rest.remove_prefix(std::min(rest.size(), row.size() + 1));
    }
  }
};

// Reads until `done`, or fails.
void ReadUntil(KafkaStream& stream, Read& read, const std::function<bool()>& done) {
  SourceBlock block;
  for (int tries = 0; !done(); ++tries) {
    ASSERT_LT(tries, kTries) << "after " << read.count << " rows: " << stream.state().trouble;
    for (unsigned reader = 0; reader < stream.readers(); ++reader) {
      const Result<bool> came = stream.Next(reader, kWait, block);
      ASSERT_TRUE(came.ok()) << came.status().message();
      if (*came) read.Take(block), tries = 0;
    }
  }
}
void ReadRows(KafkaStream& stream, Read& read, uint64_t count) {
  ReadUntil(stream, read, [&] { return read.count >= count; });
}

TEST(KafkaStream, ReadsAllPartitionsFromTheirFirstRecord) {
  MockCluster cluster;
  cluster.CreateTopic("t", 3);
  for (int32_t partition = 0; partition < 3; ++partition) {
    for (int i = 0; i < 10; ++i) cluster.Send("t", partition, std::to_string(100 * partition + i));
  }
  cluster.Flush();
  for (const unsigned readers : {1U, 2U, 5U}) {
    const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"), readers);
    ASSERT_TRUE(stream->Start({}).ok());
    Read read;
    ReadRows(*stream, read, 30);
    ReadUntil(*stream, read, [&] { return stream->state().lag() == 0; });
    EXPECT_EQ(read.rows.at("t/0").at(0), "0");
    EXPECT_EQ(read.rows.at("t/2").at(9), "209");
    const StreamState state = stream->state();
    EXPECT_EQ(state.trouble, "");
    EXPECT_EQ(state.lag(), 0U);
    ASSERT_EQ(state.parts.size(), 3U);
    EXPECT_EQ(state.parts[1].input, "t/1");
    EXPECT_EQ(state.parts[1].next, 10U);
    EXPECT_TRUE(state.parts[1].newest.has_value());
  }
}

TEST(KafkaStream, WhatIsInHandIsNotYetRead) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  cluster.Write("t", 0, "x");
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 1);
  ASSERT_EQ(stream->state().parts.size(), 1U);
  EXPECT_EQ(stream->state().parts[0].next, 0U);
  EXPECT_EQ(stream->state().lag(), 1U);
  ReadUntil(*stream, read, [&] { return stream->state().lag() == 0; });
  EXPECT_EQ(stream->state().parts[0].next, 1U);
}

TEST(KafkaStream, GoesOnFromPositions) {
  MockCluster cluster;
  cluster.CreateTopic("t", 2);
  for (int i = 0; i < 10; ++i) cluster.Write("t", i % 2, std::to_string(i));
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({{"t/0", 3}, {"t/1", 5}, {"other/1", 0}}).ok());
  Read read;
  ReadRows(*stream, read, 2);
  cluster.Write("t", 1, "new");
  ReadRows(*stream, read, 3);
  EXPECT_EQ(read.rows.at("t/0"), (std::map<uint64_t, std::string>{{3, "6"}, {4, "8"}}));
  EXPECT_EQ(read.rows.at("t/1"), (std::map<uint64_t, std::string>{{5, "new"}}));
  EXPECT_EQ(stream->state().lost, 0U);
}

TEST(KafkaStream, ReadsThePartitionsThatAreNamedAndNoOthers) {
  MockCluster cluster;
  cluster.CreateTopic("t", 4);
  for (int32_t partition = 0; partition < 4; ++partition) cluster.Write("t", partition, "x");
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t", "partitions=1,3"), 2);
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 2);
  EXPECT_EQ(stream->state().parts.size(), 2U);
  EXPECT_TRUE(read.rows.contains("t/1"));
  EXPECT_TRUE(read.rows.contains("t/3"));
}

TEST(KafkaStream, APartitionThatIsNotThereIsSaid) {
  MockCluster cluster;
  cluster.CreateTopic("t", 2);
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t", "partitions=5"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadUntil(*stream, read, [&] { return stream->state().trouble.find("no partition 5") != std::string::npos; });
  EXPECT_GT(stream->state().retries, 0U);
}

TEST(KafkaStream, OddMessagesAreRowsOfTheirOwn) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  for (const std::string_view message : {"a", "", "b\nc", "d"}) cluster.Write("t", 0, message);
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 4);
  EXPECT_EQ(read.rows.at("t/0"), (std::map<uint64_t, std::string>{{0, "a"}, {1, ""}, {2, "b\nc"}, {3, "d"}}));
}

TEST(KafkaStream, GoesOnWhenBrokersComeBack) {
  MockCluster cluster;
  cluster.CreateTopic("t", 2);
  cluster.Write("t", 0, "before");
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 1);
  ReadUntil(*stream, read, [&] { return stream->state().complete; });
  cluster.Stop();
  ReadUntil(*stream, read, [&] { return !stream->state().trouble.empty(); });
  EXPECT_NE(stream->state().trouble.find("no broker answers ("), std::string::npos) << stream->state().trouble;
  EXPECT_NE(stream->state().trouble.find("does it run"), std::string::npos);
  cluster.Resume();
  cluster.Write("t", 0, "after");
  cluster.Write("t", 1, "too");
  ReadRows(*stream, read, 3);
  ReadUntil(*stream, read, [&] { return stream->state().trouble.empty(); });
  EXPECT_EQ(read.rows.at("t/0").at(1), "after");
}

TEST(KafkaStream, ATopicThatDoesNotExistIsWaitedFor) {
  MockCluster cluster;
  rd_kafka_mock_topic_set_error(cluster.get(), "t", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadUntil(*stream, read, [&] { return stream->state().trouble.find("does not exist") != std::string::npos; });
  rd_kafka_mock_topic_set_error(cluster.get(), "t", RD_KAFKA_RESP_ERR_NO_ERROR);
  cluster.Write("t", 0, "x");
  ReadRows(*stream, read, 1);
}

TEST(KafkaStream, ATopicThatMayNotBeReadIsSaid) {
  MockCluster cluster;
  rd_kafka_mock_topic_set_error(cluster.get(), "t", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadUntil(*stream, read, [&] { return stream->state().trouble.find("authorization failed") != std::string::npos; });
}

TEST(KafkaStream, RecordsThatWereDeletedAreCountedAndPassed) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  const std::string large(500'000, 'x');  // the cluster keeps 5 MiB of a partition
  for (int i = 0; i < 20; ++i) cluster.Write("t", 0, large);
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({{"t/0", 2}}).ok());
  Read read;
  ReadUntil(*stream, read, [&] { return read.rows["t/0"].contains(19); });
  const StreamState state = stream->state();
  const uint64_t oldest = read.rows.at("t/0").begin()->first;
  EXPECT_GT(oldest, 2U);
  EXPECT_EQ(state.lost, oldest - 2);
  EXPECT_NE(state.lost_rows.find("t/0: the records 2 to " + std::to_string(oldest - 1) + " were deleted"),
            std::string::npos)
      << state.lost_rows;
}

TEST(KafkaStream, APositionBehindTheEndMeansThatTheTopicWasMadeAnew) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  cluster.Write("t", 0, "first");
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"));
  ASSERT_TRUE(stream->Start({{"t/0", 4711}}).ok());
  Read read;
  ReadRows(*stream, read, 1);
  EXPECT_EQ(read.rows.at("t/0").at(0), "first");
  EXPECT_EQ(stream->state().lost, 1U);
  EXPECT_NE(stream->state().lost_rows.find("the topic was made anew"), std::string::npos);
}

TEST(KafkaStream, AnErrorInPlaceOfAPartitionBeginsItAgainWhereItWas) {
  MockCluster cluster;
  cluster.CreateTopic("t", 2);
  cluster.Write("t", 0, "a");
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"), 2);
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 1);
  constexpr int16_t kFetch = 1;
  rd_kafka_mock_push_request_errors(cluster.get(), kFetch, 4, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
                                    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  for (int i = 0; i < 50; ++i) cluster.Write("t", i % 2, std::to_string(i));
  ReadRows(*stream, read, 51);
  EXPECT_EQ(read.rows.at("t/0").size(), 26U);
  EXPECT_EQ(stream->state().lost, 0U);
}

TEST(KafkaStream, ManyRowsComeWithoutGapOrRepeat) {
  MockCluster cluster(3);
  cluster.CreateTopic("t", 4);
  constexpr int kMessages = 40'000;
  for (int i = 0; i < kMessages; ++i) cluster.Send("t", i % 4, std::to_string(i / 4));
  cluster.Flush();
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"), 2);
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, kMessages);
  for (const auto& [input, rows] : read.rows) {
    ASSERT_EQ(rows.size(), kMessages / 4) << input;
    for (const auto& [offset, row] : rows) ASSERT_EQ(row, std::to_string(offset)) << input;
  }
}

TEST(KafkaStream, FormatsWithAHeaderAreRefused) {
  const Result<std::unique_ptr<KafkaStream>> stream =
      KafkaStream::Open(*ParseTopicAddress("kafka://127.0.0.1:9/t"), AdirectFormat(Format::Kind::kCsv), 1);
  ASSERT_FALSE(stream.ok());
  EXPECT_NE(stream.status().message().find("messages have no header"), std::string::npos);
}

TEST(KafkaStream, AQuoteThatIsNotClosedEndsWithItsMessage) {
  MockCluster cluster;
  cluster.CreateTopic("t", 1);
  for (const std::string_view message : {"\"a", "b", "c\""}) cluster.Write("t", 0, message);
  Format format = SeedFormat();
  format.multiline = true;
  const Result<std::unique_ptr<KafkaStream>> stream = KafkaStream::Open(cluster.Address("t"), format, 1);
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE((*stream)->Start({}).ok());
  Rows rows;
  DecodeScratch scratch;
  SourceBlock block;
  for (int tries = 0; rows.offsets.size() < 3 && tries < kTries; ++tries) {
    if (*(*stream)->Next(0, kWait, block)) block.decoder->Decode(block.block, scratch, rows);
  }
  EXPECT_EQ(rows.offsets, (std::vector<uint64_t>{0, 1, 2}));
}

TEST(KafkaStream, SettingsThatLibrdkafkaDoesNotKnowAreRefused) {
  for (const auto& [query, error] :
       {std::pair("no.such=1", "\"no.such\""), std::pair("fetch.min.bytes=x", "fetch.min.bytes")}) {
    const Result<std::unique_ptr<KafkaStream>> stream =
        KafkaStream::Open(*ParseTopicAddress(std::string("kafka://127.0.0.1:9/t?") + query), SeedFormat(), 1);
    ASSERT_FALSE(stream.ok());
    EXPECT_EQ(stream.status().code(), Code::kInvalidArgument);
    EXPECT_NE(stream.status().message().find(error), std::string::npos) << stream.status().message();
  }
}

TEST(KafkaStream, AHostThatDoesNotAnswerIsSaidAndEndsNothing) {
  const std::unique_ptr<KafkaStream> stream = OpenStream(*ParseTopicAddress("kafka://127.0.0.1:9/t"));
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadUntil(*stream, read, [&] { return stream->state().trouble.find("no broker answers (") != std::string::npos; });
  EXPECT_NE(stream->state().trouble.find("127.0.0.1:9"), std::string::npos);
  EXPECT_NE(stream->state().trouble.find("refused"), std::string::npos) << stream->state().trouble;
}

TEST(KafkaStream, EndsWhereverItStands) {
  MockCluster cluster;
  cluster.CreateTopic("t", 2);
  for (int i = 0; i < 1'000; ++i) cluster.Send("t", i % 2, "x");
  cluster.Flush();
  OpenStream(cluster.Address("t"));
  const std::unique_ptr<KafkaStream> stream = OpenStream(cluster.Address("t"), 3);
  ASSERT_TRUE(stream->Start({}).ok());
  Read read;
  ReadRows(*stream, read, 1);
  stream->Tell({{"t/0", 1}});
}

}  // namespace
}  // namespace adirect
