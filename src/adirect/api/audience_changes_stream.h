// Who entered and who left, as NDJSON: a line a change, and at the end the instant to ask since next.
#pragma once

#include <string>
#include <string_view>

#include "adirect/api/http.h"
#include "adirect/model/dictionary.h"
#include "adirect/pipeline/audience_watch.h"

namespace adirect {

class AudienceChangesStream : public BodyStream {
 public:
  // Of kChanges or kAll. The dictionary must outlive the stream.
  AudienceChangesStream(AudienceChanges changes, const Dictionary& dictionary)
      : changes_(std::move(changes)), dictionary_(dictionary) {}
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  // Appends the next line; false where there is none.
  bool AppendNext(std::string& out);
  void AppendLine(std::string_view user_id, CategoryIndex category, bool entered, Timestamp as_of,
                  std::string& out) const;

  const AudienceChanges changes_;
  const Dictionary& dictionary_;
  size_t part_ = 0;  // look or shard
  size_t next_ = 0;  // of its changes or pairs
};

}  // namespace adirect
