#include "adirect/sources/generator_rhythm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "adirect/sources/generator_random.h"

namespace adirect {
namespace {

constexpr Timestamp kMidnight{1485907200000};  // 2017-02-01T00:00:00Z

TEST(Rhythm, TimesGrowWithTheMassFromTheStartToTheEnd) {
  const Timestamp start{kMidnight.ms + 5 * kMillisPerHour + 1234};
  const int64_t span = 3 * kMillisPerDay + 777;
  const Rhythm rhythm(start, span, std::vector<int>{-5, 8});
  Rhythm::Hour hour;
  EXPECT_EQ(rhythm.TimeOf(0, hour), start);
  EXPECT_EQ(rhythm.TimeOf(rhythm.mass() - 1, hour).ms, start.ms + span - 1);
  Timestamp last = start;
  for (uint64_t i = 0; i < 10'000; ++i) {
    const Timestamp t = rhythm.TimeOf(rhythm.mass() / 10'000 * i, hour);
    ASSERT_GE(t, last);
    last = t;
  }
}

TEST(Rhythm, ACacheChangesNoTime) {
  const Rhythm rhythm(kMidnight, 30 * kMillisPerDay, std::vector<int>{1});
  Rhythm::Hour kept;
  for (uint64_t i = 0; i < 1000; ++i) {
    const uint64_t mass = Below(RandomStream{1}.At(i), rhythm.mass());
    Rhythm::Hour fresh;
    ASSERT_EQ(rhythm.TimeOf(mass, kept), rhythm.TimeOf(mass, fresh));
  }
}

// By the hour, UTC, for mass that is spread evenly.
std::vector<int> CountHours(const Rhythm& rhythm) {
  std::vector<int> counts(24);
  Rhythm::Hour hour;
  for (uint64_t i = 0; i < 24'000; ++i) {
    const Timestamp t = rhythm.TimeOf(rhythm.mass() / 24'000 * i, hour);
    ++counts[static_cast<size_t>(t.ms % kMillisPerDay / kMillisPerHour)];
  }
  return counts;
}

TEST(Rhythm, TheBusiestHourIsNineInTheEveningOfTheLocalClock) {
  for (const int offset : {-5, 0, 8}) {
    const std::vector<int> counts = CountHours(Rhythm(kMidnight, 10 * kMillisPerDay, std::vector<int>{offset}));
    const auto busiest = std::max_element(counts.begin(), counts.end()) - counts.begin();
    EXPECT_EQ((busiest + offset + 24) % 24, 20) << offset;
    EXPECT_GT(*std::max_element(counts.begin(), counts.end()), 10 * *std::min_element(counts.begin(), counts.end()));
  }
}

TEST(Rhythm, AGroupIsDrawnMoreOftenWhileItIsEveningThere) {
  const Timestamp evening{kMidnight.ms + 20 * kMillisPerHour};
  const Rhythm rhythm(evening, kMillisPerHour, std::vector<int>{0, 8});  // there it is four at night
  Rhythm::Hour hour;
  rhythm.Find(0, hour);
  EXPECT_EQ(hour.of_day, 20U);
  int first = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    first += rhythm.GroupOf(RandomStream{2}.At(i), hour) == 0 ? 1 : 0;
  }
  EXPECT_NEAR(first, 10'000 * 150 / 160, 150);
}

}  // namespace
}  // namespace adirect
