#include "adirect/api/router.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adirect/api/session_api.h"
#include "adirect/base/check.h"
#include "adirect/base/text.h"

namespace adirect {

namespace {

std::optional<Method> ParseMethod(std::string_view name) {
  for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kPatch,
                              Method::kDelete}) {  // HEAD, OPTIONS follow from them
    if (MethodName(method) == name) return method;
  }
  return std::nullopt;
}

std::vector<std::string> ParsePattern(std::string_view path) {
  std::vector<std::string> segments;
  while (path.size() > 1) {
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(1, end - 1);
    segments.emplace_back(segment.starts_with('{') && segment.ends_with('}') ? std::string_view() : segment);
    path.remove_prefix(end);
  }
  return segments;
}

bool Fits(const std::vector<std::string>& pattern, std::span<const std::string_view> path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](std::string_view p, std::string_view s) { return p.empty() ? !s.empty() : p == s; });
}

// Literals before parameters, segment by segment.
bool MoreSpecific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const auto& x, const auto& y) { return !x.empty() && y.empty(); });
}

Role RoleOf(Method method) {
  if (method == Method::kGet) return Role::kRead;
  return method == Method::kPost ? Role::kIngest : Role::kAdmin;
}

// A browser says whether the page that asks is this server's own. Pages of others change nothing here, also where there
// are no keys.
bool IsOfAnotherSite(const Request& request) {
  if (request.method == Method::kGet || request.method == Method::kHead) return false;
  const std::string_view site = request.Header("sec-fetch-site").value_or("");
  return site == "cross-site" || site == "same-site";
}

}  // namespace

int Router::Add(std::string_view pattern, Handler handler, RouteOptions options) {
  const size_t space = pattern.find(' ');
  const std::optional<Method> method = ParseMethod(pattern.substr(0, space));
  ADIRECT_CHECK(method && space != std::string_view::npos && pattern.substr(space + 1).starts_with('/'), pattern);
  Route route{static_cast<int>(names_.size()), *method, ParsePattern(pattern.substr(space + 1)), std::move(handler),
              options};
  ADIRECT_CHECK(std::count(route.segments.begin(), route.segments.end(), "") <= std::ptrdiff_t{kMaxParameters},
                pattern);
  for (const Route& other : routes_) {
    ADIRECT_CHECK(other.method != route.method || other.segments != route.segments, pattern);
  }
  const auto place = std::upper_bound(routes_.begin(), routes_.end(), route, [](const Route& a, const Route& b) {
    return MoreSpecific(a.segments, b.segments);
  });
  names_.emplace_back(pattern);
  return routes_.insert(place, std::move(route))->number;
}

std::string_view Router::Name(int route) const {
  return route < 0 ? std::string_view("none") : names_[static_cast<size_t>(route)];
}

Router::Match Router::Find(const Request& request) const {
  const Method wanted = request.method == Method::kHead ? Method::kGet : request.method;
  Match match;
  for (const Route& route : routes_) {
    if (!Fits(route.segments, request.segments)) continue;
    match.path_known = true;
    if (route.method != wanted) continue;
    match.route = &route;
    break;
  }
  return match;
}

std::optional<size_t> Router::Admit(const Request& head, Response& refusal) {
  const Match match = Find(head);
  if (match.route != nullptr) {
    std::optional<Response> denied = Denied(head, *match.route);
    if (!denied) return match.route->options.body_bytes;
    refusal = *std::move(denied);
    return std::nullopt;
  }
  if (head.method == Method::kOptions && match.path_known) return RouteOptions().body_bytes;
  refusal = Unrouted(head, match.path_known);
  return std::nullopt;
}

void Router::Handle(const Request& request, Answer& answer) {
  const Match match = Find(request);
  if (match.route == nullptr) {
    answer.response() = Unrouted(request, match.path_known);
    return;
  }
  answer.route = match.route->number;
  if (std::optional<Response> denied = Denied(request, *match.route)) {
    answer.response() = *std::move(denied);
    return;
  }
  std::array<std::string_view, kMaxParameters> parameters;
  size_t count = 0;
  for (size_t i = 0; i < request.segments.size(); ++i) {
    if (match.route->segments[i].empty()) parameters[count++] = request.segments[i];
  }
  match.route->handler(request, Parameters(parameters.data(), count), answer);
}

std::optional<Response> Router::Denied(const Request& request, const Route& route) const {
  if (IsOfAnotherSite(request)) return Problem(403, {}, "a page of another site may change nothing here");
  if (keys_ == nullptr || route.options.open) return std::nullopt;
  const Role needed = route.options.role.value_or(RoleOf(route.method));
  const KeyRing::Verdict verdict = keys_->Check(SessionAuthorization(request), needed);
  if (verdict == KeyRing::Verdict::kGranted) return std::nullopt;
  if (verdict == KeyRing::Verdict::kWrongRole) {
    return Problem(403, {}, "this needs a key with the role " + std::string(RoleName(needed)));
  }
  const bool none = verdict == KeyRing::Verdict::kNoKey;
  Response response = Problem(
      401, {}, none ? "this needs a key: send Authorization: Bearer KEY" : "no key is this; keys are in --keys FILE");
  response.AddHeader("WWW-Authenticate",
                     none ? "Bearer realm=\"adirect\"" : "Bearer realm=\"adirect\", error=\"invalid_token\"");
  return response;
}

Response Router::Unrouted(const Request& request, bool path_known) const {
  if (!path_known) {
    Response unknown =
        Problem(404, {}, "nothing is at " + Quoted(request.target) + "; what is there: GET /openapi.json");
    if (otherwise_ && (request.method == Method::kGet || request.method == Method::kHead)) otherwise_(request, unknown);
    return unknown;
  }
  const std::string allowed = Allowed(request);
  Response response;
  if (request.method == Method::kOptions) {
    response.status = 204;
  } else {
    response = Problem(405, {}, Quoted(request.target) + " takes " + allowed);
  }
  response.AddHeader("Allow", allowed);
  return response;
}

std::string Router::Allowed(const Request& request) const {
  std::vector<std::string_view> methods;
  for (const Route& route : routes_) {
    if (!Fits(route.segments, request.segments)) continue;
    methods.push_back(MethodName(route.method));
    if (route.method == Method::kGet) methods.push_back("HEAD");
  }
  methods.push_back("OPTIONS");
  return Joined(methods);
}

}  // namespace adirect
