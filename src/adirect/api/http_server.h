// HttpServer: HTTP/1.1 and 1.0 over TCP, one listener and one event loop per thread, nothing shared between them.
//
//   HttpOptions options;
//   options.listen = "127.0.0.1:0";
//   Result<std::unique_ptr<HttpServer>> server = HttpServer::Start(options, router);
//   (*server)->port();     // the one that was free
//   (*server)->Stop();     // answers what is in flight, then returns
//
// Whatever a client sends, the process goes on: broken framing is answered 400 and closed, each limit has a name, and a
// client that takes no bytes is dropped. Framing that two readers could understand differently is refused:
// Transfer-Encoding other than exactly "chunked", with Content-Length or in HTTP/1.0; a repeated or non-decimal
// Content-Length; a missing or repeated Host; a header value folded over lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "adirect/api/http.h"
#include "adirect/base/status.h"
#include "adirect/base/time.h"

namespace adirect {

// What a client may take. Times are kept by one clock tick per thread: they hold to an eighth of the shortest, at most
// half a second late.
struct HttpLimits {
  using Millis = std::chrono::milliseconds;

  size_t header_bytes = 16 << 10;  // request line and headers; above: 431
  size_t headers = 100;            // above: 431
  size_t body_bytes = 16 << 20;    // whatever the handler admits; above: 413
  size_t connections = 10'000;     // open at once; above: 503 and closed

  Millis header_timeout{10'000};   // from a request's first byte, or a connection's first moment, to its complete head
  Millis request_timeout{30'000};  // from a request's first byte to its last; above: 408
  Millis idle_timeout{60'000};     // between two requests
  Millis write_timeout{5'000};     // without a byte taken by the client
  Millis linger_timeout{2'000};    // for the client to close after an answer that closes
  Millis stream_wake{15'000};      // a stream that waits is pulled this often, so that it can say it lives
  Millis drain_timeout{10'000};    // for what is in flight when the server stops
};

struct HttpOptions {
  std::string listen = "127.0.0.1:8080";  // HOST:PORT; an address, "localhost" or "[::1]"; port 0: any free one
  int threads = 1;
  HttpLimits limits;
  std::function<Timestamp()> clock;  // for the Date header, called once a tick; without it there is none
};

class HttpServer {
 public:
  // Listens and answers by `handler`, which must outlive the server.
  static Result<std::unique_ptr<HttpServer>> Start(HttpOptions options, HttpHandler& handler);
  ~HttpServer();  // stops; NOLINT(bugprone-exception-escape): throws only where no memory is left

  uint16_t port() const;
  size_t connections() const;  // open now

  // New connections are refused, idle ones closed, requests in flight answered with `Connection: close`, waiting
  // streams ended by their last chunk. Returns when all are gone, at the latest after drain_timeout. Call it from
  // outside the handlers; again is allowed.
  void Stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adirect
