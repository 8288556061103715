#include "adirect/sources/generator_random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace adirect {
namespace {

TEST(RandomStream, ItsDrawsAreTheOutputsOfSplitmix64) {
  EXPECT_EQ(RandomStream{0}.At(0), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(RandomStream{0}.At(1), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(RandomStream{1234567}.At(0), 6457827717110365317ULL);
  EXPECT_EQ(RandomStream{1234567}.At(1), 3203168211198807973ULL);
}

TEST(RandomStream, StreamsOfDifferentTagsAndParentsDiffer) {
  std::set<uint64_t> keys;
  for (uint64_t parent = 0; parent < 100; ++parent) {
    for (uint64_t tag = 0; tag < 100; ++tag) keys.insert(RandomStream{parent}.Sub(tag).key);
  }
  EXPECT_EQ(keys.size(), 10'000U);
}

TEST(RandomStream, BelowReachesBothEndsAndNoFurther) {
  EXPECT_EQ(Below(0, 10), 0U);
  EXPECT_EQ(Below(UINT64_MAX, 10), 9U);
  EXPECT_EQ(Below(UINT64_MAX, 1), 0U);
}

TEST(RandomStream, BelowIsUniform) {
  std::array<int, 10> counts{};
  for (uint64_t i = 0; i < 100'000; ++i) ++counts[Below(RandomStream{7}.At(i), 10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(RandomStream, ChanceIsAShareInMillionths) {
  int hits = 0;
  for (uint64_t i = 0; i < 100'000; ++i) hits += Chance(RandomStream{8}.At(i), 250'000) ? 1 : 0;
  EXPECT_NEAR(hits, 25'000, 700);
  EXPECT_TRUE(Chance(UINT64_MAX, 1'000'000));
  EXPECT_FALSE(Chance(0, 0));
}

}  // namespace
}  // namespace adirect
