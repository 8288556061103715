#include "adirect/codec/time_format.h"

#include <bit>
#include <charconv>
#include <cstring>

namespace adirect {
namespace {

static_assert(std::endian::native == std::endian::little, "ReadClock takes bytes from the low end");

constexpr std::string_view kDirectives = "YmdHMS";
constexpr std::string_view kFixedDate = "%Y-%m-%d";
constexpr std::string_view kFixedClock = "%H:%M:%S";
constexpr size_t kFixedClockAt = 11;  // in the text: behind the date and a separator
constexpr size_t kFixedBytes = 19;
constexpr int64_t kNone = INT64_MIN;

uint64_t Load8(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

Timestamp InEventYears(int64_t ms) {
  const Timestamp t{ms};
  return t < kMinEventTime || t > kMaxEventTime ? kNever : t;
}

Timestamp FromEpoch(std::string_view digits, int64_t unit_ms) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size() || digits[0] == '-') {
    return kNever;
  }
  return count > kMaxEventTime.ms / unit_ms ? kNever : InEventYears(count * unit_ms);
}

// The milliseconds of "HH:MM:SS"; kNone where the eight bytes are none.
int64_t ReadClock(const char* at) {
  // Digits become 0-9 and colons 0; of any other byte, adding 6 or 15 fills the high half.
  const uint64_t x = Load8(at) ^ 0x30303a30303a3030ULL;
  if (((x + 0x06060f06060f0606ULL) | x) & 0xf0f0f0f0f0f0f0f0ULL) return kNone;
  const uint64_t pairs = x * 10 + (x >> 8);
  const auto hour = static_cast<int64_t>(pairs & 0xff);
  const auto minute = static_cast<int64_t>(pairs >> 24 & 0xff);
  const auto second = static_cast<int64_t>(pairs >> 48 & 0xff);
  if (hour > 23 || minute > 59 || second > 59) return kNone;
  return hour * kMillisPerHour + minute * kMillisPerMinute + second * kMillisPerSecond;
}

// Takes `least` to `most` digits from the front of `text`; -1 where they are missing.
int TakeDigits(std::string_view& text, size_t least, size_t most) {
  int value = 0;
  size_t count = 0;
  for (; count < most && count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
    value = value * 10 + (text[count] - '0');
  }
  if (count < least) return -1;
  text.remove_prefix(count);
  return value;
}

struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;

  int& operator[](char directive) {
    switch (directive) {
      case 'Y':
        return year;
      case 'm':
        return month;
      case 'd':
        return day;
      case 'H':
        return hour;
      case 'M':
        return minute;
      default:
        return second;
    }
  }
};

}  // namespace

std::string PatternProblem(std::string_view pattern, int year) {
  std::string seen;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    const size_t percent = i++;
    if (i < pattern.size() && pattern[i] == '%') continue;
    if (i < pattern.size() && pattern[i] == '-') ++i;
    const bool known = i < pattern.size() && kDirectives.find(pattern[i]) != std::string_view::npos;
    const std::string directive(pattern.substr(percent, i + 1 - percent));
    if (!known || directive == "%-Y") {
      return "knows no \"" + directive + "\"; allowed are %Y %m %d %H %M %S, %-m and the like, %%";
    }
    if (seen.find(pattern[i]) != std::string::npos) return "has " + directive + " twice";
    seen += pattern[i];
  }
  if (seen.find('m') == std::string::npos || seen.find('d') == std::string::npos) {
    return "needs %m and %d (or %-m and %-d)";
  }
  const bool has_year = seen.find('Y') != std::string::npos;
  if (has_year && year != 0) return "has %Y, so that there is no use for a year";
  if (!has_year && year == 0) return "has no %Y: give the year, for example year = 2013";
  return "";
}

TimeReader::TimeReader(const TimeFormat& format) : format_(format) {
  if (format_.kind == TimeFormat::Kind::kPattern) CompilePattern();
}

void TimeReader::CompilePattern() {
  const std::string_view pattern = format_.pattern;
  for (size_t i = 0; i < pattern.size(); ++i) {
    Step step;
    if (pattern[i] == '%' && pattern[i + 1] != '%') {
      step.one_digit = pattern[++i] == '-';
      step.directive = pattern[step.one_digit ? ++i : i];
    } else {
      step.literal = pattern[i];
      if (pattern[i] == '%') ++i;
    }
    steps_.push_back(step);
  }
  const size_t clock = kFixedDate.size() + 1;
  const size_t suffix = clock + kFixedClock.size();
  fixed_ = pattern.starts_with(kFixedDate) && pattern.size() >= suffix && pattern[clock - 1] != '%' &&
           pattern.substr(clock, kFixedClock.size()) == kFixedClock &&
           pattern.find('%', suffix) == std::string_view::npos;
  if (!fixed_) return;
  separator_ = pattern[clock - 1];
  suffix_ = pattern.substr(suffix);
}

Timestamp TimeReader::Read(std::string_view text, Cache& cache) const {
  const bool digits = format_.kind == TimeFormat::Kind::kRfc3339OrMillis &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? ReadNumber(text) : ReadString(text, cache);
}

Timestamp TimeReader::ReadNumber(std::string_view digits) const {
  switch (format_.kind) {
    case TimeFormat::Kind::kRfc3339OrMillis:
    case TimeFormat::Kind::kEpochMillis:
      return FromEpoch(digits, 1);
    case TimeFormat::Kind::kEpochSeconds:
      return FromEpoch(digits, kMillisPerSecond);
    case TimeFormat::Kind::kRfc3339:
    case TimeFormat::Kind::kPattern:
      break;
  }
  return kNever;
}

Timestamp TimeReader::ReadString(std::string_view text, Cache& cache) const {
  switch (format_.kind) {
    case TimeFormat::Kind::kRfc3339OrMillis:
    case TimeFormat::Kind::kRfc3339:
      if (const Timestamp time = ReadUtc(text, cache); time != kNever) return time;
      return ParseRfc3339(text).value_or(kNever);
    case TimeFormat::Kind::kEpochMillis:
    case TimeFormat::Kind::kEpochSeconds:
      return ReadNumber(text);
    case TimeFormat::Kind::kPattern:
      break;
  }
  return fixed_ ? ReadFixed(text, cache) : ReadPattern(text);
}

Timestamp TimeReader::FromLocal(int64_t local_ms) const { return InEventYears(local_ms - format_.zone_offset_ms); }

// Of the date and separator at the front of `text`; kNone where they are none.
int64_t TimeReader::Midnight(std::string_view text, char separator, Cache& cache) {
  const uint64_t head = Load8(text.data());
  const uint64_t tail = Load8(text.data() + 3);
  if (head == cache.head && tail == cache.tail) return cache.midnight_ms;
  if (text[4] != '-' || text[7] != '-' || text[10] != separator) return kNone;
  std::string_view year = text.substr(0, 4);
  std::string_view month = text.substr(5, 2);
  std::string_view day = text.substr(8, 2);
  const int y = TakeDigits(year, 4, 4);
  const std::optional<int64_t> days = DaysFromCivil(y, TakeDigits(month, 2, 2), TakeDigits(day, 2, 2));
  if (y < 0 || !days) return kNone;
  cache = {head, tail, *days * kMillisPerDay};
  return cache.midnight_ms;
}

// RFC 3339 as most write it, "2017-02-01T00:00:00Z" or "2017-02-01T00:00:00.059Z"; kNever for all else.
Timestamp TimeReader::ReadUtc(std::string_view text, Cache& cache) {
  const bool millis = text.size() == kFixedBytes + 5;
  if ((text.size() != kFixedBytes + 1 && !millis) || text.back() != 'Z') return kNever;
  const int64_t midnight = Midnight(text, 'T', cache);
  const int64_t clock = ReadClock(text.data() + kFixedClockAt);
  if (midnight == kNone || clock == kNone) return kNever;
  if (!millis) return InEventYears(midnight + clock);
  std::string_view digits = text.substr(kFixedBytes + 1, 3);
  const int fraction = TakeDigits(digits, 3, 3);
  if (text[kFixedBytes] != '.' || fraction < 0) return kNever;
  return InEventYears(midnight + clock + fraction);
}

Timestamp TimeReader::ReadFixed(std::string_view text, Cache& cache) const {
  if (text.size() != kFixedBytes + suffix_.size()) return kNever;
  const int64_t midnight = Midnight(text, separator_, cache);
  const int64_t clock = ReadClock(text.data() + kFixedClockAt);
  if (midnight == kNone || clock == kNone) return kNever;
  if (!suffix_.empty() && text.substr(kFixedBytes) != suffix_) return kNever;
  return FromLocal(midnight + clock);
}

Timestamp TimeReader::ReadPattern(std::string_view text) const {
  Parts parts;
  parts.year = format_.year;
  for (const Step& step : steps_) {
    if (step.directive == 0) {
      if (text.empty() || text[0] != step.literal) return kNever;
      text.remove_prefix(1);
      continue;
    }
    const size_t digits = step.directive == 'Y' ? 4 : 2;
    const int value = TakeDigits(text, step.one_digit ? 1 : digits, digits);
    if (value < 0) return kNever;
    parts[step.directive] = value;
  }
  const std::optional<int64_t> days = DaysFromCivil(parts.year, parts.month, parts.day);
  if (!text.empty() || !days || parts.hour > 23 || parts.minute > 59 || parts.second > 59) {
    return kNever;
  }
  return FromLocal(*days * kMillisPerDay + parts.hour * kMillisPerHour + parts.minute * kMillisPerMinute +
                   parts.second * kMillisPerSecond);
}

}  // namespace adirect
