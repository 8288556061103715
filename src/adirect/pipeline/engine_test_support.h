// For tests of an engine and of what stands above it: a clock that stands until it is set, and bodies that are taken
// when the call returns.
#pragma once

#include <atomic>
#include <future>
#include <string>

#include "adirect/codec/format.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/engine.h"

namespace adirect {

class SetClock : public Clock {
 public:
  Timestamp Now() const override { return {now.load()}; }
  std::atomic<int64_t> now{1'000'000};
};

// NDJSON of the format `adirect`.
inline Result<SubmitReport> SubmitAndWait(Engine& engine, std::string body, bool may_erase = true) {
  std::promise<Result<SubmitReport>> promise;
  engine.Submit(AdirectFormat(Format::Kind::kNdjson), std::move(body), may_erase,
                [&](const Result<SubmitReport>& report) { promise.set_value(report); });
  return promise.get_future().get();
}

}  // namespace adirect
