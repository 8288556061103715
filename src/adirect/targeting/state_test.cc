#include "adirect/targeting/state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace adirect {
namespace {

constexpr int64_t kDay = kMillisPerDay;

// One event; folded with no door between.
struct Row {
  EventType type = EventType::kSearch;
  int64_t time = 0;
  std::string user = "ana";
  std::string product = "p";
  std::string category = "shoes";
  uint64_t identity = 0;
  std::string order = "";
  std::string name = "";
};

Row Search(int64_t time, std::string product, uint64_t identity) {
  Row row;
  row.time = time;
  row.product = std::move(product);
  row.identity = identity;
  return row;
}

Row Named(int64_t time, std::string name) {
  Row row;
  row.time = time;
  row.name = std::move(name);
  return row;
}

Row Of(std::string user, int64_t time) {
  Row row;
  row.user = std::move(user);
  row.time = time;
  return row;
}

Row Purchase(int64_t time, std::string product, std::string order, uint64_t identity) {
  Row row = Search(time, std::move(product), identity);
  row.type = EventType::kPurchase;
  row.order = std::move(order);
  return row;
}

Row EraseOf(std::string user, int64_t time) {
  Row row = Of(std::move(user), time);
  row.type = EventType::kErase;
  return row;
}

std::vector<FoldRow> FoldRows(std::span<const Row> rows, Dictionary& dictionary) {
  std::vector<FoldRow> out;
  for (const Row& row : rows) {
    FoldRow& to = out.emplace_back();
    to.user = row.user.data();
    to.user_size = static_cast<uint8_t>(row.user.size());
    to.user_hash = UserHash(row.user);
    to.name = row.name.data();
    to.name_size = static_cast<uint8_t>(row.name.size());
    to.time = {row.time};
    to.type = row.type;
    to.identity = row.identity;
    to.order = OrderHash(row.order);
    if (row.type == EventType::kErase) continue;
    to.item = dictionary.Intern(row.product, row.type == EventType::kRefund ? "" : row.category);
    to.category = dictionary.category(to.item);
  }
  return out;
}

KeptEvent KeptEventOf(const FoldRow& row) {
  KeptEvent event;
  event.time = row.time;
  event.type = row.type;
  event.item = row.item;
  event.category = row.category;
  if (row.type != EventType::kRefund) event.identity = row.identity;
  if (!IsInterest(row.type)) event.order = row.order;
  return event;
}

class StateTest : public testing::Test {
 protected:
  ShopperTable Table(const Settings& settings = {}) { return {settings, dictionary_}; }

  void Fold(ShopperTable& table, const std::vector<Row>& rows) { table.Fold(FoldRows(rows, dictionary_)); }

  ShopperTable Folded(const std::vector<Row>& rows, const Settings& settings = {}) {
    ShopperTable table = Table(settings);
    Fold(table, rows);
    return table;
  }

  // What is kept of a shopper; an empty one where he is unknown.
  Shopper Kept(const ShopperTable& table, std::string_view user = "ana") const {
    Shopper shopper;
    const std::optional<size_t> found = table.Find(user);
    if (found) table.Read(*found, table.newest().value_or(Timestamp{}), shopper);
    return shopper;
  }

  std::string Products(const std::vector<KeptEvent>& events) const {
    std::string out;
    for (const KeptEvent& event : events) out += std::string(dictionary_.product(event.item)) + " ";
    return out;
  }

  Dictionary dictionary_;
};

void ExpectSame(const Shopper& a, const Shopper& b) {
  EXPECT_EQ(a.user_id, b.user_id);
  EXPECT_EQ(a.user_name, b.user_name);
  EXPECT_EQ(a.user_name_at, b.user_name_at);
  EXPECT_EQ(a.extra, b.extra);
  EXPECT_EQ(a.interests, b.interests);
  EXPECT_EQ(a.purchases, b.purchases);
  EXPECT_EQ(a.refunds, b.refunds);
}

TEST_F(StateTest, AnEmptyTableKnowsNobody) {
  const ShopperTable table = Table();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.newest(), std::nullopt);
  EXPECT_EQ(table.Find("ana"), std::nullopt);
  EXPECT_TRUE(table.erased().empty());
}

TEST_F(StateTest, EventsAreKeptByKindNewestFirst) {
  Row refund = Purchase(40, "p2", "o1", 9);
  refund.type = EventType::kRefund;
  Row view = Search(20, "p3", 3);
  view.type = EventType::kView;
  const ShopperTable table =
      Folded({Search(10, "p1", 1), refund, Purchase(30, "p2", "o1", 2), view, Search(15, "p2", 4)});
  const Shopper ana = Kept(table);
  EXPECT_EQ(ana.user_id, "ana");
  EXPECT_EQ(Products(ana.interests), "p2 p1 p3 ");  // searches before views
  ASSERT_EQ(ana.purchases.size(), 1u);
  EXPECT_EQ(ana.purchases[0].order, OrderHash("o1"));
  EXPECT_EQ(ana.purchases[0].identity, 2u);
  ASSERT_EQ(ana.refunds.size(), 1u);
  EXPECT_EQ(ana.refunds[0].order, OrderHash("o1"));
  EXPECT_EQ(ana.refunds[0].identity, 0u);  // no part of what tells refunds apart
  EXPECT_EQ(dictionary_.category_id(ana.refunds[0].category), "");
  EXPECT_EQ(table.newest(), Timestamp{40});
}

TEST_F(StateTest, ARepeatIsOneEventAndEveryOtherDifferenceIsAnother) {
  const Row one = Search(10, "p1", 1);
  Row other_type = one;
  other_type.type = EventType::kCart;
  Row other_category = one;
  other_category.category = "hats";
  Row with_order = one;  // an order says nothing about a search
  with_order.order = "o1";
  const ShopperTable table = Folded({one, one, with_order, Search(10, "p1", 2), Search(10, "p2", 1),
                                     Search(11, "p1", 1), other_type, other_category});
  EXPECT_EQ(Kept(table).interests.size(), 6u);
}

TEST_F(StateTest, PurchasesDifferByOrderAndRefundsNotByIdentity) {
  Row refund = Purchase(20, "p1", "o1", 1);
  refund.type = EventType::kRefund;
  Row again = refund;
  again.identity = 2;
  Row other_order = refund;
  other_order.order = "o2";
  const ShopperTable table =
      Folded({Purchase(10, "p1", "o1", 1), Purchase(10, "p1", "o1", 1), Purchase(10, "p1", "o2", 1),
              Purchase(10, "p1", "", 1), refund, again, other_order});
  EXPECT_EQ(Kept(table).purchases.size(), 3u);
  EXPECT_EQ(Kept(table).refunds.size(), 2u);
}

TEST(OrderHash, NoOrderIsZeroAndNoOtherOrderIs) {
  EXPECT_EQ(OrderHash(""), 0u);
  EXPECT_NE(OrderHash("o1"), 0u);
  EXPECT_NE(OrderHash("o1"), OrderHash("o2"));
}

TEST_F(StateTest, OrdersStayWithTheirPurchasesThroughManyCuts) {
  std::vector<Row> rows;
  for (int i = 0; i < 500; ++i) {
    const std::string order = i % 3 == 0 ? "" : "o" + std::to_string(i);
    rows.push_back(Purchase(i, "p" + std::to_string(i), order, static_cast<uint64_t>(i)));
  }
  const Shopper ana = Kept(Folded(rows));
  ASSERT_EQ(ana.purchases.size(), 500u);
  for (size_t i = 0; i < 500; ++i) {
    const Row& row = rows[499 - i];  // newest first
    EXPECT_EQ(dictionary_.product(ana.purchases[i].item), row.product);
    EXPECT_EQ(ana.purchases[i].order, OrderHash(row.order)) << row.product;
  }
}

// Rows of one shopper: all types, several categories and days, repeats, ties and orders.
std::vector<Row> ManyRows(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  const auto draw = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    Row row = Purchase(draw(40) * kDay + draw(20) * kMillisPerHour, "p" + std::to_string(draw(9)),
                       draw(2) == 0 ? "" : "o" + std::to_string(draw(5)), draw(6));
    row.type = static_cast<EventType>(draw(6));
    row.category = "c" + std::to_string(draw(3));
    if (draw(4) == 0) row.name = "n" + std::to_string(draw(8));
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST_F(StateTest, TheLazyCutKeepsWhatOneCutOfAllKeeps) {
  for (const Settings settings :
       {Settings{}, Settings{2, Duration::Forever()}, Settings{5, Duration::Days(9)}, Settings{1, Duration::Days(1)}}) {
    for (const size_t count : {95u, 96u, 97u, 500u, 5000u}) {
      const std::vector<Row> rows = ManyRows(count, static_cast<uint32_t>(count));
      const ShopperTable table = Folded(rows, settings);
      Shopper eager;
      eager.user_id = "ana";
      for (const FoldRow& row : FoldRows(rows, dictionary_)) {
        std::vector<KeptEvent>& events = IsInterest(row.type)               ? eager.interests
                                         : row.type == EventType::kPurchase ? eager.purchases
                                                                            : eager.refunds;
        events.push_back(KeptEventOf(row));
        const auto key = [](Timestamp t, std::string_view name) { return std::pair(t, name); };
        if (row.name_size != 0 && key(row.time, row.user_name()) > key(eager.user_name_at, eager.user_name)) {
          eager.user_name = row.user_name();
          eager.user_name_at = row.time;
        }
      }
      Canonicalize(eager, dictionary_, settings, *table.newest());
      ASSERT_FALSE(eager.interests.empty());
      ExpectSame(Kept(table), eager);
    }
  }
}

TEST_F(StateTest, MemoryDoesNotGrowWithWhatIsCut) {
  ShopperTable table = Table();
  std::vector<Row> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back(Search(i, "p", static_cast<uint64_t>(i)));
  Fold(table, rows);
  EXPECT_LE(table.memory().entries, 96u);
  EXPECT_EQ(Kept(table).interests.size(), 32u);
}

TEST_F(StateTest, TheNewestNameCountsWhateverTheOrder) {
  EXPECT_EQ(Kept(Folded({Named(10, "Ana"), Named(20, "Anna")})).user_name, "Anna");
  EXPECT_EQ(Kept(Folded({Named(20, "Anna"), Named(10, "Ana")})).user_name, "Anna");
  const Shopper ana = Kept(Folded({Named(10, "Ana"), Named(30, ""), Named(20, "Anna")}));
  EXPECT_EQ(ana.user_name, "Anna");
  EXPECT_EQ(ana.user_name_at, Timestamp{20});
}

TEST_F(StateTest, OfNamesOfTheSameInstantTheLargerBytesCount) {
  EXPECT_EQ(Kept(Folded({Named(10, "Ana"), Named(10, "Anna")})).user_name, "Anna");
  EXPECT_EQ(Kept(Folded({Named(10, "Anna"), Named(10, "Ana")})).user_name, "Anna");
  EXPECT_EQ(Kept(Folded({Named(10, "z"), Named(10, "\xc3\xa9")})).user_name, "\xc3\xa9");
}

TEST_F(StateTest, ANameOutlivesTheCutOfItsEvent) {
  std::vector<Row> rows = {Named(1, "Ana")};
  for (int i = 0; i < 300; ++i) rows.push_back(Search(10 + i, "p", 1));
  const Shopper ana = Kept(Folded(rows, {4, Duration::Forever()}));
  EXPECT_EQ(ana.interests.size(), 4u);
  EXPECT_EQ(ana.user_name, "Ana");
}

TEST_F(StateTest, ANameGoesWithItsEventWhenItIsTooOld) {
  const Settings ten_days{32, Duration::Days(10)};
  EXPECT_EQ(Kept(Folded({Named(1, "Ana"), Named(10 * kDay, "")}, ten_days)).user_name, "Ana");
  const Shopper ana = Kept(Folded({Named(1, "Ana"), Named(10 * kDay + 1, "")}, ten_days));
  EXPECT_EQ(ana.user_name, "");
  EXPECT_EQ(ana.interests.size(), 1u);
  EXPECT_EQ(Kept(Folded({Named(10 * kDay + 1, ""), Named(1, "Ana")}, ten_days)).user_name, "");
}

TEST_F(StateTest, WhatIsOlderThanTheRetentionIsDroppedToTheMillisecond) {
  const Settings one_day{32, Duration::Days(1)};
  for (const bool newest_first : {false, true}) {
    std::vector<Row> rows = {Search(10, "too-old", 1), Search(11, "kept", 1), Search(kDay + 10, "newest", 1)};
    if (newest_first) std::reverse(rows.begin(), rows.end());
    EXPECT_EQ(Products(Kept(Folded(rows, one_day)).interests), "newest kept ");
  }
}

TEST_F(StateTest, TheNewestTimeOfAllShardsDecidesWhatIsTooOld) {
  const ShopperTable table = Folded({Search(11, "p1", 1)}, {32, Duration::Days(1)});
  Shopper ana;
  table.Read(*table.Find("ana"), {kDay + 10}, ana);
  EXPECT_EQ(ana.interests.size(), 1u);
  table.Read(*table.Find("ana"), {kDay + 11}, ana);
  EXPECT_TRUE(ana.empty());
}

TEST_F(StateTest, IdsAndNamesOfEveryLengthAreExact) {
  std::vector<Row> rows;
  for (size_t size = 1; size <= kMaxIdBytes; ++size) {
    for (const char last : {'x', 'y'}) {
      Row row = Of(std::string(size - 1, 'u') + last, 10);
      row.name = std::string(size - 1, 'n') + last;
      row.product = std::string(size - 1, 'p') + last;
      row.category = std::string(size - 1, 'c') + last;
      rows.push_back(row);
      row.time = 20;  // a name of another length takes its place
      row.name = std::string(kMaxIdBytes - size + 1, last);
      rows.push_back(row);
    }
  }
  const ShopperTable table = Folded(rows);
  EXPECT_EQ(table.size(), 2 * kMaxIdBytes);
  EXPECT_GT(table.memory().id_bytes, 0u);
  for (const Row& row : rows) {
    const Shopper shopper = Kept(table, row.user);
    ASSERT_EQ(shopper.user_id, row.user);
    ASSERT_EQ(shopper.interests.size(), 2u);
    EXPECT_EQ(dictionary_.product(shopper.interests[0].item), row.product);
    EXPECT_EQ(dictionary_.category_id(shopper.interests[0].category), row.category);
    if (row.time == 20) {
      EXPECT_EQ(shopper.user_name, row.name);
    }
  }
}

TEST_F(StateTest, UsersAreNeverToldApartByTheirHashAlone) {
  const std::vector<Row> rows = {Of("ana", 10), Of("bob", 20)};
  std::vector<FoldRow> same_hash = FoldRows(rows, dictionary_);
  same_hash[1].user_hash = same_hash[0].user_hash;
  ShopperTable table = Table();
  table.Fold(same_hash);
  table.Fold(same_hash);
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table.user_id(0), "ana");
  EXPECT_EQ(table.user_id(1), "bob");
}

TEST_F(StateTest, ManyShoppersGrowTheTable) {
  constexpr int kUsers = 40'000;  // past the first slots and the first block of records
  ShopperTable table = Table();
  for (int round = 0; round < 2; ++round) {
    std::vector<Row> rows;
    for (int i = 0; i < kUsers; ++i) rows.push_back(Of("user-" + std::to_string(i), 10 + i + round));
    Fold(table, rows);
  }
  ASSERT_EQ(table.size(), static_cast<size_t>(kUsers));
  for (int i = 0; i < kUsers; i += 7) {
    const Shopper shopper = Kept(table, "user-" + std::to_string(i));
    ASSERT_EQ(shopper.interests.size(), 2u) << i;
    EXPECT_EQ(shopper.interests[1].time, Timestamp{10 + i});
  }
  EXPECT_EQ(table.Find("user-40000"), std::nullopt);
}

TEST_F(StateTest, WhoNeverBoughtIsKnownWithoutALook) {
  ShopperTable table = Folded({Of("ana", 10), Purchase(20, "p", "", 1)});
  Row view = Of("bob", 10);
  view.type = EventType::kView;
  Row refund = Of("bob", 10);
  refund.type = EventType::kRefund;
  Fold(table, {view, refund});
  EXPECT_TRUE(table.MayHavePurchases(*table.Find("ana")));
  EXPECT_FALSE(table.MayHavePurchases(*table.Find("bob")));
  for (int i = 0; i < 300; ++i) Fold(table, {Search(100 + i, "p", static_cast<uint64_t>(i))});
  EXPECT_TRUE(table.MayHavePurchases(*table.Find("ana")));
  Fold(table, {EraseOf("ana", 1000), Of("ana", 1001)});
  EXPECT_EQ(Kept(table).purchases.size(), 0u);
}

TEST_F(StateTest, CategoriesBeyondTheTagsRangeAreAskedOfTheItem) {
  constexpr int kCategories = 8300;  // a tag has 13 bits
  std::vector<Row> rows;
  for (int i = 0; i < kCategories; ++i) {
    Row row = Search(1000 + i, "p" + std::to_string(i), 1);
    row.category = "c" + std::to_string(i);
    rows.push_back(row);
  }
  const Shopper ana = Kept(Folded(rows));
  ASSERT_GT(dictionary_.category_count(), size_t{8192});
  ASSERT_EQ(ana.interests.size(), static_cast<size_t>(kCategories));
  for (const KeptEvent& event : ana.interests) {
    const std::string number = std::to_string(event.time.ms - 1000);
    ASSERT_EQ(dictionary_.category_id(event.category), "c" + number);
    ASSERT_EQ(event.category, dictionary_.category(event.item));
  }
}

TEST_F(StateTest, AnEraseTakesWhatIsNotLaterWheneverItArrives) {
  const std::vector<Row> rows = {Named(10, "Ana"), Search(20, "p1", 1), Search(21, "p2", 1), EraseOf("ana", 20)};
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    std::vector<Row> permuted;
    for (const size_t i : order) permuted.push_back(rows[i]);
    const ShopperTable table = Folded(permuted);
    EXPECT_EQ(Products(Kept(table).interests), "p2 ");
    EXPECT_EQ(Kept(table).user_name, "");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(StateTest, AnEraseLeavesOthersAndTheNewestTimeAlone) {
  const ShopperTable table = Folded({Of("ana", 10), Of("bob", 15), EraseOf("ana", 99)});
  EXPECT_EQ(table.newest(), Timestamp{15});
  EXPECT_TRUE(Kept(table, "ana").empty());
  EXPECT_EQ(Kept(table, "bob").interests.size(), 1u);
}

TEST_F(StateTest, AnErasedEventStillMovesTheNewestTime) {
  const ShopperTable table = Folded({EraseOf("ana", 99), Of("ana", 50)});
  EXPECT_EQ(table.newest(), Timestamp{50});
  EXPECT_EQ(table.Find("ana"), std::nullopt);
}

TEST_F(StateTest, AnEraseOfAnUnknownUserIsRememberedForWhenHeComes) {
  ShopperTable table = Folded({EraseOf("ana", 20)});
  EXPECT_EQ(table.size(), 0u);
  ASSERT_EQ(table.erased().size(), 1u);
  EXPECT_EQ(table.erased()[0], (ShopperTable::Erased{Hash128("ana"), {20}}));
  Fold(table, {Search(30, "new", 1), Search(10, "old", 1), Search(20, "same-ms", 1)});
  EXPECT_EQ(Products(Kept(table).interests), "new ");
}

TEST_F(StateTest, OnlyTheNewestEraseOfAUserIsKept) {
  const ShopperTable table = Folded({EraseOf("ana", 20), EraseOf("ana", 30), EraseOf("ana", 10), Search(25, "p", 1)});
  ASSERT_EQ(table.erased().size(), 1u);
  EXPECT_EQ(table.erased()[0].time, Timestamp{30});
  EXPECT_TRUE(Kept(table).empty());
}

TEST_F(StateTest, AShopperWhoComesBackAfterAnEraseIsFoundAgain) {
  ShopperTable table = Table();
  for (int64_t round = 0; round < 3000; ++round) {  // each leaves a used-up slot behind
    Fold(table, {Of("ana", 10 * round + 1), Of("bob", 10 * round + 1)});
    ASSERT_EQ(Kept(table).interests.size(), 1u) << round;
    Fold(table, {EraseOf("ana", 10 * round + 2)});
    ASSERT_EQ(table.Find("ana"), std::nullopt) << round;
  }
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(Kept(table, "bob").interests.size(), 32u);
}

TEST_F(StateTest, ARecordThatIsUsedAgainHoldsNothingOfItsFormerShopper) {
  Row ana = Of(std::string(100, 'a'), 10);
  ana.name = std::string(100, 'n');
  ShopperTable table = Folded({ana, EraseOf(ana.user, 10), Of("bob", 20)});
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table.user_id(0), "bob");
  const Shopper bob = Kept(table, "bob");
  EXPECT_EQ(bob.user_name, "");
  EXPECT_EQ(bob.user_name_at, Timestamp{});
  EXPECT_EQ(bob.interests.size(), 1u);
}

TEST_F(StateTest, AnErasedNameLeavesNoTraceOfItsTime) {
  const Shopper ana = Kept(Folded({Named(10, "Ana"), EraseOf("ana", 10), Named(20, "")}));
  const Shopper partly = Kept(Folded({Named(10, "Ana"), Named(20, ""), EraseOf("ana", 10)}));
  EXPECT_EQ(ana.interests.size(), 1u);
  ExpectSame(ana, partly);
}

TEST_F(StateTest, AMergeIsTheFoldOfBoth) {
  const std::vector<Row> rows = ManyRows(2000, 1);
  const Settings settings{6, Duration::Days(20)};
  ShopperTable a = Folded({rows.begin(), rows.begin() + 900}, settings);
  ShopperTable b = Folded({rows.begin() + 700, rows.end()}, settings);
  Fold(b, {EraseOf("ana", 15 * kDay), EraseOf("unknown", 1), Of("bob", 3 * kDay)});
  ShopperTable all = Folded(rows, settings);
  Fold(all, {EraseOf("ana", 15 * kDay), EraseOf("unknown", 1), Of("bob", 30 * kDay)});
  Fold(b, {Of("bob", 30 * kDay)});
  ShopperTable ab = Table(settings);
  ab.Merge(a);
  ab.Merge(b);
  b.Merge(a);
  for (const ShopperTable* merged : {&ab, &b}) {
    ASSERT_FALSE(Kept(*merged).interests.empty());
    ExpectSame(Kept(*merged), Kept(all));
    EXPECT_EQ(Kept(*merged, "bob").interests.size(), 1u);
    EXPECT_EQ(merged->newest(), all.newest());
    EXPECT_EQ(merged->erased().size(), 2u);
  }
}

TEST_F(StateTest, AMergeTakesTheSmallerOfBothSettings) {
  const std::vector<Row> rows = ManyRows(1500, 2);
  ShopperTable wide = Folded(rows, {32, Duration::Days(12)});
  const ShopperTable narrow = Folded({Of("bob", 10)}, {3, Duration::Forever()});
  wide.Merge(narrow);
  EXPECT_EQ(wide.settings(), (Settings{3, Duration::Days(12)}));
  ExpectSame(Kept(wide), Kept(Folded(rows, {3, Duration::Days(12)})));
  ASSERT_FALSE(Kept(wide).interests.empty());
}

TEST_F(StateTest, AMergeWithItselfChangesNothing) {
  ShopperTable table = Folded(ManyRows(700, 3));
  const Shopper before = Kept(table);
  table.Merge(table);
  ASSERT_FALSE(before.interests.empty());
  ExpectSame(Kept(table), before);
}

TEST_F(StateTest, OfUnknownFieldsTheLargerBytesWin) {
  ShopperTable table = Table();
  table.MergeExtra("b");
  table.MergeExtra("a");
  EXPECT_EQ(table.extra(), "b");
  Shopper ana;
  ana.user_id = "ana";
  ana.interests = {KeptEventOf(FoldRows(std::vector<Row>{Search(10, "p", 1)}, dictionary_)[0])};
  for (const char* extra : {"y", "z", "x"}) {
    ana.extra = extra;
    table.Merge(ana);
  }
  EXPECT_EQ(Kept(table).extra, "z");
}

TEST_F(StateTest, AnEraseOfOneShopperChangesNothingOfAnother) {
  Shopper ana;
  ana.user_id = "ana";
  ana.extra = "x";
  ana.interests = {KeptEventOf(FoldRows(std::vector<Row>{Search(30, "p", 1)}, dictionary_)[0])};
  for (const std::vector<Row>& before : {std::vector<Row>(), std::vector<Row>{EraseOf("ana", 20)}}) {
    ShopperTable table = Folded(before);
    table.Merge(ana);
    const Shopper kept = Kept(table);
    ASSERT_EQ(kept.interests.size(), 1u);
    const ShopperTable::Erased bob{Hash128("bob"), {20}};
    table.MergeErases({&bob, 1});
    ExpectSame(Kept(table), kept);
  }
}

}  // namespace
}  // namespace adirect
