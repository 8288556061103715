// RefusedEvents: what an engine refuses of the bodies it is given: every record goes to the quarantine, and the newest
// rows of each reason stay in memory, to be looked at.
//
// Threads: every member may be called from any number of threads; a RefusedBody belongs to one.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/model/reject.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

struct RefusedEvent {
  Timestamp arrival;
  std::string source;
  uint64_t position = 0;
  std::string line;  // ShownRow
};

// Where refused rows are kept for good.
class QuarantineSink : public TextSink {
 public:
  struct Counts {
    uint64_t kept_bytes = 0;     // that are there
    uint64_t dropped_bytes = 0;  // since the start: records that were not kept, or not any more
  };
  virtual Counts counts() const = 0;
};

class RefusedEvents {
 public:
  static constexpr size_t kSamples = 100;  // of each reason

  // `quarantine` takes records of quarantine.h, one call at a time. Requests wait for it, so it must not wait itself.
  // Null: none are kept.
  explicit RefusedEvents(QuarantineSink* quarantine) : quarantine_(quarantine) {}

  void Add(RejectReason reason, std::vector<RefusedEvent> newer);
  void Keep(std::string_view records);
  QuarantineSink::Counts kept() const {
    return quarantine_ == nullptr ? QuarantineSink::Counts() : quarantine_->counts();
  }
  // Newest first.
  std::vector<RefusedEvent> Newest(RejectReason reason, size_t limit) const;

 private:
  QuarantineSink* const quarantine_;
  mutable std::mutex mutex_;
  std::array<std::deque<RefusedEvent>, kRejectReasons> newest_;  // guarded by mutex_; newest last
};

// Of one body: gathers, and adds all at once when it ends. Of each reason the first kSamples count.
class RefusedBody {
 public:
  RefusedBody(RefusedEvents& all, std::string source, Timestamp arrival)
      : all_(all), source_(std::move(source)), arrival_(arrival) {}
  RefusedBody(RefusedBody&&) = default;
  ~RefusedBody();

  void Add(RejectReason reason, const RowPlace& place);
  // Hands the records over and empties them.
  void Keep(std::string& records);

 private:
  RefusedEvents& all_;
  std::string source_;
  Timestamp arrival_;
  std::array<std::vector<RefusedEvent>, kRejectReasons> rows_;
};

}  // namespace adirect
