#include "adirect/pipeline/history.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace adirect {

void History::Start() {
  thread_ = std::thread([this] {
    auto next = std::chrono::steady_clock::now();
    for (;;) {
      Tick();
      next += std::chrono::seconds(1);
      std::unique_lock<std::mutex> lock(mutex_);
      if (stops_.wait_until(lock, next, [&] { return stopped_; })) return;
    }
  });
}

void History::Stop() {
  std::unique_lock<std::mutex> lock(mutex_);
  stopped_ = true;
  stops_.notify_all();
  WakeAll(lock);
  lock.unlock();
  if (thread_.joinable()) thread_.join();
}

void History::Tick() {
  const Sample sample{clock_.Now(), totals_()};
  std::unique_lock<std::mutex> lock(mutex_);
  recent_.push_back(sample);
  if (recent_.size() > kSecondsPerPoint + 1) recent_.pop_front();
  if (ticks_++ % kSecondsPerPoint == 0) {
    points_.push_back({sample.time, RatesLocked(), sample.totals});
    if (points_.size() > kMostPoints) points_.pop_front();
  }
  WakeAll(lock);
}

Rates History::RatesLocked() const {
  if (recent_.size() < 2) return {};
  const Sample& first = recent_.front();
  const Sample& last = recent_.back();
  const double seconds = static_cast<double>(std::max<int64_t>(last.time.ms - first.time.ms, 1)) / 1e3;
  const auto rate = [&](uint64_t Totals::*of) {
    return static_cast<double>(last.totals.*of - first.totals.*of) / seconds;
  };
  return {rate(&Totals::accepted), rate(&Totals::purchases), rate(&Totals::requests)};
}

Rates History::rates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return RatesLocked();
}

std::vector<HistoryPoint> History::Points(size_t most) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, points_.size()));
  return {points_.end() - count, points_.end()};
}

uint64_t History::ticks() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ticks_;
}

void History::AfterTick(uint64_t tick, std::function<void()> wake) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!stopped_ && ticks_ <= tick) return waiting_.push_back(std::move(wake));
  lock.unlock();
  wake();
}

// Leaves the lock held.
void History::WakeAll(std::unique_lock<std::mutex>& lock) {
  const std::vector<std::function<void()>> waiting = std::exchange(waiting_, {});
  lock.unlock();
  for (const std::function<void()>& wake : waiting) wake();
  lock.lock();
}

}  // namespace adirect
