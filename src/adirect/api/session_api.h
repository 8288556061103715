// SessionApi: signing in with a key. The key lies in a cookie that no script can read (HttpOnly), that goes to this
// server only from its own pages (SameSite=Strict), and that ends with the browser.
//
//   POST /v1/session {"key": "…"}   DELETE /v1/session   GET /v1/session: who am I
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <optional>
#include <string>

#include "adirect/api/http.h"
#include "adirect/api/keys.h"

namespace adirect {

class Router;

// What a request says of itself: its Authorization header, else the key of its session as one; absent: neither.
std::optional<std::string> SessionAuthorization(const Request& request);

class SessionApi {
 public:
  // Null: nobody needs a key. The keys must outlive the API.
  explicit SessionApi(const KeyRing* keys) : keys_(keys) {}
  void AddTo(Router& router);

 private:
  void Get(const Request& request, Answer& answer) const;
  void Post(const Request& request, Answer& answer) const;

  const KeyRing* const keys_;
};

}  // namespace adirect
