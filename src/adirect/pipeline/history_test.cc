#include "adirect/pipeline/history.h"

#include <gtest/gtest.h>

#include "adirect/pipeline/engine_test_support.h"

namespace adirect {
namespace {

class HistoryTest : public testing::Test {
 protected:
  void Seconds(int seconds, uint64_t events_each) {
    for (int i = 0; i < seconds; ++i) {
      history_.Tick();
      clock_.now += 1000;
      totals_.accepted += events_each;
    }
  }

  SetClock clock_;
  Totals totals_;
  History history_{[this] { return totals_; }, clock_};
};

TEST_F(HistoryTest, BeforeTheSecondSampleNothingIsSaidOfRates) {
  EXPECT_EQ(history_.rates().accepted_per_second, 0);
  Seconds(1, 70);
  EXPECT_EQ(history_.rates().accepted_per_second, 0);
  Seconds(1, 70);
  EXPECT_EQ(history_.rates().accepted_per_second, 70);
}

TEST_F(HistoryTest, ARateIsThatOfTheLastTenSeconds) {
  Seconds(30, 1000);
  Seconds(5, 0);
  EXPECT_NEAR(history_.rates().accepted_per_second, 600, 1);
  Seconds(6, 0);
  EXPECT_EQ(history_.rates().accepted_per_second, 0);
}

TEST_F(HistoryTest, APointIsKeptEveryTenSecondsAndADayOfThem) {
  Seconds(21, 10);
  std::vector<HistoryPoint> points = history_.Points(100);
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[1].time.ms - points[0].time.ms, 10'000);
  EXPECT_EQ(points[2].rates.accepted_per_second, 10);
  EXPECT_EQ(history_.Points(1).front().time, points[2].time);
  Seconds(static_cast<int>(History::kMostPoints) * History::kSecondsPerPoint, 0);
  points = history_.Points(SIZE_MAX);
  EXPECT_EQ(points.size(), History::kMostPoints);
  EXPECT_EQ(points.back().time.ms - points.front().time.ms, (24 * 3600 - 10) * 1000);
}

TEST_F(HistoryTest, WhoWaitsIsWokenOnceByTheNextSampleOrTheEnd) {
  int woken = 0;
  history_.AfterTick(history_.ticks(), [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  Seconds(2, 0);
  EXPECT_EQ(woken, 1);
  history_.AfterTick(history_.ticks(), [&] { ++woken; });
  Seconds(1, 0);
  history_.AfterTick(history_.ticks() - 1, [&] { ++woken; });
  EXPECT_EQ(woken, 3);
  history_.AfterTick(history_.ticks(), [&] { ++woken; });
  history_.Stop();
  EXPECT_EQ(woken, 4);
  history_.AfterTick(history_.ticks(), [&] { ++woken; });
  EXPECT_EQ(woken, 5);
}

}  // namespace
}  // namespace adirect
