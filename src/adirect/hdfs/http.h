// Http: requests to a server, by libcurl. What the server says, also that something is wrong, is an answer; that none
// came is an error. Redirections are told, not followed. The environment's proxies are not used.
//
// Threads: one call at a time. Connections are kept for the next call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

struct HttpTimeouts {
  std::chrono::seconds connect{10};
  std::chrono::seconds progress{30};  // without a byte in either direction
};

class Http {
 public:
  static constexpr size_t kMaxBodyBytes = size_t{64} << 20;  // of an answer that is kept whole

  struct Request {
    const char* method = "GET";
    std::string url;
    std::string_view body = {};                              // of a PUT
    std::function<Status(std::string_view)> take = nullptr;  // an answer 200 goes there piece by piece, if given
  };
  struct Answer {
    long status = 0;
    std::string body;
    std::string location;  // where a redirection leads; empty: it is none
  };

  // Exhausted where there is no memory.
  static Result<std::unique_ptr<Http>> Make(const HttpTimeouts& timeouts);
  ~Http();

  // Unavailable: no server, no answer, an answer that ended early. InvalidArgument: an impossible address, or what
  // answers speaks no HTTP. Exhausted: a body that is too large. And what `take` returned.
  Result<Answer> Send(const Request& request);

 private:
  struct State;
  explicit Http(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

// Text as part of a URL's path or query: all but letters, digits, - . _ ~ as %XX.
std::string UrlEscaped(std::string_view text);

}  // namespace adirect
