#include "adirect/api/reading_api.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "adirect/api/asked_request_test_support.h"
#include "adirect/api/engine_only.h"
#include "adirect/api/reader_status.h"
#include "adirect/pipeline/shop_reader_fake_test_support.h"

namespace adirect {
namespace {

// What another thread sends.
class Promised : public internal::Remote {
 public:
  void Send(Response response) override { answer.set_value(std::move(response)); }
  void Wake() override {}
  std::promise<Response> answer;
};

std::shared_ptr<internal::Remote> Remote(void* promised) { return *static_cast<std::shared_ptr<Promised>*>(promised); }

class ReadingApiTest : public testing::Test {
 protected:
  void Open(Background* pool) {
    api_ = std::make_unique<ReadingApi>(ReadingApi::Parts{shop_, "{}", pool});
    api_->AddTo(router_);
  }
  // The answer, at once or from the pool; a stream is left in stream_.
  Response Get(std::string_view path) {
    const AskedRequest asked(Method::kGet, path);
    auto promised = std::make_shared<Promised>();
    Response response;
    Answer answer(response, Remote, &promised);
    router_.Handle(asked.request, answer);
    stream_ = answer.TakeStream();
    return answer.deferred() ? promised->answer.get_future().get() : response;
  }
  std::string Stream() {
    const Waker waker(std::make_shared<Promised>());
    std::string all;
    for (;;) {
      std::string chunk;
      const BodyStream::Next next = stream_->Pull(chunk, waker);
      all += chunk;
      if (next == BodyStream::Next::kEnd) return all;
      if (next == BodyStream::Next::kCut) return all + "CUT";
    }
  }

  FakeShop shop_;
  Router router_;
  std::unique_ptr<ReadingApi> api_;
  std::unique_ptr<BodyStream> stream_;
};

TEST_F(ReadingApiTest, AnswersAtOnceOrFromThePoolTheSame) {
  Open(nullptr);
  Router waiting;
  {
    Background pool(10, 2);
    ReadingApi other({shop_, "{}", &pool});
    other.AddTo(waiting);
    for (const char* path :
         {"/v1/users/ana/recommendations?limit=3", "/v1/users/ana/explain?category=shoes", "/v1/users/ana",
          "/v1/users/ana/recommendations?limit=0", "/v1/categories", "/v1/categories/shoes/popular?limit=2",
          "/v1/searches", "/v1/searches?category=", "/v1/products/p", "/v1/products/q", "/v1/policies",
          "/v1/policies/default", "/v1/policies/none", "/healthz", "/openapi.json"}) {
      const Response one = Get(path);
      std::swap(router_, waiting);
      const Response same = Get(path);
      std::swap(router_, waiting);
      EXPECT_EQ(one.status, same.status) << path;
      EXPECT_EQ(one.body, same.body) << path;
    }
  }
}

TEST_F(ReadingApiTest, AShopThatCannotAnswerNowIs503AndSaysWhenToTryAgain) {
  Background pool(10, 2);
  Open(&pool);
  shop_.fails = Unavailable("nobody is there");
  for (const char* path : {"/v1/users/ana/recommendations", "/v1/users/ana/explain", "/v1/users/ana", "/v1/categories",
                           "/v1/categories/shoes/popular", "/v1/searches", "/v1/products/p", "/v1/audience"}) {
    const Response answer = Get(path);
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_NE(answer.body.find("nobody is there"), std::string::npos) << path;
    EXPECT_NE(answer.headers().find("Retry-After: 1"), std::string::npos) << path;
  }
  EXPECT_EQ(Get("/v1/policies").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(ReadingApiTest, AWrongInstantIs422AndWhatCannotBeAnsweredIs501) {
  Open(nullptr);
  shop_.fails = InvalidArgument("before the newest event");
  EXPECT_EQ(Get("/v1/users/ana/explain?as_of=1970-01-01T00:00:00Z").status, 422);
  shop_.fails = Unsupported("no policy has this window");
  EXPECT_EQ(Get("/v1/categories/shoes/popular?window=3d").status, 501);
}

TEST_F(ReadingApiTest, MoreQuestionsThanMayWaitAreAnswered503) {
  std::promise<void> go;
  Background pool(1, 1);
  Open(&pool);
  ASSERT_TRUE(pool.Run(1, [&] { go.get_future().wait(); }));
  EXPECT_EQ(Get("/v1/categories").status, 503);
  EXPECT_EQ(shop_.asked, 0);
  go.set_value();
}

TEST_F(ReadingApiTest, TheAudienceIsStreamedWholeFromThePool) {
  Background pool(10, 2);
  Open(&pool);
  shop_.shoppers = 5'000;
  EXPECT_EQ(Get("/v1/audience?format=csv").status, 200);
  const std::string all = Stream();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 5'001);
  EXPECT_TRUE(all.ends_with("user4999,shoes,0,1970-01-01T00:00:00.000Z,\n"));
}

TEST_F(ReadingApiTest, TheAudienceGoesOnBehindItsCursor) {
  Open(nullptr);
  shop_.shoppers = 300;
  Get("/v1/audience?limit=250");
  const std::string first = Stream();
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 251);
  EXPECT_TRUE(first.ends_with("{\"cursor\":\"1000000.250\"}\n"));
  Get("/v1/audience?cursor=1000000.250");
  const std::string rest = Stream();
  EXPECT_EQ(std::count(rest.begin(), rest.end(), '\n'), 50);
  for (const char* cursor : {"x", "1.", ".5", "1000000.nowhere", "-1.5", "99999999999999999.5"}) {
    EXPECT_EQ(Get(std::string("/v1/audience?cursor=") + cursor).status, 400) << cursor;
  }
}

TEST_F(ReadingApiTest, AnAudienceThatFailsOnItsWayIsCut) {
  Background pool(10, 2);
  Open(&pool);
  shop_.shoppers = 300;
  Get("/v1/audience");
  shop_.fails = Unavailable("nobody is there");
  EXPECT_EQ(Stream(), "CUT");
}

TEST_F(ReadingApiTest, AShopperIsToldByCategoryIdWhateverTheOrderOfTheDictionary) {
  Open(nullptr);
  for (const char* category : {"toys", "shoes"}) {
    KeptEvent event;
    event.item = shop_.dictionary.Intern("p", category);
    event.category = shop_.dictionary.category(event.item);
    shop_.kept.interests.push_back(event);
  }
  const std::string body = Get("/v1/users/ana").body;
  EXPECT_LT(body.find("shoes"), body.find("toys"));
}

TEST_F(ReadingApiTest, WhatOnlyAnEngineDoesSaysWhomToAsk) {
  AddEngineOnly("ask the engine", router_);
  const Response answer = Get("/v1/stats");
  EXPECT_EQ(answer.status, 501);
  EXPECT_NE(answer.body.find("ask the engine"), std::string::npos);
}

TEST_F(ReadingApiTest, TheStatusTellsReadsAndTroubles) {
  class NoonClock : public Clock {
    Timestamp Now() const override { return {1'000'500}; }
  } clock;
  const HttpMetrics http;
  ReaderStatus status({shop_, http, clock, "1"});
  status.AddTo(router_);
  shop_.all_counts.reads = 12;
  EXPECT_EQ(Get("/readyz").status, 200);
  const std::string metrics = Get("/metrics").body;
  EXPECT_NE(metrics.find("\nadirect_reader_reads_total 12\n"), std::string::npos);
  EXPECT_NE(metrics.find("\nadirect_reader_ready 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("\nadirect_reader_lag_seconds 1.5\n"), std::string::npos);
  shop_.fails = Unavailable("nobody is there");
  EXPECT_EQ(Get("/readyz").status, 503);
}

}  // namespace
}  // namespace adirect
