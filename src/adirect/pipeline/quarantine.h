// Quarantine: bad input is data. A row that is no event is kept with its source, position, reason and raw
// text, counted, and never stops the loop.
//
// A record is one line of JSON:
//   {"source":"events.csv","position":1234,"reason":"bad_time","raw":"…","header":"…"}
// `header` is the line that says the columns, of a CSV file that has one: with it, the record is all that
// is needed to read the row again (pipeline/retry.h). "raw_base64" and "header_base64" stand instead where
// the bytes are not UTF-8, and "raw_truncated":true where the row was longer than kMaxLineBytes and only
// its first kKeptOfLongLine bytes are kept.
// A row of columns (Parquet) is kept as the JSON object of those that were read; its position is its number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "adirect/codec/decoder.h"
#include "adirect/model/reject.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

using RejectCounts = std::array<uint64_t, kRejectReasons>;

void AddCounts(const RejectCounts& more, RejectCounts& counts);
// {"bad_time": 3, …}: the reasons that there are.
std::string RejectCountsJson(const RejectCounts& counts);

// The front of a refused row for people to look at: at most kShownBytes, cut between characters; where it is not UTF-8,
// other bytes than ASCII are replaced.
inline constexpr size_t kShownBytes = 1 << 10;
std::string ShownRow(const RowPlace& place);

// Appends one record with its line end.
void AppendQuarantineRecord(const Input& input, RejectReason reason, const RowPlace& place, std::string& out);
// The same of a row that is too long: the front of it is kept.
void AppendCutRecord(std::string_view source, uint64_t position, std::string_view reason, std::string_view raw,
                     std::string& out);

}  // namespace adirect
