#include "line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "adirect/base/text.h"

namespace adirect {
namespace {

constexpr int64_t kFirstDay = 20458;  // 5 January 2026
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::vector<std::string> SplitAt(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<int> ParseNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void Line::Fail(const std::string& error) {
  if (error_.empty()) error_ = error;
}

void Line::FailAt(std::string_view expected) {
  Fail("expected " + std::string(expected) + ", found " + (done() ? "the end" : Quoted(words_[at_])));
}

std::string Line::Word(std::string_view expected) {
  if (!done()) return words_[at_++];
  FailAt(expected);
  return {};
}

bool Line::Skip(std::string_view word) {
  if (done() || words_[at_] != word) return false;
  ++at_;
  return true;
}

void Line::Expect(std::string_view word) {
  if (!Skip(word)) FailAt(Quoted(word));
}

int Line::Count(std::string_view expected) {
  if (NextIsNumber()) return *ParseNumber(words_[at_++]);
  FailAt(expected);
  return 0;
}

Timestamp Line::Time() {
  const int64_t day = Day();
  const std::string clock = Word("a time (10:00, 10:00:30 or 10:00:30.001)");
  const std::string seconds = clock.size() == 5 ? ":00" : "";
  const std::optional<Timestamp> time = ParseRfc3339("1970-01-01T" + clock + seconds + "Z");
  if (!time) Fail(Quoted(clock) + " is no time (10:00, 10:00:30 or 10:00:30.001)");
  return {day * kMillisPerDay + time.value_or(Timestamp()).ms};
}

int64_t Line::Day() {
  if (Skip("day")) return kFirstDay - 1 + Count("the day's number");
  if (done()) return kFirstDay;
  const auto* month = std::find(kMonths.begin(), kMonths.end(), words_[at_]);
  if (month != kMonths.end()) {
    ++at_;
    const int number = static_cast<int>(month - kMonths.begin()) + 1;
    const std::optional<int64_t> day = DaysFromCivil(2026, number, Count("the day of the month"));
    if (!day) Fail("there is no such day");
    return day.value_or(kFirstDay);
  }
  const std::optional<Timestamp> date = ParseRfc3339(words_[at_] + "T00:00:00Z");
  if (!date) return kFirstDay;
  ++at_;
  return date->day();
}

Duration Line::Length() {
  const std::string text = Word("a duration");
  const std::optional<Duration> length = ParseDuration(text);
  if (!length) Fail(Quoted(text) + " is no duration (10m, 1s, 1d)");
  return length.value_or(Duration::Millis(1));
}

std::vector<std::string> Line::List() {
  std::vector<std::string> items;
  for (bool more = true; more && ok();) {
    std::string item = Word("a list");
    if (item == "popular") item += " " + Word("a product");
    if (NextIsTimes()) item += " " + Word("a count");
    more = item.ends_with(',');
    if (more) item.pop_back();
    items.push_back(std::move(item));
  }
  return items;
}

// "x3"
bool Line::NextIsTimes() const {
  return !done() && words_[at_].size() > 1 && words_[at_][0] == 'x' && words_[at_][1] >= '0' && words_[at_][1] <= '9';
}

}  // namespace adirect
