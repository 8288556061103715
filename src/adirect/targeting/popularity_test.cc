#include "adirect/targeting/popularity.h"

#include <gtest/gtest.h>

#include "adirect/targeting/test_shop.h"

namespace adirect {
namespace {

constexpr int64_t kDay = TestShop::kDay;

class PopularityTest : public testing::Test {
 protected:
  PopularityCounter Count(Duration window, int64_t now, const std::vector<KeptEvent>& standing) {
    PopularityCounter counter(window, shop_.settings, {now});
    counter.Add(standing);
    return counter;
  }
  std::string Told(const Popularity& popularity, std::string_view category) {
    std::string told;
    for (const PopularProduct& product : popularity.Of(shop_.dictionary.FindCategory(category))) {
      told += (told.empty() ? "" : " ") + std::string(shop_.dictionary.product(product.item)) + "x" +
              std::to_string(product.purchases);
    }
    return told;
  }
  std::string Popular(Duration window, int64_t now, const std::vector<KeptEvent>& standing) {
    return Told(Popularity(Count(window, now, standing), shop_.dictionary), "shoes");
  }

  TestShop shop_;
};

TEST_F(PopularityTest, MostPurchasesComeFirstThenTheSmallerId) {
  EXPECT_EQ(Popular(Duration::Forever(), 9,
                    {shop_.Buy(1, "b"), shop_.Buy(2, "a"), shop_.Buy(3, "c"), shop_.Buy(4, "c"), shop_.Buy(5, "Z")}),
            "cx2 Zx1 ax1 bx1");
}

TEST_F(PopularityTest, PurchasesAreCountedNotUnitsOrShoppers) {
  EXPECT_EQ(Popular(Duration::Forever(), 9, {shop_.Buy(1, "a"), shop_.Buy(1, "a"), shop_.Buy(1, "a")}), "ax3");
}

TEST_F(PopularityTest, TheWindowIsWholeDaysTodayIncluded) {
  const std::vector<KeptEvent> standing = {shop_.Buy(3 * kDay - 1, "out"), shop_.Buy(3 * kDay, "in"),
                                           shop_.Buy(4 * kDay, "today")};
  EXPECT_EQ(Popular(Duration::Days(2), 4 * kDay, standing), "inx1 todayx1");
  EXPECT_EQ(Popular(Duration::Days(2), 5 * kDay - 1, standing), "inx1 todayx1");
  EXPECT_EQ(Popular(Duration::Days(1), 5 * kDay - 1, standing), "todayx1");
  EXPECT_EQ(Popular(Duration::Days(2), 5 * kDay, standing), "todayx1");
  EXPECT_EQ(Popular(Duration::Forever(), 5 * kDay, standing), "inx1 outx1 todayx1");
}

TEST_F(PopularityTest, TheWindowIsCutToTheRetention) {
  shop_.settings.retention = Duration::Days(2);
  const std::vector<KeptEvent> standing = {shop_.Buy(3 * kDay - 1, "out"), shop_.Buy(3 * kDay, "in")};
  EXPECT_EQ(Popular(Duration::Forever(), 4 * kDay, standing), "inx1");
}

TEST_F(PopularityTest, AWindowLongerThanTimeItselfReachesToTheFirstDay) {
  EXPECT_EQ(Popular(Duration::Days(3'660'000), 1, {shop_.Buy(0, "a")}), "ax1");
}

TEST_F(PopularityTest, APurchaseWithoutProductIsNotPopular) {
  const Popularity popularity(Count(Duration::Forever(), 9, {shop_.Buy(1, "")}), shop_.dictionary);
  EXPECT_EQ(Told(popularity, "shoes"), "");
  EXPECT_TRUE(popularity.categories().empty());
}

TEST_F(PopularityTest, MergedCountersCountAsOne) {
  PopularityCounter a = Count(Duration::Forever(), 9, {shop_.Buy(1, "a"), shop_.Buy(2, "bags/b")});
  a.Merge(Count(Duration::Forever(), 9, {shop_.Buy(3, "a"), shop_.Buy(4, "c")}));
  const Popularity popularity(a, shop_.dictionary);
  EXPECT_EQ(Told(popularity, "shoes"), "ax2 cx1");
  EXPECT_EQ(Told(popularity, "bags"), "bx1");
}

TEST_F(PopularityTest, CategoriesAreSortedByTheirIds) {
  const Popularity popularity(
      Count(Duration::Forever(), 9, {shop_.Buy(1, "b/p"), shop_.Buy(2, "a/p"), shop_.Buy(3, "Z/p")}), shop_.dictionary);
  std::string ids;
  for (const CategoryIndex category : popularity.categories()) ids += shop_.dictionary.category_id(category);
  EXPECT_EQ(ids, "Zab");
}

TEST_F(PopularityTest, UnknownCategoriesHaveNone) {
  const Popularity nothing;
  EXPECT_TRUE(nothing.Of(shop_.Category("shoes")).empty());
  EXPECT_TRUE(nothing.Of(CategoryIndex()).empty());
  EXPECT_TRUE(nothing.categories().empty());
}

}  // namespace
}  // namespace adirect
