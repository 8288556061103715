#include "adirect/api/session_api.h"

#include <gtest/gtest.h>

#include "adirect/api/router.h"

namespace adirect {
namespace {

class SessionApiTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<NewKey> key = MakeKey("site", "read");
    ASSERT_TRUE(key.ok());
    key_ = *std::move(key);
    Result<KeyRing> ring = KeyRing::Parse(key_.line + "\n", "keys.txt");
    ASSERT_TRUE(ring.ok());
    ring_ = *std::move(ring);
    session_.AddTo(router_);
    router_.Add("GET /v1/thing", [](const Request&, Router::Parameters, Answer&) {});
    router_.Guard(ring_);
  }

  Response Ask(Method method, std::string_view body, std::vector<HttpField> headers = {},
               std::string_view last = "session") {
    const std::string_view segments[] = {"v1", last};
    Request request;
    request.method = method;
    request.target = "/v1/session";
    request.segments = segments;
    request.headers = headers;
    request.body = body;
    Response response;
    Answer answer(response, nullptr, nullptr);
    router_.Handle(request, answer);
    return response;
  }

  NewKey key_;
  KeyRing ring_;
  SessionApi session_{&ring_};
  Router router_;
};

TEST_F(SessionApiTest, ASessionIsTheKeyInACookieThatNoScriptReads) {
  const Response response = Ask(Method::kPost, "{\"key\": \"" + key_.key + "\"}");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers(), "Set-Cookie: adirect_key=" + key_.key + "; Path=/; HttpOnly; SameSite=Strict\r\n");
  const Response behind_tls = Ask(Method::kPost, "{\"key\": \"" + key_.key + "\"}", {{"X-Forwarded-Proto", "https"}});
  EXPECT_TRUE(behind_tls.headers().ends_with("; Secure\r\n"));
  const Response ended = Ask(Method::kDelete, "");
  EXPECT_EQ(ended.headers(), "Set-Cookie: adirect_key=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0\r\n");
}

TEST_F(SessionApiTest, TheCookieOpensWhatItsKeyMay) {
  EXPECT_EQ(Ask(Method::kGet, "", {}, "thing").status, 401);
  const std::string cookies = "a=b; adirect_key=" + key_.key;
  EXPECT_EQ(Ask(Method::kGet, "", {{"Cookie", cookies}}, "thing").status, 200);
  const std::string others = "x" + cookies.substr(5);
  EXPECT_EQ(Ask(Method::kGet, "", {{"Cookie", "a=b; adirect_key=site.0"}}, "thing").status, 401);
  EXPECT_EQ(Ask(Method::kGet, "", {{"Cookie", others}}, "thing").status, 401);
}

TEST_F(SessionApiTest, AnAuthorizationGoesBeforeTheCookie) {
  const std::string cookie = "adirect_key=" + key_.key;
  EXPECT_EQ(Ask(Method::kGet, "", {{"Authorization", "Bearer site.0"}, {"Cookie", cookie}}, "thing").status, 401);
}

TEST_F(SessionApiTest, EveryoneMayAskWhoHeIs) {
  EXPECT_EQ(Ask(Method::kGet, "").body, R"({"keys": true, "roles": []})");
  const std::string cookie = "adirect_key=" + key_.key;
  EXPECT_EQ(Ask(Method::kGet, "", {{"Cookie", cookie}}).body, R"({"keys": true, "name": "site", "roles": ["read"]})");
}

TEST_F(SessionApiTest, WhatIsNoKeyIsRefusedAndSetsNoCookie) {
  for (const std::string_view body : {"", "[]", "{}", "{\"key\": 1}", "{\"key\": \"\"}", "{\"key\": \"site.1; x\"}"}) {
    const Response response = Ask(Method::kPost, body);
    EXPECT_TRUE(response.status == 400 || response.status == 401) << body;
    EXPECT_EQ(response.headers(), "") << body;
  }
}

}  // namespace
}  // namespace adirect
