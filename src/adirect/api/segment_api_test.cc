#include "adirect/api/segment_api.h"

#include <gtest/gtest.h>

#include <future>

#include "adirect/api/asked_request_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class SetClock : public Clock {
 public:
  Timestamp Now() const override { return *ParseRfc3339("2026-01-05T12:00:00Z"); }
};

// A connection that only keeps what it is given.
class KeptAnswer : public internal::Remote {
 public:
  void Send(Response response) override { promise.set_value(std::move(response)); }
  void Wake() override {}
  std::promise<Response> promise;
};

class SegmentApiTest : public testing::Test {
 protected:
  void SetUp() override {
    auto configured = std::make_unique<Catalog>();
    configured->Add({.product_id = "p7", .category_id = "bags"});
    Result<std::unique_ptr<LiveCatalog>> catalog = LiveCatalog::Open(store_, std::move(configured));
    ASSERT_TRUE(catalog.ok()) << catalog.status().message();
    catalog_ = *std::move(catalog);
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, catalog_.get(), clock_, {});
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    api_.emplace(*engine_);
    api_->AddTo(router_);
  }

  Response Post(std::string_view path, std::string_view body) {
    AskedRequest asked(Method::kPost, path);
    asked.request.body = body;
    auto kept = std::make_shared<KeptAnswer>();
    Response response;
    Answer answer(
        response,
        [](void* at) -> std::shared_ptr<internal::Remote> { return *static_cast<std::shared_ptr<KeptAnswer>*>(at); },
        &kept);
    router_.Handle(asked.request, answer);
    return answer.deferred() ? kept->promise.get_future().get() : response;
  }

  static std::string Track(std::string_view event, std::string_view properties, std::string_view id = "m-1") {
    return R"({"type":"track","userId":"ana","timestamp":"2026-01-05T10:00:00Z","messageId":")" + std::string(id) +
           R"(","event":")" + std::string(event) + R"(","properties":)" + std::string(properties) + "}";
  }

  size_t Kept(std::string_view user) {
    size_t kept = 0;
    const Status asked = engine_->Decide({user, std::nullopt, std::nullopt}, Policy(), [&](const Decided& told) {
      kept = told.shopper.interests.size() + told.shopper.purchases.size();
    });
    EXPECT_TRUE(asked.ok());
    return kept;
  }

  FakeStore store_;
  std::unique_ptr<LiveCatalog> catalog_;
  SetClock clock_;
  std::unique_ptr<Engine> engine_;
  std::optional<SegmentApi> api_;
  Router router_;
};

TEST_F(SegmentApiTest, ABatchIsAnsweredByCall) {
  const std::string order = Track(
      "Order Completed",
      R"({"order_id":"o1","products":[{"product_id":"p1","category":"shoes"},{"product_id":"p2"},{"product_id":"p7"}]})");
  const Response response = Post("/v1/batch", R"({"batch":[{"type":"identify","userId":"ana"},)" + order + ",7," +
                                                  Track("Product Viewed", R"({"category":"shoes"})") + "]}");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"success": true, "accepted": 3, "duplicates": 0, "ignored": 1, "quarantined": )"
                           R"([{"index": 1, "reason": "missing_category_id"}, {"index": 2, "reason": "bad_json"}]})");
  EXPECT_EQ(Kept("ana"), 3U);
  EXPECT_EQ(engine_->counts().ignored, 1U);
}

TEST_F(SegmentApiTest, AMessageThatComesAgainIsOneEvent) {
  const std::string view = Track("Product Viewed", R"({"product_id":"p1","category":"shoes"})");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Post("/v1/track", view).status, 200);
  EXPECT_EQ(Kept("ana"), 1U);
  EXPECT_EQ(Post("/v1/track", Track("Product Viewed", R"({"product_id":"p1","category":"shoes"})", "m-2")).status, 200);
  EXPECT_EQ(Kept("ana"), 2U);
}

TEST_F(SegmentApiTest, CallsThatAreNeverEventsAreCounted) {
  for (const char* path : {"/v1/identify", "/v1/page", "/v1/screen", "/v1/group", "/v1/alias"}) {
    const Response response = Post(path, R"({"userId":"ana","traits":{"name":"Ana"}})");
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, R"({"success": true, "accepted": 0, "duplicates": 0, "ignored": 1, "quarantined": []})")
        << path;
  }
  EXPECT_EQ(Post("/v1/batch", R"({"batch":[]})").status, 200);
  EXPECT_EQ(Kept("ana"), 0U);
}

TEST_F(SegmentApiTest, WhatCannotBeReadOrKeptIsAProblem) {
  EXPECT_EQ(Post("/v1/batch", R"({"batch":[{"type":"track"})").status, 400);
  EXPECT_EQ(Post("/v1/track", "[]").status, 400);
  store_.append_fails = Exhausted("no space left");
  EXPECT_EQ(Post("/v1/track", Track("Product Viewed", R"({"category":"shoes"})")).status, 507);
  EXPECT_EQ(Kept("ana"), 0U);
}

}  // namespace
}  // namespace adirect
