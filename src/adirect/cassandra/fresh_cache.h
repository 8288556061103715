// FreshCache: what was read a moment ago. Nothing in it is older than kFresh, and it holds at most twice so many
// entries as it is told. Private to cassandra.
//
//   FreshCache<Ranks> ranks(10'000);
//   if (std::optional<Ranks> known = ranks.Find("shoes 30", now)) …
//   ranks.Put("shoes 30", read, now);
//
// Threads: every member on any number of threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace adirect {

template <typename Value>
class FreshCache {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kFresh{1'000};

  explicit FreshCache(size_t most) : most_(most) {}

  std::optional<Value> Find(const std::string& key, Time now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Turn(now);
    for (const Values* values : {&young_, &old_}) {
      const auto found = values->find(key);
      if (found != values->end() && now - found->second.first < kFresh) return found->second.second;
    }
    return std::nullopt;
  }

  // `read`: when it was asked for.
  void Put(const std::string& key, Value value, Time read) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (young_.size() >= most_) TurnTo(read);
    young_.insert_or_assign(key, std::pair(read, std::move(value)));
  }

 private:
  using Values = std::unordered_map<std::string, std::pair<Time, Value>>;  // with when it was read

  // Every kFresh the young become the old, and the old go.
  void Turn(Time now) {
    if (now - turned_ >= kFresh) TurnTo(now);
  }
  void TurnTo(Time now) {
    old_ = std::exchange(young_, {});
    turned_ = now;
  }

  const size_t most_;
  std::mutex mutex_;  // guards all below
  Values young_;
  Values old_;
  Time turned_;
};

}  // namespace adirect
