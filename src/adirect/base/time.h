// Timestamp and Duration in milliseconds, and their text forms.
//
// Every instant is UTC. The base floor never reads a clock: `now` is always an argument.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adirect {

inline constexpr int64_t kMillisPerSecond = 1000;
inline constexpr int64_t kMillisPerMinute = 60 * kMillisPerSecond;
inline constexpr int64_t kMillisPerHour = 60 * kMillisPerMinute;
inline constexpr int64_t kMillisPerDay = 24 * kMillisPerHour;

// A length of time > 0 in whole milliseconds, or for ever.
class Duration {
 public:
  static constexpr Duration Forever() { return Duration(INT64_MAX); }
  static constexpr Duration Millis(int64_t ms) { return Duration(ms); }
  static constexpr Duration Hours(int64_t hours) { return Duration(hours * kMillisPerHour); }
  static constexpr Duration Days(int64_t days) { return Duration(days * kMillisPerDay); }

  constexpr bool forever() const { return ms_ == INT64_MAX; }
  constexpr int64_t millis() const { return ms_; }  // INT64_MAX when forever

  friend constexpr auto operator<=>(Duration, Duration) = default;

 private:
  constexpr explicit Duration(int64_t ms) : ms_(ms) {}
  int64_t ms_;
};

// "forever", or a whole number > 0 followed by ms, s, m, h or d ("90m"). Nothing else, no spaces;
// absent where the text is no duration or is longer than 10,000 years.
std::optional<Duration> ParseDuration(std::string_view text);

// The canonical text: the largest unit that divides it ("7d", "36h", "90m", "1500ms", "forever").
std::string FormatDuration(Duration duration);

// An instant, in milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  int64_t ms = 0;

  // The UTC day: days since 1970-01-01.
  constexpr int64_t day() const { return ms >= 0 ? ms / kMillisPerDay : -((-ms + kMillisPerDay - 1) / kMillisPerDay); }
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

// Events lie in the years 1970 to 9999; both ends are inside.
inline constexpr Timestamp kMinEventTime{0};
inline constexpr Timestamp kMaxEventTime{253402300799999};
inline constexpr Timestamp kNever{INT64_MAX};

// `t + d`, and kNever where d is for ever or the sum lies beyond the years of an event.
constexpr Timestamp operator+(Timestamp t, Duration d) {
  if (d.forever() || d.millis() > kMaxEventTime.ms - t.ms) return kNever;
  return Timestamp{t.ms + d.millis()};
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; absent where there is no such
// date. Source: H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
std::optional<int64_t> DaysFromCivil(int64_t year, int month, int day);

// RFC 3339 with a zone (2026-01-05T10:00:00.123+08:00, a space may stand for T); digits beyond the
// millisecond are cut; second 60 and hour 24 are refused. Absent where it is none, or outside the
// years of an event.
std::optional<Timestamp> ParseRfc3339(std::string_view text);

// "2026-01-05T10:00:00.000Z", always 24 bytes for an event's years.
std::string FormatRfc3339(Timestamp t);

// Appends the same text to `out`; an empty text for kNever.
void AppendRfc3339(Timestamp t, std::string& out);

// The same into an array of at least kRfc3339Bytes; returns its end.
inline constexpr size_t kRfc3339Bytes = 24;
char* WriteRfc3339(Timestamp t, char* out);

}  // namespace adirect
