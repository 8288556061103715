// Retry: quarantined rows driven in again, perhaps mended by hand in between.
//
//   Retry retry(format_of, now, out, rest);
//   for (each line of quarantine.ndjson) retry.Add(line);
//
// Each row is read as its file was (name, position, header) and judged as if it arrived now. What passes is
// written as a line of the `adirect` format with `arrival` and with its identity as `event_id`: the
// producer's, else `source:position`, which hashes as the position itself does. So the file and what was
// retried of it can be read together, in any order, again and again, and nothing counts twice. What fails
// goes into a new quarantine under its new reason.
//
// A position that is no id (the name is too long, or was not UTF-8) has no such text: its row fails as
// `bad_event_id`. A mended row may give an event_id, or the record a shorter source.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/quarantine.h"
#include "adirect/pipeline/quarantine_reader.h"

namespace adirect {

struct RetryCounts {
  uint64_t records = 0;
  uint64_t passed = 0;
  uint64_t ignored = 0;    // of a type that the format ignores
  uint64_t truncated = 0;  // not retried: of a line over the limit only the front was kept
  RejectCounts refused = {};

  uint64_t failed() const;  // refused and truncated
};

// Threads: belongs to one thread.
class Retry : private EventSink {
 public:
  using FormatOf = std::function<Result<Format>(const std::string& source)>;

  // `rest` may be null. All sinks must outlive the retry.
  Retry(FormatOf format_of, Timestamp now, TextSink& passed, TextSink* rest);

  // One line of a quarantine file, without its end. Errors: the line is no record, the format does not fit
  // its header; and those of the sinks.
  Status Add(std::string_view line);

  const RetryCounts& counts() const { return counts_; }

 private:
  void OnEvent(const Event& event, const RowPlace& place) override;
  void OnIgnored(const RowPlace& place) override;
  void OnRejected(RejectReason reason, const RowPlace& place) override;
  Status OpenSource();
  void Decode();

  const FormatOf format_of_;
  DoorRules rules_;
  TextSink& passed_;
  TextSink* const rest_;
  QuarantineReader reader_;
  QuarantineRecord record_;
  Input input_;                       // of the record at hand
  std::unique_ptr<Decoder> decoder_;  // likewise; kept while source and header stay the same
  DecodeScratch scratch_;
  std::vector<char> memory_;  // the raw row and its padding
  std::string passed_text_;   // of the record at hand
  std::string rest_text_;
  RetryCounts counts_;
};

}  // namespace adirect
