#include "adirect/api/http_server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <cstring>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

#include "adirect/api/target.h"
#include "adirect/base/text.h"

namespace adirect {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr size_t kInBytes = 4 << 10;  // an idle connection's input
constexpr size_t kChunkBytes =
    16 << 10;                           // input beyond the head of a chunked body; no chunk header or trailer is longer
constexpr size_t kOutBytes = 64 << 10;  // answers gathered before they are written; what is larger is not kept
constexpr size_t kRefusedAtOnce = 64;   // connections over the limit that are being told so

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// `lower` is in lower case.
bool Is(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) { return Lower(a) == b; });
}

Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

void AppendNumber(uint64_t number, int base, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, base).ptr;
  out.append(digits, end);
}

// Bytes that are not set before they are read into.
class Buffer {
 public:
  char* data() { return bytes_.get(); }
  size_t capacity() const { return capacity_; }

  // Room for `wanted` bytes; the first `kept` stay.
  void Reserve(size_t wanted, size_t kept) {
    if (wanted <= capacity_) return;
    auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
    if (kept > 0) std::memcpy(bytes.get(), bytes_.get(), kept);
    bytes_ = std::move(bytes);
    capacity_ = wanted;
  }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
};

// A part of the input, counted from the request's first byte: the input may move while a head is incomplete.
struct Part {
  uint32_t begin = 0;
  uint32_t size = 0;
};

// Whether a line of the head starts with white space, and so belongs to the one before.
bool IsFolded(std::string_view head) {
  for (size_t end = head.find('\n'); end + 1 < head.size(); end = head.find('\n', end + 1)) {
    if (head[end + 1] == ' ' || head[end + 1] == '\t') return true;
  }
  return false;
}

constexpr std::string_view kFolded = "a header is folded over several lines";

// Beast's grammar, and the framing that it lets pass and we do not.
class Parser final : public http::basic_parser<true> {
 public:
  Parser(const HttpLimits& limits, std::vector<std::pair<Part, Part>>& kept) : fields(kept), limits_(limits) {
    fields.clear();
    header_limit(static_cast<uint32_t>(std::min<size_t>(limits.header_bytes, UINT32_MAX)));
    body_limit(boost::none);
  }

  // Where the request begins and the input ends, before each put.
  void SetInput(const char* begin, const char* end) {
    begin_ = begin;
    end_ = end;
  }
  // Where chunks go to, and how many bytes they may have.
  void SetBody(Buffer* body, size_t limit) {
    body_ = body;
    body_limit_ = limit;
  }

  http::verb verb = http::verb::unknown;
  int version = 11;
  Part target;
  std::vector<std::pair<Part, Part>>& fields;
  Part expect;
  size_t body_size = 0;
  bool too_many_headers = false;
  bool body_too_large = false;
  std::string_view fault;  // ours; empty where Beast found it

  // What only the whole head tells.
  void CheckHead(std::string_view head) {
    if (IsFolded(head)) fault = kFolded;
    if (version == 11 && hosts_ == 0) fault = "HTTP/1.1 asks for a Host header";
  }

 private:
  Part PartOf(boost::beast::string_view text) const {
    return {static_cast<uint32_t>(text.data() - begin_), static_cast<uint32_t>(text.size())};
  }
  void Fail(std::string_view why, ErrorCode& ec) {
    fault = why;
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb v, boost::beast::string_view, boost::beast::string_view t, int number,
                       ErrorCode&) override {
    verb = v;
    version = number;
    target = PartOf(t);
  }
  void on_response_impl(int, boost::beast::string_view, int, ErrorCode&) override {}

  void on_field_impl(http::field name, boost::beast::string_view text, boost::beast::string_view value,
                     ErrorCode& ec) override {
    if (++count_ > limits_.headers) {
      too_many_headers = true;
      ec = http::error::header_limit;
      return;
    }
    if (is_header_done()) return;  // a trailer
    const bool in_place = value.empty() || (value.data() >= begin_ && value.data() < end_);
    if (!in_place) return Fail(kFolded, ec);
    fields.emplace_back(PartOf(text), value.empty() ? Part{} : PartOf(value));
    CheckFraming(name, View(value), ec);
  }

  void CheckFraming(http::field name, std::string_view value, ErrorCode& ec) {
    if (name == http::field::host && ++hosts_ > 1) return Fail("there is more than one Host header", ec);
    if (name == http::field::expect) expect = fields.back().second;
    if (name == http::field::transfer_encoding) {
      if (version < 11) return Fail("Transfer-Encoding is not for HTTP/1.0", ec);
      if (!Is(value, "chunked")) return Fail("the one Transfer-Encoding understood here is chunked", ec);
    }
    if (name == http::field::content_length) {
      if (++lengths_ > 1) return Fail("there is more than one Content-Length", ec);
      if (value.find_first_not_of("0123456789") != std::string_view::npos) {
        return Fail("Content-Length is no number", ec);
      }
    }
  }

  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(boost::beast::string_view body, ErrorCode&) override { return body.size(); }

  void on_chunk_header_impl(uint64_t size, boost::beast::string_view, ErrorCode& ec) override {
    if (size <= body_limit_ - body_size) return;
    body_too_large = true;
    ec = http::error::body_limit;
  }
  size_t on_chunk_body_impl(uint64_t, boost::beast::string_view body, ErrorCode&) override {
    if (body_size + body.size() > body_->capacity()) {
      body_->Reserve(std::min(body_limit_, std::max(body_size + body.size(), 2 * body_->capacity())), body_size);
    }
    std::memcpy(body_->data() + body_size, body.data(), body.size());
    body_size += body.size();
    return body.size();
  }
  void on_finish_impl(ErrorCode&) override {}

  const HttpLimits& limits_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  Buffer* body_ = nullptr;
  size_t body_limit_ = 0;
  size_t count_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
};

class Connection;

// What the threads of a server have in common; only counted into when a connection opens or closes.
struct Shared {
  Shared(HttpOptions o, HttpHandler& h) : options(std::move(o)), handler(h) {}

  const HttpOptions options;
  HttpHandler& handler;
  std::atomic<size_t> connections{0};
  std::atomic<size_t> refused{0};  // connections over the limit, open to be told so
};

// "Tue, 24 Nov 2026 14:20:48 GMT"
std::string HttpDate(Timestamp t) {
  const std::time_t seconds = t.ms / kMillisPerSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// One thread: its listener, its connections, its clock tick.
class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<Shared> shared);

  Status Listen(const Tcp::endpoint& endpoint);
  uint16_t port() const { return port_; }
  void Start();
  void Drain();  // from any thread; the thread ends when no connection is left
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // The rest: on the loop's thread.
  asio::io_context& io() { return io_; }
  const HttpLimits& limits() const { return shared_->options.limits; }
  HttpHandler& handler() { return shared_->handler; }
  bool draining() const { return draining_; }
  Clock::time_point Now() { return now_ = Clock::now(); }
  // `timeout` from the newest Now or tick, as exactly as ticks tell it.
  Clock::time_point In(HttpLimits::Millis timeout) const { return now_ + timeout + tick_; }
  // "Date: …\r\n", or nothing.
  const std::string& date() const { return date_; }
  void Remove(Connection& connection);

 private:
  void Run();
  void Accept();
  void Admit(Socket socket);
  void ScheduleTick();
  void Tick();
  void TellTime();
  void BeginDrain();
  // Calls `action` with every connection; they may go meanwhile.
  template <typename Action>
  void ForEach(Action action);

  std::shared_ptr<Shared> shared_;
  const HttpLimits::Millis tick_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // one thread runs it; others only post
  Acceptor acceptor_{io_};
  Timer timer_{io_};
  std::vector<std::shared_ptr<Connection>> connections_;
  Clock::time_point now_ = Clock::now();
  Clock::time_point drain_end_ = Clock::time_point::max();
  std::string date_;
  uint16_t port_ = 0;
  bool accept_failed_ = false;
  bool draining_ = false;
  std::thread thread_;
};

// One client. Run drives it from one stop to the next: where bytes, an answer or the socket must be waited for.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Socket socket, std::atomic<size_t>& counter)
      : counted_in(counter), loop_(loop), socket_(std::move(socket)) {
    NextRequest();
  }

  size_t index = 0;  // in the loop's list
  std::atomic<size_t>& counted_in;

  void Start();
  void RefuseForNumber();  // 503, instead of Start
  void Expire(Clock::time_point now);
  void Drain();
  void Close();
  void Answered(const Response& response);  // what Responder sends
  void Woken();

 private:
  enum class Phase : unsigned char {
    kRequest,   // a request is read, or waited for
    kDeferred,  // its answer is waited for
    kStream,    // its answer is being pulled
    kLast,      // no further request: what is written is written, then the connection closed
    kLinger,    // all is written; the client closes
    kClosed,
  };
  enum class Progress : unsigned char { kNeedsMore, kDone };

  void Run();
  bool Flush();
  bool WriteSome();
  void OnWritable(ErrorCode error);

  void Read();
  void MakeRoom();
  void OnRead(ErrorCode error, size_t bytes);
  void OnEnd();
  Clock::time_point ReadDeadline() const;
  void Linger();

  Progress Step();
  Progress ReadHead();
  bool TakeHead();
  bool TakeTarget();
  bool TakeBodyLimit();
  void AssembleRequest();
  void AwaitBody();
  Progress ReadBody();
  Progress ReadChunks();
  void Handle();
  void CallHandler(Answer& answer);
  void NextRequest();

  void Refuse(int status, std::string_view detail);
  void RefuseSyntax(ErrorCode error);
  void Respond(const Response& response);
  void AppendHead(const Response& response, std::optional<size_t> length);
  void Finish(size_t response_bytes);

  void BeginStream(std::unique_ptr<BodyStream> stream);
  void Pull();
  BodyStream::Next CallStream();
  void AppendChunk();
  void EndStream();
  void Resume();
  std::shared_ptr<internal::Remote> MakeRemote();

  bool has_body() const { return chunked_ || length_ > 0; }
  std::string_view At(Part part) { return {in_.data() + begin_ + part.begin, part.size}; }

  Loop& loop_;
  Socket socket_;
  Phase phase_ = Phase::kRequest;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool reading_ = false;
  bool writing_ = false;  // waits until the socket takes more

  // The input: [begin_, parsed_) is the request so far, [parsed_, end_) not looked at.
  Buffer in_;
  size_t begin_ = 0;
  size_t parsed_ = 0;
  size_t end_ = 0;
  std::optional<Parser> parser_;
  std::vector<std::pair<Part, Part>> parts_;  // the parser's

  // The request.
  bool head_done_ = false;
  bool chunked_ = false;
  size_t length_ = 0;     // Content-Length
  size_t head_end_ = 0;   // in in_
  Buffer body_;           // where a body goes that is not in in_ as a whole
  size_t body_size_ = 0;  // in body_
  size_t body_limit_ = 0;
  Target target_;
  std::vector<HttpField> headers_;
  Request request_;
  Clock::time_point request_begin_;  // by ticks
  size_t served_ = 0;

  // Its answer.
  Response response_;
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_only_ = false;
  FinishedRequest finished_;
  Clock::time_point answer_begin_;
  std::unique_ptr<BodyStream> stream_;
  std::string chunk_;
  bool paused_ = false;  // the stream waits for a wake or for its turn
  std::shared_ptr<internal::Remote> remote_;

  // The output: `sending_` from `sent_` on goes first, then `out_`.
  std::string out_;
  std::string sending_;
  size_t sent_ = 0;
};

// The connection for other threads, which outlives it.
class RemoteConnection final : public internal::Remote, public std::enable_shared_from_this<RemoteConnection> {
 public:
  RemoteConnection(std::weak_ptr<Loop> loop, std::weak_ptr<Connection> connection)
      : loop_(std::move(loop)), connection_(std::move(connection)) {}

  void Send(Response response) override {
    Post([answer = std::move(response)](Connection& connection) { connection.Answered(answer); });
  }
  void Wake() override {
    if (wake_posted_.exchange(true)) return;
    Post([self = shared_from_this()](Connection& connection) {
      self->wake_posted_ = false;
      connection.Woken();
    });
  }

 private:
  template <typename Action>
  void Post(Action action) {
    const std::shared_ptr<Loop> loop = loop_.lock();
    if (!loop) return;
    asio::post(loop->io(), [target = connection_, action = std::move(action)]() mutable {
      if (const std::shared_ptr<Connection> connection = target.lock()) action(*connection);
    });
  }

  const std::weak_ptr<Loop> loop_;
  const std::weak_ptr<Connection> connection_;
  std::atomic<bool> wake_posted_{false};
};

// ---- the connection: driving, writing, reading

void Connection::Start() { Run(); }

void Connection::RefuseForNumber() {
  keep_alive_ = false;
  Response full = Problem(503, {}, "the server has as many connections as it may; try again later");
  full.AddHeader("Retry-After", "1");
  Respond(full);
  Run();
}

void Connection::Run() {
  for (;;) {
    if (out_.size() >= kOutBytes && !Flush()) return;
    switch (phase_) {
      case Phase::kRequest:
        if (Step() == Progress::kDone) continue;
        if (Flush()) Read();
        return;
      case Phase::kDeferred:
        if (Flush()) deadline_ = Clock::time_point::max();
        return;
      case Phase::kStream:
        if (!Flush() || paused_) return;
        Pull();
        continue;
      case Phase::kLast:
        if (Flush()) Linger();
        return;
      case Phase::kLinger:
      case Phase::kClosed:
        return;
    }
  }
}

// True when all is written; false when the connection waits for its socket, or is closed.
bool Connection::Flush() {
  if (writing_ || phase_ == Phase::kClosed) return false;
  for (;;) {
    if (sent_ < sending_.size()) {
      if (!WriteSome()) return false;
      continue;
    }
    if (sending_.capacity() > 2 * kOutBytes) std::string().swap(sending_);
    sending_.clear();
    sent_ = 0;
    if (out_.empty()) return true;
    sending_.swap(out_);
  }
}

bool Connection::WriteSome() {
  ErrorCode error;
  sent_ += socket_.write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_), error);
  if (!error) return true;
  if (error != asio::error::would_block) {
    Close();
    return false;
  }
  writing_ = true;
  deadline_ = loop_.In(loop_.limits().write_timeout);
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](ErrorCode e) { self->OnWritable(e); });
  return false;
}

void Connection::OnWritable(ErrorCode error) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  writing_ = false;
  Run();
}

void Connection::Read() {
  if (phase_ == Phase::kRequest && end_ == begin_ && loop_.draining()) return Close();
  deadline_ = ReadDeadline();
  if (reading_) return;
  reading_ = true;
  auto done = [self = shared_from_this()](ErrorCode error, size_t bytes) { self->OnRead(error, bytes); };
  if (phase_ == Phase::kRequest && head_done_ && !chunked_) {
    socket_.async_read_some(asio::buffer(body_.data() + body_size_, length_ - body_size_), std::move(done));
    return;
  }
  MakeRoom();
  socket_.async_read_some(asio::buffer(in_.data() + end_, in_.capacity() - end_), std::move(done));
}

Clock::time_point Connection::ReadDeadline() const {
  const HttpLimits& limits = loop_.limits();
  if (phase_ != Phase::kRequest) return loop_.In(limits.linger_timeout);
  if (end_ == begin_) return loop_.In(served_ > 0 ? limits.idle_timeout : limits.header_timeout);
  return request_begin_ + (head_done_ ? limits.request_timeout : limits.header_timeout);
}

void Connection::MakeRoom() {
  if (phase_ != Phase::kRequest) {
    begin_ = parsed_ = end_ = 0;  // what comes now is thrown away
  } else if (!head_done_ && begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    parsed_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
    if (end_ == 0 && in_.capacity() > kInBytes) in_ = Buffer();
  }
  if (end_ == in_.capacity()) in_.Reserve(std::max(kInBytes, 2 * in_.capacity()), end_);
}

void Connection::OnRead(ErrorCode error, size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error == asio::error::eof) return OnEnd();
  if (error) return Close();
  if (phase_ == Phase::kLinger) {
    const Clock::time_point kept = deadline_;
    Read();
    deadline_ = kept;
    return;
  }
  if (phase_ != Phase::kRequest) return;  // refused meanwhile
  if (head_done_ && !chunked_) {
    body_size_ += bytes;
  } else {
    if (end_ == begin_) request_begin_ = loop_.In({});
    end_ += bytes;
  }
  Run();
}

// The client sends no more.
void Connection::OnEnd() {
  if (phase_ == Phase::kLast) return;
  if (phase_ == Phase::kLinger || end_ == begin_) return Close();
  Refuse(400, "the request ends in the middle");
  Run();
}

// Reads until the client closes too, so that what it still sends does not make it lose the answer.
void Connection::Linger() {
  phase_ = Phase::kLinger;
  ErrorCode error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return Close();
  Read();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  stream_.reset();
  ErrorCode error;
  socket_.close(error);
  loop_.Remove(*this);
}

void Connection::Expire(Clock::time_point now) {
  if (now < deadline_) return;
  if (phase_ == Phase::kStream && !writing_) return Woken();
  const bool begun = phase_ == Phase::kRequest && end_ > begin_ && !writing_;
  if (begun) {
    Refuse(408, "the request did not come to its end in time");
    return Run();
  }
  ErrorCode error;
  if (writing_) socket_.set_option(asio::socket_base::linger(true, 0), error);  // what was not taken goes too
  Close();
}

void Connection::Drain() {
  if (phase_ == Phase::kRequest && end_ == begin_ && !writing_) return Close();
  if (phase_ == Phase::kStream) Woken();
}

// ---- the connection: requests

void Connection::NextRequest() {
  begin_ = parsed_;
  if (begin_ == end_) begin_ = parsed_ = end_ = 0;
  parser_.emplace(loop_.limits(), parts_);
  head_done_ = chunked_ = false;
  length_ = body_size_ = 0;
  body_ = Buffer();
  if (end_ > begin_) request_begin_ = loop_.In({});
}

// kDone: a request was answered, deferred or refused.
Connection::Progress Connection::Step() {
  if (!head_done_ && ReadHead() == Progress::kNeedsMore) return Progress::kNeedsMore;
  if (phase_ != Phase::kRequest) return Progress::kDone;
  if (chunked_ ? ReadChunks() == Progress::kNeedsMore : ReadBody() == Progress::kNeedsMore) {
    return Progress::kNeedsMore;
  }
  if (phase_ == Phase::kRequest) Handle();
  return Progress::kDone;
}

// kDone: the head is there, or refused.
Connection::Progress Connection::ReadHead() {
  if (parsed_ == end_) return Progress::kNeedsMore;
  ErrorCode error;
  parser_->SetInput(in_.data() + begin_, in_.data() + end_);
  parsed_ += parser_->put(asio::buffer(in_.data() + parsed_, end_ - parsed_), error);
  const size_t seen = error == http::error::need_more ? end_ - begin_ : parsed_ - begin_;
  if (seen > loop_.limits().header_bytes) error = http::error::header_limit;
  if (error == http::error::need_more || (!error && !parser_->is_header_done())) return Progress::kNeedsMore;
  answer_begin_ = loop_.Now();
  if (error) {
    RefuseSyntax(error);
  } else if (TakeHead()) {
    AwaitBody();
  }
  return Progress::kDone;
}

// False where the head was refused.
bool Connection::TakeHead() {
  head_done_ = true;
  head_end_ = parsed_;
  finished_ = FinishedRequest();
  http10_ = parser_->version < 11;
  request_.method = finished_.method = MethodOf(parser_->verb);
  head_only_ = request_.method == Method::kHead;
  keep_alive_ = parser_->keep_alive();
  chunked_ = parser_->chunked();
  length_ = chunked_ ? 0 : parser_->content_length().value_or(0);
  parser_->CheckHead({in_.data() + begin_, head_end_ - begin_});
  if (!parser_->fault.empty()) {
    Refuse(400, parser_->fault);
    return false;
  }
  if (chunked_) in_.Reserve(std::max(end_, head_end_ + kChunkBytes), end_);
  AssembleRequest();
  return TakeTarget() && (!has_body() || TakeBodyLimit());
}

void Connection::AssembleRequest() {
  headers_.clear();
  for (const auto& [name, value] : parts_) headers_.push_back({At(name), At(value)});
  request_.headers = headers_;
  request_.target = At(parser_->target);
  request_.body = {};
}

bool Connection::TakeTarget() {
  const std::string_view fault = target_.Parse(request_.target);
  request_.segments = target_.segments();
  request_.query = target_.query();
  if (!fault.empty()) Refuse(400, fault);
  return fault.empty();
}

bool Connection::TakeBodyLimit() {
  std::optional<size_t> admitted;
  try {
    response_.Clear();
    admitted = loop_.handler().Admit(request_, response_);
  } catch (...) {
    response_ = Problem(500, {}, "the server failed in this request");
  }
  if (!admitted) {
    keep_alive_ = false;
    Respond(response_);
    return false;
  }
  body_limit_ = std::min(*admitted, loop_.limits().body_bytes);
  if (length_ <= body_limit_) return true;
  Refuse(413, "the body has " + std::to_string(length_) + " bytes, " + std::to_string(body_limit_) +
                  " is the most here: send it in parts");
  return false;
}

// The body is wanted: room for it, and the word that it may come.
void Connection::AwaitBody() {
  if (chunked_) parser_->SetBody(&body_, body_limit_);
  const std::string_view expect = parser_->expect.size > 0 ? At(parser_->expect) : std::string_view();
  if (!expect.empty() && !Is(expect, "100-continue"))
    return Refuse(417, "the one Expect understood here is 100-continue");
  const bool missing = chunked_ ? end_ == parsed_ : length_ > end_ - parsed_;
  if (!expect.empty() && missing && !http10_) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  if (chunked_ || !missing) return;
  body_.Reserve(length_, 0);
  body_size_ = end_ - parsed_;
  if (body_size_ > 0) std::memcpy(body_.data(), in_.data() + parsed_, body_size_);
  parsed_ = end_;
}

Connection::Progress Connection::ReadBody() {
  if (body_.capacity() > 0) {
    if (body_size_ < length_) return Progress::kNeedsMore;
    request_.body = {body_.data(), body_size_};
  } else {
    request_.body = {in_.data() + parsed_, length_};
    parsed_ += length_;
  }
  return Progress::kDone;
}

// kDone: the body is there, or refused.
Connection::Progress Connection::ReadChunks() {
  ErrorCode error;
  while (!error && parsed_ < end_ && !parser_->is_done()) {
    parser_->SetInput(in_.data() + begin_, in_.data() + end_);
    parsed_ += parser_->put(asio::buffer(in_.data() + parsed_, end_ - parsed_), error);
  }
  if (parser_->is_done()) {
    request_.body = {body_.data(), parser_->body_size};
    return Progress::kDone;
  }
  if (error && error != http::error::need_more) {
    RefuseSyntax(error);
    return Progress::kDone;
  }
  std::memmove(in_.data() + head_end_, in_.data() + parsed_, end_ - parsed_);
  end_ -= parsed_ - head_end_;
  parsed_ = head_end_;
  if (end_ < in_.capacity()) return Progress::kNeedsMore;
  Refuse(431, "a chunk's header, or the trailer, is too long");
  return Progress::kDone;
}

void Connection::Handle() {
  finished_.request_bytes = head_end_ - begin_ + request_.body.size();
  ++served_;
  response_.Clear();
  Answer answer(
      response_, [](void* self) { return static_cast<Connection*>(self)->MakeRemote(); }, this);
  CallHandler(answer);
  finished_.route = answer.route;
  NextRequest();
  if (answer.deferred()) {
    phase_ = Phase::kDeferred;
  } else if (std::unique_ptr<BodyStream> stream = answer.TakeStream()) {
    BeginStream(std::move(stream));
  } else {
    Respond(response_);
  }
}

void Connection::CallHandler(Answer& answer) {
  try {
    loop_.handler().Handle(request_, answer);
  } catch (...) {
    answer.TakeStream();
    response_ = Problem(500, {}, "the server failed in this request");
  }
}

void Connection::Answered(const Response& response) {
  if (phase_ != Phase::kDeferred) return;
  Respond(response);
  if (!writing_) Run();
}

// ---- the connection: answers

// No further request is read: what follows cannot be told apart from this one.
void Connection::Refuse(int status, std::string_view detail) {
  keep_alive_ = false;
  if (!head_done_) {
    finished_ = FinishedRequest();
    head_only_ = http10_ = false;
  }
  Respond(Problem(status, {}, detail));
}

void Connection::RefuseSyntax(ErrorCode error) {
  const HttpLimits& limits = loop_.limits();
  if (parser_->body_too_large) {
    return Refuse(413, "the body has more than " + std::to_string(body_limit_) + " bytes: send it in parts");
  }
  if (parser_->too_many_headers) {
    return Refuse(431, "the request has more than " + std::to_string(limits.headers) + " headers");
  }
  if (error == http::error::header_limit) {
    return Refuse(431, "the request's head has more than " + std::to_string(limits.header_bytes) + " bytes");
  }
  if (!parser_->fault.empty()) return Refuse(400, parser_->fault);
  Refuse(400, "this is no HTTP request: " + error.message());
}

void Connection::Respond(const Response& response) {
  const size_t before = out_.size();
  const bool bodyless = response.status == 204 || response.status == 304;
  AppendHead(response, response.body.size());
  if (!head_only_ && !bodyless) out_ += response.body;
  phase_ = keep_alive_ ? Phase::kRequest : Phase::kLast;
  Finish(out_.size() - before);
}

// Without `length`: chunked, or in HTTP/1.0 up to the end of the connection.
void Connection::AppendHead(const Response& response, std::optional<size_t> length) {
  if (loop_.draining() || (!length && http10_)) keep_alive_ = false;
  finished_.status = response.status;
  out_ += "HTTP/1.1 ";
  AppendNumber(static_cast<uint64_t>(response.status), 10, out_);
  out_ += ' ';
  out_ += StatusText(response.status);
  out_ += "\r\n";
  out_ += loop_.date();
  out_ += response.headers();
  if (response.status != 204 && response.status != 304) {
    out_ += "Content-Type: ";
    out_ += response.content_type();
    out_ += length ? "\r\nContent-Length: " : http10_ ? "" : "\r\nTransfer-Encoding: chunked";
    if (length) AppendNumber(*length, 10, out_);
    out_ += "\r\n";
  }
  if (!keep_alive_) {
    out_ += "Connection: close\r\n";
  } else if (http10_) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += "\r\n";
}

void Connection::Finish(size_t response_bytes) {
  finished_.response_bytes += response_bytes;
  finished_.seconds = std::chrono::duration<double>(loop_.Now() - answer_begin_).count();
  loop_.handler().Finished(finished_);
}

// ---- the connection: streams

std::shared_ptr<internal::Remote> Connection::MakeRemote() {
  if (!remote_) remote_ = std::make_shared<RemoteConnection>(loop_.weak_from_this(), weak_from_this());
  return remote_;
}

void Connection::BeginStream(std::unique_ptr<BodyStream> stream) {
  const size_t before = out_.size();
  AppendHead(response_, std::nullopt);
  finished_.response_bytes = out_.size() - before;
  if (head_only_) {
    phase_ = keep_alive_ ? Phase::kRequest : Phase::kLast;
    return Finish(0);
  }
  stream_ = std::move(stream);
  paused_ = false;
  phase_ = Phase::kStream;
}

void Connection::Pull() {
  const BodyStream::Next next = CallStream();
  if (next == BodyStream::Next::kCut) return Close();
  AppendChunk();
  const bool waits = next == BodyStream::Next::kWait;
  if (next == BodyStream::Next::kEnd || (waits && loop_.draining())) return EndStream();
  paused_ = true;
  deadline_ = waits ? loop_.In(loop_.limits().stream_wake) : Clock::time_point::max();
  if (!waits) asio::post(loop_.io(), [self = shared_from_this()] { self->Woken(); });  // others have their turn
}

BodyStream::Next Connection::CallStream() {
  chunk_.clear();
  try {
    return stream_->Pull(chunk_, Waker(MakeRemote()));
  } catch (...) {
    return BodyStream::Next::kCut;
  }
}

void Connection::AppendChunk() {
  if (chunk_.empty()) return;
  const size_t before = out_.size();
  if (!http10_) {
    AppendNumber(chunk_.size(), 16, out_);
    out_ += "\r\n";
  }
  out_ += chunk_;
  if (!http10_) out_ += "\r\n";
  finished_.response_bytes += out_.size() - before;
  if (chunk_.capacity() > 2 * kOutBytes) std::string().swap(chunk_);
}

void Connection::EndStream() {
  if (!http10_) out_ += "0\r\n\r\n";
  if (loop_.draining()) keep_alive_ = false;
  stream_.reset();
  phase_ = keep_alive_ ? Phase::kRequest : Phase::kLast;
  Finish(http10_ ? 0 : 5);
}

void Connection::Woken() {
  if (phase_ != Phase::kStream || !paused_) return;
  paused_ = false;
  if (!writing_) Run();
}

// ---- the loop

HttpLimits::Millis TickOf(const HttpLimits& limits) {
  const auto shortest =
      std::min({limits.header_timeout, limits.request_timeout, limits.idle_timeout, limits.write_timeout,
                limits.linger_timeout, limits.stream_wake, limits.drain_timeout});
  return std::clamp(shortest / 8, HttpLimits::Millis(1), HttpLimits::Millis(500));
}

Loop::Loop(std::shared_ptr<Shared> shared) : shared_(std::move(shared)), tick_(TickOf(limits())) { TellTime(); }

Status Loop::Listen(const Tcp::endpoint& endpoint) {
  ErrorCode error;
  if (acceptor_.open(endpoint.protocol(), error) || acceptor_.set_option(Acceptor::reuse_address(true), error) ||
      acceptor_.set_option(ReusePort(true), error) || acceptor_.bind(endpoint, error) ||
      acceptor_.listen(asio::socket_base::max_listen_connections, error)) {
    return FromErrno(error.value(), shared_->options.listen);
  }
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void Loop::Start() {
  thread_ = std::thread([self = shared_from_this()] { self->Run(); });
}

// A handler of ours that throws (memory that is not there) costs its connection, by its deadline at the latest.
void Loop::Run() {
  Accept();
  ScheduleTick();
  for (bool failed = true; failed;) {
    try {
      failed = false;
      io_.run();
    } catch (...) {
      failed = true;
    }
  }
}

void Loop::Accept() {
  acceptor_.async_accept([this](ErrorCode error, Socket socket) {
    if (draining_) return;
    if (error == asio::error::connection_aborted) return Accept();
    if (error) {
      accept_failed_ = true;  // no file handle is free: again at the next tick
      return;
    }
    Accept();
    Admit(std::move(socket));
  });
}

void Loop::Admit(Socket socket) {
  const bool full = shared_->connections.fetch_add(1) >= limits().connections;
  if (full) {
    shared_->connections.fetch_sub(1);
    if (shared_->refused.fetch_add(1) >= kRefusedAtOnce) {
      shared_->refused.fetch_sub(1);
      return;
    }
  }
  ErrorCode error;
  socket.non_blocking(true, error);
  socket.set_option(Tcp::no_delay(true), error);
  const auto connection =
      std::make_shared<Connection>(*this, std::move(socket), full ? shared_->refused : shared_->connections);
  connection->index = connections_.size();
  connections_.push_back(connection);
  full ? connection->RefuseForNumber() : connection->Start();
}

void Loop::Remove(Connection& connection) {
  const std::shared_ptr<Connection> kept = std::move(connections_[connection.index]);
  if (connection.index + 1 < connections_.size()) {
    connections_[connection.index] = std::move(connections_.back());
    connections_[connection.index]->index = connection.index;
  }
  connections_.pop_back();
  connection.counted_in.fetch_sub(1);
  if (draining_ && connections_.empty()) timer_.cancel();
}

template <typename Action>
void Loop::ForEach(Action action) {
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    const std::shared_ptr<Connection> connection = connections_[i];
    action(*connection);
  }
}

void Loop::ScheduleTick() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](ErrorCode error) {
    if (!error) Tick();
  });
}

void Loop::Tick() {
  if (draining_ && connections_.empty()) return;
  ScheduleTick();
  now_ = Clock::now();
  TellTime();
  if (std::exchange(accept_failed_, false)) Accept();
  const bool over = now_ >= drain_end_;
  ForEach([&](Connection& connection) { over ? connection.Close() : connection.Expire(now_); });
}

void Loop::TellTime() {
  if (shared_->options.clock) date_ = "Date: " + HttpDate(shared_->options.clock()) + "\r\n";
}

void Loop::Drain() {
  asio::post(io_, [this] { BeginDrain(); });
}

void Loop::BeginDrain() {
  draining_ = true;
  ErrorCode error;
  acceptor_.close(error);
  drain_end_ = Clock::now() + limits().drain_timeout;
  ForEach([](Connection& connection) { connection.Drain(); });
  if (connections_.empty()) timer_.cancel();
}

// ---- where to listen

Result<Tcp::endpoint> ParseListen(const std::string& listen) {
  const auto wrong = [&] {
    return InvalidArgument(Quoted(listen) + " is no place to listen: HOST:PORT, where HOST is an address, such as " +
                           "127.0.0.1:8080 or [::1]:8080");
  };
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  const auto [parsed, fault] = std::from_chars(listen.data() + colon + 1, end, port);
  ErrorCode error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || fault != std::errc() || parsed != end) return wrong();
  return Tcp::endpoint(address, port);
}

// Listeners that share a port would also share it with another process: first see that nobody else listens.
Status CheckFree(const Tcp::endpoint& endpoint, const std::string& listen) {
  asio::io_context io;
  Acceptor probe(io);
  ErrorCode error;
  if (probe.open(endpoint.protocol(), error) || probe.set_option(Acceptor::reuse_address(true), error) ||
      probe.bind(endpoint, error)) {
    return FromErrno(error.value(), listen);
  }
  return {};
}

}  // namespace

class HttpServer::Impl {
 public:
  Status Start(Tcp::endpoint endpoint);

  std::shared_ptr<Shared> shared;
  std::vector<std::shared_ptr<Loop>> loops;
  bool stopped = false;
};

Status HttpServer::Impl::Start(Tcp::endpoint endpoint) {
  for (int i = 0; i < std::max(1, shared->options.threads); ++i) {
    const auto& loop = loops.emplace_back(std::make_shared<Loop>(shared));
    ADIRECT_RETURN_IF_ERROR(loop->Listen(endpoint));
    endpoint.port(loop->port());
  }
  for (const auto& loop : loops) loop->Start();
  return {};
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Stop(); }  // NOLINT(bugprone-exception-escape): see the header

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options, HttpHandler& handler) {
  Result<Tcp::endpoint> endpoint = ParseListen(options.listen);
  if (!endpoint.ok()) return endpoint.status();
  const std::string listen = options.listen;
  auto impl = std::make_unique<Impl>();
  impl->shared = std::make_shared<Shared>(std::move(options), handler);
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(impl)));
  try {
    ADIRECT_RETURN_IF_ERROR(CheckFree(*endpoint, listen));
    ADIRECT_RETURN_IF_ERROR(server->impl_->Start(*std::move(endpoint)));
  } catch (const std::exception& error) {  // no file handle, or no thread, is free
    return Exhausted(listen + ": the server cannot start: " + error.what());
  }
  return server;
}

uint16_t HttpServer::port() const { return impl_->loops.front()->port(); }

size_t HttpServer::connections() const { return impl_->shared->connections; }

void HttpServer::Stop() {
  if (std::exchange(impl_->stopped, true)) return;
  for (const auto& loop : impl_->loops) loop->Drain();
  for (const auto& loop : impl_->loops) loop->Join();
}

}  // namespace adirect
