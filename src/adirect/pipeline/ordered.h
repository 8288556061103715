// Ordered: work that threads finish in any order, handed on in the order of its numbers.
//
// Whoever is far ahead waits, so that memory stays bounded where one thread is slow. A thread that will not
// commit the number that it has taken calls Fail: else the others wait for ever.
//
// Threads: any number may call Commit; `consume` is called by one at a time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "adirect/base/status.h"

namespace adirect {

template <typename T>
class Ordered {
 public:
  explicit Ordered(std::function<Status(T&)> consume) : consume_(std::move(consume)) {}

  // How far a piece may be ahead of the one that is due.
  static constexpr uint64_t kMostAhead = 64;

  // Takes piece `number` (0, 1, 2, …, each once) and consumes all that are due. After a failure nothing more
  // is consumed and every call returns it.
  Status Commit(uint64_t number, T piece) {
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_.emplace(number, std::move(piece));
    for (auto first = waiting_.begin(); failed_.ok() && first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_) {
      failed_ = consume_(first->second);
    }
    moved_.notify_all();
    moved_.wait(lock, [&] { return !failed_.ok() || number < next_ + kMostAhead; });
    return failed_;
  }

  // The first failure counts.
  void Fail(const Status& failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failed_.ok()) failed_ = failure;
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;  // next_ or failed_
  std::function<Status(T&)> consume_;
  std::map<uint64_t, T> waiting_;
  uint64_t next_ = 0;
  Status failed_;
};

}  // namespace adirect
