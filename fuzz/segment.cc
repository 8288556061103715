// A byte for the kind of body, then a body as Segment's libraries send it.
#include "adirect/codec/segment.h"

#include <algorithm>

#include "adirect/base/check.h"
#include "adirect/codec/decode_for_test.h"
#include "fuzz/target.h"

namespace adirect {

// Every line is one row, and knows its call.
ADIRECT_FUZZ(segment) {
  if (input.empty()) return;
  const auto kind = static_cast<SegmentBody>(static_cast<unsigned char>(input[0]) % 3);
  const Result<SegmentEvents> events = ReadSegment(kind, input.substr(1));
  if (!events.ok()) return;
  const std::vector<SeenRow> rows = DecodeForTest(SegmentFormat(), events->lines);
  ADIRECT_CHECK(rows.size() == events->calls.size(), events->lines);
  for (const SeenRow& row : rows) ADIRECT_CHECK(row.type != "erase" && row.verdict != "bad_utf8", row);
  uint32_t last = 0;
  for (const uint32_t call : events->calls) {
    ADIRECT_CHECK(call == last || call == last + 1, call, last);
    last = call;
  }
}

}  // namespace adirect
