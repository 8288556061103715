// TimeReader: a format's times to instants.
//
//   TimeReader reader(format.time);
//   TimeReader::Cache cache;                                  // one per thread
//   reader.Read("2017-02-01 23:35:10", cache).ms              // 1485992110000
//
// Patterns that begin with %Y-%m-%d, one character and %H:%M:%S are read eight bytes at a time, and
// their date only when it differs from the row before.
//
// A text that does not look like the format, names no instant or lies outside 1970-9999 gives
// kNever: not an optional, which comes back through memory and costs as much as the reading.
//
// Threads: a TimeReader is immutable and shared; a cache belongs to one thread and one reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/codec/format.h"

namespace adirect {

// What is wrong with a pattern, as a phrase; empty where it is good. A good pattern has a month and
// a day, each directive at most once, and %Y exactly where `year` is 0.
std::string PatternProblem(std::string_view pattern, int year);

class TimeReader {
 public:
  // The date that was read last, its 11 bytes as overlapping words (at first two that cannot be).
  struct Cache {
    uint64_t head = 0;
    uint64_t tail = 1;
    int64_t midnight_ms = 0;
  };

  // The pattern, if any, must be good.
  explicit TimeReader(const TimeFormat& format);

  // An untyped text: digits alone are milliseconds for kRfc3339OrMillis.
  Timestamp Read(std::string_view text, Cache& cache) const;

  // A value whose kind its source tells: a JSON number, or a JSON string.
  Timestamp ReadNumber(std::string_view digits) const;
  Timestamp ReadString(std::string_view text, Cache& cache) const;

 private:
  struct Step {
    char directive = 0;      // one of YmdHMS; 0: a literal
    bool one_digit = false;  // "%-m": one digit will do
    char literal = 0;
  };

  void CompilePattern();
  Timestamp ReadPattern(std::string_view text) const;
  Timestamp ReadFixed(std::string_view text, Cache& cache) const;
  static Timestamp ReadUtc(std::string_view text, Cache& cache);
  static int64_t Midnight(std::string_view text, char separator, Cache& cache);
  Timestamp FromLocal(int64_t local_ms) const;

  TimeFormat format_;
  std::vector<Step> steps_;
  bool fixed_ = false;  // "%Y-%m-%d" + separator_ + "%H:%M:%S" + suffix_
  char separator_ = ' ';
  std::string suffix_;
};

}  // namespace adirect
