#include "adirect/sinks/audience_csv.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

class MemorySink : public TextSink {
 public:
  Status Write(std::string_view piece) override {
    if (full) return Exhausted("no space");
    text += piece;
    return {};
  }
  std::string text;
  bool full = false;
};

class AudienceCsvTest : public testing::Test {
 protected:
  CategoryDecision Targeted(std::string_view category, int searches, Timestamp last,
                            std::optional<Timestamp> next_change) {
    dictionary_.Intern("", category);
    CategoryDecision decision;
    decision.category = dictionary_.FindCategory(category);
    decision.verdict.targeted = true;
    decision.verdict.searches = searches;
    decision.verdict.last_search_at = last;
    decision.verdict.next_change_at = next_change;
    return decision;
  }

  Dictionary dictionary_;
  MemorySink audience_;
  MemorySink recommendations_;
  AudienceCsv csv_{dictionary_, nullptr, audience_, recommendations_};
};

TEST_F(AudienceCsvTest, TheHeadersNameTheColumns) {
  ASSERT_TRUE(csv_.WriteHeaders().ok());
  EXPECT_EQ(audience_.text, "user_id,category_id,searches,last_search_at,next_change_at\n");
  EXPECT_EQ(recommendations_.text, "user_id,category_id,rank,product_id,source\n");
}

TEST_F(AudienceCsvTest, APairIsARowAndEachOfItsProductsToo) {
  CategoryDecision hats = Targeted("hats", 32, {1500}, std::nullopt);
  CategoryDecision shoes = Targeted("shoes", 3, {1000}, Timestamp{kMillisPerDay});
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  csv_.Format("ana", std::vector<CategoryDecision>{hats, shoes}, chunk);
  csv_.Format("bob", std::vector<CategoryDecision>{shoes}, chunk);
  ASSERT_TRUE(csv_.Write(chunk).ok());
  EXPECT_EQ(audience_.text,
            "ana,hats,32,1970-01-01T00:00:01.500Z,\n"
            "ana,shoes,3,1970-01-01T00:00:01.000Z,1970-01-02T00:00:00.000Z\n"
            "bob,shoes,3,1970-01-01T00:00:01.000Z,1970-01-02T00:00:00.000Z\n");
  EXPECT_EQ(recommendations_.text,
            "ana,shoes,1,runner-3,recent_search\n"
            "ana,shoes,2,trail-1,popular\n"
            "bob,shoes,1,runner-3,recent_search\n"
            "bob,shoes,2,trail-1,popular\n");
}

TEST_F(AudienceCsvTest, IdsAreQuotedWhereTheyMustBe) {
  CategoryDecision odd = Targeted("a,b", 1, {0}, std::nullopt);
  odd.list = {{dictionary_.Intern("19\" rack", "a,b"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  csv_.Format("\"ana\"", std::vector<CategoryDecision>{odd}, chunk);
  EXPECT_EQ(chunk.audience, "\"\"\"ana\"\"\",\"a,b\",1,1970-01-01T00:00:00.000Z,\n");
  EXPECT_EQ(chunk.recommendations, "\"\"\"ana\"\"\",\"a,b\",1,\"19\"\" rack\",popular\n");
}

TEST_F(AudienceCsvTest, WithACatalogAProductsRowEndsWithItsTitle) {
  Catalog catalog;
  catalog.Add({.product_id = "runner-3", .title = "Runner \"3\", 👟"});
  CategoryDecision shoes = Targeted("shoes", 3, {0}, std::nullopt);
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  AudienceCsv csv(dictionary_, &catalog, audience_, recommendations_);
  ASSERT_TRUE(csv.WriteHeaders().ok());
  AudienceSink::Chunk chunk;
  csv.Format("ana", std::vector<CategoryDecision>{shoes}, chunk);
  ASSERT_TRUE(csv.Write(chunk).ok());
  EXPECT_EQ(recommendations_.text,
            "user_id,category_id,rank,product_id,source,title\n"
            "ana,shoes,1,runner-3,recent_search,\"Runner \"\"3\"\", 👟\"\n"
            "ana,shoes,2,trail-1,popular,\n");
  EXPECT_EQ(audience_.text,
            "user_id,category_id,searches,last_search_at,next_change_at\n"
            "ana,shoes,3,1970-01-01T00:00:00.000Z,\n");
}

TEST_F(AudienceCsvTest, AFullDiskIsToldOfEitherFile) {
  audience_.full = true;
  EXPECT_EQ(csv_.WriteHeaders().code(), Code::kExhausted);
  EXPECT_EQ(csv_.Write({}).code(), Code::kExhausted);
  audience_.full = false;
  recommendations_.full = true;
  EXPECT_EQ(csv_.WriteHeaders().code(), Code::kExhausted);
  EXPECT_EQ(csv_.Write({}).code(), Code::kExhausted);
}

class PopularCsvTest : public AudienceCsvTest {
 protected:
  Popularity Bought(const std::vector<std::pair<std::string_view, std::string_view>>& products) {
    PopularityCounter counter(Duration::Forever(), {}, {kMillisPerDay});
    for (const auto& [category, product] : products) {
      KeptEvent purchase;
      purchase.type = EventType::kPurchase;
      purchase.item = dictionary_.Intern(product, category);
      purchase.category = dictionary_.category(purchase.item);
      counter.Add({&purchase, 1});
    }
    return Popularity(counter, dictionary_);
  }
};

TEST_F(PopularCsvTest, ProductsAreRankedWithinTheirCategories) {
  const Popularity popularity = Bought(
      {{"shoes", "b"}, {"shoes", "c"}, {"shoes", "a"}, {"shoes", "c"}, {"b,c", "x\"y"}, {"Hats", "10"}, {"Hats", "9"}});
  ASSERT_TRUE(WritePopularCsv(popularity, dictionary_, nullptr, audience_).ok());
  EXPECT_EQ(audience_.text,
            "category_id,rank,product_id,purchases\n"
            "Hats,1,10,1\n"
            "Hats,2,9,1\n"
            "\"b,c\",1,\"x\"\"y\",1\n"
            "shoes,1,c,2\n"
            "shoes,2,a,1\n"
            "shoes,3,b,1\n");
}

TEST_F(PopularCsvTest, WithACatalogARowEndsWithTheTitle) {
  Catalog catalog;
  catalog.Add({.product_id = "a", .title = "A, the first", .available = false});
  ASSERT_TRUE(WritePopularCsv(Bought({{"shoes", "b"}, {"shoes", "a"}}), dictionary_, &catalog, audience_).ok());
  EXPECT_EQ(audience_.text,
            "category_id,rank,product_id,purchases,title\n"
            "shoes,1,a,1,\"A, the first\"\n"
            "shoes,2,b,1,\n");
}

TEST_F(PopularCsvTest, WithoutPurchasesThereIsTheHeaderAlone) {
  ASSERT_TRUE(WritePopularCsv(Popularity(), dictionary_, nullptr, audience_).ok());
  EXPECT_EQ(audience_.text, "category_id,rank,product_id,purchases\n");
}

TEST_F(PopularCsvTest, AFullDiskIsTold) {
  audience_.full = true;
  EXPECT_EQ(WritePopularCsv(Bought({{"shoes", "a"}}), dictionary_, nullptr, audience_).code(), Code::kExhausted);
}

}  // namespace
}  // namespace adirect
