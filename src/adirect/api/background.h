// Background: threads for work that would hold up the answers of a server's thread, begun in the order in which it
// came.
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
#include <vector>

namespace adirect {

class Background {
 public:
  // `most`: of what waits and runs, as its callers weigh it (bytes, or pieces); one piece of work is always taken.
  explicit Background(size_t most = size_t{64} << 20, unsigned threads = 1);
  ~Background();  // ends the work that was taken; NOLINT(bugprone-exception-escape): throws only without memory

  // False where too much waits already; then the work is dropped. What weighs nothing is always taken.
  bool Run(size_t weight, std::function<void()> work);

 private:
  void Work();

  const size_t most_;
  std::mutex mutex_;  // guards all below but threads_
  std::condition_variable wakes_;
  std::deque<std::pair<size_t, std::function<void()>>> waiting_;
  size_t weight_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace adirect
