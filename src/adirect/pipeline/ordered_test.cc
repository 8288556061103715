#include "adirect/pipeline/ordered.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace adirect {
namespace {

TEST(Ordered, PiecesAreHandedOnInTheirOrderWhateverOrderTheyComeIn) {
  std::vector<uint64_t> numbers = {0, 1, 2, 3, 4};
  do {
    std::string text;
    Ordered<std::string> ordered([&](std::string& piece) {
      text += piece;
      return Status();
    });
    for (const uint64_t number : numbers) {
      EXPECT_TRUE(ordered.Commit(number, std::to_string(number)).ok());
    }
    EXPECT_EQ(text, "01234");
  } while (std::next_permutation(numbers.begin(), numbers.end()));
}

TEST(Ordered, APieceWaitsForEarlierOnesAndForNothingElse) {
  std::string text;
  Ordered<std::string> ordered([&](std::string& piece) {
    text += piece;
    return Status();
  });
  EXPECT_TRUE(ordered.Commit(0, "a").ok());
  EXPECT_EQ(text, "a");
  EXPECT_TRUE(ordered.Commit(2, "c").ok());
  EXPECT_EQ(text, "a");
  EXPECT_TRUE(ordered.Commit(1, "b").ok());
  EXPECT_EQ(text, "abc");
}

TEST(Ordered, PiecesThatCannotBeCopiedAreMoved) {
  int sum = 0;
  Ordered<std::unique_ptr<int>> ordered([&](std::unique_ptr<int>& piece) {
    sum = 10 * sum + *piece;
    return Status();
  });
  EXPECT_TRUE(ordered.Commit(1, std::make_unique<int>(2)).ok());
  EXPECT_TRUE(ordered.Commit(0, std::make_unique<int>(1)).ok());
  EXPECT_EQ(sum, 12);
}

TEST(Ordered, WhoIsFarAheadWaitsForThePieceThatIsDue) {
  std::atomic<uint64_t> consumed = 0;
  Ordered<int> ordered([&](int&) {
    ++consumed;
    return Status();
  });
  std::atomic<bool> ahead = false;
  std::thread thread([&] {
    EXPECT_TRUE(ordered.Commit(Ordered<int>::kMostAhead, 0).ok());
    ahead = true;
  });
  for (uint64_t i = 1; i < Ordered<int>::kMostAhead; ++i) EXPECT_TRUE(ordered.Commit(i, 0).ok());
  EXPECT_FALSE(ahead);
  EXPECT_TRUE(ordered.Commit(0, 0).ok());
  thread.join();
  EXPECT_EQ(consumed, Ordered<int>::kMostAhead + 1);
}

TEST(Ordered, AFailureOfAnotherThreadEndsTheWait) {
  Ordered<int> ordered([](int&) { return Status(); });
  std::thread thread([&] { EXPECT_EQ(ordered.Commit(1000, 0).code(), Code::kUnavailable); });
  ordered.Fail(Unavailable("cancelled"));
  thread.join();
  EXPECT_EQ(ordered.Commit(0, 0).code(), Code::kUnavailable);
}

TEST(Ordered, AfterAFailureNothingIsHandedOnAndEveryCallHearsOfIt) {
  int consumed = 0;
  Ordered<int> ordered([&](int& piece) {
    ++consumed;
    return piece == 1 ? Exhausted("full") : Status();
  });
  EXPECT_TRUE(ordered.Commit(2, 2).ok());
  EXPECT_TRUE(ordered.Commit(0, 0).ok());
  EXPECT_EQ(ordered.Commit(1, 1).message(), "full");
  EXPECT_EQ(ordered.Commit(3, 3).code(), Code::kExhausted);
  EXPECT_EQ(consumed, 2);
}

TEST(Ordered, ThreadsTakeTurns) {
  constexpr uint64_t kPieces = 2000;
  std::vector<uint64_t> order;  // written by `consume` alone, one call at a time
  Ordered<uint64_t> ordered([&](uint64_t& piece) {
    order.push_back(piece);
    return Status();
  });
  std::atomic<uint64_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      for (uint64_t n = next++; n < kPieces; n = next++) EXPECT_TRUE(ordered.Commit(n, n).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(order.size(), kPieces);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

}  // namespace
}  // namespace adirect
