// The canonical bytes of a shopper and of a whole state (docs/state.md, "State bytes").
//
// Equal sets of events with event_ids under equal settings give equal bytes. Bytes are versioned; a
// reader keeps tagged fields that it does not know, and refuses a newer version with a sentence.
// Damaged bytes are Corrupt, with the offset, and never read in part.
//
// Threads: the callers keep writers away from the tables and from one another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/base/status.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/shopper.h"
#include "adirect/targeting/shopper_order.h"
#include "adirect/targeting/state.h"

namespace adirect {

inline constexpr uint8_t kStateVersion = 1;

// Appends canonical shoppers, one behind the other: each with his id, behind the length of his bytes.
class ShopperWriter {
 public:
  explicit ShopperWriter(const Dictionary& dictionary) : dictionary_(dictionary) {}

  void Append(const Shopper& shopper, std::string& out);

 private:
  void AppendList(uint64_t tag, const std::vector<KeptEvent>& events);

  const Dictionary& dictionary_;
  std::string bytes_;  // scratch
  std::string body_;
};

// Reads one shopper from the front of `bytes` and moves it behind him. What was read is as canonical as
// it was written; merging it into a table cuts again.
Status ReadShopper(std::string_view& bytes, Dictionary& dictionary, Shopper& shopper);

// What a state was built from: an input's name as its positions have it, and the length and XXH3-64 of
// its bytes (decompressed). A saved state names its inputs, so that one of them is not folded again under
// another name, where rows without an event_id would be other events.
struct StateInput {
  std::string name;
  uint64_t bytes = 0;
  uint64_t checksum = 0;
  friend auto operator<=>(const StateInput&, const StateInput&) = default;
};

// The one of `inputs` that has the content of `input` under another name; null where there is none.
const StateInput* FindSameContent(std::span<const StateInput> inputs, const StateInput& input);

// The bytes of the state that the shards hold together, in pieces of about 1 MiB that belong one behind the
// other and may be made at the same time; Checksum goes behind the last one. Shoppers and inputs are
// sorted, so the bytes do not tell how many shards there were.
class StateWriter {
 public:
  // All must outlive the writer, and nobody may fold meanwhile.
  StateWriter(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
              std::span<const StateInput> inputs);

  size_t pieces() const;
  // Threads: any number at once.
  void Append(size_t piece, std::string& out) const;
  // Of all pieces, in their order.
  static std::string Checksum(const Hasher64& hasher);

 private:
  std::span<const ShopperTable* const> shards_;
  const Dictionary& dictionary_;
  std::string front_;  // in front of the shoppers
  std::string back_;   // behind them
  Timestamp newest_;
  std::vector<ShopperPlace> places_;
};

// All in one piece; without inputs, equal for equal sets of events.
std::string StateBytes(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
                       std::span<const StateInput> inputs = {});

// A whole state's bytes, of which every section was seen to read: merging it cannot fail.
class StateReader {
 public:
  // `bytes` must outlive the reader.
  static Result<StateReader> Open(std::string_view bytes);

  const Settings& settings() const { return settings_; }
  const std::vector<StateInput>& inputs() const { return inputs_; }
  // Merges all but the shoppers into every shard; to be called first.
  void MergeCommon(std::span<ShopperTable* const> shards) const;
  // Merges the shoppers of the shards `part`, `part` + `parts`, …, by ShardOf.
  // Threads: several parts at once.
  void MergeShoppers(Dictionary& dictionary, std::span<ShopperTable* const> shards, size_t part, size_t parts) const;

 private:
  StateReader() = default;

  std::string_view sections_;
  Settings settings_;
  std::optional<Timestamp> newest_;
  std::vector<ShopperTable::Erased> erased_;
  std::vector<StateInput> inputs_;
  std::string extra_;
};

// Merges a whole state into the shards of another one, on this thread.
Status ReadState(std::string_view bytes, Dictionary& dictionary, std::span<ShopperTable* const> shards);

// The shard of a user among `count` of them.
inline size_t ShardOf(uint64_t user_hash, size_t count) {
  return static_cast<size_t>(((user_hash >> 32) * count) >> 32);
}

}  // namespace adirect
