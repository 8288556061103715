// Segment: the calls of Segment's HTTP tracking API as events (docs/segment.md has the mapping).
//
//   Result<SegmentEvents> events = ReadSegment(SegmentBody::kBatch, body);
//   engine.Submit(SegmentFormat(), events->lines, …);           // its report numbers the lines
//   events->calls[row.index];                                   // the call that the line came of
//
// A call becomes one line, an order or a list one line a product. Values are copied as they stand, so the decoder
// judges them as it does any event's; a call that cannot be read becomes a line that it refuses.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"

namespace adirect {

// What the address says of a body.
enum class SegmentBody : uint8_t {
  kBatch,    // {"batch": [call, …]}; each call says its type
  kTrack,    // one track call, whatever its type says
  kIgnored,  // one call that is never an event: identify, page, screen, group, alias
};

// What the events of one body may come to: an order repeats its call's values line by line.
inline constexpr size_t kMaxSegmentLineBytes = 16 << 20;

struct SegmentEvents {
  std::string lines;            // NDJSON of SegmentFormat; every call has at least one
  std::vector<uint32_t> calls;  // by line: the index of its call in the body
};

// The `adirect` NDJSON, and the type `ignored`.
Format SegmentFormat();

// InvalidArgument where the body is no JSON object, a batch has no array of calls, or the lines would be more than
// kMaxSegmentLineBytes.
Result<SegmentEvents> ReadSegment(SegmentBody kind, std::string_view body);

}  // namespace adirect
