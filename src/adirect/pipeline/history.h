// History: how a running engine has done, second by second, and over the last day. In memory only.
//
//   History history([&] { return Totals{…}; }, clock);
//   history.Start();            // a thread that samples every second
//   history.rates();            // over the last ten seconds
//   history.Points(360);        // the last hour, oldest first
//
// Threads: every member may be called from any number of threads; Start and Stop once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/pipeline/clock.h"

namespace adirect {

// Since the start, or now.
struct Totals {
  uint64_t accepted = 0;    // events
  uint64_t purchases = 0;   // of them
  uint64_t requests = 0;    // answered
  uint64_t shoppers = 0;    // now
  uint64_t targeted = 0;    // pairs of the default policy, at the last look at the audience
  uint64_t suppressed = 0;  // pairs that only a purchase keeps out
};

struct Rates {
  double accepted_per_second = 0;
  double purchases_per_second = 0;
  double requests_per_second = 0;
};

struct HistoryPoint {
  Timestamp time;
  Rates rates;  // over the ten seconds before
  Totals totals;
};

class History {
 public:
  static constexpr int kSecondsPerPoint = 10;
  static constexpr size_t kMostPoints = 24 * 3600 / kSecondsPerPoint;

  // `totals` is called by the sampling thread; the clock must outlive the history.
  History(std::function<Totals()> totals, const Clock& clock) : totals_(std::move(totals)), clock_(clock) {}
  ~History() { Stop(); }

  void Start();
  void Stop();

  // Takes a sample; the thread does, every second.
  void Tick();

  Rates rates() const;
  // The last ones, at most `most`, oldest first.
  std::vector<HistoryPoint> Points(size_t most) const;

  // Samples taken so far.
  uint64_t ticks() const;
  // `wake` is called once, when more samples than `tick` are taken or the history stops, which may be at once. It must
  // not call the history.
  void AfterTick(uint64_t tick, std::function<void()> wake);

 private:
  struct Sample {
    Timestamp time;
    Totals totals;
  };
  Rates RatesLocked() const;
  void WakeAll(std::unique_lock<std::mutex>& lock);

  const std::function<Totals()> totals_;
  const Clock& clock_;
  mutable std::mutex mutex_;         // guards all below but thread_
  std::deque<Sample> recent_;        // of the last kSecondsPerPoint ticks, and the one before
  std::deque<HistoryPoint> points_;  // oldest first
  uint64_t ticks_ = 0;
  std::vector<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::condition_variable stops_;
  std::thread thread_;
};

}  // namespace adirect
