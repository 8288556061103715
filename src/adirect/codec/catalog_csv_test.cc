#include "adirect/codec/catalog_csv.h"

#include <gtest/gtest.h>

#include "adirect/model/reject.h"

namespace adirect {
namespace {

Status Read(CsvTable table, std::string_view text, size_t piece_bytes = 1 << 20) {
  while (!text.empty()) {
    ADIRECT_RETURN_IF_ERROR(table.Add(text.substr(0, piece_bytes)));
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  return table.End();
}

class CatalogCsv : public testing::Test {
 protected:
  Status Products(std::string_view text, size_t piece_bytes = 1 << 20) {
    return Read(ProductsCsv("shop/products.csv", catalog_), text, piece_bytes);
  }
  std::string Refused(std::string_view text) {
    const Status status = Products(text);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return status.message();
  }

  Catalog catalog_;
};

constexpr std::string_view kShop =
    "\xef\xbb\xbf"
    "title,colour,updated_at,product_id,category_id,available,price,currency,url,image_url\r\n"
    "\"Runner, \"\"3\"\" 👟\",red,2026-01-05T10:00:00+01:00,p1,shoes,false,89.90,EUR,https://a/1,https://a/1.jpg\r\n"
    "\r\n"
    "Tote,,1767603600000,p2,,1,,,,\n"
    "\"Ti\"\"e\",,,p3,shoes,,,,,";

TEST_F(CatalogCsv, ColumnsMayStandInAnyOrderAndOthersAreNotLookedAt) {
  ASSERT_TRUE(Products(kShop).ok());
  EXPECT_EQ(catalog_.product_count(), 3U);
  const Product runner{"p1",
                       "shoes",
                       "Runner, \"3\" 👟",
                       "89.90",
                       "EUR",
                       "https://a/1",
                       "https://a/1.jpg",
                       false,
                       Timestamp{1767603600000}};
  EXPECT_EQ(catalog_.Find("p1"), runner);
  const Product tote{.product_id = "p2", .title = "Tote", .updated_at = Timestamp{1767603600000}};
  EXPECT_EQ(catalog_.Find("p2"), tote);
  const Product tie{.product_id = "p3", .category_id = "shoes", .title = "Ti\"e"};
  EXPECT_EQ(catalog_.Find("p3"), tie);
}

TEST_F(CatalogCsv, PiecesOfAnySizeReadAlike) {
  for (const size_t bytes : {1, 2, 3, 7, 50}) {
    Catalog other;
    ASSERT_TRUE(Read(ProductsCsv("x", other), kShop, bytes).ok()) << bytes;
    ASSERT_EQ(other.product_count(), 3U);
    ASSERT_TRUE(Products(kShop).ok());
    for (const std::string_view id : {"p1", "p2", "p3"}) EXPECT_EQ(other.Find(id), catalog_.Find(id)) << bytes;
  }
}

TEST_F(CatalogCsv, OnlyTheProductIdIsNeeded) {
  ASSERT_TRUE(Products("product_id\np1\n").ok());
  EXPECT_EQ(catalog_.Find("p1"), Product{.product_id = "p1"});
  ASSERT_TRUE(Products("product_id\n").ok()) << "a shop without products";
}

TEST_F(CatalogCsv, AHeaderWithoutItIsRefusedWithTheColumnsThereAre) {
  EXPECT_EQ(Refused("sku,title\np1,x\n"),
            "shop/products.csv:1: the header has no column product_id; it has: \"sku\", \"title\"");
  EXPECT_EQ(Refused("product_id,title,title\n"),
            "shop/products.csv:1: the header has column title twice; it has: \"product_id\", \"title\", \"title\"");
  EXPECT_EQ(Refused(""), "shop/products.csv:1: no header; the first line must name the columns, at least product_id");
}

TEST_F(CatalogCsv, ABadRowIsRefusedWithFileLineAndRemedy) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {",shoes,t,,,", "product_id is empty; give every row one"},
      {"p\x01,shoes,t,,,", "product_id: \"p\\u0001\" is no id; use 1 to 128 bytes without control characters"},
      {"p,sh\toes,t,,,", "category_id: \"sh\\u0009oes\" is no id; use 1 to 128 bytes without control characters"},
      {"p,shoes,t,cheap,,",
       "price: \"cheap\" is no decimal number; write it like 1249.90, the currency in a column of its own"},
      {"p,shoes,t,1,yes,", "available: \"yes\" is none of true, false, 1, 0"},
      {"p,shoes,t,1,,2026-01-05",
       "updated_at: \"2026-01-05\" is no time; use RFC 3339 with a zone (2026-01-05T10:00:00Z) or milliseconds since "
       "1970"},
      {"p,shoes,t,1,", "the row has 5 columns and the header has 6; quote a field that holds a comma"},
      {"p,shoes,t,1,,,", "the row has 7 columns and the header has 6; quote a field that holds a comma"},
      {"p,shoes,\xff,1,,", "not UTF-8; save the file as UTF-8"},
      {"p,shoes,\"t\"x,1,,", "a quote that is not closed, or text behind a closing one; write \"\" for a quote inside"},
      {"p,shoes,\"t", "a quote that is not closed, or text behind a closing one; write \"\" for a quote inside"},
      {"p,shoes,\"a\nb\",1,,",
       "title: \"a\\u000ab\" cannot be shown; use at most 1024 bytes without line ends, tabs and other control "
       "characters"},
  };
  for (const auto& [row, what] : rows) {
    const std::string text =
        "product_id,category_id,title,price,available,updated_at\ngood,\"shoes\",t,1,,\n\n" + std::string(row) + "\n";
    EXPECT_EQ(Refused(text), "shop/products.csv:4: " + std::string(what));
  }
}

TEST_F(CatalogCsv, WhatIsTooLongIsRefused) {
  const std::string longest(kMaxTitleBytes, 't');
  EXPECT_TRUE(Products("product_id,title\np," + longest + "\n").ok());
  EXPECT_EQ(catalog_.TitleOf("p"), longest);
  EXPECT_NE(Refused("product_id,title\np," + longest + "t\n").find(":2: title: "), std::string::npos);
  EXPECT_NE(Refused("product_id,url\np," + std::string(kMaxUrlBytes + 1, 'u') + "\n").find(":2: url: "),
            std::string::npos);
  EXPECT_NE(Refused("product_id\n" + std::string(129, 'p') + "\n").find(":2: product_id: "), std::string::npos);
  EXPECT_EQ(Refused("product_id\n\"" + std::string(kMaxLineBytes, 'p')),
            "shop/products.csv:2: a row longer than 1 MiB; look for a quote that is not closed");
}

TEST_F(CatalogCsv, CategoriesHaveAnIdAndAName) {
  ASSERT_TRUE(Read(CategoriesCsv("c.csv", catalog_), "name,category_id\n\"TVs, \"\"large\"\"\",1\n,2\n").ok());
  EXPECT_EQ(catalog_.CategoryName("1"), "TVs, \"large\"");
  EXPECT_EQ(catalog_.category_count(), 2U);
  EXPECT_EQ(Read(CategoriesCsv("c.csv", catalog_), "category_id,name\n,x\n").message(),
            "c.csv:2: category_id is empty; give every row one");
}

TEST_F(CatalogCsv, ARowWithoutATimeGetsTheOneThatIsGiven) {
  ASSERT_TRUE(Read(ProductsCsv("body", catalog_, Timestamp{7}), "product_id,updated_at\np1,\np2,5\n").ok());
  EXPECT_EQ(catalog_.Find("p1")->updated_at, Timestamp{7});
  EXPECT_EQ(catalog_.Find("p2")->updated_at, Timestamp{5});
}

TEST_F(CatalogCsv, ProductsMayBeJsonLines) {
  ASSERT_TRUE(AddProductsNdjson("{\"product_id\":7,\"category_id\":\"shoes\",\"title\":\"Runner \\\"3\\\"\","
                                "\"price\":89.90,\"available\":false,\"updated_at\":1767603600000,\"colour\":[1]}\n\n"
                                "{\"product_id\":\"p2\",\"price\":\"5\",\"title\":null,\"available\":true,"
                                "\"updated_at\":\"2026-01-05T10:00:00+01:00\"}\r\n{\"product_id\":\"p3\"}",
                                catalog_, Timestamp{9})
                  .ok());
  const Timestamp time{1'767'603'600'000};
  EXPECT_EQ(catalog_.Find("7"), (Product{.product_id = "7",
                                         .category_id = "shoes",
                                         .title = "Runner \"3\"",
                                         .price = "89.90",
                                         .available = false,
                                         .updated_at = time}));
  EXPECT_EQ(catalog_.Find("p2"), (Product{.product_id = "p2", .price = "5", .updated_at = time}));
  EXPECT_EQ(catalog_.Find("p3"), (Product{.product_id = "p3", .updated_at = Timestamp{9}}));
}

TEST_F(CatalogCsv, ABadJsonProductIsNamedByItsNumber) {
  const std::pair<std::string, std::string> cases[] = {
      {"{\"product_id\":\"p1\"}\n[]\n", "product 2: is no JSON object"},
      {"{\"product_id\":\"p1\"} 7\n", "product 1: is no JSON object"},
      {"{\"product_id\":\"p1\"", "product 1: is no JSON object"},
      {"{\"title\":\"x\"}", "product 1: product_id is empty"},
      {"{\"product_id\":1.5}", "product 1: product_id: \"1.5\" must be a text"},
      {"{\"product_id\":\"p1\",\"title\":{}}", "product 1: title: \"{}\" must be a text"},
      {"{\"product_id\":\"p1\",\"title\":true}", "product 1: title: \"true\" must be a text"},
      {"{\"product_id\":\"p1\",\"product_id\":\"p2\"}", "product 1: product_id is there twice"},
      {"{\"product_id\":\"p1\",\"price\":\"1,50\"}", "product 1: price: \"1,50\" is no decimal number"},
      {"{\"product_id\":\"p1\",\"title\":\"a\\nb\"}", "product 1: title: "},
      {"{\"product_id\":\"\xe9\"}", "not UTF-8"},
  };
  for (const auto& [text, wanted] : cases) {
    const Status status = AddProductsNdjson(text, catalog_);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(wanted), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace adirect
