// Router: which handler answers a path, and what is said where none does.
//
//   Router router;
//   router.Add("GET /v1/users/{id}/recommendations", [](const Request& r, Router::Parameters ids, Answer& a) { … });
//   router.Add("POST /v1/events", AddEvents, {.body_bytes = 16 << 20});
//
// An unknown path is 404; a known one with another method 405 with Allow; OPTIONS is 204 with Allow; HEAD is answered
// by GET's handler. All of it before a body is read. A literal segment goes before a parameter, and a parameter is
// never empty. Where there are keys, a route's handler sees only requests whose key has its role: others are answered
// 401 with WWW-Authenticate, or 403.
//
// Threads: Add before the server starts; then reading only.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/api/http.h"
#include "adirect/api/keys.h"

namespace adirect {

class Router : public HttpHandler {
 public:
  // The path's parameters in the order of the pattern, decoded.
  using Parameters = std::span<const std::string_view>;
  using Handler = std::function<void(const Request&, Parameters, Answer&)>;
  struct RouteOptions {
    size_t body_bytes = 64 << 10;   // above: 413
    bool open = false;              // needs no key
    std::optional<Role> role = {};  // absent: read for GET, ingest for POST, admin for the rest
  };

  static constexpr size_t kMaxParameters = 4;

  // `pattern`: "METHOD /path/{parameter}". Returns the number that FinishedRequest::route will have: 0, 1, 2, …
  // A pattern that is none, or is there already, is our mistake (ADIRECT_CHECK).
  int Add(std::string_view pattern, Handler handler, RouteOptions options);
  int Add(std::string_view pattern, Handler handler) { return Add(pattern, std::move(handler), RouteOptions()); }

  // What a GET of a path that nobody knows is answered: `response` is the 404, to be left or to be made anew.
  void Otherwise(std::function<void(const Request&, Response&)> otherwise) { otherwise_ = std::move(otherwise); }

  // Without keys everyone may do everything. They must outlive the router.
  void Guard(const KeyRing& keys) { keys_ = &keys; }

  // The patterns in the order of their numbers.
  std::span<const std::string> names() const { return names_; }
  // The pattern of a route's number; "none" for -1.
  std::string_view Name(int route) const;

  std::optional<size_t> Admit(const Request& head, Response& refusal) override;
  void Handle(const Request& request, Answer& answer) override;

 private:
  struct Route {
    int number = 0;
    Method method = Method::kOther;
    std::vector<std::string> segments;  // "" is a parameter
    Handler handler;
    RouteOptions options;
  };
  struct Match {
    const Route* route = nullptr;
    bool path_known = false;
  };

  Match Find(const Request& request) const;
  // The answer to who has no key for the route; absent for who has.
  std::optional<Response> Denied(const Request& request, const Route& route) const;
  // The answer where no route answers: 404, 405, or 204 for OPTIONS.
  Response Unrouted(const Request& request, bool path_known) const;
  std::string Allowed(const Request& request) const;

  std::vector<Route> routes_;       // literal segments first
  std::vector<std::string> names_;  // by number
  std::function<void(const Request&, Response&)> otherwise_;
  const KeyRing* keys_ = nullptr;
};

}  // namespace adirect
