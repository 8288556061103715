// Rhythm: how a day's events are spread over its hours, turned into times.
//
// Each hour of the local day has a weight; regions of several clocks add up. Time is measured
// twice: in milliseconds, and in *mass*, which grows by the hour's weight each millisecond. Events
// that lie evenly in mass follow the rhythm in time.
//
//   const Rhythm rhythm(start, span_ms, clock_offsets);
//   Rhythm::Hour hour;                                // a cache, one per thread
//   const Timestamp t = rhythm.TimeOf(mass, hour);    // 0 <= mass < rhythm.mass()
//
// Threads: immutable; an Hour belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "adirect/base/time.h"

namespace adirect {

inline constexpr size_t kHoursPerDay = 24;

class Rhythm {
 public:
  // An hour and its mass. The first one of a cache holds nothing.
  struct Hour {
    uint64_t begin_mass = 0;
    uint64_t end_mass = 0;
    Timestamp begin;
    uint32_t weight = 1;
    size_t of_day = 0;  // UTC, 0 to 23
  };

  // Groups of shoppers of equal share, each with the hours that its clock is ahead of UTC (-12 to
  // 14). start + span_ms must be an event's time.
  Rhythm(Timestamp start, int64_t span_ms, std::span<const int> clock_offsets);

  // Of the whole span, > 0.
  uint64_t mass() const { return mass_; }

  // Moves `hour` to the one that holds the mass.
  void Find(uint64_t mass, Hour& hour) const;

  // Grows with the mass, from `start` to before start + span_ms.
  Timestamp TimeOf(uint64_t mass, Hour& hour) const {
    Find(mass, hour);
    const uint64_t ms = (mass + start_mass_ - hour.begin_mass) / hour.weight;
    return {hour.begin.ms + static_cast<int64_t>(ms)};
  }

  // The group, of those of the constructor, that a draw falls on in an hour.
  size_t GroupOf(uint64_t draw, const Hour& hour) const;

 private:
  uint64_t MassAt(Timestamp t) const;  // since 1970

  std::array<std::array<uint32_t, 5>, kHoursPerDay> weights_{};  // [hour, UTC][group]
  std::array<uint64_t, kHoursPerDay + 1> mass_before_{};         // since midnight
  size_t groups_;
  uint64_t start_mass_;
  uint64_t mass_;
};

}  // namespace adirect
