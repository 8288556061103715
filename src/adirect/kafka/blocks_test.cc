#include "adirect/kafka/blocks.h"

#include <gtest/gtest.h>

#include "adirect/codec/decoder.h"

namespace adirect {
namespace {

constexpr Timestamp kArrival{1'000};

// The rows of the block, by their offsets, as a decoder of the seed's CSV finds them.
class Rows : public EventSink {
 public:
  void OnEvent(const Event&, const RowPlace& place) override { Add(place); }
  void OnIgnored(const RowPlace& place) override { Add(place); }
  void OnRejected(RejectReason, const RowPlace& place) override { Add(place); }

  std::vector<std::pair<uint64_t, std::string>> all;

 private:
  void Add(const RowPlace& place) { all.emplace_back(place.offset, place.raw); }
};

std::vector<std::pair<uint64_t, std::string>> RowsOf(const SourceBlock& block, const Format& format = SeedFormat()) {
  Rows rows;
  DecodeScratch scratch;
  (*MakeDecoder(format, "t/0", ""))->Decode(block.block, scratch, rows);
  return rows.all;
}

TEST(BlockMaker, MessagesThatFollowEachOtherAreRowsOfOneBlock) {
  SourceBlock block;
  BlockMaker maker(block);
  EXPECT_TRUE(maker.empty());
  EXPECT_TRUE(maker.Add(7, "a", Timestamp{1}));
  EXPECT_TRUE(maker.Add(8, "bc\n", Timestamp{2}));
  EXPECT_TRUE(maker.Add(9, "d\r\n", Timestamp{3}));
  maker.Finish();
  EXPECT_EQ(block.block.bytes, "a\nbc\nd\n");
  EXPECT_EQ(block.block.offset, 7U);
  EXPECT_EQ(block.block.rows, Block::Rows::kByNumber);
  EXPECT_EQ(block.arrivals, (std::vector{Timestamp{1}, Timestamp{2}, Timestamp{3}}));
  EXPECT_EQ(block.end, 10U);
  EXPECT_GE(block.memory.size(), block.block.bytes.size() + kBlockPadding);
}

TEST(BlockMaker, AGapInTheOffsetsBeginsANewBlock) {
  SourceBlock block;
  BlockMaker maker(block);
  EXPECT_TRUE(maker.Add(7, "a", kArrival));
  EXPECT_FALSE(maker.Add(9, "b", kArrival));
  maker.Finish();
  EXPECT_EQ(block.end, 8U);
  EXPECT_EQ(block.block.bytes, "a\n");
}

TEST(BlockMaker, AMessageThatIsNoLineIsABlockOfItsOwn) {
  for (const std::string_view message : {"", "\n", "\r\n", "a\nb", "\r", "\r\r", "a\r\r\n"}) {
    SourceBlock block;
    BlockMaker before(block);
    EXPECT_TRUE(before.Add(7, "a", kArrival));
    EXPECT_FALSE(before.Add(8, message, kArrival)) << message;
    BlockMaker maker(block);
    EXPECT_TRUE(maker.Add(8, message, kArrival));
    EXPECT_FALSE(maker.Add(9, "b", kArrival)) << "behind it";
    maker.Finish();
    EXPECT_EQ(block.block.rows, Block::Rows::kOne);
    EXPECT_EQ(block.end, 9U);
    for (const Format& format : {SeedFormat(), AdirectFormat(Format::Kind::kNdjson)}) {
      const auto rows = RowsOf(block, format);
      ASSERT_EQ(rows.size(), 1U) << format.name;
      EXPECT_EQ(rows[0].first, 8U);
    }
  }
}

TEST(BlockMaker, EveryMessageIsOneRowForADecoder) {
  const std::vector<std::string> messages = {"a", " ", "\t", "a\r", "x\ry", "{}", "\"", std::string(1, '\0'), "\xff"};
  for (const Format& format : {SeedFormat(), AdirectFormat(Format::Kind::kNdjson)}) {
    uint64_t offset = 100;
    for (size_t at = 0; at < messages.size();) {
      SourceBlock block;
      BlockMaker maker(block);
      std::vector<uint64_t> added;
      for (; at < messages.size() && maker.Add(offset, messages[at], kArrival); ++at) added.push_back(offset++);
      maker.Finish();
      std::vector<uint64_t> found;
      for (const auto& [place, raw] : RowsOf(block, format)) found.push_back(place);
      EXPECT_EQ(found, added) << format.name;
    }
  }
}

TEST(BlockMaker, AFullBlockTakesNoMore) {
  SourceBlock block;
  BlockMaker maker(block);
  const std::string message(1000, 'x');
  uint64_t offset = 0;
  while (maker.Add(offset, message, kArrival)) ++offset;
  maker.Finish();
  EXPECT_LE(block.block.bytes.size(), BlockMaker::kBlockBytes);
  EXPECT_GT(block.block.bytes.size() + message.size() + 1, BlockMaker::kBlockBytes);
  EXPECT_EQ(block.end, offset);
}

TEST(BlockMaker, AMessageLargerThanABlockComesAlone) {
  SourceBlock block;
  BlockMaker maker(block);
  const std::string message(2 * BlockMaker::kBlockBytes, 'x');
  EXPECT_TRUE(maker.Add(3, message, kArrival));
  EXPECT_FALSE(maker.Add(4, "a", kArrival));
  maker.Finish();
  EXPECT_EQ(block.block.bytes.size(), message.size() + 1);
  EXPECT_GE(block.memory.size(), block.block.bytes.size() + kBlockPadding);
}

TEST(BlockMaker, MemoryIsUsedAgain) {
  SourceBlock block;
  BlockMaker(block).Add(0, "a", kArrival);
  const char* const before = block.memory.data();
  BlockMaker maker(block);
  EXPECT_TRUE(maker.empty());
  EXPECT_TRUE(maker.Add(9, "b", kArrival));
  maker.Finish();
  EXPECT_EQ(block.block.bytes.data(), before);
  EXPECT_EQ(block.block.bytes, "b\n");
}

}  // namespace
}  // namespace adirect
