// An open-loop client: requests leave on a fixed schedule, whether or not answers have come. A latency is counted from
// the instant at which its request was due, so a server that stalls cannot hide what it made others wait
// (coordinated omission, https://github.com/giltene/wrk2).
//
//   open_loop PORT RATE SECONDS CONNECTIONS FILE    requests of FILE in turn, each ended by a line of "%%"
//
// Prints one line of JSON: requests, late (answered after the end), errors (another status than 200), requests/s, and
// p50, p99, p999 and max of the latency in ms. Ends with 1 where the server cannot be reached.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct Connection {
  int socket = -1;
  Clock::time_point due;
  std::string_view unsent;
  std::string answer;
};

struct Load {
  std::vector<std::string> requests;
  double rate = 0;
  Clock::time_point end;
  std::vector<Connection> connections;
  std::deque<Connection*> idle;  // taken in turns, so that the server closes none
  std::vector<uint32_t> micros;  // latency of each answer
  uint64_t errors = 0;
  int epoll = -1;
};

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::vector<std::string> ReadRequests(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  constexpr std::string_view kEnd = "%%\n";
  std::vector<std::string> requests;
  for (size_t from = 0, to = 0; (to = text.find(kEnd, from)) != std::string::npos; from = to + kEnd.size()) {
    requests.push_back(text.substr(from, to - from));
  }
  if (requests.empty()) Fail(path);
  return requests;
}

void Connect(Load& load, Connection& connection, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection.socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Fail("connect");
  const int on = 1;
  setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = &connection;
  epoll_ctl(load.epoll, EPOLL_CTL_ADD, connection.socket, &event);
  load.idle.push_back(&connection);
}

void SendRest(Connection& connection) {
  while (!connection.unsent.empty()) {
    const ssize_t sent = send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) Fail("send");
    connection.unsent.remove_prefix(static_cast<size_t>(sent));
  }
}

void Ask(Load& load, uint64_t number, Clock::time_point due) {
  Connection& connection = *load.idle.front();
  load.idle.pop_front();
  connection.due = due;
  connection.answer.clear();
  connection.unsent = load.requests[number % load.requests.size()];
  SendRest(connection);
}

// Whether the answer is whole. It has a Content-Length.
bool Whole(std::string_view answer) {
  constexpr std::string_view kLength = "Content-Length: ";
  const size_t head = answer.find("\r\n\r\n");
  if (head == std::string_view::npos) return false;
  const size_t at = answer.find(kLength);
  if (at == std::string_view::npos || at > head) Fail("an answer has no Content-Length");
  size_t length = 0;
  std::from_chars(answer.data() + at + kLength.size(), answer.data() + head, length);
  return answer.size() >= head + 4 + length;
}

void Receive(Load& load, Connection& connection) {
  char bytes[65536];
  for (;;) {
    const ssize_t got = recv(connection.socket, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) Fail("recv");
    connection.answer.append(bytes, static_cast<size_t>(got));
    if (Whole(connection.answer)) break;
  }
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.due);
  load.micros.push_back(static_cast<uint32_t>(taken.count()));
  load.errors += connection.answer.starts_with("HTTP/1.1 200") ? 0 : 1;
  load.idle.push_back(&connection);
}

// Waits for sockets until the instant at most.
void Turn(Load& load, Clock::time_point until) {
  const auto left = std::max(nanoseconds(0), std::chrono::duration_cast<nanoseconds>(until - Clock::now()));
  const timespec wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  epoll_event events[64];
  const int count = epoll_pwait2(load.epoll, events, 64, &wait, nullptr);
  for (int i = 0; i < count; ++i) {
    auto& connection = *static_cast<Connection*>(events[i].data.ptr);
    if ((events[i].events & EPOLLOUT) != 0) SendRest(connection);
    if ((events[i].events & EPOLLIN) != 0) Receive(load, connection);
  }
}

// -> requests that were due
uint64_t Run(Load& load, Clock::time_point start) {
  uint64_t number = 0;
  const auto due = [&] {
    return start + nanoseconds(static_cast<int64_t>(1e9 * static_cast<double>(number) / load.rate));
  };
  while (due() < load.end) {
    while (!load.idle.empty() && due() <= Clock::now() && due() < load.end) {
      const Clock::time_point at = due();
      Ask(load, number++, at);
    }
    Turn(load, load.idle.empty() ? Clock::now() + std::chrono::milliseconds(10) : due());
    if (Clock::now() > load.end + std::chrono::seconds(10)) break;  // it can no more
  }
  return number;
}

double Quantile(const std::vector<uint32_t>& sorted, double part) {
  return sorted.empty()
             ? 0
             : sorted[std::min(sorted.size() - 1, static_cast<size_t>(part * static_cast<double>(sorted.size())))] /
                   1e3;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: open_loop PORT RATE SECONDS CONNECTIONS FILE\n");
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1);  // ns; else a sleep may take 50 µs more
  Load load;
  load.requests = ReadRequests(arguments[5]);
  load.rate = std::atof(arguments[2]);
  load.epoll = epoll_create1(0);
  load.connections.resize(std::strtoul(arguments[4], nullptr, 10));
  const auto port = static_cast<uint16_t>(std::atoi(arguments[1]));
  for (Connection& connection : load.connections) Connect(load, connection, port);
  const Clock::time_point start = Clock::now();
  load.end = start + nanoseconds(static_cast<int64_t>(1e9 * std::atof(arguments[3])));
  const uint64_t asked = Run(load, start);
  const size_t in_time = load.micros.size();
  while (load.idle.size() < load.connections.size()) Turn(load, Clock::now() + std::chrono::milliseconds(10));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::sort(load.micros.begin(), load.micros.end());
  std::printf(
      "{\"requests\": %zu, \"late\": %zu, \"errors\": %zu, \"per_second\": %.0f, \"p50_ms\": %.3f, "
      "\"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f}\n",
      static_cast<size_t>(asked), load.micros.size() - in_time, static_cast<size_t>(load.errors),
      static_cast<double>(load.micros.size()) / seconds, Quantile(load.micros, 0.5), Quantile(load.micros, 0.99),
      Quantile(load.micros, 0.999), load.micros.empty() ? 0 : load.micros.back() / 1e3);
  return 0;
}
