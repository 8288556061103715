// The audience as a stream: all shoppers once, at a pinned as-of, resumable by a cursor.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adirect/api/http.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

struct AudienceExport {
  AudienceQuestion question;
  bool csv = false;
  uint64_t limit = UINT64_MAX;  // rows: it ends behind the shopper who brings them to so many
};

// "AS_OF.PLACE": the place behind what was sent last. NDJSON rows end with one every few thousand shoppers, and at the
// limit.
std::string AudienceCursor(Timestamp as_of, std::string_view place);
// Sets the question's as-of and place; whether the place is one, the shop says.
bool ParseAudienceCursor(std::string_view cursor, AudienceQuestion& question);

// Where the shop fails it is cut; who asked goes on at the last cursor.
class AudienceStream : public BodyStream {
 public:
  AudienceStream(std::unique_ptr<AudienceWalk> walk, AudienceExport wanted);
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  // A few more shoppers; false where the shop fails, again and again.
  bool Go(std::string& chunk);
  void AppendPair(const AudiencePair& pair, std::string& out) const;

  const std::unique_ptr<AudienceWalk> walk_;
  const AudienceExport wanted_;
  uint64_t rows_ = 0;
  bool begun_ = false;
};

}  // namespace adirect
