#include "adirect/api/reading_api.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "adirect/api/audience_stream.h"
#include "adirect/api/decision_ask.h"
#include "adirect/api/kept_request.h"
#include "adirect/api/policy_answers.h"
#include "adirect/api/pooled_stream.h"
#include "adirect/api/reading_json.h"
#include "adirect/api/submitted.h"
#include "adirect/targeting/newest_searches.h"

namespace adirect {
namespace {

constexpr uint32_t kMostProducts = 1000;

// The limit that a request names, from 1 to `most`; absent after answering 400.
std::optional<uint32_t> AskedLimit(const Request& request, std::string_view otherwise, uint32_t most, Answer& answer) {
  const std::optional<uint32_t> limit = ParseWhole(request.Query("limit").value_or(otherwise));
  if (limit && *limit > 0 && *limit <= most) return limit;
  Refuse(answer, 400, fmt::format("limit is a whole number from 1 to {}", most), "limit");
  return std::nullopt;
}

}  // namespace

void ReadingApi::AddTo(Router& router) {
  router.Add("GET /v1/users/{id}", Asking(&ReadingApi::GetUser));
  router.Add("GET /v1/users/{id}/recommendations", Asking(&ReadingApi::GetRecommendations));
  router.Add("GET /v1/users/{id}/explain", Asking(&ReadingApi::GetExplanation));
  router.Add("GET /v1/audience", [this](const Request& r, Parameters, Answer& a) { GetAudience(r, a); });
  router.Add("GET /v1/products/{id}", Asking(&ReadingApi::GetProduct));
  router.Add("GET /v1/categories", Asking(&ReadingApi::GetCategories));
  router.Add("GET /v1/categories/{id}/popular", Asking(&ReadingApi::GetPopular));
  router.Add("GET /v1/searches", Asking(&ReadingApi::GetSearches));
  router.Add("GET /v1/policies",
             [this](const Request&, Parameters, Answer& a) { AnswerPolicies(parts_.shop.policies(), a); });
  router.Add("GET /v1/policies/{name}", [this](const Request&, Parameters names, Answer& a) {
    AnswerPolicy(parts_.shop.policies(), names[0], a);
  });
  router.Add("GET /openapi.json",
             [this](const Request&, Parameters, Answer& a) { a.response().body = parts_.openapi; });
  const Router::RouteOptions open{.open = true};
  router.Add(
      "GET /healthz", [](const Request&, Parameters, Answer& a) { a.response().body = "{\"status\": \"ok\"}"; }, open);
}

Router::Handler ReadingApi::Asking(Handle handle) {
  if (parts_.pool == nullptr) {
    return [this, handle](const Request& r, Parameters ids, Answer& a) { (this->*handle)(r, ids, a); };
  }
  return [this, handle](const Request& r, Parameters ids, Answer& a) { AskOnPool(handle, r, ids, a); };
}

void ReadingApi::AskOnPool(Handle handle, const Request& request, Parameters ids, Answer& answer) {
  const auto asked = std::make_shared<KeptRequest>(request, ids);
  const auto responder = std::make_shared<Responder>(answer.Defer());
  const auto came = std::chrono::steady_clock::now();
  const bool taken = parts_.pool->Run(1, [this, handle, asked, responder, came] {
    Response response;
    if (std::chrono::steady_clock::now() - came > kLongestWait) {
      response = Failed(Unavailable("answers take too long at present; try again"));
    } else {
      Answer later(response, nullptr, nullptr);
      (this->*handle)(asked->request(), asked->parameters(), later);
    }
    responder->Send(std::move(response));
  });
  if (!taken) responder->Send(Failed(Unavailable("too many questions wait for an answer; try again")));
}

void ReadingApi::GetRecommendations(const Request& request, Parameters ids, Answer& answer) {
  AnswerDecision(request, ids, answer, /*explain=*/false);
}

void ReadingApi::GetExplanation(const Request& request, Parameters ids, Answer& answer) {
  AnswerDecision(request, ids, answer, /*explain=*/true);
}

void ReadingApi::AnswerDecision(const Request& request, Parameters ids, Answer& answer, bool explain) {
  const std::optional<DecisionAsk> ask = ReadDecisionAsk(request, ids[0], parts_.shop.policies(), answer);
  if (!ask) return;
  const Status decided = AppendAnswer(parts_.shop, *ask, explain, std::nullopt, answer.response().body);
  if (decided.ok()) return;
  if (decided.code() == Code::kInvalidArgument) return Refuse(answer, 422, decided.message(), "as_of");
  answer.response() = Failed(decided);
}

void ReadingApi::GetUser(const Request& request, Parameters ids, Answer& answer) {
  if (AskedPolicy(request, parts_.shop.policies(), answer) == nullptr) return;
  const Status asked = parts_.shop.Kept(ids[0], [&](const KeptShopper& kept) {
    if (kept.shopper.empty()) return Refuse(answer, 404, "nothing is kept of this shopper");
    answer.response().body = ShopperJson(ids[0], kept);
  });
  if (!asked.ok()) answer.response() = Failed(asked);
}

void ReadingApi::GetAudience(const Request& request, Answer& answer) {
  AudienceExport wanted;
  wanted.question.policy = AskedPolicy(request, parts_.shop.policies(), answer);
  if (wanted.question.policy == nullptr) return;
  const std::string_view format = request.Query("format").value_or("ndjson");
  if (format != "ndjson" && format != "csv") return Refuse(answer, 400, "format is ndjson or csv", "format");
  wanted.csv = format == "csv";
  wanted.question.category_id = std::string(request.Query("category").value_or(""));
  if (const std::optional<std::string_view> text = request.Query("limit")) {
    const std::optional<uint32_t> limit = ParseWhole(*text);
    if (!limit || *limit == 0) return Refuse(answer, 400, "limit is a whole number from 1 on", "limit");
    wanted.limit = *limit;
  }
  wanted.question.as_of = parts_.shop.Now();
  const std::optional<std::string_view> cursor = request.Query("cursor");
  if (cursor && !ParseAudienceCursor(*cursor, wanted.question)) {
    return Refuse(answer, 400, "cursor is none of this API's", "cursor");
  }
  Result<std::unique_ptr<AudienceWalk>> walk = parts_.shop.Walk(wanted.question);
  if (!walk.ok()) {
    if (walk.status().code() == Code::kInvalidArgument) {
      return Refuse(answer, 400, "cursor is none of this API's", "cursor");
    }
    answer.response() = Failed(walk.status());
    return;
  }
  answer.response().SetContentType(wanted.csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
  std::unique_ptr<BodyStream> stream = std::make_unique<AudienceStream>(*std::move(walk), std::move(wanted));
  if (parts_.pool != nullptr) stream = std::make_unique<PooledStream>(std::move(stream), *parts_.pool);
  answer.SendStream(std::move(stream));
}

void ReadingApi::GetProduct(const Request&, Parameters ids, Answer& answer) {
  const Status asked = parts_.shop.FindProduct(ids[0], [&](const std::optional<Product>& product) {
    if (!product) return Refuse(answer, 404, "no product of this id is known");
    answer.response().body = ProductJson(*product);
  });
  if (!asked.ok()) answer.response() = Failed(asked);
}

void ReadingApi::GetSearches(const Request& request, Parameters, Answer& answer) {
  const std::optional<std::string_view> category = request.Query("category");
  if (category && category->empty()) {
    return Refuse(answer, 400, "category is empty; leave it out to ask for all", "category");
  }
  const std::optional<uint32_t> limit = AskedLimit(request, "50", NewestSearches::kKept, answer);
  if (!limit) return;
  const Timestamp now = parts_.shop.Now();
  const Result<std::vector<ListedSearch>> searches = parts_.shop.Searches(category, *limit);
  if (searches.ok()) {
    answer.response().body = SearchesJson(now, *searches);
  } else {
    answer.response() = Failed(searches.status());
  }
}

void ReadingApi::GetCategories(const Request&, Parameters, Answer& answer) {
  const Result<std::vector<ListedCategory>> categories = parts_.shop.Categories();
  if (categories.ok()) {
    answer.response().body = CategoriesJson(*categories);
  } else {
    answer.response() = Failed(categories.status());
  }
}

void ReadingApi::GetPopular(const Request& request, Parameters ids, Answer& answer) {
  const std::optional<Duration> window = ParseDuration(request.Query("window").value_or("30d"));
  if (!window || (!window->forever() && window->millis() % kMillisPerDay != 0)) {
    return Refuse(answer, 400, "window is whole days (\"30d\") or forever", "window");
  }
  const std::optional<uint32_t> limit = AskedLimit(request, "20", kMostProducts, answer);
  if (!limit) return;
  const Result<std::vector<RankedProduct>> products = parts_.shop.Popular(ids[0], *window, *limit);
  if (products.ok()) {
    answer.response().body = PopularJson(ids[0], *products);
  } else {
    answer.response() = Failed(products.status());
  }
}

}  // namespace adirect
