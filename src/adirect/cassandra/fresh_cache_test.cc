#include "adirect/cassandra/fresh_cache.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

using Cache = FreshCache<int>;
using std::chrono::milliseconds;

Cache::Time At(int ms) { return Cache::Time(milliseconds(1'000'000 + ms)); }

TEST(FreshCache, FindsWhatWasReadWithinASecondAndNothingOlder) {
  Cache cache(10);
  cache.Put("a", 1, At(0));
  cache.Put("b", 2, At(600));
  EXPECT_EQ(cache.Find("a", At(999)), 1);
  EXPECT_EQ(cache.Find("a", At(1'000)), std::nullopt);
  EXPECT_EQ(cache.Find("b", At(1'599)), 2);
  EXPECT_EQ(cache.Find("b", At(1'600)), std::nullopt);
  EXPECT_EQ(cache.Find("c", At(0)), std::nullopt);
}

TEST(FreshCache, TheLastThatWasPutIsFound) {
  Cache cache(10);
  cache.Put("a", 1, At(0));
  cache.Put("a", 2, At(1));
  EXPECT_EQ(cache.Find("a", At(2)), 2);
}

TEST(FreshCache, HoldsTwiceAsManyAsItIsToldAtMost) {
  Cache cache(10);
  for (int i = 0; i < 1'000; ++i) cache.Put(std::to_string(i), i, At(0));
  int found = 0;
  for (int i = 0; i < 1'000; ++i) found += cache.Find(std::to_string(i), At(0)) ? 1 : 0;
  EXPECT_GE(found, 10);
  EXPECT_LE(found, 20);
}

}  // namespace
}  // namespace adirect
