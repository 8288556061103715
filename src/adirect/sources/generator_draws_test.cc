#include "adirect/sources/generator_draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace adirect {
namespace {

constexpr RandomStream kRandom{17};

TEST(GeneratorDraws, TheFirstCategoryIsTwiceAsPopularAsTheSecondAndTenTimesAsTheLast) {
  std::array<int, kCategories> counts{};
  for (uint64_t i = 0; i < 738'100; ++i) ++counts[DrawCategory(kRandom.At(i))];
  for (uint32_t category = 0; category < kCategories; ++category) {
    EXPECT_NEAR(counts[category], 252'000.0 / (category + 1), 2500) << category;
  }
}

TEST(GeneratorDraws, ProductsHaveEqualMassPerOctaveOfTheirRank) {
  std::vector<int> counts(kProductsPerCategory);
  for (uint64_t i = 0; i < 1'661'000; ++i) ++counts[DrawProduct(kRandom.At(i), 3)];
  std::sort(counts.rbegin(), counts.rend());
  EXPECT_NEAR(counts[0], 100'000, 1500);
  EXPECT_NEAR(counts[1], 50'000, 1200);
  EXPECT_NEAR(counts[2], 50'000, 1200);
  EXPECT_NEAR(counts[3], 25'000, 1000);
  EXPECT_GT(std::count_if(counts.begin(), counts.end(), [](int n) { return n > 0; }), 80'000);
}

TEST(GeneratorDraws, CategoriesHaveDifferentBestsellers) {
  std::set<uint32_t> best;
  for (uint32_t category = 0; category < kCategories; ++category) best.insert(DrawProduct(0, category));
  EXPECT_EQ(best.size(), kCategories);
}

TEST(GeneratorDraws, EveryShopperHasSessionsAndTheBusiestTenTimesTheAverage) {
  for (const uint32_t count : {1U, 2U, 10U, 1000U}) {
    const BusyOrder order(count);
    std::vector<int> sessions(count);
    for (uint64_t i = 0; i < 200'000; ++i) ++sessions[order.Draw(kRandom.At(i))];
    EXPECT_GT(*std::min_element(sessions.begin(), sessions.end()), 0);
    if (count < 1000) continue;
    EXPECT_NEAR(*std::max_element(sessions.begin(), sessions.end()), 2000, 300);
    std::sort(sessions.rbegin(), sessions.rend());
    int busier_half = 0;
    for (uint32_t i = 0; i < count / 2; ++i) busier_half += sessions[i];
    EXPECT_NEAR(busier_half, 200'000 * 0.692, 2000);
  }
}

}  // namespace
}  // namespace adirect
