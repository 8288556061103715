// A quarantine file, whatever became of it in an editor, driven in again: what passes is an event of the `adirect`
// format, what fails is a record again, and each line is counted.
#include <algorithm>

#include "adirect/pipeline/retry.h"
#include "fuzz/decode.h"
#include "fuzz/target.h"

namespace adirect {
namespace {

class Lines : public TextSink {
 public:
  Status Write(std::string_view text) override {
    all += text;
    return {};
  }
  std::string all;
};

Result<Format> FormatOf(const std::string& source) {
  if (source.ends_with(".seed")) return SeedFormat();
  return AdirectFormat(source.ends_with(".ndjson") ? Format::Kind::kNdjson : Format::Kind::kCsv);
}

uint64_t CountLines(std::string_view text) { return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

ADIRECT_FUZZ(quarantine) {
  Lines passed;
  Lines rest;
  Retry retry(FormatOf, kMaxEventTime, passed, &rest);
  while (!input.empty()) {
    const size_t size = std::min(input.find('\n'), input.size());
    (void)retry.Add(input.substr(0, size));  // a line that is no record is an error
    input.remove_prefix(std::min(size + 1, input.size()));
  }
  const RetryCounts& counts = retry.counts();
  ADIRECT_CHECK(CountLines(passed.all) == counts.passed, passed.all);
  ADIRECT_CHECK(CountLines(rest.all) == counts.failed(), rest.all);
  for (const SeenRow& row : DecodeForTest(AdirectFormat(Format::Kind::kNdjson), passed.all)) {
    ADIRECT_CHECK(row.verdict == "event", row);
    ADIRECT_CHECK(row.event_id.empty() ? row.type == "erase" : row.identity == IdentityHash(row.event_id), row);
  }
  Lines again;
  Retry second(FormatOf, kMaxEventTime, passed, &again);
  for (std::string_view left = rest.all; !left.empty(); left.remove_prefix(left.find('\n') + 1)) {
    const Status status = second.Add(left.substr(0, left.find('\n')));
    ADIRECT_CHECK(status.ok(), status.message());
  }
  ADIRECT_CHECK(second.counts().passed == 0 && again.all == rest.all, rest.all, again.all);
}

}  // namespace adirect
