// Format: how a shop's rows become events. A TOML file (docs/reference.md, "Format files"):
//
//   kind      = "csv"      # csv | ndjson | parquet
//   delimiter = ","        # one ASCII character
//   header    = "none"     # none | optional | required
//   columns   = ["user", "item", "cat", "what", "at"]  # in order, where no header must say it; or only their number
//   multiline = false      # may a quoted field hold line ends?
//   [fields]               # our field = its column (name, or number from 1)
//   user_id = "user"
//   [types]                # its value = our type, or "ignore"
//   pv = "view"
//   [time]
//   format = "epoch_s"     # rfc3339 | epoch_s | epoch_ms | a pattern (%Y-%m-%d %H:%M:%S)
//   zone   = "UTC"         # UTC | +08:00, of a pattern, and of a Parquet timestamp that has none
//   year   = 2013          # where the pattern has no %Y
//   [constants]            # of what has no column
//   region = "china"
//
// A missing kind is csv, a missing header is required, a missing [types] takes our own names, a
// missing [time] is rfc3339. An ndjson or parquet format has no delimiter, header, columns or multiline;
// the columns of ndjson are the members of the one object on each line. [time] format says how a parquet
// column of texts or integers is read; one of timestamps needs none.
//
// Threads: a Format is a value.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/model/event.h"

namespace adirect {

// Our fields, as formats, headers and NDJSON spell them (FieldName).
enum class Field : uint8_t {
  kEventId,
  kTime,
  kType,
  kUserId,
  kAnonymousId,
  kUserName,
  kCategoryId,
  kProductId,
  kRegion,
  kOrderId,
  kQuantity,
  kPrice,
  kCurrency,
  kArrival,  // when it was received; only the `adirect` format has it
};
inline constexpr size_t kFieldCount = 14;

std::string_view FieldName(Field field);  // "event_id", "time", …
std::optional<Field> ParseField(std::string_view name);

// How a format writes instants; read by codec/time_format.h.
struct TimeFormat {
  enum class Kind : uint8_t {
    kRfc3339OrMillis,  // `adirect`: RFC 3339 with a zone, or milliseconds (in JSON not in quotes)
    kRfc3339,
    kEpochSeconds,
    kEpochMillis,
    kPattern,  // %Y %m %d %H %M %S, two digits each (%Y four); %-m and the like take one or two; %% is %
  };
  Kind kind = Kind::kRfc3339OrMillis;
  std::string pattern;
  int64_t zone_offset_ms = 0;  // local time minus UTC, of a pattern or a timestamp without a zone
  int year = 0;                // where the pattern has no %Y
};

struct Format {
  enum class Kind : uint8_t { kCsv, kNdjson, kParquet };
  enum class Header : uint8_t {
    kNone,
    kOptional,  // the first line is the header where it holds exactly the columns' names, in any order
    kRequired,
  };

  std::string name;
  Kind kind = Kind::kCsv;
  char delimiter = ',';
  Header header = Header::kRequired;
  std::vector<std::string> columns;  // empty where a header is required; "1", "2", … where only counted
  bool multiline = false;
  // The column (or JSON member) that holds a field; absent: the format does not have it.
  std::array<std::optional<std::string>, kFieldCount> fields;
  // Whether a header may lack columns of `fields`, except time, type and one of the shopper's ids.
  bool partial_header = false;
  // Their spelling of a type, and ours; nullopt: `ignore`. Compared exactly.
  std::vector<std::pair<std::string, std::optional<EventType>>> types;
  TimeFormat time;
  std::array<std::string, kFieldCount> constants;  // for fields without a column; empty: none

  const std::optional<std::string>& column(Field field) const { return fields[static_cast<size_t>(field)]; }
  const std::string& constant(Field field) const { return constants[static_cast<size_t>(field)]; }
};

// Reads a format file. Unknown keys, impossible values, a type, time or user_id that no column
// gives: errors that name place, line and the allowed values. The format's name is the place's file
// name without ".toml".
Result<Format> ParseFormat(std::string_view toml, std::string_view place);

// The two formats that are code: `seed`, the six columns of 2017, and `adirect`, the canonical
// fields as NDJSON, as CSV with a header in any column order or as Parquet (unknown columns are not looked at).
Format SeedFormat();
Format AdirectFormat(Format::Kind kind);

}  // namespace adirect
