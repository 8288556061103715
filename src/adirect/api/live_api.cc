#include "adirect/api/live_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/api/audience_changes_stream.h"
#include "adirect/api/audience_stream.h"
#include "adirect/api/decision_ask.h"
#include "adirect/api/submitted.h"
#include "adirect/codec/catalog_csv.h"
#include "adirect/codec/format.h"
#include "adirect/codec/json_lines.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

// "application/json; charset=utf-8" is application/json.
std::string_view MediaType(const Request& request) {
  std::string_view type = request.Header("content-type").value_or("application/json");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

// The body as rows of a format.
struct EventsBody {
  Format format;
  std::string text;
};
Result<EventsBody> ReadBody(const Request& request) {
  const std::string_view type = MediaType(request);
  if (type == "application/x-ndjson" || type == "application/ndjson") {
    return EventsBody{AdirectFormat(Format::Kind::kNdjson), std::string(request.body)};
  }
  if (type == "text/csv") return EventsBody{AdirectFormat(Format::Kind::kCsv), std::string(request.body)};
  // curl -d calls a body so, whatever it is.
  if (type != "application/json" && type != "application/x-www-form-urlencoded") {
    return Unsupported("Content-Type " + std::string(type) +
                       " is not known; use application/json, application/x-ndjson or text/csv");
  }
  Result<std::string> lines = JsonToLines(request.body);
  if (!lines.ok()) return lines.status();
  return EventsBody{AdirectFormat(Format::Kind::kNdjson), *std::move(lines)};
}

// Absent after answering why.
std::optional<EventsBody> BodyOf(const Request& request, Answer& answer) {
  Result<EventsBody> body = ReadBody(request);
  if (body.ok()) return *std::move(body);
  const bool media = body.status().code() == Code::kUnsupported;
  Refuse(answer, media ? 415 : 400, body.status().message(), media ? "Content-Type" : "");
  return std::nullopt;
}

void AppendTitle(const Catalog* catalog, std::string_view product, std::string& out) {
  const std::string_view title = catalog == nullptr ? std::string_view() : catalog->TitleOf(product);
  if (!title.empty()) out += ", \"title\": " + QuotedJson(title);
}

void AppendEventJson(const KeptEvent& event, const Decided& decided, std::string& out) {
  const Dictionary& dictionary = decided.dictionary;
  out += out.back() == '[' ? "" : ", ";
  out += fmt::format("{{\"type\": \"{}\", \"time\": \"{}\"", EventTypeName(event.type), FormatRfc3339(event.time));
  if (event.type != EventType::kRefund)
    out += ", \"category_id\": " + QuotedJson(dictionary.category_id(event.category));
  const std::string_view product = dictionary.product(event.item);
  if (!product.empty()) out += ", \"product_id\": " + QuotedJson(product);
  AppendTitle(decided.catalog, product, out);
  out += '}';
}

void AppendEvents(const char* name, const std::vector<KeptEvent>& events, const Decided& decided, std::string& out) {
  out += fmt::format(", \"{}\": [", name);
  for (const KeptEvent& event : events) AppendEventJson(event, decided, out);
  out += ']';
}

std::string ShopperJson(std::string_view user_id, const Decided& decided) {
  const Shopper& shopper = decided.shopper;
  std::string out = "{\"user_id\": " + QuotedJson(user_id);
  if (!shopper.user_name.empty()) out += ", \"user_name\": " + QuotedJson(shopper.user_name);
  AppendEvents("interests", shopper.interests, decided, out);
  AppendEvents("purchases", shopper.purchases, decided, out);
  AppendEvents("refunds", shopper.refunds, decided, out);
  return out + '}';
}

Status ReadProducts(std::string_view text, Format::Kind kind, Timestamp now, Catalog& products) {
  if (kind == Format::Kind::kNdjson) return AddProductsNdjson(text, products, now);
  CsvTable table = ProductsCsv("body", products, now);
  ADIRECT_RETURN_IF_ERROR(table.Add(text));
  return table.End();
}

std::string ProductJson(const Product& product) {
  std::string out = "{\"product_id\": " + QuotedJson(product.product_id);
  const std::pair<const char*, std::string_view> texts[] = {
      {"category_id", product.category_id}, {"title", product.title}, {"price", product.price},
      {"currency", product.currency},       {"url", product.url},     {"image_url", product.image_url}};
  for (const auto& [name, text] : texts) {
    if (!text.empty()) out += fmt::format(", \"{}\": {}", name, QuotedJson(text));
  }
  out += fmt::format(", \"available\": {}", product.available);
  if (product.updated_at) out += fmt::format(", \"updated_at\": \"{}\"", FormatRfc3339(*product.updated_at));
  return out + '}';
}

}  // namespace

void LiveApi::AddTo(Router& router) {
  const Router::RouteOptions events{.body_bytes = parts_.events_body_bytes};
  router.Add(
      "POST /v1/events", [this](const Request& r, Parameters, Answer& a) { PostEvents(r, a); }, events);
  router.Add("GET /v1/users/{id}", [this](const Request& r, Parameters ids, Answer& a) { GetUser(r, ids, a); });
  router.Add("DELETE /v1/users/{id}", [this](const Request&, Parameters ids, Answer& a) { DeleteUser(ids, a); });
  router.Add("GET /v1/users/{id}/recommendations",
             [this](const Request& r, Parameters ids, Answer& a) { GetRecommendations(r, ids, a, false); });
  router.Add("GET /v1/users/{id}/explain",
             [this](const Request& r, Parameters ids, Answer& a) { GetRecommendations(r, ids, a, true); });
  router.Add("GET /v1/audience", [this](const Request& r, Parameters, Answer& a) { GetAudience(r, a); });
  router.Add("GET /v1/audience/changes", [this](const Request& r, Parameters, Answer& a) { GetAudienceChanges(r, a); });
  const Router::RouteOptions products{kMaxProductsBody};
  router.Add(
      "POST /v1/products", [this](const Request& r, Parameters, Answer& a) { PostProducts(r, a); }, products);
  router.Add("GET /v1/products/{id}", [this](const Request&, Parameters ids, Answer& a) { GetProduct(ids, a); });
  router.Add("GET /v1/categories", [this](const Request&, Parameters, Answer& a) { GetCategories(a); });
  router.Add("GET /v1/categories/{id}/popular",
             [this](const Request& r, Parameters ids, Answer& a) { GetPopular(r, ids, a); });
  router.Add("GET /v1/searches", [this](const Request& r, Parameters, Answer& a) { GetSearches(r, a); });
  router.Add("GET /openapi.json",
             [this](const Request&, Parameters, Answer& a) { a.response().body = parts_.openapi; });
  const Router::RouteOptions open{.open = true};
  router.Add(
      "GET /healthz", [](const Request&, Parameters, Answer& a) { a.response().body = "{\"status\": \"ok\"}"; }, open);
}

void LiveApi::PostEvents(const Request& request, Answer& answer) {
  std::optional<EventsBody> body = BodyOf(request, answer);
  if (!body) return;
  auto responder = std::make_shared<Responder>(answer.Defer());
  parts_.engine.Submit(body->format, std::move(body->text), /*may_erase=*/false,
                       [responder](const Result<SubmitReport>& report) {
                         Response response;
                         if (!report.ok()) {
                           response = Failed(report.status());
                         } else {
                           response.body = "{" + ReportMembers(*report) + "}";
                         }
                         responder->Send(std::move(response));
                       });
}

void LiveApi::GetRecommendations(const Request& request, Parameters ids, Answer& answer, bool explain) {
  const std::optional<DecisionAsk> ask = ReadDecisionAsk(request, ids[0], parts_.policies, answer);
  if (!ask) return;
  const Status decided = AppendAnswer(parts_.engine, *ask, explain, std::nullopt, answer.response().body);
  if (!decided.ok()) Refuse(answer, 422, decided.message(), "as_of");
}

void LiveApi::GetUser(const Request& request, Parameters ids, Answer& answer) {
  const std::shared_ptr<const NamedPolicy> policy = AskedPolicy(request, parts_.policies, answer);
  if (policy == nullptr) return;
  (void)parts_.engine.Decide({ids[0], std::nullopt, std::nullopt}, policy->policy, [&](const Decided& told) {
    if (told.shopper.empty()) return Refuse(answer, 404, "nothing is kept of this shopper");
    answer.response().body = ShopperJson(ids[0], told);
  });
}

void LiveApi::DeleteUser(Parameters ids, Answer& answer) {
  const Timestamp now = parts_.engine.Now();
  const std::string user = QuotedJson(ids[0]);
  const bool anonymous = ids[0].starts_with(kAnonymousPrefix);
  std::string erase =
      fmt::format("{{\"type\": \"erase\", \"time\": {}, \"{}\": {}}}\n", now.ms, anonymous ? "anonymous_id" : "user_id",
                  anonymous ? QuotedJson(ids[0].substr(kAnonymousPrefix.size())) : user);
  auto responder = std::make_shared<Responder>(answer.Defer());
  parts_.engine.Submit(
      AdirectFormat(Format::Kind::kNdjson), std::move(erase), /*may_erase=*/true,
      [responder, user, now](const Result<SubmitReport>& report) {
        Response response;
        if (!report.ok()) {
          response = Failed(report.status());
        } else if (!report->refused.empty()) {
          response = Problem(400, "", "this is no shopper's id", "id");
        } else {
          response.body = fmt::format(
              "{{\"user_id\": {}, \"erased_until\": \"{}\", \"not_reached\": [\"event files\", \"topics\", "
              "\"quarantine\", \"the log and checkpoints until their next compaction\"]}}",
              user, FormatRfc3339(now));
        }
        responder->Send(std::move(response));
      });
}

void LiveApi::GetAudience(const Request& request, Answer& answer) {
  const std::shared_ptr<const NamedPolicy> policy = AskedPolicy(request, parts_.policies, answer);
  if (policy == nullptr) return;
  const std::string_view format = request.Query("format").value_or("ndjson");
  if (format != "ndjson" && format != "csv") return Refuse(answer, 400, "format is ndjson or csv", "format");
  AudienceExport wanted;
  wanted.policy = policy;
  wanted.csv = format == "csv";
  wanted.category = std::string(request.Query("category").value_or(""));
  if (const std::optional<std::string_view> text = request.Query("limit")) {
    const std::optional<uint32_t> limit = ParseWhole(*text);
    if (!limit || *limit == 0) return Refuse(answer, 400, "limit is a whole number from 1 on", "limit");
    wanted.limit = *limit;
  }
  if (const std::optional<std::string_view> cursor = request.Query("cursor")) {
    if (!ParseAudienceCursor(*cursor, wanted)) return Refuse(answer, 400, "cursor is none of this API's", "cursor");
  } else {
    wanted.as_of = parts_.engine.Now();
  }
  answer.response().SetContentType(wanted.csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
  answer.SendStream(std::make_unique<AudienceStream>(parts_.engine, std::move(wanted)));
}

void LiveApi::GetAudienceChanges(const Request& request, Answer& answer) {
  const std::shared_ptr<const NamedPolicy> policy = AskedPolicy(request, parts_.policies, answer);
  if (policy == nullptr) return;
  std::optional<Timestamp> since;
  if (const std::optional<std::string_view> text = request.Query("since")) {
    since = ParseRfc3339(*text);
    if (!since) return Refuse(answer, 400, "since is no instant; use the one that the last answer ended with", "since");
  }
  AudienceChanges changes = parts_.watch.ChangesSince(policy->policy.name, since);
  if (changes.found == AudienceChanges::Found::kNoLook) {
    answer.response() = Failed(Unavailable("nobody has looked at the audience yet; try again"));
    return;
  }
  if (changes.found == AudienceChanges::Found::kTooOld) {
    return Refuse(answer, 410,
                  "changes since then are not kept; ask without since for all who are in, then go on from there",
                  "since");
  }
  answer.response().SetContentType("application/x-ndjson");
  answer.SendStream(std::make_unique<AudienceChangesStream>(std::move(changes), parts_.engine.dictionary()));
}

void LiveApi::PostProducts(const Request& request, Answer& answer) {
  std::optional<EventsBody> body = BodyOf(request, answer);
  if (!body) return;
  const size_t bytes = body->text.size();
  auto responder = std::make_shared<Responder>(answer.Defer());
  const bool taken = background_.Run(bytes, [this, responder, body = *std::move(body)] {
    const Timestamp now = parts_.clock.Now();
    Catalog posted;
    Status added = ReadProducts(body.text, body.format.kind, now, posted);
    if (added.ok()) added = parts_.catalog.Add(posted, now);
    Response response;
    if (added.ok()) {
      response.body = fmt::format("{{\"products\": {}}}", posted.product_count());
    } else {
      response = Failed(added);
    }
    responder->Send(std::move(response));
  });
  if (!taken) responder->Send(Failed(Unavailable("too many products are waiting to be written; try again")));
}

void LiveApi::GetProduct(Parameters ids, Answer& answer) {
  const LiveCatalog::View catalog = parts_.catalog.Read();
  const std::optional<Product> product = catalog->Find(ids[0]);
  if (!product) return Refuse(answer, 404, "no product of this id is known");
  answer.response().body = ProductJson(*product);
}

void LiveApi::GetSearches(const Request& request, Answer& answer) {
  const std::optional<std::string_view> category = request.Query("category");
  if (category && category->empty()) {
    return Refuse(answer, 400, "category is empty; leave it out to ask for all", "category");
  }
  const std::optional<uint32_t> limit = ParseWhole(request.Query("limit").value_or("50"));
  if (!limit || *limit == 0 || *limit > NewestSearches::kKept) {
    return Refuse(answer, 400, fmt::format("limit is a whole number from 1 to {}", NewestSearches::kKept), "limit");
  }
  const Dictionary& dictionary = parts_.engine.dictionary();
  const LiveCatalog::View catalog = parts_.catalog.Read();
  std::string& out = answer.response().body;
  out = "{\"as_of\": \"" + FormatRfc3339(parts_.engine.Now()) + "\", \"searches\": [";
  parts_.engine.Searches(category, *limit, [&](const Engine::FoundSearch& found) {
    const NewestSearches::Search& search = found.search;
    out += out.back() == '[' ? "{" : ", {";
    out += "\"user_id\": " + QuotedJson(search.user_id);
    if (!found.user_name.empty()) out += ", \"user_name\": " + QuotedJson(found.user_name);
    const std::string_view category_id = dictionary.category_id(search.category);
    out += fmt::format(", \"time\": \"{}\", \"type\": \"{}\", \"category_id\": {}", FormatRfc3339(search.time),
                       EventTypeName(search.type), QuotedJson(category_id));
    const std::string_view name = catalog->CategoryName(category_id);
    if (!name.empty()) out += ", \"category_name\": " + QuotedJson(name);
    const std::string_view product = dictionary.product(search.item);
    if (!product.empty()) out += ", \"product_id\": " + QuotedJson(product);
    AppendTitle(catalog.get(), product, out);
    out += '}';
  });
  out += "]}";
}

void LiveApi::GetCategories(Answer& answer) {
  const Dictionary& dictionary = parts_.engine.dictionary();
  std::vector<std::string_view> ids;
  for (uint32_t i = 0; i < dictionary.category_count(); ++i) {
    const std::string_view id = dictionary.category_id(CategoryIndex(i));
    if (!id.empty()) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  const LiveCatalog::View catalog = parts_.catalog.Read();
  std::string& out = answer.response().body;
  out = "{\"categories\": [";
  for (const std::string_view id : ids) {
    out += out.back() == '[' ? "" : ", ";
    out += "{\"category_id\": " + QuotedJson(id);
    const std::string_view name = catalog->CategoryName(id);
    if (!name.empty()) out += ", \"name\": " + QuotedJson(name);
    out += '}';
  }
  out += "]}";
}

void LiveApi::GetPopular(const Request& request, Parameters ids, Answer& answer) {
  constexpr uint32_t kMostProducts = 1000;
  const std::optional<Duration> window = ParseDuration(request.Query("window").value_or("30d"));
  if (!window || (!window->forever() && window->millis() % kMillisPerDay != 0)) {
    return Refuse(answer, 400, "window is whole days (\"30d\") or forever", "window");
  }
  const std::optional<uint32_t> limit = ParseWhole(request.Query("limit").value_or("20"));
  if (!limit || *limit == 0 || *limit > kMostProducts) {
    return Refuse(answer, 400, fmt::format("limit is a whole number from 1 to {}", kMostProducts), "limit");
  }
  std::string& out = answer.response().body;
  out = "{\"category_id\": " + QuotedJson(ids[0]) + ", \"products\": [";
  parts_.engine.Popular(ids[0], *window, [&](std::span<const PopularProduct> products) {
    uint32_t rank = 0;
    const LiveCatalog::View catalog = parts_.catalog.Read();
    for (const PopularProduct& product : products.first(std::min<size_t>(*limit, products.size()))) {
      const std::string_view id = parts_.engine.dictionary().product(product.item);
      out += fmt::format("{}{{\"rank\": {}, \"product_id\": {}, \"purchases\": {}", rank == 0 ? "" : ", ", rank + 1,
                         QuotedJson(id), product.purchases);
      ++rank;
      AppendTitle(catalog.get(), id, out);
      out += '}';
    }
  });
  out += "]}";
}

}  // namespace adirect
