// Ordered: work that threads finish in any order, handed on in the order of its numbers.
//
// Threads: any number may call Commit; `consume` is called by one at a time.
#pragma once

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

  // Takes piece `number` (0, 1, 2, …, each once) and consumes all that are due. What waits for an earlier
  // piece is kept: as many as there are threads, in practice. After a failure nothing more is consumed
  // and every call returns it.
  Status Commit(uint64_t number, T piece) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.emplace(number, std::move(piece));
    for (auto first = waiting_.begin(); failed_.ok() && first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_) {
      failed_ = consume_(first->second);
    }
    return failed_;
  }

 private:
  std::mutex mutex_;
  std::function<Status(T&)> consume_;
  std::map<uint64_t, T> waiting_;
  uint64_t next_ = 0;
  Status failed_;
};

}  // namespace adirect
