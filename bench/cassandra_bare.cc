// The least that a writer to Cassandra does with the client that adirect links: one prepared statement a row, BATCH
// rows of a shopper in a request, AT_ONCE requests in flight, and nothing else.
//
//   cassandra_bare HOST:PORT KEYSPACE.searches ROWS BATCH AT_ONCE
//
// The rows are as the table `searches` has them, each batch in the partition of the next shopper. Prints one line of
// JSON: rows and the seconds from the first to the last answer, connecting left out. Ends with 1 where it fails.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/cassandra/cql_abi.h"

namespace {

constexpr uint64_t kShoppers = 100'000;

AdirectCqlBytes Bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

[[noreturn]] void Fail(const AdirectCqlAnswer& answer) {
  std::fprintf(stderr, "cassandra_bare: %.*s\n", static_cast<int>(answer.message.size),
               reinterpret_cast<const char*>(answer.message.data));
  std::_Exit(1);
}

void Check(void*, const AdirectCqlAnswer* answer) {
  if (answer->code != kCqlOk) Fail(*answer);
}

struct Window {
  std::mutex mutex;
  std::condition_variable free;
  uint64_t in_flight = 0;

  static void Done(void* context, const AdirectCqlAnswer* answer) {
    Check(nullptr, answer);
    auto* const window = static_cast<Window*>(context);
    const std::lock_guard<std::mutex> lock(window->mutex);
    --window->in_flight;
    window->free.notify_one();
  }
  void Await(uint64_t most) {
    std::unique_lock<std::mutex> lock(mutex);
    free.wait(lock, [&] { return in_flight <= most; });
  }
};

void Append(uint64_t number, size_t bytes, std::string& out) {
  for (size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}
void AppendText(std::string_view text, std::string& out) {
  Append(text.size(), 4, out);
  out += text;
}
void AppendNumber(uint64_t number, std::string& out) {
  Append(8, 4, out);
  Append(number, 8, out);
}

std::string RowOf(uint64_t i, uint64_t shopper) {
  std::string row;
  const uint64_t time = 1'790'000'000'000 + i;
  AppendText("user" + std::to_string(shopper % kShoppers), row);
  AppendNumber(time, row);
  AppendText(std::to_string(i % 10), row);
  AppendText("search", row);
  AppendText("1110" + std::to_string(i % 10'000), row);
  AppendNumber(i * 0x9e3779b97f4a7c15, row);
  AppendNumber(time * 1000, row);
  return row;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  AdirectCqlOptions options = {};
  options.hosts = Bytes(argv[1]);
  options.consistency = 6;
  options.connect_ms = 5'000;
  options.request_ms = 10'000;
  AdirectCqlSession* const session = adirect_cql_connect(&options, Check, nullptr);
  const std::string text = "INSERT INTO " + std::string(argv[2]) +
                           " (user_id, time, category_id, type, product_id, identity) VALUES (?, ?, ?, ?, ?, ?) USING "
                           "TIMESTAMP ?";
  AdirectCqlStatement* const insert = adirect_cql_prepare(session, Bytes(text), 0, Check, nullptr);
  const uint64_t rows = std::strtoull(argv[3], nullptr, 10);
  const uint64_t batch = std::strtoull(argv[4], nullptr, 10);
  const uint64_t at_once = std::strtoull(argv[5], nullptr, 10);
  Window window;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t first = 0; first < rows; first += batch) {
    window.Await(at_once - 1);
    {
      const std::lock_guard<std::mutex> lock(window.mutex);
      ++window.in_flight;
    }
    std::vector<std::string> texts;
    for (uint64_t i = first; i < std::min(rows, first + batch); ++i) texts.push_back(RowOf(i, first / batch));
    std::vector<AdirectCqlBound> bound;
    for (const std::string& text : texts) bound.push_back({insert, Bytes(text)});
    adirect_cql_batch(session, bound.data(), bound.size(), Window::Done, &window);
  }
  window.Await(0);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("{\"rows\": %lu, \"seconds\": %.6f}\n", rows, seconds.count());
  adirect_cql_forget(insert);
  adirect_cql_close(session);
}
