// ArchiveName: what a file of an archive is called. The name of a finished file is the commit: it says which rows of
// which input are in it, and that they are all there.
//
//   2026-11-24/web_activity1-0-00000000000000000000-00000000000000004710.parquet
//
// The folder is the day (UTC) on which the first of the events arrived. A topic's partition `web_activity1/0` is
// written `web_activity1-0`; bytes of an input's name other than letters, digits, `.`, `_` and `-` are written %XX, and
// so is a
// `_` or `.` in front. What begins with `_` or `.`, or lies in a folder that does, is not finished, and nobody's.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/base/time.h"

namespace adirect {

// Offsets are below 2^63.
struct ArchiveName {
  std::string input;   // "web_activity1/0"
  uint64_t first = 0;  // the offset behind the last row of the file before
  uint64_t last = 0;   // of the last row that was read, whatever became of it
  std::string ending;  // "parquet", "csv", "csv.gz"; of what was refused "ndjson"

  friend bool operator==(const ArchiveName&, const ArchiveName&) = default;
};

// "2026-11-24".
std::string ArchiveDay(Timestamp time);
bool IsArchiveDay(std::string_view name);

// The path of the finished file in the archive, with / between folder and name.
std::string ArchivePath(std::string_view day, const ArchiveName& name);

// The name that makes this path; absent where there is none.
std::optional<ArchiveName> ParseArchivePath(std::string_view path);

// What an archive refused lies beside what it accepted, under the same name.
inline constexpr std::string_view kArchiveQuarantine = "_quarantine";
std::string ArchiveQuarantinePath(std::string_view day, const ArchiveName& name);

// Under which name the file is written until it is whole: `2026-11-24/_web_activity1-…`.
std::string TemporaryArchivePath(std::string_view path);

// The name of the file that this one was written for, under its temporary name, or whose refused rows it holds. Absent
// where it is neither.
std::optional<ArchiveName> ParseLeftoverPath(std::string_view path);

}  // namespace adirect
