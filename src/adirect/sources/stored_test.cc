#include "adirect/sources/stored.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace adirect {
namespace {

// Gives `blocks` blocks, numbered from 0; each takes a moment after it was numbered.
class Numbers : public StoredSource {
 public:
  explicit Numbers(uint64_t blocks, Status end = {}, std::atomic<int>* alive = nullptr)
      : blocks_(blocks), end_(std::move(end)), alive_(alive) {
    if (alive_ != nullptr) ++*alive_;
  }
  ~Numbers() override {
    if (alive_ != nullptr) --*alive_;
  }

  Result<bool> Next(SourceBlock& block) override {
    const uint64_t number = next_++;
    if (number >= blocks_ && !end_.ok()) return end_;
    if (number >= blocks_) return false;
    std::this_thread::yield();
    block.sequence = number;
    block.block.offset = number;
    block.input = &input_;
    return true;
  }
  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override {
    SourceBlock block;
    block.input = &input_;
    visit(block);
  }
  uint64_t total_bytes() const override { return blocks_; }
  std::vector<StateInput> inputs() const override { return {{"numbers", blocks_, checksums_}}; }
  void KeepChecksums() override { checksums_ = 1; }

 private:
  const uint64_t blocks_;
  const Status end_;
  std::atomic<int>* const alive_;
  uint64_t checksums_ = 0;
  const Input input_;
  std::atomic<uint64_t> next_ = 0;
};

std::unique_ptr<StoredSource> Three(uint64_t a, uint64_t b, uint64_t c) {
  std::vector<std::unique_ptr<StoredSource>> sources;
  for (const uint64_t blocks : {a, b, c}) sources.push_back(std::make_unique<Numbers>(blocks));
  return Joined(std::move(sources));
}

TEST(Joined, BlocksOfAllSourcesAreNumberedInTheirOrder) {
  const std::unique_ptr<StoredSource> source = Three(2, 0, 3);
  EXPECT_EQ(source->total_bytes(), 5u);
  std::vector<uint64_t> sequences;
  std::vector<uint64_t> offsets;
  SourceBlock block;
  while (*source->Next(block)) {
    sequences.push_back(block.sequence);
    offsets.push_back(block.block.offset);
  }
  EXPECT_EQ(sequences, (std::vector<uint64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(offsets, (std::vector<uint64_t>{0, 1, 0, 1, 2}));
  EXPECT_FALSE(*source->Next(block));
}

TEST(Joined, ThreadsShareTheBlocksAndEachNumberIsGivenOnce) {
  constexpr uint64_t kBlocks = 5000;
  const std::unique_ptr<StoredSource> source = Three(kBlocks, 3, kBlocks);
  std::mutex mutex;
  std::multiset<uint64_t> sequences;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (SourceBlock block; *source->Next(block);) {
        const std::lock_guard<std::mutex> lock(mutex);
        sequences.insert(block.sequence);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(sequences.size(), 2 * kBlocks + 3);
  EXPECT_EQ(*sequences.rbegin(), 2 * kBlocks + 2);
  EXPECT_EQ(std::set<uint64_t>(sequences.begin(), sequences.end()).size(), sequences.size());
}

TEST(Joined, AnErrorIsHandedOnAndTheEndsOfAllAreShown) {
  std::vector<std::unique_ptr<StoredSource>> sources;
  sources.push_back(std::make_unique<Numbers>(1));
  sources.push_back(std::make_unique<Numbers>(0, Corrupt("broken")));
  const std::unique_ptr<StoredSource> source = Joined(std::move(sources));
  size_t ends = 0;
  source->PeekEnds([&](const SourceBlock&) { ++ends; });
  EXPECT_EQ(ends, 2u);
  SourceBlock block;
  EXPECT_TRUE(*source->Next(block));
  EXPECT_EQ(source->Next(block).status().message(), "broken");
}

// Many sources of three blocks each, opened later.
std::vector<LaterSource> Later(size_t count, std::atomic<int>& alive) {
  std::vector<LaterSource> sources;
  for (size_t i = 0; i < count; ++i) {
    sources.push_back({[&alive]() -> Result<std::unique_ptr<StoredSource>> {
                         return std::unique_ptr<StoredSource>(std::make_unique<Numbers>(3, Status(), &alive));
                       },
                       10});
  }
  return sources;
}

TEST(JoinedLater, ASourceIsThereFromItsFirstBlockToTheLastOneThatIsLookedAt) {
  std::atomic<int> alive = 0;
  {
    const std::unique_ptr<StoredSource> source = Joined(Later(4, alive));
    EXPECT_EQ(source->total_bytes(), 40u);
    EXPECT_EQ(alive, 0);
    SourceBlock slow;
    ASSERT_TRUE(*source->Next(slow));
    uint64_t blocks = 1;
    for (SourceBlock block; *source->Next(block); ++blocks) {
      EXPECT_EQ(block.sequence, blocks);
      EXPECT_LE(alive, 2 + 1);  // of both blocks, and the one at hand
    }
    EXPECT_EQ(blocks, 12u);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(slow.input->name, "");
  }
  EXPECT_EQ(alive, 0);
}

TEST(JoinedLater, WhatWasReadIsKnownWhenTheSourcesAreGone) {
  std::atomic<int> alive = 0;
  const std::unique_ptr<StoredSource> source = Joined(Later(3, alive));
  source->KeepChecksums();
  for (SourceBlock block; *source->Next(block);) {
  }
  const std::vector<StateInput> inputs = source->inputs();
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[2].checksum, 1u);
}

TEST(JoinedLater, ThreadsShareTheBlocks) {
  std::atomic<int> alive = 0;
  const std::unique_ptr<StoredSource> source = Joined(Later(1000, alive));
  std::atomic<uint64_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (SourceBlock block; *source->Next(block);) sum += block.sequence + (block.input->may_erase ? 1 : 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, uint64_t{3000} * 2999 / 2);
}

TEST(JoinedLater, OnlyTheLastEndIsLookedAtAndOneThatCannotBeOpenedIsAnErrorForAll) {
  std::atomic<int> alive = 0;
  std::vector<LaterSource> sources = Later(2, alive);
  size_t ends = 0;
  Joined(Later(2, alive))->PeekEnds([&](const SourceBlock&) { ++ends; });
  EXPECT_EQ(ends, 1u);
  sources.push_back({[]() -> Result<std::unique_ptr<StoredSource>> { return Unavailable("down"); }, 0});
  const std::unique_ptr<StoredSource> source = Joined(std::move(sources));
  source->PeekEnds([&](const SourceBlock&) { ++ends; });
  EXPECT_EQ(ends, 1u);
  SourceBlock block;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(*source->Next(block));
  EXPECT_EQ(source->Next(block).status().code(), Code::kUnavailable);
  EXPECT_EQ(source->Next(block).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace adirect
