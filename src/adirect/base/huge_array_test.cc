#include "adirect/base/huge_array.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace adirect {
namespace {

TEST(HugeArray, StartsZeroed) {
  HugeArray<uint64_t> array(100'000);
  ASSERT_EQ(array.size(), 100'000u);
  EXPECT_EQ(array.bytes(), 800'000u);
  uint64_t any = 0;
  for (size_t i = 0; i < array.size(); ++i) any |= array[i];
  EXPECT_EQ(any, 0u);
}

TEST(HugeArray, MovesWithoutCopying) {
  HugeArray<uint64_t> array(10);
  array[9] = 7;
  const uint64_t* at = array.data();
  HugeArray<uint64_t> moved(std::move(array));
  EXPECT_EQ(moved.data(), at);
  HugeArray<uint64_t> assigned(3);
  assigned = std::move(moved);
  EXPECT_EQ(assigned[9], 7u);
  EXPECT_EQ(assigned.size(), 10u);
}

TEST(HugeArray, MayBeEmpty) {
  const HugeArray<uint64_t> none;
  const HugeArray<uint64_t> zero(0);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(zero.data(), nullptr);
}

}  // namespace
}  // namespace adirect
