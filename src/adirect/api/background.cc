#include "adirect/api/background.h"

namespace adirect {

Background::Background(size_t max_bytes) : max_bytes_(max_bytes), thread_([this] { Work(); }) {}

Background::~Background() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  wakes_.notify_one();
  thread_.join();
}

bool Background::Run(size_t bytes, std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes_ > 0 && bytes_ + bytes > max_bytes_) return false;
    bytes_ += bytes;
    waiting_.emplace_back(bytes, std::move(work));
  }
  wakes_.notify_one();
  return true;
}

void Background::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wakes_.wait(lock, [&] { return !waiting_.empty() || ending_; });
    if (waiting_.empty()) return;
    auto [bytes, work] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before its bytes are free again
    lock.lock();
    bytes_ -= bytes;
  }
}

}  // namespace adirect
