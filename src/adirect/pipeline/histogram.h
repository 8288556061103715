// Histogram: how long something took, counted by upper bounds, as /metrics shows it.
//
// Threads: every member may be called from any number of threads; Add waits for nobody and allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace adirect {

class Histogram {
 public:
  // Seconds. What took longer than the last is in a bucket of its own.
  static constexpr std::array<double, 11> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 60};

  // `times` that took so long.
  void Add(double seconds, uint64_t times = 1) {
    const auto at = static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
    buckets_[at].fetch_add(times, std::memory_order_relaxed);
    microseconds_.fetch_add(static_cast<uint64_t>(seconds * 1e6) * times, std::memory_order_relaxed);
  }

  uint64_t bucket(size_t at) const { return buckets_[at].load(std::memory_order_relaxed); }
  double seconds() const { return static_cast<double>(microseconds_.load(std::memory_order_relaxed)) / 1e6; }

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets_ = {};
  std::atomic<uint64_t> microseconds_ = 0;
};

}  // namespace adirect
