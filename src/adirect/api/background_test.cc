#include "adirect/api/background.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <vector>

namespace adirect {
namespace {

TEST(BackgroundTest, WorkIsDoneInOrderAndAllOfItBeforeTheEnd) {
  std::vector<int> done;
  {
    Background background;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(background.Run(1, [&done, i] { done.push_back(i); }));
  }
  ASSERT_EQ(done.size(), 100u);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

TEST(BackgroundTest, TooMuchIsNotTakenButOnePieceAlwaysIs) {
  std::promise<void> go;
  Background background(10);
  EXPECT_TRUE(background.Run(50, [&] { go.get_future().wait(); }));
  EXPECT_FALSE(background.Run(1, [] {}));
  go.set_value();
  while (!background.Run(1, [] {})) std::this_thread::yield();
}

TEST(BackgroundTest, ManyThreadsWorkAtOnce) {
  std::promise<void> second;
  Background background(10, 2);
  EXPECT_TRUE(background.Run(1, [&] { second.get_future().wait(); }));
  EXPECT_TRUE(background.Run(1, [&] { second.set_value(); }));
}

TEST(BackgroundTest, WhatWeighsNothingIsAlwaysTaken) {
  std::promise<void> go;
  Background background(1);
  EXPECT_TRUE(background.Run(1, [&] { go.get_future().wait(); }));
  EXPECT_FALSE(background.Run(1, [] {}));
  EXPECT_TRUE(background.Run(0, [&] {}));
  go.set_value();
}

}  // namespace
}  // namespace adirect
