#include "adirect/api/router.h"

#include <gtest/gtest.h>

#include <vector>

#include "adirect/api/asked_request_test_support.h"

namespace adirect {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    for (const char* pattern : {"GET /v1/users/{id}", "DELETE /v1/users/{id}", "GET /v1/users/{id}/explain",
                                "GET /v1/users/first", "PUT /v1/{kind}/{name}", "GET /"}) {
      router_.Add(pattern, [pattern](const Request&, Router::Parameters parameters, Answer& answer) {
        std::string& body = answer.response().body;
        body = pattern;
        for (const std::string_view parameter : parameters) body += " " + std::string(parameter);
      });
    }
    router_.Add("POST /v1/events", [](const Request&, Router::Parameters, Answer&) {}, {.body_bytes = 7});
  }

  Response Ask(Method method, std::string_view raw) {
    AskedRequest asked(method, raw);
    std::vector<HttpField> headers;
    if (!authorization_.empty()) headers.push_back({"authorization", authorization_});
    if (!site_.empty()) headers.push_back({"sec-fetch-site", site_});
    asked.request.headers = headers;
    Response refusal;
    admitted_ = router_.Admit(asked.request, refusal);
    Response response;
    Answer answer(response, nullptr, nullptr);
    router_.Handle(asked.request, answer);
    route_ = answer.route;
    EXPECT_EQ(refusal.status, admitted_ ? 200 : response.status);
    return response;
  }
  std::string Body(Method method, std::string_view raw) { return Ask(method, raw).body; }

  Router router_;
  std::string authorization_;
  std::string site_;  // what a browser says of the page that asks
  std::optional<size_t> admitted_;
  int route_ = -1;
};

TEST_F(RouterTest, APathFindsItsHandlerAndParameters) {
  EXPECT_EQ(Body(Method::kGet, "/v1/users/a%2Fb"), "GET /v1/users/{id} a/b");
  EXPECT_EQ(router_.Name(route_), "GET /v1/users/{id}");
  EXPECT_EQ(Body(Method::kGet, "/v1/users/7/explain?x=y"), "GET /v1/users/{id}/explain 7");
  EXPECT_EQ(Body(Method::kDelete, "/v1/users/7"), "DELETE /v1/users/{id} 7");
  EXPECT_EQ(Body(Method::kPut, "/v1/policies/main"), "PUT /v1/{kind}/{name} policies main");
  EXPECT_EQ(Body(Method::kGet, "/"), "GET /");
}

TEST_F(RouterTest, ALiteralGoesBeforeAParameter) {
  EXPECT_EQ(Body(Method::kGet, "/v1/users/first"), "GET /v1/users/first");
}

TEST_F(RouterTest, HeadIsAnsweredByGet) { EXPECT_EQ(Body(Method::kHead, "/v1/users/7"), "GET /v1/users/{id} 7"); }

TEST_F(RouterTest, AnUnknownPathIs404) {
  for (const char* path : {"/v1", "/v1/users", "/v1/users/", "/v1/users//explain", "/v1/users/7/explain/", "/x"}) {
    EXPECT_EQ(Ask(Method::kGet, path).status, 404) << path;
    EXPECT_EQ(router_.Name(route_), "none");
  }
}

TEST_F(RouterTest, AnotherMethodIs405AndSaysWhichAreAllowed) {
  const Response response = Ask(Method::kPost, "/v1/users/7");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers(), "Allow: GET, HEAD, DELETE, PUT, OPTIONS\r\n");
  EXPECT_EQ(Ask(Method::kOther, "/").headers(), "Allow: GET, HEAD, OPTIONS\r\n");
  EXPECT_EQ(admitted_, std::nullopt);
}

TEST_F(RouterTest, OptionsIs204WithAllow) {
  const Response response = Ask(Method::kOptions, "/v1/events");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers(), "Allow: POST, OPTIONS\r\n");
}

TEST_F(RouterTest, ARouteSaysHowLargeABodyMayBe) {
  Ask(Method::kPost, "/v1/events");
  EXPECT_EQ(admitted_, 7U);
  Ask(Method::kPut, "/v1/policies/main");
  EXPECT_EQ(admitted_, Router::RouteOptions().body_bytes);
}

TEST_F(RouterTest, APatternThatIsNoneOrThereAlreadyEndsTheProcess) {
  const auto nothing = [](const Request&, Router::Parameters, Answer&) {};
  for (const char* wrong :
       {"GET /v1/users/{other}", "FETCH /x", "HEAD /x", "GET x", "GET", "GET /{a}/{b}/{c}/{d}/{e}"}) {
    EXPECT_DEATH(router_.Add(wrong, nothing), "this must hold") << wrong;
  }
}

TEST_F(RouterTest, APageOfAnotherSiteChangesNothing) {
  for (const char* site : {"cross-site", "same-site"}) {
    site_ = site;
    EXPECT_EQ(Ask(Method::kPost, "/v1/events").status, 403) << site;
    EXPECT_EQ(Ask(Method::kDelete, "/v1/users/7").status, 403) << site;
    EXPECT_EQ(Ask(Method::kGet, "/").status, 200) << site;
  }
  for (const char* site : {"same-origin", "none", ""}) {
    site_ = site;
    EXPECT_EQ(Ask(Method::kPost, "/v1/events").status, 200) << site;
  }
}

TEST_F(RouterTest, AKeyIsAskedForBeforeTheBodyAndAgainByTheHandler) {
  const Result<NewKey> made = MakeKey("shop", "ingest");
  ASSERT_TRUE(made.ok());
  const Result<KeyRing> keys = KeyRing::Parse(made->line, "keys.txt");
  ASSERT_TRUE(keys.ok());
  router_.Add("GET /free", [](const Request&, Router::Parameters, Answer&) {}, {.open = true});
  router_.Add("POST /asked", [](const Request&, Router::Parameters, Answer&) {}, {.role = Role::kRead});
  router_.Guard(*keys);
  const Response none = Ask(Method::kGet, "/");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers(), "WWW-Authenticate: Bearer realm=\"adirect\"\r\n");
  authorization_ = "Bearer shop.0";
  EXPECT_NE(Ask(Method::kPost, "/v1/events").headers().find("invalid_token"), std::string::npos);
  authorization_ = "Bearer " + made->key;
  EXPECT_EQ(Ask(Method::kPost, "/v1/events").status, 200);
  EXPECT_EQ(Ask(Method::kPost, "/asked").status, 403);
  EXPECT_EQ(Ask(Method::kGet, "/").status, 403);
  EXPECT_EQ(Ask(Method::kHead, "/").status, 403);
  EXPECT_EQ(Ask(Method::kDelete, "/v1/users/7").status, 403);
  EXPECT_EQ(Ask(Method::kGet, "/nowhere").status, 404);
  authorization_ = {};
  EXPECT_EQ(Ask(Method::kGet, "/free").status, 200);
}

}  // namespace
}  // namespace adirect
