// The audience as a stream: shard by shard at a pinned as-of, resumable by a cursor.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adirect/api/http.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

struct AudienceExport {
  std::shared_ptr<const NamedPolicy> policy;
  std::string category;  // empty: all
  bool csv = false;
  Timestamp as_of;
  uint64_t limit = UINT64_MAX;  // rows: it ends behind the shopper who brings them to so many
  size_t shard = 0;             // where it goes on
  size_t shopper = 0;
};

// The place behind what was sent last; NDJSON rows end with one every few thousand shoppers, and
// at the limit.
std::string AudienceCursor(const AudienceExport& at);
bool ParseAudienceCursor(std::string_view cursor, AudienceExport& at);

// Decisions never wait for it: a shard is locked for a few hundred shoppers at a time. Shoppers who come while it
// runs may be missed or told.
class AudienceStream : public BodyStream {
 public:
  AudienceStream(Engine& engine, AudienceExport wanted);
  Next Pull(std::string& chunk, const Waker& waker) override;

 private:
  void AppendPairs(const Shopper& shopper, std::span<const CategoryDecision> targeted, std::string& out);

  Engine& engine_;
  AudienceExport at_;
  uint64_t rows_ = 0;
  bool begun_ = false;
};

}  // namespace adirect
