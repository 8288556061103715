#include "adirect/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

// Rows like "search ana shoes p1 1000"; "ignore" and "bad" are what they say.
class WordDecoder : public Decoder {
 public:
  size_t header_bytes() const override { return 0; }
  size_t WholeRows(std::string_view bytes) const override { return bytes.rfind('\n') + 1; }
  void Decode(const Block& block, DecodeScratch&, EventSink& sink) const override {
    for (size_t at = 0; at < block.bytes.size();) {
      const size_t end = block.bytes.find('\n', at);
      Row(block.bytes.substr(at, end - at), block.offset + at, sink);
      at = end + 1;
    }
  }

 private:
  static void Row(std::string_view raw, uint64_t offset, EventSink& sink) {
    if (raw == "ignore") return sink.OnIgnored({offset, raw});
    if (raw == "bad") return sink.OnRejected(RejectReason::kBadType, {offset, raw});
    std::array<std::string_view, 5> words;
    size_t at = 0;
    for (std::string_view& word : words) {
      const size_t end = std::min(raw.find(' ', at), raw.size());
      word = raw.substr(at, end - at);
      at = end + 1;
    }
    Event event;
    event.type = *ParseEventType(words[0]);
    event.user_id = words[1];
    event.category_id = words[2] == "-" ? "" : words[2];
    event.product_id = words[3];
    event.time = {std::stoll(std::string(words[4]))};
    event.identity = PositionIdentity(1, offset);
    sink.OnEvent(event, {offset, raw});
  }
};

// Blocks from memory. `on_next` is called with the number of blocks handed out so far.
class FakeSource : public Source {
 public:
  explicit FakeSource(std::vector<std::string> blocks) : blocks_(std::move(blocks)) {}

  Result<bool> Next(SourceBlock& block) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (on_next) ADIRECT_RETURN_IF_ERROR(on_next(next_));
    if (next_ == blocks_.size()) return false;
    const std::string& text = blocks_[next_];
    block.memory.assign(text.begin(), text.end());
    block.memory.resize(text.size() + kBlockPadding);
    block.block = {{block.memory.data(), text.size()}, offset_, false};
    block.sequence = next_++;
    block.input = &input;
    block.input_bytes = text.size();
    block.decoder = &decoder_;
    offset_ += text.size();
    return true;
  }

  size_t handed_out() const { return next_; }

  Input input{"events.txt", true};
  std::function<Status(size_t)> on_next;

 private:
  std::mutex mutex_;
  WordDecoder decoder_;
  std::vector<std::string> blocks_;
  size_t next_ = 0;
  uint64_t offset_ = 0;
};

class MemorySink : public TextSink {
 public:
  Status Write(std::string_view piece) override {
    text += piece;
    return {};
  }
  std::string text;
};

// A disk that is full after `writes`.
class FailingSink : public TextSink {
 public:
  explicit FailingSink(int writes) : writes_(writes) {}
  Status Write(std::string_view) override {
    EXPECT_FALSE(failed_) << "written to after its failure";
    failed_ = writes_-- == 0;
    return failed_ ? Exhausted("quarantine.ndjson: no space") : Status();
  }

 private:
  int writes_;
  bool failed_ = false;
};

// 200 blocks of 30 rows, every kind of row in them.
std::vector<std::string> ManyBlocks() {
  std::vector<std::string> blocks;
  int n = 0;
  for (int b = 0; b < 200; ++b) {
    std::string& block = blocks.emplace_back();
    for (int i = 0; i < 30; ++i, ++n) {
      const std::string user = " u" + std::to_string(n % 37);
      const std::string rest = " c" + std::to_string(n % 3) + " p" + std::to_string(n % 11) + " " + std::to_string(n);
      switch (n % 10) {
        case 0:
          block += "bad\n";
          break;
        case 1:
          block += "ignore\n";
          break;
        case 2:
          block += "purchase" + user + rest + "\n";
          break;
        case 3:
          block += "search" + user + " - p1 5\n";
          break;
        case 4:
          block +=
              n % 1000 == 4 ? "erase" + user + " - - " + std::to_string(n / 2) + "\n" : "view" + user + rest + "\n";
          break;
        default:
          block += "search" + user + rest + "\n";
      }
    }
  }
  return blocks;
}

struct Outcome {
  DoorCounts counts;
  std::string state;
  std::string quarantine;
};

PipelineOptions Options(unsigned threads) {
  PipelineOptions options;
  options.threads = threads;
  options.door.arrival = {1'000'000};
  options.door.as_of = Timestamp{5500};
  return options;
}

Outcome Piped(unsigned threads, size_t shard_count) {
  FakeSource source(ManyBlocks());
  Shards shards(shard_count, {});
  MemorySink quarantine;
  const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, Options(threads));
  EXPECT_TRUE(counts.ok());
  return {*counts, StateBytes(shards.tables(), shards.dictionary()), quarantine.text};
}

std::vector<uint64_t> Positions(const std::string& records) {
  std::vector<uint64_t> positions;
  std::istringstream lines(records);
  for (std::string line; std::getline(lines, line);) {
    positions.push_back(std::stoull(line.substr(line.find("\"position\":") + 11)));
  }
  return positions;
}

TEST(Pipeline, ThreadsAndShardsChangeNothing) {
  const Outcome one = Piped(1, 1);
  ASSERT_GT(one.state.size(), 1000u);
  ASSERT_FALSE(one.quarantine.empty());
  for (const unsigned threads : {1u, 2u, 5u}) {
    for (const size_t shards : {1u, 3u, 20u}) {
      const Outcome other = Piped(threads, shards);
      EXPECT_EQ(other.state, one.state);
      EXPECT_EQ(other.quarantine, one.quarantine);
      EXPECT_EQ(other.counts.rows, one.counts.rows);
      EXPECT_EQ(other.counts.accepted, one.counts.accepted);
      EXPECT_EQ(other.counts.erases(), one.counts.erases());
      EXPECT_EQ(other.counts.refused, one.counts.refused);
    }
  }
}

TEST(Pipeline, TheCountsAddUp) {
  const DoorCounts counts = Piped(5, 3).counts;
  EXPECT_EQ(counts.rows, 6000u);
  EXPECT_EQ(counts.ignored, 600u);
  EXPECT_EQ(counts.refused[static_cast<size_t>(RejectReason::kBadType)], 600u);
  EXPECT_EQ(counts.refused[static_cast<size_t>(RejectReason::kMissingCategoryId)], 600u);
  EXPECT_EQ(counts.all_refused(), 1200u);
  EXPECT_EQ(counts.erases(), 6u);
  EXPECT_GT(counts.after_as_of, 0u);
  EXPECT_EQ(counts.rows, counts.accepted + counts.ignored + counts.after_as_of + counts.all_refused());
}

TEST(Pipeline, QuarantineIsInTheOrderOfTheInput) {
  const std::vector<uint64_t> positions = Positions(Piped(5, 3).quarantine);
  ASSERT_EQ(positions.size(), 1200u);
  EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end()));
}

TEST(Pipeline, AnEmptySourceIsAnEmptyState) {
  for (const std::vector<std::string>& blocks : {std::vector<std::string>(), std::vector<std::string>(3)}) {
    FakeSource source(blocks);
    Shards shards(2, {});
    MemorySink quarantine;
    const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, Options(2));
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(counts->rows, 0u);
    EXPECT_EQ(shards.newest(), std::nullopt);
    EXPECT_EQ(quarantine.text, "");
  }
}

TEST(Pipeline, AStateThatOutgrowsTheMemoryEndsTheRunLongBeforeTheSource) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    FakeSource source(ManyBlocks());
    Shards shards(3, {});
    MemorySink quarantine;
    PipelineOptions options = Options(threads);
    options.memory_bytes = 1;
    const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, options);
    EXPECT_EQ(counts.status().code(), Code::kExhausted);
    EXPECT_NE(counts.status().message().find("--memory-limit"), std::string::npos);
    EXPECT_LT(source.handed_out(), ManyBlocks().size());
  }
}

TEST(Pipeline, AFailingQuarantineEndsTheRunWithItsReason) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    FakeSource source(ManyBlocks());
    Shards shards(3, {});
    FailingSink quarantine(3);
    const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, Options(threads));
    EXPECT_EQ(counts.status().code(), Code::kExhausted);
    EXPECT_EQ(counts.status().message(), "quarantine.ndjson: no space");
    EXPECT_LT(source.handed_out(), 200u);
  }
}

TEST(Pipeline, AFailingSourceEndsTheRunWithItsReason) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    FakeSource source(ManyBlocks());
    source.on_next = [](size_t next) { return next >= 20 ? Internal("read error") : Status(); };
    Shards shards(3, {});
    MemorySink quarantine;
    const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, Options(threads));
    EXPECT_EQ(counts.status().message(), "read error");
    EXPECT_EQ(source.handed_out(), 20u);
  }
}

TEST(Pipeline, AStopEndsTheRunAsUnavailable) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    for (const size_t stop_at : {0u, 7u}) {
      std::atomic<bool> stop = stop_at == 0;
      FakeSource source(ManyBlocks());
      source.on_next = [&](size_t next) {
        if (next == stop_at) stop = true;
        return Status();
      };
      Shards shards(3, {});
      MemorySink quarantine;
      PipelineOptions options = Options(threads);
      options.stop = &stop;
      const Result<DoorCounts> counts = RunPipeline(source, shards, quarantine, options);
      EXPECT_EQ(counts.status().code(), Code::kUnavailable);
      EXPECT_LE(source.handed_out(), stop_at + threads);
    }
  }
}

TEST(Pipeline, ProgressHearsOfEveryRowAndByte) {
  class Counter : public Progress {
   public:
    void Add(uint64_t r, uint64_t b) override {
      rows += r;
      bytes += b;
    }
    std::atomic<uint64_t> rows = 0;
    std::atomic<uint64_t> bytes = 0;
  };
  uint64_t bytes = 0;
  for (const std::string& block : ManyBlocks()) bytes += block.size();
  FakeSource source(ManyBlocks());
  Shards shards(3, {});
  MemorySink quarantine;
  Counter counter;
  PipelineOptions options = Options(3);
  options.progress = &counter;
  ASSERT_TRUE(RunPipeline(source, shards, quarantine, options).ok());
  EXPECT_EQ(counter.rows, 6000u);
  EXPECT_EQ(counter.bytes, bytes);
}

TEST(Pipeline, ASourceThatMayNotEraseErasesNobody) {
  FakeSource source({"search ana shoes p1 10\n", "erase ana - - 20\n"});
  source.input.may_erase = false;
  Shards shards(1, {});
  MemorySink quarantine;
  ASSERT_TRUE(RunPipeline(source, shards, quarantine, Options(1)).ok());
  EXPECT_NE(quarantine.text.find("erase_not_allowed"), std::string::npos);
  EXPECT_TRUE(shards.TableOf("ana").Find("ana").has_value());
}

TEST(RunOnThreads, EachNumberIsWorkedOnceAndTheLastOneByTheCaller) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    std::vector<int> calls(threads);
    std::thread::id last;
    const Status done = RunOnThreads(threads, [&](unsigned i) {
      ++calls[i];
      if (i == threads - 1) last = std::this_thread::get_id();
      return Status();
    });
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(calls, std::vector<int>(threads, 1));
    EXPECT_EQ(last, std::this_thread::get_id());
  }
}

TEST(RunOnThreads, OfSeveralFailuresTheFirstByNumberIsReturned) {
  std::atomic<int> calls = 0;
  const Status done = RunOnThreads(4, [&](unsigned i) {
    ++calls;
    return i == 0 || i == 2 ? Status() : Internal("thread " + std::to_string(i));
  });
  EXPECT_EQ(done.message(), "thread 1");
  EXPECT_EQ(calls, 4);
}

}  // namespace
}  // namespace adirect
