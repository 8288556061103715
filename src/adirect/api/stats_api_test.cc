#include "adirect/api/stats_api.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "adirect/api/asked_request_test_support.h"
#include "adirect/api/event_stream.h"
#include "adirect/pipeline/engine_reader.h"
#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class Remote : public internal::Remote {
 public:
  void Send(Response) override {}
  void Wake() override { ++wakes; }
  int wakes = 0;
};

class StatsApiTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, {});
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    policies_.Add(Policy());
    watch_ = std::make_unique<AudienceWatch>(*engine_, policies_, AudienceWatchOptions());
    health_ = std::make_unique<Health>(*engine_, *watch_, clock_);
    history_ = std::make_unique<History>([this] { return TotalsOf(*engine_, *watch_, 7); }, clock_);
    catalog_ = *LiveCatalog::Open(store_, nullptr);
    reader_ = std::make_unique<EngineReader>(*engine_, policies_, *catalog_);
    metrics_ = std::make_unique<Metrics>(Metrics::Parts{*engine_, *watch_, policies_, *catalog_, flows_, clock_, "0"});
    api_ = std::make_unique<StatsApi>(
        StatsApi::Parts{*engine_, *reader_, policies_, *watch_, *health_, *metrics_, *history_, flows_, clock_, "0"});
    api_->AddTo(router_);
  }

  void Submit(const std::string& body) {
    const Result<SubmitReport> report = SubmitAndWait(*engine_, body, false);
    ASSERT_TRUE(report.ok());
    ASSERT_GT(report->accepted, 0u);
  }

  // What GET answers; a stream is left in stream_.
  Response Get(std::string_view path) {
    const AskedRequest asked(Method::kGet, path);
    Response response;
    Answer answer(response, nullptr, nullptr);
    router_.Handle(asked.request, answer);
    stream_ = answer.TakeStream();
    return response;
  }

  std::string Pull() {
    std::string chunk;
    EXPECT_EQ(stream_->Pull(chunk, Waker(remote_)), BodyStream::Next::kWait);
    return chunk;
  }

  FakeStore store_;
  SetClock clock_;
  PolicySet policies_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AudienceWatch> watch_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<LiveCatalog> catalog_;
  std::unique_ptr<EngineReader> reader_;
  Flows flows_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<History> history_;
  std::unique_ptr<StatsApi> api_;
  Router router_;
  std::shared_ptr<Remote> remote_ = std::make_shared<Remote>();
  std::unique_ptr<BodyStream> stream_;
};

constexpr char kSearches[] =
    "{\"type\":\"search\",\"time\":998000,\"user_id\":\"ana\",\"category_id\":\"shoes\"}\n"
    "{\"type\":\"search\",\"time\":998001,\"user_id\":\"ana\",\"category_id\":\"shoes\"}\n"
    "{\"type\":\"search\",\"time\":998002,\"user_id\":\"ana\",\"category_id\":\"shoes\"}\n";
constexpr char kPurchase[] = "{\"type\":\"purchase\",\"time\":999000,\"user_id\":\"ana\",\"category_id\":\"shoes\"}\n";

TEST_F(StatsApiTest, ThePictureHasAllFourStages) {
  simdjson::dom::parser parser;
  const std::string json = api_->Json();
  std::string names;
  for (const simdjson::dom::element stage : parser.parse(json)["stages"].get_array()) {
    names +=
        std::string(stage["name"].get_string().value()) + "=" + std::string(stage["state"].get_string().value()) + " ";
  }
  EXPECT_EQ(names, "source=waiting engine=ok archive=off store=ok ");
}

TEST_F(StatsApiTest, AFullDiskShowsInThePicture) {
  store_.append_fails = Exhausted("no room");
  ASSERT_FALSE(SubmitAndWait(*engine_, kSearches, false).ok());
  EXPECT_NE(api_->Json().find("\"label\": \"RocksDB\", \"state\": \"failed\""), std::string::npos);
}

TEST_F(StatsApiTest, WhoIsSuppressedIsCounted) {
  Submit(kSearches);
  watch_->Look();
  EXPECT_EQ(TotalsOf(*engine_, *watch_, 0).targeted, 1u);
  EXPECT_EQ(TotalsOf(*engine_, *watch_, 0).suppressed, 0u);
  Submit(kPurchase);
  watch_->Look();
  const Totals totals = TotalsOf(*engine_, *watch_, 0);
  EXPECT_EQ(totals.targeted, 0u);
  EXPECT_EQ(totals.suppressed, 1u);
  EXPECT_EQ(totals.purchases, 1u);
  EXPECT_EQ(totals.accepted, 4u);
}

TEST_F(StatsApiTest, TheHistoryAnswersItsLastPoints) {
  for (int i = 0; i < 25; ++i) history_->Tick();
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(Get("/v1/stats/history?points=2").body)["points"].get_array().size(), 2u);
  EXPECT_EQ(parser.parse(Get("/v1/stats/history").body)["points"].get_array().size(), 3u);
  for (const char* wrong : {"0", "8641", "x", ""}) {
    EXPECT_EQ(Get("/v1/stats/history?points=" + std::string(wrong)).status, 400) << wrong;
  }
}

TEST_F(StatsApiTest, AStreamTellsTheStatsWithEachSampleAndTheDecisionWhenItChanges) {
  Submit(kSearches);
  EXPECT_EQ(Get("/v1/stream?user=ana").content_type(), "text/event-stream");
  ASSERT_NE(stream_, nullptr);
  const std::string first = Pull();
  EXPECT_EQ(first.substr(0, 21), "event: stats\ndata: {\"");
  EXPECT_NE(first.find("event: decision\ndata: {\"user_id\": \"ana\""), std::string::npos);
  EXPECT_NE(first.find("\"reason\": \"targeted\""), std::string::npos);
  EXPECT_EQ(Pull(), ":\n\n");
  history_->Tick();
  EXPECT_EQ(remote_->wakes, 1);
  EXPECT_EQ(Pull().find("event: decision"), std::string::npos);
  Submit(kPurchase);
  history_->Tick();
  EXPECT_EQ(remote_->wakes, 2);
  EXPECT_NE(Pull().find("\"reason\": \"purchased\""), std::string::npos);
}

TEST_F(StatsApiTest, AStreamFollowsThePolicyThatIsPut) {
  Submit(kSearches);
  ASSERT_EQ(Get("/v1/stream?user=ana").status, 200);
  EXPECT_NE(Pull().find("\"reason\": \"targeted\""), std::string::npos);
  Policy strict;
  strict.interest.min_searches = 9;
  policies_.Add(strict);
  history_->Tick();
  EXPECT_NE(Pull().find("\"reason\": \"few_searches\""), std::string::npos);
}

TEST_F(StatsApiTest, AWrongStreamIsRefused) {
  EXPECT_EQ(Get("/v1/stream?user=ana&policy=none").status, 404);
  EXPECT_EQ(Get("/v1/stream?user=ana&category=").status, 400);
  EXPECT_EQ(Get("/v1/stream?user=ana&as_of=2026-01-01T00:00:00Z").status, 400);
  EXPECT_EQ(stream_, nullptr);
}

}  // namespace
}  // namespace adirect
