#include "adirect/sources/generator_rhythm.h"

#include <numeric>

#include "adirect/base/check.h"
#include "adirect/sources/generator_random.h"

namespace adirect {
namespace {

// By the hour of the local day: quiet before dawn, a plateau by day, the peak at nine in the
// evening.
constexpr std::array<uint32_t, kHoursPerDay> kByHour = {40,  25,  15, 10, 10,  15,  30,  50,  70,  85,  95,  100,
                                                        105, 100, 95, 95, 100, 110, 120, 135, 150, 145, 115, 75};

}  // namespace

Rhythm::Rhythm(Timestamp start, int64_t span_ms, std::span<const int> clock_offsets) : groups_(clock_offsets.size()) {
  ADIRECT_CHECK(groups_ > 0 && groups_ <= weights_[0].size(), groups_);
  for (size_t hour = 0; hour < kHoursPerDay; ++hour) {
    for (size_t group = 0; group < groups_; ++group) {
      const size_t local = hour + kHoursPerDay + static_cast<size_t>(clock_offsets[group]);
      weights_[hour][group] = kByHour[local % kHoursPerDay];
    }
    const uint64_t weight = std::accumulate(weights_[hour].begin(), weights_[hour].end(), 0U);
    mass_before_[hour + 1] = mass_before_[hour] + weight * kMillisPerHour;
  }
  start_mass_ = MassAt(start);
  mass_ = MassAt({start.ms + span_ms}) - start_mass_;
}

uint64_t Rhythm::MassAt(Timestamp t) const {
  const int64_t of_day = t.ms - t.day() * kMillisPerDay;
  const auto hour = static_cast<size_t>(of_day / kMillisPerHour);
  const uint64_t weight = (mass_before_[hour + 1] - mass_before_[hour]) / kMillisPerHour;
  return static_cast<uint64_t>(t.day()) * mass_before_.back() + mass_before_[hour] +
         weight * static_cast<uint64_t>(of_day % kMillisPerHour);
}

void Rhythm::Find(uint64_t mass, Hour& hour) const {
  const uint64_t total = mass + start_mass_;
  if (total >= hour.begin_mass && total < hour.end_mass) return;
  const uint64_t day = total / mass_before_.back();
  const uint64_t day_mass = day * mass_before_.back();
  size_t of_day = 0;
  while (total - day_mass >= mass_before_[of_day + 1]) ++of_day;
  hour.begin_mass = day_mass + mass_before_[of_day];
  hour.end_mass = day_mass + mass_before_[of_day + 1];
  hour.begin = {static_cast<int64_t>(day) * kMillisPerDay + static_cast<int64_t>(of_day) * kMillisPerHour};
  hour.weight = static_cast<uint32_t>((hour.end_mass - hour.begin_mass) / kMillisPerHour);
  hour.of_day = of_day;
}

size_t Rhythm::GroupOf(uint64_t draw, const Hour& hour) const {
  const std::array<uint32_t, 5>& weights = weights_[hour.of_day];
  uint64_t left = Below(draw, hour.weight);
  size_t group = 0;
  for (; left >= weights[group]; ++group) left -= weights[group];
  return group;
}

}  // namespace adirect
