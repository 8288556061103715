#include "adirect/api/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "adirect/api/router.h"

namespace adirect {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kHost = "Host: shop\r\n";

std::string Get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\n" + std::string(kHost) + headers + "\r\n";
}

std::string Post(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\n" + std::string(kHost) + "Content-Length: " + std::to_string(body.size()) +
         "\r\n" + headers + "\r\n" + body;
}

std::string PostChunked(const std::string& path, const std::string& chunks, const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\n" + std::string(kHost) + "Transfer-Encoding: chunked\r\n" + headers + "\r\n" +
         chunks;
}

struct Reply {
  int status = 0;  // 0: the connection ended
  std::string head;
  std::string body;
  bool complete = false;

  bool Has(std::string_view header) const { return head.find(std::string(header) + "\r\n") != std::string::npos; }
};

// A client's socket. Waits end with an error when nothing moves for a minute.
class Client {
 public:
  explicit Client(uint16_t port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval patience{60, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Client& operator=(Client&&) = delete;
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }

  bool connected() const { return connected_; }

  // False where the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void SendNoMore() { shutdown(fd_, SHUT_WR); }

  Reply Read(bool head_only = false) {
    Reply reply;
    size_t end = 0;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
      if (!More()) return reply;
    }
    reply.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    if (reply.status == 100 || reply.status == 204 || head_only) {
      reply.complete = true;
    } else if (reply.Has("Transfer-Encoding: chunked")) {
      reply.complete = ReadChunks(reply.body);
    } else if (const size_t at = reply.head.find("Content-Length: "); at != std::string::npos) {
      reply.complete = Take(std::stoul(reply.head.substr(at + 16)), reply.body);
    } else {
      reply.body = ReadToEnd();
      reply.complete = true;
    }
    return reply;
  }
  // One chunk's bytes; empty at the end, or where the connection ended.
  std::string ReadChunk() {
    std::string chunk;
    NextChunk(chunk);
    return chunk;
  }
  Reply Ask(const std::string& request) {
    Send(request);
    return Read();
  }
  std::string ReadToEnd() {
    while (More()) {
    }
    return std::move(in_);
  }
  // The server closes, with nothing more to say.
  bool Ended() { return ReadToEnd().empty() && !timed_out_; }
  int fd() const { return fd_; }

 private:
  bool More() {
    char bytes[16 << 10];
    const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      timed_out_ = true;
      ADD_FAILURE() << "the server says nothing";
    }
    if (got > 0) in_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }
  bool Take(size_t bytes, std::string& out) {
    while (in_.size() < bytes) {
      if (!More()) return false;
    }
    out = in_.substr(0, bytes);
    in_.erase(0, bytes);
    return true;
  }
  // False where the connection ended.
  bool NextChunk(std::string& chunk) {
    size_t end = 0;
    while ((end = in_.find("\r\n")) == std::string::npos) {
      if (!More()) return false;
    }
    const size_t size = std::stoul(in_.substr(0, end), nullptr, 16);
    in_.erase(0, end + 2);
    std::string line_end;
    return Take(size, chunk) && Take(2, line_end) && line_end == "\r\n";
  }
  bool ReadChunks(std::string& body) {
    for (std::string chunk;;) {
      if (!NextChunk(chunk)) return false;
      if (chunk.empty()) return true;
      body += chunk;
    }
  }

  int fd_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string in_;
};

// "piece 0\n", "piece 1\n", …; then the end, or a cut.
class Pieces : public BodyStream {
 public:
  Pieces(int pieces, Next last) : pieces_(pieces), last_(last) {}
  Next Pull(std::string& chunk, const Waker&) override {
    if (next_ == pieces_) return last_;
    chunk = "piece " + std::to_string(next_++) + "\n";
    return Next::kChunk;
  }

 private:
  int pieces_;
  Next last_;
  int next_ = 0;
};

class Endless : public BodyStream {
 public:
  Endless(std::atomic<size_t>& bytes, std::atomic<int>& alive) : bytes_(bytes), alive_(alive) { ++alive_; }
  ~Endless() override { --alive_; }
  Next Pull(std::string& chunk, const Waker&) override {
    chunk.assign(64 << 10, 'x');
    bytes_ += chunk.size();
    return Next::kChunk;
  }

 private:
  std::atomic<size_t>& bytes_;
  std::atomic<int>& alive_;
};

// Server-sent events that a test publishes.
class Topic {
 public:
  void Publish(const std::string& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    for (const Waker& waker : wakers_) waker.Wake();
  }
  bool Take(size_t& from, std::string& out, const Waker& waker) {
    const std::lock_guard lock(mutex_);
    if (from == 0 && out.empty()) wakers_.push_back(waker);
    for (; from < events_.size(); ++from) out += "data: " + events_[from] + "\n\n";
    return !out.empty();
  }
  size_t listeners() {
    const std::lock_guard lock(mutex_);
    return wakers_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<Waker> wakers_;
};

class Events : public BodyStream {
 public:
  explicit Events(Topic& topic) : topic_(topic) {}
  Next Pull(std::string& chunk, const Waker& waker) override {
    if (!topic_.Take(seen_, chunk, waker) && pulled_) chunk = ": alive\n\n";
    pulled_ = true;
    return Next::kWait;
  }

 private:
  Topic& topic_;
  size_t seen_ = 0;
  bool pulled_ = false;
};

class TestHandler : public Router {
 public:
  TestHandler() {
    Add("GET /hello", [](const Request&, Parameters, Answer& a) { a.response().body = "{\"hello\":1}"; });
    Add("GET /users/{id}", [](const Request&, Parameters ids, Answer& a) { a.response().body = ids[0]; });
    Add("GET /big", [](const Request&, Parameters, Answer& a) { a.response().body.assign(1 << 20, 'b'); });
    Add("GET /header",
        [](const Request& r, Parameters, Answer& a) { a.response().body = r.Header("x-test").value_or("none"); });
    Add("POST /echo",
        [this](const Request& r, Parameters, Answer& a) {
          ++posts;
          a.response().body = r.body;
        },
        {.body_bytes = 1 << 20});
    Add("GET /slow", [this](const Request&, Parameters, Answer& a) { Later(100ms, a.Defer()); });
    Add("GET /slower", [this](const Request&, Parameters, Answer& a) { Later(2000ms, a.Defer()); });
    Add("GET /never", [this](const Request&, Parameters, Answer& a) {
      const std::lock_guard lock(mutex_);
      kept.push_back(a.Defer());
    });
    Add("GET /dropped", [](const Request&, Parameters, Answer& a) { const Responder dropped = a.Defer(); });
    Add("GET /throws", [](const Request&, Parameters, Answer&) { throw std::runtime_error("secret"); });
    Add("GET /pieces", [](const Request&, Parameters, Answer& a) {
      a.response().SetContentType("text/plain");
      a.SendStream(std::make_unique<Pieces>(3, BodyStream::Next::kEnd));
    });
    Add("GET /cut", [](const Request&, Parameters, Answer& a) {
      a.SendStream(std::make_unique<Pieces>(3, BodyStream::Next::kCut));
    });
    Add("GET /endless", [this](const Request&, Parameters, Answer& a) {
      a.SendStream(std::make_unique<Endless>(endless_bytes, endless_alive));
    });
    Add("GET /events", [this](const Request&, Parameters, Answer& a) {
      a.response().SetContentType("text/event-stream");
      a.SendStream(std::make_unique<Events>(topic));
    });
  }
  ~TestHandler() override {
    for (std::thread& thread : threads_) thread.join();
  }

  void Finished(const FinishedRequest& request) override {
    const std::lock_guard lock(mutex_);
    finished_.push_back(request);
  }
  std::vector<FinishedRequest> finished() {
    const std::lock_guard lock(mutex_);
    return finished_;
  }

  std::atomic<int> posts{0};
  std::atomic<size_t> endless_bytes{0};
  std::atomic<int> endless_alive{0};
  Topic topic;
  std::vector<Responder> kept;

 private:
  void Later(std::chrono::milliseconds wait, Responder responder) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([wait, r = std::move(responder)]() mutable {
      std::this_thread::sleep_for(wait);
      Response response;
      response.body = "late";
      r.Send(std::move(response));
    });
  }

  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::vector<FinishedRequest> finished_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    options_.listen = "127.0.0.1:0";
    options_.limits.linger_timeout = 200ms;
  }

  // Starts the server on the first call, with options_.
  Client Connect(int receive_buffer = 0) {
    if (!server_) {
      Result<std::unique_ptr<HttpServer>> server = HttpServer::Start(options_, handler_);
      EXPECT_TRUE(server.ok()) << server.status().message();
      server_ = *std::move(server);
    }
    Client client(server_->port(), receive_buffer);
    EXPECT_TRUE(client.connected());
    return client;
  }
  Reply Ask(const std::string& request) { return Connect().Ask(request); }

  // What is refused must be refused by closing too.
  void ExpectRefused(const std::string& request, int status) {
    Client client = Connect();
    const Reply reply = client.Ask(request + Get("/hello"));
    EXPECT_EQ(reply.status, status) << request;
    EXPECT_TRUE(reply.Has("Connection: close")) << request;
    EXPECT_TRUE(reply.Has("Content-Type: application/problem+json")) << request;
    EXPECT_TRUE(client.Ended()) << request;
  }

  template <typename Condition>
  void Await(Condition condition) {
    for (int i = 0; i < 6000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
    ASSERT_TRUE(condition());
  }

  HttpOptions options_;
  TestHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

// ---- plain answers

TEST_F(HttpServerTest, AGetIsAnsweredAndTheConnectionStaysOpen) {
  options_.clock = [] { return Timestamp{1795530048000}; };
  Client client = Connect();
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.Ask(Get("/hello"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "{\"hello\":1}");
    EXPECT_TRUE(reply.Has("Content-Type: application/json"));
    EXPECT_TRUE(reply.Has("Content-Length: 11"));
    EXPECT_TRUE(reply.Has("Date: Tue, 24 Nov 2026 14:20:48 GMT"));
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedNotTo) {
  Client client = Connect();
  EXPECT_TRUE(client.Ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").Has("Connection: keep-alive"));
  EXPECT_TRUE(client.Ask("GET /hello HTTP/1.0\r\n\r\n").Has("Connection: close"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, ConnectionCloseIsObeyed) {
  Client client = Connect();
  EXPECT_TRUE(client.Ask(Get("/hello", "Connection: close\r\n")).Has("Connection: close"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, AnIdIsDecodedOrRefused) {
  EXPECT_EQ(Ask(Get("/users/jo%20e")).body, "jo e");
  EXPECT_EQ(Ask(Get("/users/a%2Fb")).body, "a/b");
  EXPECT_EQ(Ask(Get("/users/a%2")).status, 400);
  EXPECT_EQ(Ask(Get("/users/%zz")).status, 400);
}

TEST_F(HttpServerTest, HeadHasTheSameHeadersWithoutABody) {
  Client client = Connect();
  const Reply get = client.Ask(Get("/hello"));
  client.Send("HEAD /hello HTTP/1.1\r\nHost: shop\r\n\r\n");
  const Reply head = client.Read(true);
  EXPECT_EQ(head.head, get.head);
  client.Send("HEAD /pieces HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_TRUE(client.Read(true).Has("Transfer-Encoding: chunked"));
  EXPECT_EQ(client.Ask(Get("/hello")).body, get.body);
  client.Send("HEAD /hello HTTP/1.1\r\nHost: shop\r\n\r\nnonsense\r\n\r\n");
  client.Read(true);
  const Reply refused = client.Read();
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.complete);
}

TEST_F(HttpServerTest, AnotherMethodIs405WithAllowBeforeItsBodyIsSent) {
  Client client = Connect();
  const Reply reply = client.Ask("DELETE /hello HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(reply.status, 405);
  EXPECT_TRUE(reply.Has("Allow: GET, HEAD, OPTIONS"));
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(Ask("OPTIONS /hello HTTP/1.1\r\nHost: shop\r\n\r\n").status, 204);
}

TEST_F(HttpServerTest, AHandlerThatThrowsOrDropsItsAnswerIs500AndTheServerGoesOn) {
  Client client = Connect();
  const Reply reply = client.Ask(Get("/throws"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.Ask(Get("/dropped")).status, 500);
  EXPECT_EQ(client.Ask(Get("/hello")).status, 200);
}

TEST_F(HttpServerTest, EveryRequestIsCounted) {
  {
    Client client = Connect();
    client.Ask(Get("/hello"));
    client.Ask(Post("/echo", "12345"));
    client.Ask(Get("/nothing"));
    client.Ask(Get("/slow"));
    client.Ask(Get("/pieces"));
    client.Ask("nonsense\r\n\r\n");
  }
  server_->Stop();
  const std::vector<FinishedRequest> finished = handler_.finished();
  ASSERT_EQ(finished.size(), 6U);
  EXPECT_EQ(handler_.Name(finished[0].route), "GET /hello");
  EXPECT_EQ(finished[0].status, 200);
  EXPECT_EQ(finished[0].method, Method::kGet);
  EXPECT_EQ(finished[0].request_bytes, Get("/hello").size());
  EXPECT_GT(finished[0].response_bytes, 11U);
  EXPECT_EQ(finished[1].request_bytes, Post("/echo", "12345").size());
  EXPECT_EQ(finished[2].status, 404);
  EXPECT_EQ(finished[2].route, -1);
  EXPECT_GE(finished[3].seconds, 0.1);
  EXPECT_EQ(handler_.Name(finished[4].route), "GET /pieces");
  EXPECT_GT(finished[4].response_bytes, 30U);
  EXPECT_EQ(finished[5].status, 400);
}

// ---- framing that is refused

TEST_F(HttpServerTest, ATransferEncodingOtherThanChunkedIsRefused) {
  for (const char* coding : {"xchunked", "gzip", "gzip, chunked", "chunked, chunked", "chunked;q=1", "identity", ""}) {
    ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + std::string(coding) + "\r\n\r\n0\r\n\r\n",
                  400);
  }
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400);
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, ChunkedInHttp10IsRefused) {
  ExpectRefused("POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, TransferEncodingAndContentLengthTogetherAreRefused) {
  for (const char* headers :
       {"Transfer-Encoding: chunked\r\nContent-Length: 5", "Transfer-Encoding: gzip\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nTransfer-Encoding: gzip"}) {
    ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n\r\n0\r\n\r\n", 400);
  }
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, AContentLengthThatIsNoSingleNumberIsRefused) {
  for (const char* length : {"5, 5", "+5", "-5", "0x5", "5 5", "", "99999999999999999999999"}) {
    ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n12345", 400);
  }
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n12345", 400);
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, AMissingOrRepeatedHostIsRefused) {
  ExpectRefused("GET /hello HTTP/1.1\r\n\r\n", 400);
  ExpectRefused("GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  EXPECT_EQ(Ask("GET /hello HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HttpServerTest, AFoldedHeaderIsRefused) {
  ExpectRefused("GET /header HTTP/1.1\r\nHost: a\r\nX-Test: one\r\n two\r\n\r\n", 400);
  ExpectRefused("GET /header HTTP/1.1\r\nHost: a\r\nX-Test: one\r\n\t\r\n\r\n", 400);
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400);
  EXPECT_EQ(Ask(Get("/header", "x-TEST: \t one \r\n")).body, "one");
  EXPECT_EQ(Ask(Get("/header", "X-Test:\r\n")).body, "");
}

TEST_F(HttpServerTest, WhatIsNoRequestIsRefused) {
  for (const char* wrong : {"nonsense\r\n\r\n", "GET  /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\nHost: a\n\n",
                            "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", "GET /he llo HTTP/1.1\r\nHost: a\r\n\r\n",
                            "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    ExpectRefused(wrong, 400);
  }
  ExpectRefused("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 400);
  for (const char* chunks : {"x\r\n", "5\r\n123456\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "-1\r\n", "5\n12345\r\n"}) {
    ExpectRefused(PostChunked("/echo", chunks), 400);
  }
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, TooManyOrTooLargeHeadersAre431) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += "X: 1\r\n";
  ExpectRefused(Get("/hello", many), 431);
  ExpectRefused(Get("/hello", "X: " + std::string(200 << 10, 'x') + "\r\n"), 431);
  ExpectRefused(Get("/" + std::string(200 << 10, 'x')), 431);
  const std::string most = many.substr(0, size_t{99} * 6);
  EXPECT_EQ(Ask(Get("/hello", most)).status, 200);
  ExpectRefused(Get("/hello", most + "X: 1\r\n"), 431);
  EXPECT_EQ(Ask(Get("/hello", "X: " + std::string(16'000, 'x') + "\r\n")).status, 200);
}

// ---- bodies

TEST_F(HttpServerTest, ABodyOverTheLimitIs413BeforeItIsSent) {
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string((1 << 20) + 1) + "\r\n\r\n";
  Client client = Connect();
  EXPECT_EQ(client.Ask(head).status, 413);
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(Ask(Post("/echo", std::string(1 << 20, 'x'))).body.size(), size_t{1} << 20);
}

TEST_F(HttpServerTest, AChunkedBodyIs413WhenItPassesTheLimit) {
  std::string chunks;
  for (int i = 0; i < 17; ++i) chunks += "10000\r\n" + std::string(64 << 10, 'x') + "\r\n";
  EXPECT_EQ(Ask(PostChunked("/echo", chunks)).status, 413);
  EXPECT_EQ(Ask(PostChunked("/echo", "100001\r\n")).status, 413);
  EXPECT_EQ(handler_.posts, 0);
  chunks.resize(chunks.size() / 17 * 16);
  EXPECT_EQ(Ask(PostChunked("/echo", chunks + "0\r\n\r\n")).body.size(), size_t{1} << 20);
}

TEST_F(HttpServerTest, TheServersOwnLimitHoldsWhateverTheRouteAdmits) {
  options_.limits.body_bytes = 100;
  EXPECT_EQ(Ask(Post("/echo", std::string(101, 'x'))).status, 413);
  EXPECT_EQ(Ask(Post("/echo", std::string(100, 'x'))).status, 200);
}

TEST_F(HttpServerTest, Expect100IsAnsweredBeforeABodyThatFits) {
  Client client = Connect();
  client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  EXPECT_EQ(client.Ask("12345").body, "12345");
  client.Send(PostChunked("/echo", "", "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  EXPECT_EQ(client.Ask("1\r\nx\r\n0\r\n\r\n").body, "x");
}

TEST_F(HttpServerTest, Expect100IsNotAnsweredBeforeABodyThatDoesNotFit) {
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n", 413);
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: coffee\r\nContent-Length: 5\r\n\r\n", 417);
}

TEST_F(HttpServerTest, AChunkedBodyWithExtensionAndTrailerIsTaken) {
  Client client = Connect();
  const Reply reply = client.Ask(PostChunked("/echo", "5;a=b;c=\"d\"\r\nhello\r\n1\r\n!\r\n0;x\r\nX-Sum: 1\r\n\r\n"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello!");
  EXPECT_EQ(client.Ask(Get("/hello")).status, 200);
}

TEST_F(HttpServerTest, AnyCutOfTheBytesIsTheSameRequest) {
  const std::string requests = Post("/echo", "12345") +
                               PostChunked("/echo", "3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nT: 1\r\n\r\n") +
                               Get("/users/last");
  Client client = Connect();
  for (size_t step : {1U, 2U, 3U, 7U, 50U}) {
    for (size_t at = 0; at < requests.size(); at += step) {
      client.Send(std::string_view{requests}.substr(at, step));
      if (step < 50) std::this_thread::yield();
    }
    EXPECT_EQ(client.Read().body, "12345");
    EXPECT_EQ(client.Read().body, "abcdefg");
    EXPECT_EQ(client.Read().body, "last");
  }
}

TEST_F(HttpServerTest, ALargeChunkedBodyArrivesWhole) {
  std::string body;
  std::string chunks;
  for (size_t i = 1; body.size() < 900'000; ++i) {
    const std::string piece(i * 37 % 9'000 + 1, static_cast<char>('a' + i % 26));
    char size[16];
    snprintf(size, sizeof size, "%zx\r\n", piece.size());
    chunks += size + piece + "\r\n";
    body += piece;
  }
  EXPECT_EQ(Ask(PostChunked("/echo", chunks + "0\r\n\r\n")).body, body);
}

TEST_F(HttpServerTest, AnEndlessChunkHeaderOrTrailerIsRefused) {
  EXPECT_EQ(Ask(PostChunked("/echo", "5;" + std::string(100'000, 'x'))).status, 431);
  EXPECT_EQ(Ask(PostChunked("/echo", "0\r\nX: " + std::string(100'000, 'x'))).status, 431);
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, ABodyCutInTheMiddleIsNotApplied) {
  for (const std::string& cut : {Post("/echo", "12345").substr(0, 57), PostChunked("/echo", "5\r\n123")}) {
    Client client = Connect();
    client.Send(cut);
    client.SendNoMore();
    EXPECT_EQ(client.Read().status, 400);
    EXPECT_TRUE(client.Ended());
    Client gone = Connect();
    gone.Send(cut);
  }
  EXPECT_EQ(Ask(Get("/hello")).status, 200);
  EXPECT_EQ(handler_.posts, 0);
}

// ---- pipelining, answers that come later

TEST_F(HttpServerTest, AHundredPipelinedGetsAreAnsweredInOrder) {
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += Get("/users/" + std::to_string(i));
  Client client = Connect();
  client.Send(requests);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Read().body, std::to_string(i));
}

TEST_F(HttpServerTest, APostAndAGetInOnePacketAreAnsweredInOrder) {
  Client client = Connect();
  client.Send(Post("/echo", "12345") + Get("/hello") + PostChunked("/echo", "1\r\nx\r\n0\r\n\r\n") + Get("/hello"));
  EXPECT_EQ(client.Read().body, "12345");
  EXPECT_EQ(client.Read().body, "{\"hello\":1}");
  EXPECT_EQ(client.Read().body, "x");
  EXPECT_EQ(client.Read().body, "{\"hello\":1}");
}

TEST_F(HttpServerTest, LateAnswersAndStreamsKeepTheOrder) {
  Client client = Connect();
  client.Send(Get("/users/1") + Get("/slow") + Get("/pieces") + Get("/slow") + Get("/users/2"));
  EXPECT_EQ(client.Read().body, "1");
  EXPECT_EQ(client.Read().body, "late");
  EXPECT_EQ(client.Read().body, "piece 0\npiece 1\npiece 2\n");
  EXPECT_EQ(client.Read().body, "late");
  EXPECT_EQ(client.Read().body, "2");
}

TEST_F(HttpServerTest, ALateAnswerWaitsForWhatTheClientHasNotReadYet) {
  Client client = Connect(4096);
  std::string requests;
  for (int i = 0; i < 8; ++i) requests += Get("/big");
  client.Send(requests + Get("/slow") + Get("/pieces") + Get("/users/2"));
  std::this_thread::sleep_for(300ms);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(client.Read().body.size(), size_t{1} << 20);
  EXPECT_EQ(client.Read().body, "late");
  EXPECT_EQ(client.Read().body, "piece 0\npiece 1\npiece 2\n");
  EXPECT_EQ(client.Read().body, "2");
}

TEST_F(HttpServerTest, AHalfClosedSocketGetsItsLateAnswer) {
  Client client = Connect();
  client.Send(Get("/slower"));
  client.SendNoMore();
  EXPECT_EQ(client.Read().body, "late");
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, AnAnswerThatComesAfterItsClientIsGoneDoesNothing) {
  options_.limits.drain_timeout = 100ms;
  {
    Client client = Connect();
    client.Send(Get("/never"));
    Await([&] { return server_->connections() == 1; });
  }
  Connect().Ask(Get("/slow"));
  server_.reset();
  for (Responder& responder : handler_.kept) responder.Send(Response());
  handler_.kept.clear();
}

TEST_F(HttpServerTest, SeveralThreadsAnswerSeveralClients) {
  options_.threads = 3;
  Connect();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Client client(server_->port());
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        right += client.Ask(Get("/users/" + id)).body == id && client.Ask(Get("/slow")).body == "late";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

// ---- streams

TEST_F(HttpServerTest, AStreamIsChunkedAndInHttp10EndsWithTheConnection) {
  Client client = Connect();
  const Reply reply = client.Ask(Get("/pieces"));
  EXPECT_EQ(reply.body, "piece 0\npiece 1\npiece 2\n");
  EXPECT_TRUE(reply.Has("Content-Type: text/plain"));
  EXPECT_TRUE(reply.complete);
  const Reply old = client.Ask("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.body, reply.body);
  EXPECT_TRUE(old.Has("Connection: close"));
  EXPECT_FALSE(old.Has("Transfer-Encoding: chunked"));
}

TEST_F(HttpServerTest, AStreamThatFailsHasNoLastChunk) {
  Client client = Connect();
  const Reply reply = client.Ask(Get("/cut"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.complete);
}

TEST_F(HttpServerTest, AnEventReachesItsListenersWhenItIsPublished) {
  options_.limits.stream_wake = 60s;
  Client client = Connect();
  client.Send(Get("/events"));
  EXPECT_TRUE(client.Read(true).Has("Content-Type: text/event-stream"));
  Await([&] { return handler_.topic.listeners() == 1; });
  for (const std::string event : {"one", "two"}) {
    handler_.topic.Publish(event);
    EXPECT_EQ(client.ReadChunk(), "data: " + event + "\n\n");
  }
}

TEST_F(HttpServerTest, AStreamThatWaitsIsPulledAgainAndAgain) {
  options_.limits.stream_wake = 50ms;
  Client client = Connect();
  client.Send(Get("/events"));
  client.Read(true);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ReadChunk(), ": alive\n\n");
}

TEST_F(HttpServerTest, AStreamToAClientThatNeverReadsIsClosedAtTheWriteLimit) {
  options_.limits.write_timeout = 300ms;
  Client client = Connect(4096);
  client.Send(Get("/endless"));
  Await([&] { return handler_.endless_bytes > 0; });
  Await([&] { return handler_.endless_alive == 0; });
  EXPECT_LT(handler_.endless_bytes, 32U << 20);  // what the kernel holds, and one chunk
  Await([&] { return server_->connections() == 0; });
}

TEST_F(HttpServerTest, AStreamWhoseClientIsGoneIsDestroyed) {
  Connect().Ask(Get("/hello"));
  {
    Client client = Connect();
    client.Send(Get("/endless"));
    client.Read(true);
  }
  Await([&] { return handler_.endless_alive == 0; });
}

// ---- limits in time and number

TEST_F(HttpServerTest, AConnectionThatSaysNothingIsClosedAtTheHeaderLimit) {
  options_.limits.header_timeout = 200ms;
  EXPECT_TRUE(Connect().Ended());
}

TEST_F(HttpServerTest, AHeadThatTricklesInIsClosedAtTheHeaderLimit) {
  options_.limits.header_timeout = 300ms;
  Client client = Connect();
  const auto begin = Clock::now();
  while (client.Send("G") && Clock::now() - begin < 60s) std::this_thread::sleep_for(50ms);
  EXPECT_GE(Clock::now() - begin, 300ms);
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(HttpServerTest, ABodyThatTricklesInIs408AtTheRequestLimit) {
  options_.limits.request_timeout = 300ms;
  for (const bool chunked : {false, true}) {
    Client client = Connect();
    client.Send(chunked ? PostChunked("/echo", "")
                        : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      client.Send(chunked ? "1\r\nx\r\n" : "x");
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_EQ(client.Read().status, 408);
    EXPECT_TRUE(client.Ended());
  }
  EXPECT_EQ(handler_.posts, 0);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedAtTheIdleLimit) {
  options_.limits.idle_timeout = 200ms;
  Client client = Connect();
  EXPECT_EQ(client.Ask(Get("/hello")).status, 200);
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, AClientThatPipelinesAndNeverReadsIsClosedAtTheWriteLimit) {
  options_.limits.write_timeout = 300ms;
  Client client = Connect(4096);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += Get("/big");
  size_t taken = 0;
  while (taken < (size_t{256} << 20) && client.Send(requests)) taken += requests.size();
  EXPECT_LT(taken, 64U << 20);
  Await([&] { return server_->connections() == 0; });
  EXPECT_LT(handler_.finished().size(), 100U);
}

TEST_F(HttpServerTest, AConnectionOverTheLimitIsTold503AndClosed) {
  options_.limits.connections = 3;
  std::vector<Client> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(Connect());
    EXPECT_EQ(open.back().Ask(Get("/hello")).status, 200);
  }
  Client refused = Connect();
  const Reply reply = refused.Ask(Get("/hello"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.Has("Connection: close"));
  EXPECT_TRUE(reply.Has("Retry-After: 1"));
  EXPECT_TRUE(refused.Ended());
  open.pop_back();
  Await([&] { return server_->connections() == 2; });
  EXPECT_EQ(Connect().Ask(Get("/hello")).status, 200);
}

size_t ResidentBytes() {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(HttpServerTest, IdleConnectionsTakeLittleMemory) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 20'200);
  setrlimit(RLIMIT_NOFILE, &files);
  const size_t count = std::min<size_t>(10'000, (files.rlim_cur - 200) / 2);
  std::vector<Client> clients;
  clients.reserve(count);
  clients.push_back(Connect());
  const size_t before = ResidentBytes();
  while (clients.size() < count) clients.push_back(Connect());
  Await([&] { return server_->connections() == count; });
  const size_t each = (ResidentBytes() - before) / count;
  RecordProperty("bytes_per_connection", static_cast<int>(each));
  std::printf("%zu idle connections, %zu bytes each in this process (both ends)\n", count, each);
  EXPECT_LT(each, 64U << 10);
  EXPECT_EQ(clients.back().Ask(Get("/hello")).status, 200);
}

// ---- starting and stopping

TEST_F(HttpServerTest, StoppingClosesIdleConnectionsAndRefusesNewOnes) {
  Client idle = Connect();
  EXPECT_EQ(idle.Ask(Get("/hello")).status, 200);
  const auto begin = Clock::now();
  server_->Stop();
  EXPECT_LT(Clock::now() - begin, 8s);
  EXPECT_TRUE(idle.Ended());
  EXPECT_FALSE(Client(server_->port()).connected());
}

TEST_F(HttpServerTest, StoppingFinishesWhatIsInFlight) {
  Client late = Connect();
  late.Send(Get("/slow"));
  Client begun = Connect();
  begun.Send(Post("/echo", "12345").substr(0, 57));
  Client events = Connect();
  events.Send(Get("/events"));
  events.Read(true);
  Await([&] { return handler_.topic.listeners() == 1 && server_->connections() == 3; });
  std::jthread stop([&] { server_->Stop(); });
  const Reply reply = late.Read();
  EXPECT_EQ(reply.body, "late");
  EXPECT_EQ(events.ReadToEnd(), "9\r\n: alive\n\n\r\n0\r\n\r\n");
  begun.Send(Post("/echo", "12345").substr(57));
  const Reply echoed = begun.Read();
  EXPECT_EQ(echoed.body, "12345");
  EXPECT_TRUE(echoed.Has("Connection: close"));
  stop.join();
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(HttpServerTest, StoppingEndsAtTheDrainLimit) {
  options_.limits.drain_timeout = 300ms;
  Client never = Connect();
  never.Send(Get("/never"));
  Client partial = Connect();
  partial.Send("GET /hel");
  Client endless = Connect();
  endless.Send(Get("/endless"));
  Await([&] { return handler_.endless_alive == 1 && server_->connections() == 3; });
  server_->Stop();
  server_->Stop();
  EXPECT_EQ(handler_.endless_alive, 0);
  EXPECT_TRUE(never.Ended());
}

TEST_F(HttpServerTest, APlaceThatIsNoneOrTakenIsAnErrorThatNamesIt) {
  Connect();
  for (const std::string wrong : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "shop:80"}) {
    options_.listen = wrong;
    const Status status = HttpServer::Start(options_, handler_).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << wrong;
    EXPECT_NE(status.message().find("HOST:PORT"), std::string::npos) << status.message();
  }
  options_.listen = "127.0.0.1:" + std::to_string(server_->port());
  const Status status = HttpServer::Start(options_, handler_).status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find(options_.listen), std::string::npos) << status.message();
}

TEST_F(HttpServerTest, ItListensOnOtherAddressesToo) {
  for (const std::string listen : {"localhost:0", "[::1]:0", "0.0.0.0:0"}) {
    options_.listen = listen;
    const Result<std::unique_ptr<HttpServer>> server = HttpServer::Start(options_, handler_);
    if (!server.ok() && listen == "[::1]:0") continue;  // a machine without IPv6
    ASSERT_TRUE(server.ok()) << server.status().message();
    EXPECT_GT((*server)->port(), 0);
  }
}

}  // namespace
}  // namespace adirect
