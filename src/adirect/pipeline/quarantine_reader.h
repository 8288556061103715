// QuarantineReader: lines of a quarantine file (quarantine.h) as records. People mend rows in such a file,
// so a line may be anything.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

struct QuarantineRecord {
  std::string source;
  uint64_t position = 0;
  std::string reason;  // as it stands: an older or newer version may know others
  std::string raw;     // the row's bytes, out of base64 where they were
  std::string header;  // likewise; empty: none
  bool truncated = false;
};

// Threads: a reader belongs to one thread.
class QuarantineReader {
 public:
  QuarantineReader();
  ~QuarantineReader();

  // Fills `record` from a line without its end. Errors say what the line lacks; the caller adds the place.
  // Members that are not known are not looked at.
  Status Read(std::string_view line, QuarantineRecord& record);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace adirect
