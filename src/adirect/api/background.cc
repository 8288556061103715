#include "adirect/api/background.h"

namespace adirect {

Background::Background(size_t most, unsigned threads) : most_(most) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Background::~Background() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  wakes_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Background::Run(size_t weight, std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (weight_ > 0 && weight > 0 && weight_ + weight > most_) return false;
    weight_ += weight;
    waiting_.emplace_back(weight, std::move(work));
  }
  wakes_.notify_one();
  return true;
}

void Background::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wakes_.wait(lock, [&] { return !waiting_.empty() || ending_; });
    if (waiting_.empty()) return;
    auto [weight, work] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before its weight is free again
    lock.lock();
    weight_ -= weight;
  }
}

}  // namespace adirect
