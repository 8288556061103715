#include "adirect/sources/generator_products.h"

#include <gtest/gtest.h>

#include "adirect/base/hash.h"
#include "adirect/codec/catalog_csv.h"
#include "adirect/sources/generator_catalog.h"

namespace adirect {
namespace {

constexpr Timestamp kStart{1485907200000};  // 2017-02-01T00:00:00Z

// Takes a text's front and refuses the rest.
class Front : public TextSink {
 public:
  explicit Front(size_t bytes) : bytes_(bytes) {}
  Status Write(std::string_view piece) override {
    text += piece;
    return text.size() < bytes_ ? Status() : Exhausted("enough");
  }
  std::string text;

 private:
  const size_t bytes_;
};

class Hash : public TextSink {
 public:
  Status Write(std::string_view piece) override {
    all.Add(piece);
    return {};
  }
  Hasher64 all;
};

// Whole rows, at least so many bytes.
std::string FrontOf(uint64_t seed, size_t bytes, Timestamp start = kStart) {
  Front front(bytes);
  EXPECT_EQ(WriteProductsCsv(seed, start, front).message(), "enough");
  return front.text;
}

TEST(GeneratorProducts, ARowTellsAllThatACatalogMayHold) {
  Catalog catalog;
  CsvTable products = ProductsCsv("products.csv", catalog);
  ASSERT_TRUE(products.Add(FrontOf(1, 100'000)).ok() && products.End().ok());
  EXPECT_GT(catalog.product_count(), 500U);
  std::array<char, kProductBytes> room;
  for (const uint32_t number : {0U, 42U, 499U}) {
    const std::optional<Product> product = catalog.Find(WriteProductId(0, number, room.data()));
    ASSERT_TRUE(product.has_value());
    EXPECT_EQ(product->category_id, "1");
    EXPECT_FALSE(product->price.empty() || product->currency.empty());
    EXPECT_TRUE(product->url.starts_with("https://shop.example/")) << product->url;
    EXPECT_TRUE(product->image_url.starts_with("https://shop.example/")) << product->image_url;
    ASSERT_TRUE(product->updated_at.has_value());
    EXPECT_LE(*product->updated_at, kStart);
  }
  EXPECT_TRUE(catalog.TitleOf("11142").ends_with(" TV 00042")) << catalog.TitleOf("11142");
}

TEST(GeneratorProducts, OneInAHundredIsNotAvailable) {
  const std::string text = FrontOf(1, 3'000'000);
  size_t gone = 0;
  for (size_t at = text.find(",false,"); at != std::string::npos; at = text.find(",false,", at + 1)) ++gone;
  const auto rows = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
  EXPECT_GT(rows, 20'000U);
  EXPECT_NEAR(static_cast<double>(gone) / static_cast<double>(rows), 0.01, 0.002);
}

TEST(GeneratorProducts, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  Hash hash;
  ASSERT_TRUE(WriteProductsCsv(1, kStart, hash).ok());
  EXPECT_EQ(hash.all.value(), 13044637674203189983U) << "these bytes change only with a line in CHANGELOG.md";
  EXPECT_NE(FrontOf(1, 10'000), FrontOf(2, 10'000));
}

TEST(GeneratorProducts, NoRowIsOlderThanTheFirstInstantOfAnEvent) {
  Catalog catalog;
  CsvTable products = ProductsCsv("products.csv", catalog);
  ASSERT_TRUE(products.Add(FrontOf(1, 1, kMinEventTime)).ok() && products.End().ok());
  EXPECT_EQ(catalog.Find("1110")->updated_at, kMinEventTime);
}

TEST(GeneratorProducts, CategoriesHaveTheNamesOf2017) {
  Catalog catalog;
  CsvTable categories = CategoriesCsv("categories.csv", catalog);
  ASSERT_TRUE(categories.Add(CategoriesCsvText()).ok() && categories.End().ok());
  EXPECT_EQ(catalog.CategoryName("1"), "TVs");
  EXPECT_EQ(catalog.CategoryName("10"), "Misc");
  EXPECT_EQ(catalog.category_count(), 10U);
}

}  // namespace
}  // namespace adirect
