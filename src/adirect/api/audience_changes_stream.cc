#include "adirect/api/audience_changes_stream.h"

#include <fmt/format.h>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kChunkBytes = 32 << 10;

}  // namespace

BodyStream::Next AudienceChangesStream::Pull(std::string& chunk, const Waker&) {
  while (chunk.size() < kChunkBytes) {
    if (AppendNext(chunk)) continue;
    chunk += fmt::format("{{\"since\":\"{}\"}}\n", FormatRfc3339(changes_.as_of));
    return Next::kEnd;
  }
  return Next::kChunk;
}

bool AudienceChangesStream::AppendNext(std::string& out) {
  for (; part_ < changes_.looks.size(); ++part_, next_ = 0) {
    const AudienceLook& look = *changes_.looks[part_];
    if (next_ == look.changes.size()) continue;
    const AudienceChange& change = look.changes[next_++];
    AppendLine(change.user_id, change.category, change.entered, look.as_of, out);
    return true;
  }
  for (; part_ < changes_.all.size(); ++part_, next_ = 0) {
    const ShardAudience& shard = *changes_.all[part_];
    if (next_ == shard.pairs().size()) continue;
    const ShardAudience::Pair& pair = shard.pairs()[next_++];
    AppendLine(shard.user_id(pair), pair.category, true, changes_.as_of, out);
    return true;
  }
  return false;
}

void AudienceChangesStream::AppendLine(std::string_view user_id, CategoryIndex category, bool entered, Timestamp as_of,
                                       std::string& out) const {
  out += "{\"user_id\":";
  AppendJsonString(user_id, out);
  out += ",\"category_id\":";
  AppendJsonString(dictionary_.category_id(category), out);
  out += fmt::format(",\"change\":\"{}\",\"as_of\":\"{}\"}}\n", entered ? "entered" : "left", FormatRfc3339(as_of));
}

}  // namespace adirect
