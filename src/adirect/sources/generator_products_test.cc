#include "adirect/sources/generator_products.h"

#include <gtest/gtest.h>

#include "adirect/base/hash.h"
#include "adirect/codec/catalog_csv.h"
#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_test_support.h"

namespace adirect {
namespace {

constexpr Timestamp kStart{1485907200000};  // 2017-02-01T00:00:00Z

std::string ProductsOf(uint64_t seed) {
  TextInMemory out;
  EXPECT_TRUE(WriteProductsCsv(seed, kStart, out).ok());
  return out.text();
}

// One catalog for all tests: it is large.
class GeneratorProducts : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    text_ = new std::string(ProductsOf(1));
    catalog_ = new Catalog();
    CsvTable products = ProductsCsv("products.csv", *catalog_);
    ASSERT_TRUE(products.Add(*text_).ok() && products.End().ok());
    CsvTable categories = CategoriesCsv("categories.csv", *catalog_);
    ASSERT_TRUE(categories.Add(CategoriesCsvText()).ok() && categories.End().ok());
  }
  static void TearDownTestSuite() {
    delete text_;
    delete catalog_;
  }

  static const std::string* text_;
  static Catalog* catalog_;
};

const std::string* GeneratorProducts::text_ = nullptr;
Catalog* GeneratorProducts::catalog_ = nullptr;

TEST_F(GeneratorProducts, EveryProductOfTheShopIsInItOnceUnderItsCategory) {
  EXPECT_EQ(catalog_->product_count(), size_t{kCategories} * kProductsPerCategory);
  std::array<char, kProductBytes> room;
  for (uint32_t category = 0; category < kCategories; ++category) {
    for (const uint32_t number : {0U, 42U, 99'999U}) {
      const std::optional<Product> product = catalog_->Find(WriteProductId(category, number, room.data()));
      ASSERT_TRUE(product.has_value());
      EXPECT_EQ(product->category_id, kCategoryIds[category]);
      EXPECT_FALSE(product->price.empty() || product->currency.empty());
      EXPECT_TRUE(product->url.starts_with("https://shop.example/") &&
                  product->image_url.starts_with("https://shop.example/"));
      ASSERT_TRUE(product->updated_at.has_value());
      EXPECT_LE(*product->updated_at, kStart);
    }
  }
  EXPECT_TRUE(catalog_->TitleOf("11142").ends_with(" TV 00042")) << catalog_->TitleOf("11142");
}

TEST_F(GeneratorProducts, OneInAHundredIsNotAvailable) {
  std::array<char, kProductBytes> room;
  size_t gone = 0;
  for (uint32_t number = 0; number < kProductsPerCategory; ++number) {
    gone += catalog_->IsAvailable(WriteProductId(3, number, room.data())) ? 0 : 1;
  }
  EXPECT_GT(gone, 900U);
  EXPECT_LT(gone, 1100U);
}

TEST_F(GeneratorProducts, CategoriesHaveTheNamesOf2017) {
  EXPECT_EQ(catalog_->CategoryName("1"), "TVs");
  EXPECT_EQ(catalog_->CategoryName("10"), "Misc");
  EXPECT_EQ(catalog_->category_count(), 10U);
}

TEST_F(GeneratorProducts, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  EXPECT_EQ(*text_, ProductsOf(1));
  EXPECT_NE(*text_, ProductsOf(2));
  EXPECT_EQ(Hash64(*text_), 0U) << "the bytes of a seed change only with a line in CHANGELOG.md";
}

}  // namespace
}  // namespace adirect
