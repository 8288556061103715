// Background: a thread for work that would hold up the answers of a server's thread, in the order in which it came.
//
//   Background background;
//   if (!background.Run(body.size(), [body, r = std::make_shared<Responder>(answer.Defer())] { … r->Send(…); })) …
//
// Threads: Run may be called from any number of threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace adirect {

class Background {
 public:
  // `max_bytes`: of what waits and runs, as its callers count it; one piece of work is always taken.
  explicit Background(size_t max_bytes = size_t{64} << 20);
  ~Background();  // ends the work that was taken; NOLINT(bugprone-exception-escape): throws only without memory

  // False where too much waits already; then the work is dropped.
  bool Run(size_t bytes, std::function<void()> work);

 private:
  void Work();

  const size_t max_bytes_;
  std::mutex mutex_;  // guards all below but thread_
  std::condition_variable wakes_;
  std::deque<std::pair<size_t, std::function<void()>>> waiting_;
  size_t bytes_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace adirect
