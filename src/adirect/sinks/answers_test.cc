#include "adirect/sinks/answers.h"

#include <gtest/gtest.h>

#include "adirect/sinks/answers_test_support.h"

namespace adirect {
namespace {

class CsvAndNdjson : public AnswersTest {
 protected:
  const std::unique_ptr<Answers> csv_ = Make(MakeCsvAnswers);
  const std::unique_ptr<Answers> ndjson_ = Make(MakeNdjsonAnswers);
};

TEST_F(CsvAndNdjson, TheHeadersNameTheColumns) {
  ASSERT_TRUE(csv_->Begin().ok());
  EXPECT_EQ(audience_.text, "user_id,category_id,searches,last_search_at,next_change_at\n");
  EXPECT_EQ(recommendations_.text, "user_id,category_id,rank,product_id,source\n");
  EXPECT_EQ(popular_.text, "category_id,rank,product_id,purchases\n");
}

TEST_F(CsvAndNdjson, NdjsonHasNoHeader) {
  ASSERT_TRUE(ndjson_->Begin().ok());
  EXPECT_EQ(audience_.text + recommendations_.text + popular_.text, "");
}

TEST_F(CsvAndNdjson, APairIsARowAndEachOfItsProductsToo) {
  CategoryDecision hats = Targeted("hats", 32, {1500}, std::nullopt);
  CategoryDecision shoes = Targeted("shoes", 3, {1000}, Timestamp{kMillisPerDay});
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  csv_->Format("ana", std::vector<CategoryDecision>{hats, shoes}, chunk);
  csv_->Format("bob", std::vector<CategoryDecision>{shoes}, chunk);
  ASSERT_TRUE(csv_->Write(chunk).ok());
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

TEST_F(CsvAndNdjson, AnNdjsonRowNamesItsFields) {
  CategoryDecision hats = Targeted("hats", 32, {1500}, std::nullopt);
  CategoryDecision shoes = Targeted("shoes", 3, {1000}, Timestamp{kMillisPerDay});
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  ndjson_->Format("ana", std::vector<CategoryDecision>{hats, shoes}, chunk);
  ASSERT_TRUE(ndjson_->Write(chunk).ok());
  EXPECT_EQ(audience_.text,
            R"({"user_id":"ana","category_id":"hats","searches":32,"last_search_at":"1970-01-01T00:00:01.500Z",)"
            R"("next_change_at":null})"
            "\n"
            R"({"user_id":"ana","category_id":"shoes","searches":3,"last_search_at":"1970-01-01T00:00:01.000Z",)"
            R"("next_change_at":"1970-01-02T00:00:00.000Z"})"
            "\n");
  EXPECT_EQ(recommendations_.text,
            R"({"user_id":"ana","category_id":"shoes","rank":1,"product_id":"runner-3","source":"recent_search"})"
            "\n"
            R"({"user_id":"ana","category_id":"shoes","rank":2,"product_id":"trail-1","source":"popular"})"
            "\n");
}

TEST_F(CsvAndNdjson, IdsAreEscapedInNdjson) {
  CategoryDecision odd = Targeted("a\\b", 1, {0}, std::nullopt);
  AudienceSink::Chunk chunk;
  ndjson_->Format("\"ana\"", std::vector<CategoryDecision>{odd}, chunk);
  EXPECT_TRUE(chunk.audience.starts_with(R"({"user_id":"\"ana\"","category_id":"a\\b",)")) << chunk.audience;
}

TEST_F(CsvAndNdjson, IdsAreQuotedWhereTheyMustBe) {
  CategoryDecision odd = Targeted("a,b", 1, {0}, std::nullopt);
  odd.list = {{dictionary_.Intern("19\" rack", "a,b"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  csv_->Format("\"ana\"", std::vector<CategoryDecision>{odd}, chunk);
  EXPECT_EQ(chunk.audience, "\"\"\"ana\"\"\",\"a,b\",1,1970-01-01T00:00:00.000Z,\n");
  EXPECT_EQ(chunk.recommendations, "\"\"\"ana\"\"\",\"a,b\",1,\"19\"\" rack\",popular\n");
}

TEST_F(CsvAndNdjson, WithACatalogAProductsRowEndsWithItsTitle) {
  Catalog catalog;
  catalog.Add({.product_id = "runner-3", .title = "Runner \"3\", 👟"});
  CategoryDecision shoes = Targeted("shoes", 3, {0}, std::nullopt);
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  const std::unique_ptr<Answers> csv = Make(MakeCsvAnswers, &catalog);
  ASSERT_TRUE(csv->Begin().ok());
  AudienceSink::Chunk chunk;
  csv->Format("ana", std::vector<CategoryDecision>{shoes}, chunk);
  ASSERT_TRUE(csv->Write(chunk).ok());
  EXPECT_EQ(recommendations_.text,
            "user_id,category_id,rank,product_id,source,title\n"
            "ana,shoes,1,runner-3,recent_search,\"Runner \"\"3\"\", 👟\"\n"
            "ana,shoes,2,trail-1,popular,\n");
  EXPECT_EQ(popular_.text, "category_id,rank,product_id,purchases,title\n");
  EXPECT_EQ(audience_.text,
            "user_id,category_id,searches,last_search_at,next_change_at\n"
            "ana,shoes,3,1970-01-01T00:00:00.000Z,\n");
}

TEST_F(CsvAndNdjson, AFullDiskIsToldOfAnyFile) {
  audience_.full = true;
  EXPECT_EQ(csv_->Begin().code(), Code::kExhausted);
  EXPECT_EQ(csv_->Write({}).code(), Code::kExhausted);
  audience_.full = false;
  recommendations_.full = true;
  EXPECT_EQ(csv_->Begin().code(), Code::kExhausted);
  EXPECT_EQ(csv_->Write({}).code(), Code::kExhausted);
  recommendations_.full = false;
  popular_.full = true;
  EXPECT_EQ(csv_->Begin().code(), Code::kExhausted);
}

TEST_F(CsvAndNdjson, ProductsAreRankedWithinTheirCategories) {
  const Popularity popularity = Bought(
      {{"shoes", "b"}, {"shoes", "c"}, {"shoes", "a"}, {"shoes", "c"}, {"b,c", "x\"y"}, {"Hats", "10"}, {"Hats", "9"}});
  ASSERT_TRUE(csv_->Finish(popularity).ok());
  EXPECT_EQ(popular_.text,
            "Hats,1,10,1\n"
            "Hats,2,9,1\n"
            "\"b,c\",1,\"x\"\"y\",1\n"
            "shoes,1,c,2\n"
            "shoes,2,a,1\n"
            "shoes,3,b,1\n");
}

TEST_F(CsvAndNdjson, NdjsonHasTheSamePopularRows) {
  ASSERT_TRUE(ndjson_->Finish(Bought({{"shoes", "b"}, {"shoes", "c"}, {"shoes", "c"}})).ok());
  EXPECT_EQ(popular_.text, R"({"category_id":"shoes","rank":1,"product_id":"c","purchases":2})"
                           "\n"
                           R"({"category_id":"shoes","rank":2,"product_id":"b","purchases":1})"
                           "\n");
}

TEST_F(CsvAndNdjson, WithoutPurchasesThereIsNoPopularRow) {
  ASSERT_TRUE(csv_->Finish(Popularity()).ok());
  EXPECT_EQ(popular_.text, "");
}

TEST_F(CsvAndNdjson, AFullDiskIsToldOfPopularProductsToo) {
  popular_.full = true;
  EXPECT_EQ(csv_->Finish(Bought({{"shoes", "a"}})).code(), Code::kExhausted);
}

}  // namespace
}  // namespace adirect
