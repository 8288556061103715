#include "adirect/targeting/settings.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TEST(Settings, WhatTwoStatesHaveInCommonIsTheSmallerOfEach) {
  const Settings a{32, Duration::Days(10)};
  const Settings b{4, Duration::Forever()};
  EXPECT_EQ(a.Meet(b), (Settings{4, Duration::Days(10)}));
  EXPECT_EQ(a.Meet(b), b.Meet(a));
  EXPECT_EQ(a.Meet(a), a);
}

TEST(Settings, WithinIncludesNowAndExcludesItsOwnLength) {
  const Duration hour = Duration::Hours(1);
  const Timestamp now{10 * kMillisPerHour};
  EXPECT_TRUE(Within(hour, now, now));
  EXPECT_TRUE(Within(hour, {9 * kMillisPerHour + 1}, now));
  EXPECT_FALSE(Within(hour, {9 * kMillisPerHour}, now));
  EXPECT_FALSE(Within(hour, {10 * kMillisPerHour + 1}, now)) << "not yet";
}

TEST(Settings, ForeverReachesBackToTheFirstEvent) {
  EXPECT_TRUE(Within(Duration::Forever(), kMinEventTime, kMaxEventTime));
  EXPECT_FALSE(Within(Duration::Forever(), {8}, {7}));
}

}  // namespace
}  // namespace adirect
