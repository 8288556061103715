// What a request is and what may be answered: the words that routes are written in. No socket, no Boost.
//
//   void Get(const Request& request, Answer& answer) {
//     answer.response().body = "{}";                                   // answered when the handler returns
//     answer.SendStream(std::make_unique<Export>(…));                  // or: pulled piece by piece
//     log.Append(…, [r = answer.Defer()]() mutable { r.Send(…); });    // or: later, from any thread
//   }
//
// Threads: a handler runs on a thread of the server, several at once; each request is seen by one. Responder and
// Waker may be used by any thread, also when the connection or the server is gone: then they do nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace adirect {

enum class Method : unsigned char { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view MethodName(Method method);

struct HttpField {
  std::string_view name;
  std::string_view value;
};

// Every view is valid during the call of the handler.
struct Request {
  Method method = Method::kOther;
  std::string_view target;                     // as it was sent, with its query
  std::span<const std::string_view> segments;  // of the path, decoded: /v1/users/a%2Fb is v1, users, a/b; none for "/"
  std::span<const HttpField> query;            // decoded, "+" is a space; the value is empty where there is no "="
  std::span<const HttpField> headers;
  std::string_view body;

  // The first of that name; header names are compared without case.
  std::optional<std::string_view> Query(std::string_view name) const;
  std::optional<std::string_view> Header(std::string_view name) const;
};

class Response {
 public:
  int status = 200;
  std::string body;

  void SetContentType(std::string_view type) { content_type_ = type; }
  // Control characters in the value become spaces. Content-Length, Transfer-Encoding, Connection and Date are the
  // server's.
  void AddHeader(std::string_view name, std::string_view value);
  // As it was made, keeping its memory.
  void Clear();

  const std::string& content_type() const { return content_type_; }
  // "Name: value\r\n" each.
  const std::string& headers() const { return headers_; }

 private:
  std::string content_type_ = "application/json";
  std::string headers_;
};

// An error as application/problem+json (RFC 9457): title, status, detail and, where one is to blame, the field.
// An empty title stands for the status's own words. Bytes of a text that is not UTF-8 become "?".
Response Problem(int status, std::string_view title, std::string_view detail, std::string_view field = {});

// A whole number, of digits only.
std::optional<uint32_t> ParseWhole(std::string_view text);

// "Not Found"; "Unknown" for a number that is not in use here.
std::string_view StatusText(int status);

namespace internal {

// The connection as another thread may hold it.
class Remote {
 public:
  virtual ~Remote() = default;
  virtual void Send(Response response) = 0;
  virtual void Wake() = 0;
};

}  // namespace internal

// The promise of one answer. One that is dropped unsent answers 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<internal::Remote> remote) : remote_(std::move(remote)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder();

  // Once; further calls do nothing.
  void Send(Response response);

 private:
  std::shared_ptr<internal::Remote> remote_;
};

// Tells the server that a stream has something to say again. Copies wake the same stream; calls are cheap and add up
// to one.
class Waker {
 public:
  explicit Waker(std::shared_ptr<internal::Remote> remote) : remote_(std::move(remote)) {}
  void Wake() const { remote_->Wake(); }

 private:
  std::shared_ptr<internal::Remote> remote_;
};

// A body that is pulled: an export, server-sent events. It is pulled only when the socket has taken what came before,
// by one thread of the server, and destroyed there when it has ended or its client is gone.
class BodyStream {
 public:
  enum class Next : unsigned char {
    kChunk,  // more may be pulled at once
    kWait,   // nothing now: pulled again when woken, and every HttpLimits::stream_wake; ends the stream while draining
    kEnd,    // the body is complete
    kCut,    // it cannot be completed: the connection is cut, so that the client notices
  };

  virtual ~BodyStream() = default;
  // Appends the next piece to `chunk`, which is empty; a piece may come with every answer but kCut. Keep pieces near
  // 64 KiB: one is all that is held in memory. A wake during the call is not lost.
  virtual Next Pull(std::string& chunk, const Waker& waker) = 0;
};

// How a handler answers.
class Answer {
 public:
  // `remote`: makes the handle for other threads, called when one is needed first.
  using MakeRemote = std::shared_ptr<internal::Remote> (*)(void* connection);
  Answer(Response& response, MakeRemote make, void* connection)
      : response_(response), make_(make), connection_(connection) {}

  // Sent when the handler returns, if neither of the other two was asked for.
  Response& response() { return response_; }

  // The response's status, content type and headers, with this body.
  void SendStream(std::unique_ptr<BodyStream> stream) { stream_ = std::move(stream); }

  // The handler returns without an answer; the connection takes no further request before it is sent. Once at most.
  // Nothing but the server's end limits the wait.
  Responder Defer();

  // A number of the handler's own that HttpHandler::Finished sees again; -1 where none was set.
  int route = -1;

  std::unique_ptr<BodyStream> TakeStream() { return std::move(stream_); }
  bool deferred() const { return deferred_; }

 private:
  Response& response_;
  MakeRemote make_;
  void* connection_;
  std::unique_ptr<BodyStream> stream_;
  bool deferred_ = false;
};

// Answers with a problem.
void Refuse(Answer& answer, int status, std::string_view detail, std::string_view field = {});

// One answered request, for counting.
struct FinishedRequest {
  Method method = Method::kOther;
  int route = -1;  // Answer::route; -1 too where the server refused the request itself
  int status = 0;
  double seconds = 0;  // from the complete head to the last byte handed to the connection
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
};

// What a server serves. An exception that leaves a handler is answered 500.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Asked before a body is read, when the head is there: how many bytes it may have (the server's own limit holds too).
  // Absent: `refusal` is sent at once and the connection closed.
  virtual std::optional<size_t> Admit(const Request& head, Response& refusal) = 0;
  virtual void Handle(const Request& request, Answer& answer) = 0;
  // Called on the connection's thread when a request was answered. Cheap, please.
  virtual void Finished(const FinishedRequest&) {}
};

}  // namespace adirect
