#include "adirect/base/time.h"

#include <array>
#include <charconv>

namespace adirect {
namespace {

constexpr int64_t kMaxDurationMillis = 10'000 * 366 * kMillisPerDay;

struct Unit {
  std::string_view name;
  int64_t millis;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", kMillisPerDay}, {"h", kMillisPerHour}, {"m", kMillisPerMinute}, {"s", kMillisPerSecond}, {"ms", 1}}};

// Reads exactly `count` digits at `at`; -1 where one is missing.
int Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The zone at the end of an RFC 3339 time, in milliseconds to subtract.
std::optional<int64_t> ZoneOffset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const int hours = Digits(zone, 1, 2);
  const int minutes = Digits(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int64_t offset = hours * kMillisPerHour + minutes * kMillisPerMinute;
  return zone[0] == '+' ? offset : -offset;
}

// Reads ".123456" at `at` (may be absent), moves `at` behind it; milliseconds, or -1 for a bare point.
int Fraction(std::string_view text, size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  const size_t first = ++at;
  int millis = 0;
  int scale = 100;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    millis += (text[at] - '0') * scale;
    scale /= 10;
  }
  return at == first ? -1 : millis;
}

// Writes `count` digits and the character behind them.
char* WriteDigits(uint32_t value, int count, char behind, char* out) {
  for (int i = count; i > 0; value /= 10) out[--i] = static_cast<char>('0' + value % 10);
  out[count] = behind;
  return out + count + 1;
}

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  if (text == "forever") return Duration::Forever();
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count <= 0) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Unit& u : kUnits) {
    if (unit != u.name) continue;
    if (count > kMaxDurationMillis / u.millis) return std::nullopt;
    return Duration::Millis(count * u.millis);
  }
  return std::nullopt;
}

std::string FormatDuration(Duration duration) {
  if (duration.forever()) return "forever";
  for (const Unit& u : kUnits) {
    if (duration.millis() % u.millis == 0) return std::to_string(duration.millis() / u.millis) + std::string(u.name);
  }
  return std::to_string(duration.millis()) + "ms";
}

std::optional<int64_t> DaysFromCivil(int64_t year, int month, int day) {
  constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day > kDays[static_cast<size_t>(month)] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::optional<Timestamp> ParseRfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  const int year = Digits(text, 0, 4);
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  const std::optional<int64_t> days = DaysFromCivil(year, Digits(text, 5, 2), Digits(text, 8, 2));
  size_t at = 19;
  const int millis = Fraction(text, at);
  const std::optional<int64_t> offset = ZoneOffset(text.substr(at));
  if (!days || millis < 0 || !offset) return std::nullopt;
  const Timestamp t{*days * kMillisPerDay + hour * kMillisPerHour + minute * kMillisPerMinute +
                    second * kMillisPerSecond + millis - *offset};
  if (t < kMinEventTime || t > kMaxEventTime) return std::nullopt;
  return t;
}

char* WriteRfc3339(Timestamp t, char* out) {
  if (t == kNever) return out;
  // civil_from_days, the inverse of the algorithm above.
  const int64_t z = t.day() + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<uint32_t>(z - era * 146097);
  const uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t mp = (5 * day_of_year + 2) / 153;
  const uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  const auto ms = static_cast<uint32_t>(t.ms - t.day() * kMillisPerDay);
  const uint32_t seconds = ms / kMillisPerSecond;
  out = WriteDigits(year_of_era + static_cast<uint32_t>(era * 400) + (month <= 2 ? 1 : 0), 4, '-', out);
  out = WriteDigits(month, 2, '-', out);
  out = WriteDigits(day_of_year - (153 * mp + 2) / 5 + 1, 2, 'T', out);
  out = WriteDigits(seconds / 3600, 2, ':', out);
  out = WriteDigits(seconds / 60 % 60, 2, ':', out);
  out = WriteDigits(seconds % 60, 2, '.', out);
  return WriteDigits(ms % kMillisPerSecond, 3, 'Z', out);
}

void AppendRfc3339(Timestamp t, std::string& out) {
  char text[kRfc3339Bytes];
  out.append(text, WriteRfc3339(t, text));
}

std::string FormatRfc3339(Timestamp t) {
  std::string out;
  AppendRfc3339(t, out);
  return out;
}

}  // namespace adirect
