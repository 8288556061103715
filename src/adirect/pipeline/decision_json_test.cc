#include "adirect/pipeline/decision_json.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

class DecisionJsonTest : public testing::Test {
 protected:
  std::string Json(const Decision& decision, std::string_view user = "ana", std::string_view asked = "") {
    std::string out;
    AppendDecisionJson(decision, {user, {1000}, policy_, dictionary_, asked}, out);
    return out;
  }

  // The members that every answer begins with.
  std::string Head(std::string_view user = "ana") const {
    return "{\"user_id\": \"" + std::string(user) +
           "\", \"as_of\": \"1970-01-01T00:00:01.000Z\", \"policy\": \"default\", \"policy_version\": \"" +
           PolicyVersion(policy_) + "\", ";
  }

  Dictionary dictionary_;
  Policy policy_;
};

TEST_F(DecisionJsonTest, AnUnknownShopperIsAnAnswer) {
  EXPECT_EQ(Json({}), Head() +
                          "\"targeted\": false, \"reason\": \"unknown_user\", \"categories\": [], "
                          "\"recommendations\": []}");
}

TEST_F(DecisionJsonTest, ATargetedShopperIsToldWithClausesAndLists) {
  const ItemIndex runner = dictionary_.Intern("runner-3", "shoes");
  const ItemIndex trail = dictionary_.Intern("trail-1", "shoes");
  CategoryDecision shoes;
  shoes.category = dictionary_.FindCategory("shoes");
  shoes.verdict.targeted = true;
  shoes.verdict.reason = Reason::kTargeted;
  shoes.verdict.searches = 3;
  shoes.verdict.days = 2;
  shoes.verdict.last_search_at = Timestamp{900};
  shoes.verdict.clauses = {{{"suppress_for", INT64_MAX, std::nullopt, true},
                            {"min_searches", 3, 3, true},
                            {"min_distinct_days", 1, 2, true},
                            {"last_within", 259200000, 100, true}}};
  shoes.list = {{runner, ProductSource::kRecentSearch}, {trail, ProductSource::kPopular}};
  Decision decision;
  decision.targeted = true;
  decision.reason = Reason::kTargeted;
  decision.list = shoes.list;
  decision.categories = {shoes};
  decision.categories[0].verdict.next_change_at = Timestamp{2000};

  const std::string list =
      "\"recommendations\": [{\"rank\": 1, \"product_id\": \"runner-3\", \"category_id\": \"shoes\", "
      "\"source\": \"recent_search\"}, {\"rank\": 2, \"product_id\": \"trail-1\", \"category_id\": \"shoes\", "
      "\"source\": \"popular\"}]";
  EXPECT_EQ(Json(decision),
            Head() +
                "\"targeted\": true, \"reason\": \"targeted\", \"categories\": [{\"category_id\": \"shoes\", "
                "\"targeted\": true, \"reason\": \"targeted\", \"searches\": 3, "
                "\"last_search_at\": \"1970-01-01T00:00:00.900Z\", "
                "\"next_change_at\": \"1970-01-01T00:00:02.000Z\", \"clauses\": ["
                "{\"name\": \"suppress_for\", \"needed\": \"forever\", \"actual\": null, \"holds\": true}, "
                "{\"name\": \"min_searches\", \"needed\": 3, \"actual\": 3, \"holds\": true}, "
                "{\"name\": \"min_distinct_days\", \"needed\": 1, \"actual\": 2, \"holds\": true}, "
                "{\"name\": \"last_within\", \"needed\": 259200000, \"actual\": 100, \"holds\": true}], " +
                list + "}], " + list + "}");
}

TEST_F(DecisionJsonTest, AProductIsToldAsFarAsTheCatalogKnowsIt) {
  Catalog catalog;
  catalog.Add({"a", "shoes", "The \"A\"", "09.90", "EUR", "https://a", "https://a.jpg", true, std::nullopt});
  catalog.Add({.product_id = "b", .title = "B"});
  Decision decision;
  for (const std::string_view product : {"a", "b", "c"}) {
    decision.list.push_back({dictionary_.Intern(product, "shoes"), ProductSource::kPopular});
  }
  std::string json;
  AppendDecisionJson(decision, {"ana", {1000}, policy_, dictionary_, "", &catalog}, json);
  EXPECT_NE(json.find("\"source\": \"popular\", \"product\": {\"title\": \"The \\\"A\\\"\", \"url\": \"https://a\", "
                      "\"image_url\": \"https://a.jpg\", \"price\": \"09.90\", \"currency\": \"EUR\"}}, "),
            std::string::npos)
      << json;
  EXPECT_NE(json.find("\"source\": \"popular\", \"product\": {\"title\": \"B\"}}, "), std::string::npos) << json;
  EXPECT_TRUE(json.ends_with("\"product_id\": \"c\", \"category_id\": \"shoes\", \"source\": \"popular\"}]}")) << json;
}

TEST_F(DecisionJsonTest, CategoriesAreSeparatedAndMissingTimesAreNull) {
  Decision decision;
  decision.reason = Reason::kFewSearches;
  for (const std::string_view id : {"hats", "shoes"}) {
    dictionary_.Intern("", id);
    decision.categories.emplace_back().category = dictionary_.FindCategory(id);
  }
  const std::string json = Json(decision);
  EXPECT_NE(json.find("\"reason\": \"few_searches\", \"categories\": [{\"category_id\": \"hats\""), std::string::npos);
  EXPECT_NE(json.find("\"last_search_at\": null, \"next_change_at\": null"), std::string::npos);
  EXPECT_NE(json.find("\"recommendations\": []}, {\"category_id\": \"shoes\""), std::string::npos);
}

TEST_F(DecisionJsonTest, ACategoryThatNobodyKnowsIsCalledAsItWasAsked) {
  Decision decision;
  decision.categories.emplace_back();
  EXPECT_NE(Json(decision, "ana", "sho\"es").find("{\"category_id\": \"sho\\\"es\""), std::string::npos);
}

TEST_F(DecisionJsonTest, IdsThatLookLikeJsonAreQuoted) {
  for (const std::string_view id : {"{", "[", "a\"b", "\\"}) {
    std::string quoted;
    for (const char c : id) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    EXPECT_TRUE(Json({}, id).starts_with(Head(quoted))) << id;
  }
}

TEST_F(DecisionJsonTest, TheObjectIsAppendedBehindWhatIsThere) {
  std::string out = "data: ";
  AppendDecisionJson({}, {"ana", {1000}, policy_, dictionary_, ""}, out);
  EXPECT_EQ(out, "data: " + Json({}));
}

}  // namespace
}  // namespace adirect
