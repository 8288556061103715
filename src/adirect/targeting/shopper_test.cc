#include "adirect/targeting/shopper.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "adirect/targeting/test_shop.h"

namespace adirect {
namespace {

constexpr int64_t kDay = TestShop::kDay;

class ShopperTest : public testing::Test {
 protected:
  std::string Kept(const std::vector<KeptEvent>& events) { return shop_.Told(shop_.Make(events).interests); }
  std::string Standing(const std::vector<KeptEvent>& events, int64_t now) {
    std::vector<KeptEvent> standing;
    StandingPurchases(shop_.Make(events), shop_.dictionary, shop_.settings, {now}, standing);
    return shop_.Told(standing);
  }

  TestShop shop_;
};

TEST_F(ShopperTest, CanonicalOrderIsCategoryTypeNewestProductOrderIdentity) {
  // Categories by their numbers, which is the order in which they are named here.
  const std::vector<KeptEvent> sorted = {shop_.Search(1, "zoo/p"),      shop_.Search(1, "art/p"),
                                         shop_.Search(9, "shoes/a"),    shop_.Search(8, "shoes/Z", 7),
                                         shop_.Search(8, "shoes/a", 1), shop_.Search(8, "shoes/a", 2),
                                         shop_.View(9, "shoes/a"),      shop_.Search(1, "bags/a")};
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(CanonicalLess(shop_.dictionary, sorted[i], sorted[j]), i < j) << i << " " << j;
    }
  }
  KeptEvent without = shop_.Buy(5, "p");
  KeptEvent with = without;
  with.order = 1;
  with.identity = 0;
  EXPECT_TRUE(CanonicalLess(shop_.dictionary, without, with));
}

TEST_F(ShopperTest, EqualEventsAreOne) {
  const Shopper shopper = shop_.Make({shop_.Search(1, "p", 7), shop_.Search(1, "p", 7), shop_.Search(1, "p", 8),
                                      shop_.Refund(2, "p"), shop_.Refund(2, "p")});
  EXPECT_EQ(shopper.interests.size(), 2u);
  EXPECT_EQ(shopper.refunds.size(), 1u);
}

TEST_F(ShopperTest, TheMNewestAreKeptPerCategoryAndType) {
  shop_.settings.max_searches = 2;
  EXPECT_EQ(Kept({shop_.Search(1, "a"), shop_.Search(2, "b"), shop_.Search(3, "c"), shop_.View(1, "d"),
                  shop_.View(2, "e"), shop_.View(3, "f"), shop_.Search(1, "bags/g")}),
            "c@3 b@2 f@3 e@2 g@1");
}

TEST_F(ShopperTest, TiesAtMGoByProductThenIdentity) {
  shop_.settings.max_searches = 3;
  const Shopper shopper = shop_.Make({shop_.Search(5, "c"), shop_.Search(5, "b", 9), shop_.Search(5, "b", 8),
                                      shop_.Search(5, "b", 7), shop_.Search(5, "d"), shop_.Search(5, "a")});
  EXPECT_EQ(shop_.Told(shopper.interests), "a@5 b@5 b@5");
  EXPECT_EQ(shopper.interests[1].identity, 7u);
  EXPECT_EQ(shopper.interests[2].identity, 8u);
}

TEST_F(ShopperTest, OfOlderDaysTheNewestIsKeptWhileThereAreAtMostMDays) {
  shop_.settings.max_searches = 3;
  EXPECT_EQ(Kept({shop_.Search(5 * kDay + 3, "a"), shop_.Search(5 * kDay + 2, "b"), shop_.Search(5 * kDay + 1, "c"),
                  shop_.Search(5 * kDay, "the newest three are of one day"), shop_.Search(4 * kDay + 1, "d"),
                  shop_.Search(4 * kDay, "not the newest of its day"), shop_.Search(2 * kDay, "e"),
                  shop_.Search(1 * kDay, "a fourth day")}),
            "a@432000003 b@432000002 c@432000001 d@345600001 e@172800000");
}

TEST_F(ShopperTest, ADayOfTheMNewestIsNotKeptTwice) {
  shop_.settings.max_searches = 2;
  EXPECT_EQ(Kept({shop_.Search(3 * kDay, "a"), shop_.Search(2 * kDay + 5, "b"), shop_.Search(2 * kDay + 4, "c"),
                  shop_.Search(1 * kDay, "d")}),
            "a@259200000 b@172800005");
}

TEST_F(ShopperTest, PurchasesAndRefundsAreAllKept) {
  shop_.settings.max_searches = 1;
  std::vector<KeptEvent> events;
  for (int64_t i = 0; i < 100; ++i) {
    events.push_back(shop_.Buy(i, "p"));
    events.push_back(shop_.Refund(i, "p"));
  }
  const Shopper shopper = shop_.Make(events);
  EXPECT_EQ(shopper.purchases.size(), 100u);
  EXPECT_EQ(shopper.refunds.size(), 100u);
}

TEST_F(ShopperTest, NothingAsOldAsTheRetentionIsKept) {
  shop_.settings.retention = Duration::Days(10);
  const Shopper shopper =
      shop_.Make({shop_.Search(10 * kDay, "now"), shop_.Search(1, "in"), shop_.Search(0, "out"), shop_.Buy(1, "in"),
                  shop_.Buy(0, "out"), shop_.Refund(1, "in"), shop_.Refund(0, "out")});
  EXPECT_EQ(shop_.Told(shopper.interests), "now@864000000 in@1");
  EXPECT_EQ(shop_.Told(shopper.purchases), "in@1");
  EXPECT_EQ(shop_.Told(shopper.refunds), "in@1");
}

TEST_F(ShopperTest, ANameIsKeptAsLongAsItsEventMightBe) {
  shop_.settings.retention = Duration::Days(10);
  Shopper shopper;
  shopper.user_name = "Ana";
  shopper.user_name_at = {1};
  Canonicalize(shopper, shop_.dictionary, shop_.settings, {10 * kDay});
  EXPECT_EQ(shopper.user_name, "Ana");
  Canonicalize(shopper, shop_.dictionary, shop_.settings, {10 * kDay + 1});
  EXPECT_EQ(shopper.user_name, "");
  EXPECT_EQ(shopper.user_name_at, Timestamp());
}

TEST_F(ShopperTest, APurchaseStandsUntilARefundNamesIt) {
  const KeptEvent bought = shop_.Buy(10, "p", "o1");
  EXPECT_EQ(Standing({bought}, 10), "p@10");
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "", "o1")}, 20), "");
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "", "o1")}, 19), "p@10") << "before the refund's time";
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "p", "o1")}, 20), "");
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "p")}, 20), "") << "the order is not asked for";
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "q", "o1")}, 20), "p@10");
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "p", "o2")}, 20), "p@10");
  EXPECT_EQ(Standing({bought, shop_.Refund(20, "", "o2")}, 20), "p@10");
}

TEST_F(ShopperTest, ARefundIsNotEarlierThanWhatItTakesBack) {
  const KeptEvent bought = shop_.Buy(10, "p", "o1");
  EXPECT_EQ(Standing({bought, shop_.Refund(10, "", "o1")}, 10), "");
  EXPECT_EQ(Standing({bought, shop_.Refund(9, "", "o1")}, 10), "p@10");
}

TEST_F(ShopperTest, ARefundOfAnOrderWithoutOneMatchesNoPurchaseWithoutOne) {
  EXPECT_EQ(Standing({shop_.Buy(10, "p"), shop_.Refund(20, "", "o1")}, 20), "p@10");
  EXPECT_EQ(Standing({shop_.Buy(10, "p"), shop_.Refund(20, "p")}, 20), "");
}

TEST_F(ShopperTest, ARefundTakesItsProductInEveryCategoryAndEveryLine) {
  EXPECT_EQ(Standing({shop_.Buy(10, "shoes/p"), shop_.Buy(11, "bags/p"), shop_.Buy(12, "bags/q"),
                      shop_.Buy(13, "bags/p"), shop_.Refund(12, "p")},
                     20),
            "p@13 q@12");
}

TEST_F(ShopperTest, OnlyWhatHasHappenedWithinTheRetentionStands) {
  shop_.settings.retention = Duration::Days(10);
  const std::vector<KeptEvent> events = {shop_.Buy(10, "p"), shop_.Buy(30, "q")};
  EXPECT_EQ(Standing(events, 29), "p@10");
  EXPECT_EQ(Standing(events, 10 * kDay + 9), "q@30 p@10");
  EXPECT_EQ(Standing(events, 10 * kDay + 10), "q@30");
}

TEST_F(ShopperTest, AClearedShopperIsNobody) {
  Shopper shopper = shop_.Make({shop_.Search(1, "p"), shop_.Buy(1, "p"), shop_.Refund(1, "p")});
  EXPECT_FALSE(shopper.empty());
  shopper.clear();
  EXPECT_TRUE(shopper.empty());
  EXPECT_EQ(shopper.user_id, "");
}

}  // namespace
}  // namespace adirect
