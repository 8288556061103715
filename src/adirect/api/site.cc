#include "adirect/api/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adirect/base/hash.h"

namespace adirect {
namespace {

constexpr std::array kPages = {
    "/",         "/searches", "/user",    "/user/{id}", "/user/{id}/{category}", "/products", "/products/{category}",
    "/audience", "/policies", "/quality", "/sign-in"};
constexpr std::array<std::pair<const char*, const char*>, 5> kFormer = {{{"/index", "/"},
                                                                         {"/searchestable", "/searches"},
                                                                         {"/querysearches", "/searches"},
                                                                         {"/queryuser", "/user"},
                                                                         {"/queryproduct", "/products"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTypes = {
    {{".html", "text/html; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".svg", "image/svg+xml"}}};

std::string_view TypeOf(std::string_view path) {
  for (const auto& [end, type] : kTypes) {
    if (path.ends_with(end)) return type;
  }
  return "application/octet-stream";
}

// No name of a file that Vite writes has anything else.
bool IsPlainName(std::string_view name) {
  return !name.starts_with('.') && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

// One that is refused by "gzip;q=0" is not accepted.
bool AcceptsGzip(const Request& request) {
  const std::string_view accepted = request.Header("accept-encoding").value_or("");
  const size_t at = accepted.find("gzip");
  return at != std::string_view::npos && !accepted.substr(at + 4).starts_with(";q=0");
}

void AddPolicies(std::string_view path, Response& response) {
  response.AddHeader("X-Content-Type-Options", "nosniff");
  if (!path.ends_with(".html")) return;
  response.AddHeader("Content-Security-Policy",
                     "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                     "object-src 'none'");
  response.AddHeader("Referrer-Policy", "no-referrer");
}

}  // namespace

void Site::AddTo(Router& router) const {
  const Router::RouteOptions open{.open = true};
  using Parameters = Router::Parameters;
  for (const char* page : kPages) {
    router.Add(
        fmt::format("GET {}", page), [this](const Request& r, Parameters, Answer& a) { SendPage(r, a.response()); },
        open);
  }
  for (const auto& [from, to] : kFormer) {
    router.Add(
        fmt::format("GET {}", from),
        [to = to](const Request&, Parameters, Answer& a) {
          a.response().status = 308;
          a.response().AddHeader("Location", to);
        },
        open);
  }
  router.Add(
      "GET /assets/{file}",
      [this](const Request& r, Parameters names, Answer& a) {
        Send(fmt::format("assets/{}", IsPlainName(names[0]) ? names[0] : "none"), r, a.response());
      },
      open);
  router.Add(
      "GET /favicon.svg", [this](const Request& r, Parameters, Answer& a) { Send("favicon.svg", r, a.response()); },
      open);
  router.Otherwise([this](const Request& request, Response& response) {
    if (request.Header("accept").value_or("").find("text/html") == std::string_view::npos) return;
    response.Clear();
    SendPage(request, response);
    if (response.status != 304) response.status = 404;
  });
}

void Site::SendPage(const Request& request, Response& response) const { Send("index.html", request, response); }

void Site::Send(std::string_view path, const Request& request, Response& response) const {
  std::optional<std::string> packed;
  if (AcceptsGzip(request)) packed = files_(fmt::format("{}.gz", path));
  std::optional<std::string> bytes = packed ? std::move(packed) : files_(path);
  if (!bytes) {
    response = Problem(404, "", "this build of adirect has no such file of its site");
    return;
  }
  const std::string tag = fmt::format("\"{:016x}\"", Hash64(*bytes));
  response.AddHeader("ETag", tag);
  response.AddHeader("Vary", "Accept-Encoding");
  response.AddHeader("Cache-Control", path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  AddPolicies(path, response);
  if (request.Header("if-none-match").value_or("").find(tag) != std::string_view::npos) {
    response.status = 304;
    return;
  }
  if (bytes->starts_with("\x1f\x8b")) response.AddHeader("Content-Encoding", "gzip");
  response.SetContentType(TypeOf(path));
  response.body = *std::move(bytes);
}

}  // namespace adirect
