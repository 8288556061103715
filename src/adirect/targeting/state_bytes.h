// The canonical bytes of a shopper and of a whole state (docs/reference.md, "State bytes").
//
// Equal sets of events with event_ids under equal settings give equal bytes. Bytes are versioned; a
// reader keeps tagged fields that it does not know, and refuses a newer version with a sentence.
// Damaged bytes are Corrupt, with the offset, and never read in part.
//
// Threads: the callers keep writers away from the tables and from one another.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/shopper.h"
#include "adirect/targeting/state.h"

namespace adirect {

inline constexpr uint8_t kStateVersion = 1;

// Appends a canonical shopper, his id included, behind the length of his bytes.
void AppendShopper(const Shopper& shopper, const Dictionary& dictionary, std::string& out);

// Reads one shopper from the front of `bytes` and moves it behind him. What was read is as canonical as
// it was written; merging it into a table cuts again.
Status ReadShopper(std::string_view& bytes, Dictionary& dictionary, Shopper& shopper);

// Hands the state that the shards hold together to `write`, in pieces of about 1 MiB, the checksum last.
// Shoppers are sorted by id, so the bytes do not tell how many shards there were.
Status WriteState(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
                  const std::function<Status(std::string_view)>& write);

// The same in one piece.
std::string StateBytes(std::span<const ShopperTable* const> shards, const Dictionary& dictionary);

// Merges a whole state into the shards of another one, by ShardOf. The checksum is tried first.
Status ReadState(std::string_view bytes, Dictionary& dictionary, std::span<ShopperTable* const> shards);

// The shard of a user among `count` of them.
inline size_t ShardOf(uint64_t user_hash, size_t count) {
  return static_cast<size_t>(((user_hash >> 32) * count) >> 32);
}

}  // namespace adirect
