// Health: whether a live engine does all that it should and, if not, why not. GET /readyz answers it.
//
// Threads: every member may be called from any number of threads.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/engine.h"

namespace adirect {

class Health {
 public:
  static constexpr int kLateCheckpoints = 10;  // times the time between two: then the last one is too old
  static constexpr int kStuckLooks = 10;       // times the time between two: then the audience watch is stuck

  struct Trouble {
    std::string_view name;  // "stopping", "disk_full", "memory_full", "checkpoint_failed", "checkpoint_late", …
    std::string sentence;
    bool expected = false;  // as a start has it: not ready, and no failure
  };

  // All must outlive it.
  Health(const Engine& engine, const AudienceWatch& watch, const Clock& clock)
      : engine_(engine), watch_(watch), clock_(clock) {}

  // One more part that can have troubles; to be added before anybody asks.
  void Watch(std::function<std::vector<Trouble>()> part) { parts_.push_back(std::move(part)); }

  // None: all is well.
  std::vector<Trouble> Troubles() const;
  // From now on it is stopping.
  void Stop() { stopping_ = true; }

 private:
  const Engine& engine_;
  const AudienceWatch& watch_;
  const Clock& clock_;
  std::vector<std::function<std::vector<Trouble>()>> parts_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace adirect
