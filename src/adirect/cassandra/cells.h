// Cells: values on their way into a statement, and out of its rows, as bytes of Cassandra's native protocol. Private to
// cassandra.
//
//   std::string values;
//   AppendCell("ana", values);
//   AppendCell(Timestamp{…}, values);
//   CellReader row(cells);
//   const std::string_view user = row.Text();
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/time.h"

namespace adirect {

void AppendCell(std::string_view text, std::string& values);  // text, ascii, blob
void AppendCell(int64_t number, std::string& values);         // bigint, and USING TIMESTAMP
void AppendCell(int32_t number, std::string& values);         // int, and USING TTL
void AppendBooleanCell(bool value, std::string& values);      // boolean
void AppendCell(Timestamp time, std::string& values);         // timestamp
void AppendDayCell(int64_t day, std::string& values);         // date: days since 1970-01-01
void AppendNullCell(std::string& values);

// A set of dates: their number, and each behind its length.
void AppendDaysCell(std::span<const int64_t> days, std::string& values);
std::vector<int64_t> DaysOfCell(std::string_view cell);

// The key of `erasures`: an erased id itself is not kept.
std::string UserHashText(std::string_view user_id);

// Reads cells from the front of a view. Null reads as empty or 0. The first one that does not fit makes the reader not
// ok; it and all later ones read as null.
class CellReader {
 public:
  explicit CellReader(std::string_view cells) : cells_(cells) {}

  std::string_view Text();
  int64_t Bigint();
  int32_t Int();
  bool Boolean();
  Timestamp Time() { return {Bigint()}; }
  std::optional<Timestamp> TimeIfAny();
  int64_t Day();

  bool ok() const { return ok_; }
  bool done() const { return !ok_ || cells_.empty(); }

 private:
  std::optional<std::string_view> Take();
  uint64_t Number(size_t size);

  std::string_view cells_;
  bool ok_ = true;
};

}  // namespace adirect
