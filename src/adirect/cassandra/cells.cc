#include "adirect/cassandra/cells.h"

#include <cstdio>
#include <set>

#include "adirect/base/hash.h"

namespace adirect {
namespace {

constexpr size_t kHeadBytes = 4;
constexpr uint32_t kDayZero = uint32_t{1} << 31;  // a date is unsigned, 1970-01-01 in the middle

template <typename Number>
void AppendBigEndian(Number number, std::string& out) {
  for (size_t i = sizeof number; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}

template <typename Number>
void AppendNumber(Number number, std::string& values) {
  AppendBigEndian(static_cast<uint32_t>(sizeof number), values);
  AppendBigEndian(number, values);
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

void AppendCell(std::string_view text, std::string& values) {
  AppendBigEndian(static_cast<uint32_t>(text.size()), values);
  values += text;
}

void AppendCell(int64_t number, std::string& values) { AppendNumber(static_cast<uint64_t>(number), values); }
void AppendCell(int32_t number, std::string& values) { AppendNumber(static_cast<uint32_t>(number), values); }
void AppendCell(Timestamp time, std::string& values) { AppendCell(time.ms, values); }

void AppendBooleanCell(bool value, std::string& values) {
  AppendBigEndian(uint32_t{1}, values);
  values.push_back(value ? '\1' : '\0');
}

void AppendDayCell(int64_t day, std::string& values) {
  AppendNumber(static_cast<uint32_t>(day + int64_t{kDayZero}), values);
}

void AppendNullCell(std::string& values) { AppendBigEndian(UINT32_MAX, values); }

void AppendDaysCell(std::span<const int64_t> days, std::string& values) {
  std::string set;
  const std::set<int64_t> sorted(days.begin(), days.end());
  std::string counted;
  AppendCell(static_cast<int32_t>(sorted.size()), counted);
  set += counted.substr(sizeof(int32_t));  // without its own length
  for (const int64_t day : sorted) AppendDayCell(day, set);
  AppendCell(set, values);
}

std::vector<int64_t> DaysOfCell(std::string_view cell) {
  std::vector<int64_t> days;
  if (cell.size() < sizeof(int32_t)) return days;
  CellReader reader(cell.substr(sizeof(int32_t)));
  while (!reader.done()) days.push_back(reader.Day());
  return days;
}

std::string UserHashText(std::string_view user_id) {
  const Hash128Value hash = Hash128(user_id);
  char text[33];
  std::snprintf(text, sizeof text, "%016lx%016lx", hash.high, hash.low);
  return text;
}

std::optional<std::string_view> CellReader::Take() {
  if (!ok_ || cells_.size() < kHeadBytes) {
    ok_ = false;
    return std::nullopt;
  }
  const auto size = static_cast<int32_t>(BigEndian(cells_.substr(0, kHeadBytes)));
  cells_.remove_prefix(kHeadBytes);
  if (size < 0) return std::nullopt;
  const auto bytes = static_cast<size_t>(size);
  if (bytes > cells_.size()) {
    ok_ = false;
    return std::nullopt;
  }
  const std::string_view cell = cells_.substr(0, bytes);
  cells_.remove_prefix(bytes);
  return cell;
}

uint64_t CellReader::Number(size_t size) {
  const std::optional<std::string_view> cell = Take();
  if (!cell) return 0;
  ok_ = cell->size() == size;
  return ok_ ? BigEndian(*cell) : 0;
}

std::string_view CellReader::Text() { return Take().value_or(std::string_view()); }
int64_t CellReader::Bigint() { return static_cast<int64_t>(Number(sizeof(int64_t))); }
int32_t CellReader::Int() { return static_cast<int32_t>(Number(sizeof(int32_t))); }
bool CellReader::Boolean() { return Number(1) != 0; }

std::optional<Timestamp> CellReader::TimeIfAny() {
  const std::optional<std::string_view> cell = Take();
  if (!cell) return std::nullopt;
  ok_ = cell->size() == sizeof(int64_t);
  return ok_ ? std::optional(Timestamp{static_cast<int64_t>(BigEndian(*cell))}) : std::nullopt;
}

int64_t CellReader::Day() { return static_cast<int64_t>(Number(sizeof(uint32_t))) - int64_t{kDayZero}; }

}  // namespace adirect
