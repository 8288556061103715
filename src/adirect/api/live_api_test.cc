#include "adirect/api/live_api.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>

#include "adirect/api/asked_request_test_support.h"
#include "adirect/api/engine_only.h"
#include "adirect/api/policy_api.h"
#include "adirect/api/reader_status.h"
#include "adirect/api/segment_api.h"
#include "adirect/api/session_api.h"
#include "adirect/api/stats_api.h"
#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/shop_reader_fake_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

constexpr char kOpenApi[] = "src/adirect/api/openapi.json";  // tests run at the root of the repository

// "GET /v1/users/{id}" to the role that its x-role names, "" where it needs no key.
std::map<std::string, std::string, std::less<>> Documented() {
  std::map<std::string, std::string, std::less<>> routes;
  simdjson::dom::parser parser;
  simdjson::dom::object paths;
  EXPECT_EQ(parser.load(kOpenApi)["paths"].get(paths), simdjson::SUCCESS);
  for (const auto& [path, item] : paths) {
    for (const auto& [method, operation] : item.get_object()) {
      if (method == "parameters") continue;
      std::string name(method);
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      std::string_view role;
      const bool keyed = operation["x-role"].get(role) == simdjson::SUCCESS;
      EXPECT_NE(keyed, operation["security"].error() == simdjson::SUCCESS) << path << ": an x-role, or security []";
      routes[name + " " + std::string(path)] = role;
    }
  }
  return routes;
}

class LiveApiTest : public testing::Test {
 protected:
  void SetUp() override {
    EngineOptions options;
    options.memory_bytes = uint64_t{64} << 20;
    options.checkpoint_every = Duration::Millis(600'000);  // the tests checkpoint by themselves
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    Result<std::unique_ptr<LiveCatalog>> catalog = LiveCatalog::Open(store_, nullptr);
    ASSERT_TRUE(catalog.ok()) << catalog.status().message();
    catalog_ = *std::move(catalog);
    watch_ = std::make_unique<AudienceWatch>(*engine_, policies_, AudienceWatchOptions());
    policies_.Add(Policy());
    health_ = std::make_unique<Health>(*engine_, *watch_, clock_);
    metrics_ = std::make_unique<Metrics>(Metrics::Parts{*engine_, *watch_, policies_, *catalog_, flows_, clock_, "0"});
    api_ = std::make_unique<LiveApi>(LiveApi::Parts{*engine_, policies_, *catalog_, *watch_, clock_});
    api_->AddTo(router_);
    history_ =
        std::make_unique<History>([this] { return TotalsOf(*engine_, *watch_, metrics_->http().requests()); }, clock_);
    stats_ = std::make_unique<StatsApi>(StatsApi::Parts{*engine_, api_->reader(), policies_, *watch_, *health_,
                                                        *metrics_, *history_, flows_, clock_, "0"});
    stats_->AddTo(router_);
    segment_ = std::make_unique<SegmentApi>(*engine_);
    segment_->AddTo(router_);
    policy_api_ = std::make_unique<PolicyApi>(*engine_, policies_);
    policy_api_->AddTo(router_);
    session_.AddTo(router_);
  }

  // The answer, or what Admit refuses with. "PUT /v1/policies/sale"
  Response Ask(std::string_view what, std::string_view body, std::string_view key = {}) {
    const Asked asked(what, key, body);
    Response response;
    if (!router_.Admit(asked.request, response)) return response;
    Answer answer(response, nullptr, nullptr);
    router_.Handle(asked.request, answer);
    return response;
  }

  static std::string Search(const std::string& user) {
    return R"({"type":"search","time":1000,"user_id":")" + user + R"(","category_id":"shoes"})" + "\n";
  }

  // Whether the engine took the lines.
  bool Submit(const std::string& lines) { return SubmitAndWait(*engine_, lines, false).ok(); }

  // 200, or the status that the request is refused with before its body is read.
  int Admitted(std::string_view what, std::string_view key) {
    Response refusal;
    return router_.Admit(Asked(what, key, {}).request, refusal) ? 200 : refusal.status;
  }

  static Method MethodOf(std::string_view what) {
    for (const Method method : {Method::kPost, Method::kPut, Method::kDelete}) {
      if (MethodName(method) == what.substr(0, what.find(' '))) return method;
    }
    return Method::kGet;
  }

  struct Asked : AskedRequest {
    Asked(std::string_view what, std::string_view key, std::string_view body)
        : AskedRequest(MethodOf(what), what.substr(what.find(' ') + 1)), bearer("Bearer " + std::string(key)) {
      header = {"authorization", bearer};
      if (!key.empty()) request.headers = {&header, 1};
      request.body = body;
    }
    std::string bearer;
    HttpField header;
  };

  FakeStore store_;
  SetClock clock_;
  PolicySet policies_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<LiveCatalog> catalog_;
  std::unique_ptr<AudienceWatch> watch_;
  std::unique_ptr<Health> health_;
  Flows flows_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<LiveApi> api_;
  std::unique_ptr<SegmentApi> segment_;
  std::unique_ptr<PolicyApi> policy_api_;
  SessionApi session_{nullptr};
  std::unique_ptr<History> history_;
  std::unique_ptr<StatsApi> stats_;
  Router router_;
};

TEST_F(LiveApiTest, EveryRouteIsInOpenApiAndTheOtherWayRound) {
  const auto documented = Documented();
  EXPECT_FALSE(documented.empty());
  for (const std::string& route : router_.names()) EXPECT_TRUE(documented.contains(route)) << route << " is not told";
  for (const auto& [route, role] : documented) {
    const auto names = router_.names();
    EXPECT_NE(std::find(names.begin(), names.end(), route), names.end()) << route << " is no route";
  }
}

TEST_F(LiveApiTest, EveryRouteNeedsTheRoleThatOpenApiTells) {
  std::map<std::string_view, std::string> keys;
  std::string file;
  for (const std::string_view role : kRoleNames) {
    const Result<NewKey> made = MakeKey(role, role);
    ASSERT_TRUE(made.ok());
    keys[role] = made->key;
    file += made->line + "\n";
  }
  const Result<KeyRing> ring = KeyRing::Parse(file, "keys.txt");
  ASSERT_TRUE(ring.ok());
  router_.Guard(*ring);
  for (const auto& [route, role] : Documented()) {
    EXPECT_EQ(Admitted(route, {}), role.empty() ? 200 : 401) << route;
    EXPECT_EQ(Admitted(route, "read.0"), role.empty() ? 200 : 401) << route;
    for (const auto& [held, key] : keys) {
      const bool may = role.empty() || held == role || held == "admin";
      EXPECT_EQ(Admitted(route, key), may ? 200 : 403) << route << " for " << held;
    }
  }
}

TEST_F(LiveApiTest, AServerWithoutAnEngineHasTheSameRoutesAndRoles) {
  FakeShop shop;
  const HttpMetrics http;
  Router router;
  ReadingApi reading({shop});
  reading.AddTo(router);
  AddEngineOnly("ask the engine", router);
  ReaderStatus status({shop, http, clock_, "0"});
  status.AddTo(router);
  session_.AddTo(router);
  const Result<NewKey> made = MakeKey("read", "read");
  ASSERT_TRUE(made.ok());
  const Result<KeyRing> ring = KeyRing::Parse(made->line, "keys.txt");
  ASSERT_TRUE(ring.ok());
  router.Guard(*ring);
  router_.Guard(*ring);
  for (const auto& [route, role] : Documented()) {
    const int engines = Admitted(route, made->key);
    std::swap(router, router_);
    EXPECT_EQ(Admitted(route, made->key), engines) << route;
    std::swap(router, router_);
  }
  EXPECT_EQ(router.names().size(), router_.names().size());
}

TEST_F(LiveApiTest, WhoAsksWhetherItIsReadyIsToldWhyNot) {
  EXPECT_EQ(Ask("GET /readyz", "").status, 200);
  store_.append_fails = Exhausted("no space left");
  EXPECT_FALSE(Submit(Search("ana")));
  Response response = Ask("GET /readyz", "");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("the log did not take the last events: no space left"), std::string::npos)
      << response.body;
  EXPECT_NE(Ask("GET /v1/stats", "").body.find("\"ready\": false"), std::string::npos);
  store_.append_fails = {};
  EXPECT_TRUE(Submit(Search("ana")));
  EXPECT_EQ(Ask("GET /readyz", "").status, 200);
  EXPECT_NE(Ask("GET /v1/stats", "").body.find("\"ready\": true"), std::string::npos);
  health_->Stop();
  response = Ask("GET /readyz", "");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("the server is stopping"), std::string::npos) << response.body;
}

TEST_F(LiveApiTest, WhatIsRefusedIsShownNewestFirst) {
  EXPECT_EQ(Ask("GET /v1/quarantine", "").body,
            R"({"since": "1970-01-01T00:16:40.000Z", "ignored": 0, "duplicates": 0, "reasons": []})");
  EXPECT_TRUE(Submit("{}\n" + std::string(2000, 'x') + "\n"));
  clock_.now = 2'000'000;
  EXPECT_TRUE(Submit("\xff\n[]\n"));
  EXPECT_EQ(Ask("GET /v1/quarantine?limit=1", "").body,
            R"({"since": "1970-01-01T00:16:40.000Z", "ignored": 0, "duplicates": 0, "reasons": [)"
            R"({"reason": "bad_utf8", "count": 1, "samples": [{"time": "1970-01-01T00:33:20.000Z", )"
            R"("source": "http.ndjson", "position": 67108864, "line": ")"
            "\xef\xbf\xbd"
            R"("}]}, {"reason": "bad_json", "count": 2, "samples": [{"time": "1970-01-01T00:33:20.000Z", )"
            R"("source": "http.ndjson", "position": 67108866, "line": "[]"}]}, )"
            R"({"reason": "bad_type", "count": 1, "samples": [{"time": "1970-01-01T00:16:40.000Z", )"
            R"("source": "http.ndjson", "position": 0, "line": "{}"}]}]})");
  const std::string all = Ask("GET /v1/quarantine", "").body;
  EXPECT_NE(all.find('"' + std::string(kShownBytes, 'x') + '"'), std::string::npos) << all;
  for (const char* limit : {"-1", "101", "", "x"}) {
    EXPECT_EQ(Ask("GET /v1/quarantine?limit=" + std::string(limit), "").status, 400) << limit;
  }
}

TEST_F(LiveApiTest, RequestsAreCountedByRouteAndStatus) {
  metrics_->http().Routes(router_.names());
  FinishedRequest request;
  request.status = 404;
  request.seconds = 0.002;
  request.route = static_cast<int>(std::find(router_.names().begin(), router_.names().end(), "GET /v1/users/{id}") -
                                   router_.names().begin());
  metrics_->http().Count(request);
  metrics_->http().Count(request);
  request.route = -1;
  request.status = 413;
  metrics_->http().Count(request);
  const std::string text = Ask("GET /metrics", "").body;
  for (const char* line : {
           "\nadirect_http_responses_total{route=\"GET /v1/users/{id}\",code=\"4xx\"} 2\n",
           "\nadirect_http_responses_total{route=\"none\",code=\"4xx\"} 1\n",
           "\nadirect_http_request_seconds_bucket{route=\"GET /v1/users/{id}\",le=\"0.001\"} 0\n",
           "\nadirect_http_request_seconds_bucket{route=\"GET /v1/users/{id}\",le=\"0.0025\"} 2\n",
           "\nadirect_http_request_seconds_sum{route=\"GET /v1/users/{id}\"} 0.004\n",
           "\nadirect_http_request_seconds_count{route=\"GET /v1/users/{id}\"} 2\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST_F(LiveApiTest, APolicyIsPutUnderTheNameOfItsAddressOnly) {
  EXPECT_EQ(Ask("PUT /v1/policies/sale", "# no name here\n").status, 200);
  ASSERT_NE(policies_.Find("sale"), nullptr);
  EXPECT_EQ(policies_.Find("sale")->policy.name, "sale");
  EXPECT_EQ(Ask("PUT /v1/policies/sale", "").status, 400);
  EXPECT_EQ(Ask("PUT /v1/policies/sale", "name = \"other\"\n").status, 400);
  for (const char* name : {"..%2Fsale", "..%2F..%2Fetc%2Fx", "a%2Fdefault", ".", "A", "sale.toml", "a%00"}) {
    EXPECT_EQ(Ask("PUT /v1/policies/" + std::string(name), "# no name\n").status, 400) << name;
  }
  EXPECT_EQ(policies_.All().size(), 2u);
}

}  // namespace
}  // namespace adirect
