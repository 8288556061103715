// How soon an event is in an answer: writes a search of a new product to a topic and asks the engine that follows it
// for the shopper's recommendations, every quarter of a millisecond, until the product is among them; then the next.
//
//   kafka_probe BROKER TOPIC PORT PROBES
//
// A latency is counted from before the event is given to librdkafka to the answer that shows it. Events are NDJSON of
// the format `adirect`. Prints one line of JSON: p50, p99 and max in ms, and the answers that were asked for. Ends with
// 1 where it fails, or an event is not seen within kGiveUp.
#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kGiveUp{30};
constexpr int kSearches = 3;    // make a shopper targeted
constexpr int kShoppers = 200;  // in turns: what one has searched is a short list
constexpr int kFlushMs = 10'000;
constexpr std::chrono::microseconds kPause{250};  // between two questions: who asks shares the cores with who answers

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "kafka_probe: %s\n", what);
  std::exit(1);
}

class Topic {
 public:
  Topic(const char* broker, const char* name) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    std::array<char, 512> why = {};
    for (const auto& [key, value] : {std::pair("bootstrap.servers", broker), std::pair("linger.ms", "0"),
                                     std::pair("socket.nagle.disable", "true")}) {
      if (rd_kafka_conf_set(conf, key, value, why.data(), why.size()) != RD_KAFKA_CONF_OK) Fail(why.data());
    }
    kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (kafka_ == nullptr) Fail(why.data());
    topic_ = rd_kafka_topic_new(kafka_, name, nullptr);
  }

  void Send(const std::string& user, const std::string& product) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    std::string event = R"({"type":"search","time":)" + std::to_string(now.count()) + R"(,"user_id":")" + user +
                        R"(","category_id":"probes","product_id":")" + product + "\"}";
    const int sent = rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, event.data(), event.size(),
                                      user.data(), user.size(), nullptr);
    if (sent != 0) Fail(rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(kafka_, 0);
  }
  void Flush() {
    if (rd_kafka_flush(kafka_, kFlushMs) != RD_KAFKA_RESP_ERR_NO_ERROR) Fail("the broker does not take it");
  }

 private:
  rd_kafka_t* kafka_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
};

class Engine {
 public:
  explicit Engine(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      Fail("the engine does not answer");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  // The whole answer.
  const std::string& Ask(const std::string& user) {
    const std::string request = "GET /v1/users/" + user + "/recommendations HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (write(socket_, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
      Fail("the engine is gone");
    answer_.clear();
    while (!IsWhole()) {
      std::array<char, 65536> bytes;
      const ssize_t came = read(socket_, bytes.data(), bytes.size());
      if (came <= 0) Fail("the engine is gone");
      answer_.append(bytes.data(), static_cast<size_t>(came));
    }
    ++asked_;
    return answer_;
  }
  uint64_t asked() const { return asked_; }

 private:
  bool IsWhole() const {
    const size_t head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    constexpr std::string_view kLength = "Content-Length: ";
    const size_t length = answer_.find(kLength);
    if (length == std::string::npos || length > head) Fail("an answer without its length");
    return answer_.size() >= head + 4 + std::strtoull(answer_.c_str() + length + kLength.size(), nullptr, 10);
  }

  const int socket_;
  std::string answer_;
  uint64_t asked_ = 0;
};

void AwaitProduct(Engine& engine, const std::string& user, const std::string& product) {
  const auto end = Clock::now() + kGiveUp;
  while (engine.Ask(user).find("\"" + product + "\"") == std::string::npos) {
    if (Clock::now() > end) Fail("an event is in no answer");
    std::this_thread::sleep_for(kPause);
  }
}

double AtQuantile(std::vector<double>& sorted, double quantile) {
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(quantile * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Fail("BROKER TOPIC PORT PROBES");
  Topic topic(argv[1], argv[2]);
  Engine engine(std::atoi(argv[3]));
  const int probes = std::atoi(argv[4]);
  const std::string run = std::to_string(getpid());
  const auto user_of = [&](int probe) { return "probe-" + run + "-" + std::to_string(probe % kShoppers); };
  for (int i = 0; i < kShoppers * kSearches; ++i) topic.Send(user_of(i), "first-" + std::to_string(i / kShoppers));
  topic.Flush();
  std::vector<double> waits;
  for (int probe = 0; probe < probes; ++probe) {
    if (probe < kShoppers) AwaitProduct(engine, user_of(probe), "first-" + std::to_string(kSearches - 1));
    const std::string product = "p" + std::to_string(probe);
    const auto start = Clock::now();
    topic.Send(user_of(probe), product);
    AwaitProduct(engine, user_of(probe), product);
    waits.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(waits.begin(), waits.end());
  std::printf("{\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"answers\": %llu}\n", AtQuantile(waits, 0.5),
              AtQuantile(waits, 0.99), waits.back(), static_cast<unsigned long long>(engine.asked()));
  std::fflush(stdout);
  std::_Exit(0);
}
