#include "adirect/targeting/chain.h"

#include <gtest/gtest.h>

#include <vector>

namespace adirect {
namespace {

using Chain = ChainPool::Chain;

ChainEntry Entry(uint64_t n) { return {n << 16 | n, static_cast<uint32_t>(n * 3), n * 0x9e3779b97f4a7c15ULL}; }

std::vector<uint64_t> Heads(const ChainPool& pool, const Chain& chain) {
  std::vector<uint64_t> heads;
  pool.ForEach(chain, [&](const ChainEntry& entry) { heads.push_back(entry.head); });
  return heads;
}

// What Heads returns for entries first, first + 1, …
std::vector<uint64_t> HeadsOf(uint64_t first, uint64_t count) {
  std::vector<uint64_t> heads;
  for (uint64_t n = first; n < first + count; ++n) heads.push_back(Entry(n).head);
  return heads;
}

void Append(ChainPool& pool, Chain& chain, uint64_t first, uint64_t count) {
  for (uint64_t n = first; n < first + count; ++n) pool.Append(chain, Entry(n));
}

TEST(ChainPool, AnEmptyChainHoldsNothingAndCanBeCleared) {
  ChainPool pool;
  Chain chain;
  EXPECT_TRUE(Heads(pool, chain).empty());
  pool.PrefetchTail(chain);
  pool.PrefetchSegment(chain, 0);
  pool.PrefetchSegment(chain, 1);
  pool.Clear(chain);
  EXPECT_EQ(chain.count, 0u);
  EXPECT_EQ(pool.memory_bytes(), 0u);
}

TEST(ChainPool, EntriesComeBackInTheirOrderWhateverTheirNumber) {
  for (uint64_t count = 1; count <= 40; ++count) {
    ChainPool pool;
    Chain chain;
    Append(pool, chain, 0, count);
    pool.PrefetchTail(chain);
    for (int segment = 0; segment < 8; ++segment) pool.PrefetchSegment(chain, segment);
    EXPECT_EQ(chain.count, count);
    EXPECT_EQ(Heads(pool, chain), HeadsOf(0, count)) << count;
  }
}

TEST(ChainPool, AllBitsOfAnEntryAreKept) {
  ChainPool pool;
  Chain chain;
  const std::vector<ChainEntry> entries = {
      {UINT64_MAX, UINT32_MAX, UINT64_MAX}, {0, 0, 0}, {0x0123456789abcdef, 0x89abcdef, 0xfedcba9876543210}};
  for (const ChainEntry& entry : entries) pool.Append(chain, entry);
  size_t i = 0;
  pool.ForEach(chain, [&](const ChainEntry& entry) {
    EXPECT_EQ(entry.head, entries[i].head);
    EXPECT_EQ(entry.item, entries[i].item);
    EXPECT_EQ(entry.identity, entries[i].identity);
    ++i;
  });
  EXPECT_EQ(i, entries.size());
}

TEST(ChainPool, ChainsThatGrowInTurnsDoNotMix) {
  constexpr uint64_t kChains = 500;
  constexpr uint64_t kEach = 23;
  ChainPool pool;
  std::vector<Chain> chains(kChains);
  for (uint64_t n = 0; n < kEach; ++n) {
    for (uint64_t c = 0; c < kChains; ++c) pool.Append(chains[c], Entry(c * 1000 + n));
  }
  for (uint64_t c = 0; c < kChains; ++c) EXPECT_EQ(Heads(pool, chains[c]), HeadsOf(c * 1000, kEach));
}

TEST(ChainPool, AChainLongerThanABlockGoesOnInTheNext) {
  constexpr uint64_t kEntries = 250'000;  // 5 MB, and a block has 2 MiB
  ChainPool pool;
  Chain chain;
  Append(pool, chain, 0, kEntries);
  EXPECT_GT(pool.memory_bytes(), size_t{4} << 20);
  EXPECT_EQ(Heads(pool, chain), HeadsOf(0, kEntries));
}

TEST(ChainPool, ClearedSegmentsAreUsedAgain) {
  ChainPool pool;
  Chain other;
  Append(pool, other, 7000, 9);
  Chain chain;
  for (uint64_t round = 0; round < 3000; ++round) {
    Append(pool, chain, round, 50);  // 3000 rounds would fill two blocks
    ASSERT_EQ(Heads(pool, chain), HeadsOf(round, 50));
    pool.Clear(chain);
    ASSERT_EQ(chain.count, 0u);
  }
  EXPECT_EQ(pool.memory_bytes(), size_t{2} << 20);
  EXPECT_EQ(Heads(pool, other), HeadsOf(7000, 9));
}

TEST(ChainPool, SegmentsOfAClearedChainServeOtherChainsOfAnyLength) {
  ChainPool pool;
  for (uint64_t cleared = 0; cleared <= 24; ++cleared) {
    Chain chain;
    Append(pool, chain, 0, cleared);
    pool.Clear(chain);
    Chain a;
    Chain b;
    for (uint64_t n = 0; n < 25; ++n) {
      pool.Append(a, Entry(100 + n));
      pool.Append(b, Entry(200 + n));
    }
    ASSERT_EQ(Heads(pool, a), HeadsOf(100, 25)) << cleared;
    ASSERT_EQ(Heads(pool, b), HeadsOf(200, 25)) << cleared;
    pool.Clear(a);
    ASSERT_EQ(Heads(pool, b), HeadsOf(200, 25)) << cleared;
    pool.Clear(b);
  }
}

}  // namespace
}  // namespace adirect
