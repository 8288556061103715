#include "adirect/model/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

namespace adirect {
namespace {

TEST(Catalog, WhatIsNotKnownIsAvailableAndHasNoName) {
  const Catalog catalog;
  EXPECT_EQ(catalog.Find("p"), std::nullopt);
  EXPECT_TRUE(catalog.IsAvailable("p"));
  EXPECT_EQ(catalog.TitleOf("p"), "");
  EXPECT_EQ(catalog.CategoryName("shoes"), "");
  EXPECT_EQ(catalog.product_count(), 0U);
}

TEST(Catalog, AProductComesBackWithAllThatWasGiven) {
  Catalog catalog;
  const Product runner{"p1",  "shoes",        "Runner \"3\", 👟", "89.90", "EUR", "https://a/p1", "https://a/p1.jpg",
                       false, Timestamp{1000}};
  catalog.Add(runner);
  EXPECT_EQ(catalog.Find("p1"), runner);
  EXPECT_FALSE(catalog.IsAvailable("p1"));
  EXPECT_EQ(catalog.TitleOf("p1"), "Runner \"3\", 👟");
  EXPECT_EQ(catalog.Find("p"), std::nullopt) << "ids are compared whole";
}

TEST(Catalog, TheNewestRowHoldsWhicheverCameFirst) {
  const Product older{.product_id = "p", .title = "Zebra", .updated_at = Timestamp{0}};
  const Product newer{.product_id = "p", .title = "Ant", .updated_at = Timestamp{1}};
  const Product timeless{.product_id = "p", .title = "Zzz"};
  for (const auto& rows : {std::vector{older, newer, timeless}, std::vector{newer, timeless, older},
                           std::vector{timeless, older, newer}}) {
    Catalog catalog;
    for (const Product& row : rows) catalog.Add(row);
    EXPECT_EQ(catalog.Find("p"), newer);
    EXPECT_EQ(catalog.product_count(), 1U);
    EXPECT_EQ(catalog.ties(), 0U);
  }
}

TEST(Catalog, AtOneInstantTheLargerRowHoldsFieldByField) {
  const Product base{.product_id = "p", .category_id = "b", .title = "b", .price = "5", .currency = "EUR", .url = "b"};
  std::vector<Product> larger(7, base);
  larger[0].category_id = "c";
  larger[1].title = "bb";
  larger[2].price = "\xc3\xa9";
  larger[3].currency = "USD";
  larger[4].url = "c";
  larger[5].image_url = "a";
  larger[6].updated_at = Timestamp{0};
  for (const Product& winner : larger) {
    Catalog catalog;
    for (const Product& row : {winner, base, winner}) catalog.Add(row);
    EXPECT_EQ(catalog.Find("p"), winner);
  }
  Product gone = base;
  gone.available = false;
  Catalog catalog;
  catalog.Add(base);
  catalog.Add(gone);
  EXPECT_TRUE(catalog.IsAvailable("p"));
  EXPECT_EQ(catalog.ties(), 1U);
  catalog.Add(base);
  EXPECT_EQ(catalog.ties(), 1U) << "the same row again is no tie";
}

TEST(Catalog, OfACategorysNamesTheLargerHolds) {
  Catalog catalog;
  for (const std::string_view name : {"Shoes", "Boots", "Shoes"}) catalog.AddCategory("1", name);
  catalog.AddCategory("2", "");
  EXPECT_EQ(catalog.CategoryName("1"), "Shoes");
  EXPECT_EQ(catalog.CategoryName("2"), "");
  EXPECT_EQ(catalog.category_count(), 2U);
  EXPECT_EQ(catalog.ties(), 1U);
}

// Rows of few products with few values: every kind of tie.
std::vector<Product> RandomRows(std::mt19937& random, size_t count) {
  static const std::vector<std::string> kTexts = {"", "a", "b", "ab", "é", "日本", std::string(128, 'x')};
  const auto text = [&] { return std::string_view(kTexts[random() % kTexts.size()]); };
  std::vector<Product> rows;
  for (size_t i = 0; i < count; ++i) {
    Product row{.product_id = kTexts[1 + random() % 6], .category_id = text(), .title = text(), .url = text()};
    row.available = random() % 2 == 0;
    if (random() % 3 != 0) row.updated_at = Timestamp{static_cast<int64_t>(random() % 3)};
    rows.push_back(row);
  }
  return rows;
}

TEST(Catalog, IsAFunctionOfTheSetOfItsRows) {
  std::mt19937 random(11);
  size_t compared = 0;
  for (int world = 0; world < 200; ++world) {
    std::vector<Product> rows = RandomRows(random, 1 + random() % 40);
    Catalog first;
    for (const Product& row : rows) first.Add(row);
    std::vector<Product> again = rows;
    again.insert(again.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(random() % rows.size()));
    std::shuffle(again.begin(), again.end(), random);
    Catalog second;
    for (const Product& row : again) second.Add(row);
    ASSERT_EQ(first.product_count(), second.product_count());
    for (const Product& row : rows) {
      ASSERT_TRUE(first.Find(row.product_id).has_value());
      ASSERT_EQ(first.Find(row.product_id), second.Find(row.product_id)) << "world " << world;
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000U);
}

TEST(Catalog, ManyProductsOfAnyLengthAreFoundAndTakeLittleMoreThanTheirTexts) {
  Catalog catalog;
  constexpr size_t kProducts = 200'000;
  size_t text_bytes = 0;
  const auto title_of = [](size_t i) { return std::string(i % 100 == 0 ? kMaxTitleBytes : 20 + i % 30, 't'); };
  for (size_t i = 0; i < kProducts; ++i) {
    const std::string id = "product-" + std::to_string(i);
    const std::string title = title_of(i);
    catalog.Add({.product_id = id, .category_id = "c", .title = title});
    text_bytes += id.size() + 1 + title.size();
  }
  EXPECT_EQ(catalog.product_count(), kProducts);
  for (size_t i = 0; i < kProducts; ++i) EXPECT_EQ(catalog.TitleOf("product-" + std::to_string(i)), title_of(i));
  EXPECT_EQ(catalog.Find("product-200000"), std::nullopt);
  EXPECT_LT(catalog.memory_bytes(), text_bytes + 60 * kProducts);
}

TEST(Catalog, EveryProductIsVisitedOnceAndMovesWithASwap) {
  Catalog catalog;
  catalog.Add({.product_id = "a", .title = "old"});
  catalog.Add({.product_id = "a", .title = "new", .updated_at = Timestamp{1}});
  catalog.Add({.product_id = "b"});
  catalog.AddCategory("c", "Name");
  EXPECT_EQ(catalog.replaced(), 1u);
  Catalog other;
  other.Swap(catalog);
  EXPECT_EQ(catalog.product_count(), 0u);
  EXPECT_EQ(catalog.CategoryName("c"), "");
  std::map<std::string, std::string> visited;
  other.ForEach([&](const Product& product) { visited.emplace(product.product_id, product.title); });
  EXPECT_EQ(visited, (std::map<std::string, std::string>{{"a", "new"}, {"b", ""}}));
  EXPECT_EQ(other.CategoryName("c"), "Name");
}

}  // namespace
}  // namespace adirect
