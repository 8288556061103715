#include "adirect/api/live_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/api/audience_changes_stream.h"
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

Status ReadProducts(std::string_view text, Format::Kind kind, Timestamp now, Catalog& products) {
  if (kind == Format::Kind::kNdjson) return AddProductsNdjson(text, products, now);
  CsvTable table = ProductsCsv("body", products, now);
  ADIRECT_RETURN_IF_ERROR(table.Add(text));
  return table.End();
}

}  // namespace

void LiveApi::AddTo(Router& router) {
  reading_.AddTo(router);
  const Router::RouteOptions events{.body_bytes = parts_.events_body_bytes};
  router.Add(
      "POST /v1/events", [this](const Request& r, Parameters, Answer& a) { PostEvents(r, a); }, events);
  router.Add("DELETE /v1/users/{id}", [this](const Request&, Parameters ids, Answer& a) { DeleteUser(ids, a); });
  router.Add("GET /v1/audience/changes", [this](const Request& r, Parameters, Answer& a) { GetAudienceChanges(r, a); });
  const Router::RouteOptions products{kMaxProductsBody};
  router.Add(
      "POST /v1/products", [this](const Request& r, Parameters, Answer& a) { PostProducts(r, a); }, products);
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

void LiveApi::DeleteUser(Parameters ids, Answer& answer) {
  const Timestamp now = parts_.engine.Now();
  const std::string user = QuotedJson(ids[0]);
  const bool anonymous = ids[0].starts_with(kAnonymousPrefix);
  std::string erase =
      fmt::format("{{\"type\": \"erase\", \"time\": {}, \"{}\": {}}}\n", now.ms, anonymous ? "anonymous_id" : "user_id",
                  anonymous ? QuotedJson(ids[0].substr(kAnonymousPrefix.size())) : user);
  auto responder = std::make_shared<Responder>(answer.Defer());
  const int64_t off_disk_after = parts_.engine.options().compact_every.millis() / 1000;
  parts_.engine.Submit(
      AdirectFormat(Format::Kind::kNdjson), std::move(erase), /*may_erase=*/true,
      [responder, user, now, off_disk_after](const Result<SubmitReport>& report) {
        Response response;
        if (!report.ok()) {
          response = Failed(report.status());
        } else if (!report->refused.empty()) {
          response = Problem(400, "", "this is no shopper's id", "id");
        } else {
          response.body = fmt::format(
              "{{\"user_id\": {}, \"erased_until\": \"{}\", \"not_reached\": [\"event files\", \"topics\", "
              "\"quarantine\", \"the log and checkpoints until their next compaction\"], \"off_disk_after\": {}}}",
              user, FormatRfc3339(now), off_disk_after);
        }
        responder->Send(std::move(response));
      });
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

}  // namespace adirect
