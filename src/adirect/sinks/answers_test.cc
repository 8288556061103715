#include "adirect/sinks/answers.h"

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

class AnswersTest : public testing::Test {
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

  std::unique_ptr<Answers> Make(AnswerFormat format, const Catalog* catalog = nullptr) {
    return MakeAnswers(format, dictionary_, catalog, {&audience_, &recommendations_, &popular_});
  }

  Dictionary dictionary_;
  MemorySink audience_;
  MemorySink recommendations_;
  MemorySink popular_;
  const std::unique_ptr<Answers> csv_ = Make(AnswerFormat::kCsv);
  const std::unique_ptr<Answers> ndjson_ = Make(AnswerFormat::kNdjson);
};

TEST(AnswerFormats, AreKnownByTheirNames) {
  EXPECT_EQ(ParseAnswerFormat("csv"), AnswerFormat::kCsv);
  EXPECT_EQ(ParseAnswerFormat("ndjson"), AnswerFormat::kNdjson);
  EXPECT_EQ(ParseAnswerFormat("CSV"), std::nullopt);
  ASSERT_FALSE(AnswerFormatNames().empty());
  for (const std::string_view name : AnswerFormatNames()) {
    EXPECT_EQ(AnswerEnding(*ParseAnswerFormat(name)), "." + std::string(name));
  }
}

TEST_F(AnswersTest, TheHeadersNameTheColumns) {
  ASSERT_TRUE(csv_->Begin().ok());
  EXPECT_EQ(audience_.text, "user_id,category_id,searches,last_search_at,next_change_at\n");
  EXPECT_EQ(recommendations_.text, "user_id,category_id,rank,product_id,source\n");
  EXPECT_EQ(popular_.text, "category_id,rank,product_id,purchases\n");
}

TEST_F(AnswersTest, NdjsonHasNoHeader) {
  ASSERT_TRUE(ndjson_->Begin().ok());
  EXPECT_EQ(audience_.text + recommendations_.text + popular_.text, "");
}

TEST_F(AnswersTest, APairIsARowAndEachOfItsProductsToo) {
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

TEST_F(AnswersTest, AnNdjsonRowNamesItsFields) {
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

TEST_F(AnswersTest, IdsAreEscapedInNdjson) {
  CategoryDecision odd = Targeted("a\\b", 1, {0}, std::nullopt);
  AudienceSink::Chunk chunk;
  ndjson_->Format("\"ana\"", std::vector<CategoryDecision>{odd}, chunk);
  EXPECT_TRUE(chunk.audience.starts_with(R"({"user_id":"\"ana\"","category_id":"a\\b",)")) << chunk.audience;
}

TEST_F(AnswersTest, IdsAreQuotedWhereTheyMustBe) {
  CategoryDecision odd = Targeted("a,b", 1, {0}, std::nullopt);
  odd.list = {{dictionary_.Intern("19\" rack", "a,b"), ProductSource::kPopular}};
  AudienceSink::Chunk chunk;
  csv_->Format("\"ana\"", std::vector<CategoryDecision>{odd}, chunk);
  EXPECT_EQ(chunk.audience, "\"\"\"ana\"\"\",\"a,b\",1,1970-01-01T00:00:00.000Z,\n");
  EXPECT_EQ(chunk.recommendations, "\"\"\"ana\"\"\",\"a,b\",1,\"19\"\" rack\",popular\n");
}

TEST_F(AnswersTest, WithACatalogAProductsRowEndsWithItsTitle) {
  Catalog catalog;
  catalog.Add({.product_id = "runner-3", .title = "Runner \"3\", 👟"});
  CategoryDecision shoes = Targeted("shoes", 3, {0}, std::nullopt);
  shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
  const std::unique_ptr<Answers> csv = Make(AnswerFormat::kCsv, &catalog);
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

TEST_F(AnswersTest, AFullDiskIsToldOfAnyFile) {
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

class PopularTest : public AnswersTest {
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

TEST_F(PopularTest, ProductsAreRankedWithinTheirCategories) {
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

TEST_F(PopularTest, NdjsonHasTheSameRows) {
  ASSERT_TRUE(ndjson_->Finish(Bought({{"shoes", "b"}, {"shoes", "c"}, {"shoes", "c"}})).ok());
  EXPECT_EQ(popular_.text, R"({"category_id":"shoes","rank":1,"product_id":"c","purchases":2})"
                           "\n"
                           R"({"category_id":"shoes","rank":2,"product_id":"b","purchases":1})"
                           "\n");
}

TEST_F(PopularTest, WithoutPurchasesThereIsNoRow) {
  ASSERT_TRUE(csv_->Finish(Popularity()).ok());
  EXPECT_EQ(popular_.text, "");
}

TEST_F(PopularTest, AFullDiskIsTold) {
  popular_.full = true;
  EXPECT_EQ(csv_->Finish(Bought({{"shoes", "a"}})).code(), Code::kExhausted);
}

}  // namespace
}  // namespace adirect
