#include "adirect/api/session_api.h"

#include <simdjson.h>

#include "adirect/api/router.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr std::string_view kCookie = "adirect_key=";

// The value of our cookie; empty where there is none.
std::string_view CookieIn(std::string_view cookies) {
  while (!cookies.empty()) {
    const std::string_view cookie = cookies.substr(0, cookies.find(';'));
    if (cookie.starts_with(kCookie)) return cookie.substr(kCookie.size());
    cookies.remove_prefix(std::min(cookie.size() + 1, cookies.size()));
    while (cookies.starts_with(' ')) cookies.remove_prefix(1);
  }
  return {};
}

// A proxy that speaks TLS says so; then the browser shall, too.
void SetCookie(const Request& request, std::string_view value, Answer& answer) {
  std::string cookie = std::string(kCookie) + std::string(value) + "; Path=/; HttpOnly; SameSite=Strict";
  if (value.empty()) cookie += "; Max-Age=0";
  if (request.Header("x-forwarded-proto") == "https") cookie += "; Secure";
  answer.response().status = 204;
  answer.response().AddHeader("Set-Cookie", cookie);
}

}  // namespace

std::optional<std::string> SessionAuthorization(const Request& request) {
  if (const auto header = request.Header("authorization")) return std::string(*header);
  const std::string_view key = CookieIn(request.Header("cookie").value_or(""));
  if (key.empty()) return std::nullopt;
  return "Bearer " + std::string(key);
}

void SessionApi::AddTo(Router& router) {
  const Router::RouteOptions open{.open = true};
  using Parameters = Router::Parameters;
  router.Add(
      "GET /v1/session", [this](const Request& r, Parameters, Answer& a) { Get(r, a); }, open);
  router.Add(
      "POST /v1/session", [this](const Request& r, Parameters, Answer& a) { Post(r, a); }, open);
  router.Add(
      "DELETE /v1/session", [](const Request& r, Parameters, Answer& a) { SetCookie(r, "", a); }, open);
}

void SessionApi::Get(const Request& request, Answer& answer) const {
  std::string& out = answer.response().body;
  answer.response().AddHeader("Cache-Control", "no-store");
  if (keys_ == nullptr) {
    out = R"({"keys": false, "roles": ["ingest", "read", "admin"]})";
    return;
  }
  out = R"({"keys": true, )";
  const std::optional<std::string> authorization = SessionAuthorization(request);
  const auto holder = authorization ? keys_->HolderOf(*authorization) : std::nullopt;
  if (holder) out += "\"name\": " + QuotedJson(holder->name) + ", ";
  out += "\"roles\": [";
  if (holder) {
    for (const Role role : holder->roles) {
      out += out.ends_with('[') ? "\"" : ", \"";
      out += std::string(RoleName(role)) + "\"";
    }
  }
  out += "]}";
}

void SessionApi::Post(const Request& request, Answer& answer) const {
  simdjson::dom::parser parser;
  std::string_view key;
  if (parser.parse(request.body.data(), request.body.size()).get_object()["key"].get(key) != simdjson::SUCCESS) {
    answer.response() = Problem(400, "", "the body is a JSON object with a key: {\"key\": \"NAME.SECRET\"}", "key");
    return;
  }
  if (keys_ != nullptr && !keys_->HolderOf("Bearer " + std::string(key))) {
    answer.response() =
        Problem(401, "", "no key is this; ask for one who runs the server (adirect admin key new)", "key");
    return;
  }
  SetCookie(request, keys_ == nullptr ? "" : key, answer);
}

}  // namespace adirect
