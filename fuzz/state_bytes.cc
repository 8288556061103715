// The bytes of a state, as they are and with a checksum that fits, and the bytes of one shopper. What
// reads must write bytes that read and write the same again; what does not read must change nothing.
#include "adirect/targeting/state_bytes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/hash.h"
#include "adirect/base/wire.h"
#include "fuzz/target.h"

namespace adirect {
namespace {

class State {
 public:
  explicit State(size_t shards) {
    for (size_t i = 0; i < shards; ++i) tables_.emplace_back(Settings{}, dictionary_);
  }

  Status Read(std::string_view bytes) {
    std::vector<ShopperTable*> shards;
    for (ShopperTable& table : tables_) shards.push_back(&table);
    return ReadState(bytes, dictionary_, shards);
  }

  std::string Bytes() const {
    std::vector<const ShopperTable*> shards;
    for (const ShopperTable& table : tables_) shards.push_back(&table);
    return StateBytes(shards, dictionary_);
  }

 private:
  Dictionary dictionary_;
  std::vector<ShopperTable> tables_;
};

void CheckState(std::string_view bytes) {
  State state(1);
  const std::string nothing = state.Bytes();
  if (!state.Read(bytes).ok()) {
    ADIRECT_CHECK(state.Bytes() == nothing, bytes.size());
    return;
  }
  const std::string written = state.Bytes();
  State again(3);
  const Status status = again.Read(written);
  ADIRECT_CHECK(status.ok(), status.message());
  ADIRECT_CHECK(again.Bytes() == written, bytes.size());
}

std::string Written(Shopper& shopper, const Dictionary& dictionary) {
  Timestamp newest{0};
  for (const auto* events : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
    for (const KeptEvent& event : *events) newest = std::max(newest, event.time);
  }
  Canonicalize(shopper, dictionary, Settings{}, newest);
  std::string bytes;
  ShopperWriter(dictionary).Append(shopper, bytes);
  return bytes;
}

void CheckShopper(std::string_view bytes) {
  Dictionary dictionary;
  Shopper shopper;
  std::string_view rest = bytes;
  if (!ReadShopper(rest, dictionary, shopper).ok()) return;
  ADIRECT_CHECK(rest.size() < bytes.size() && bytes.ends_with(rest), rest.size());
  const std::string written = Written(shopper, dictionary);
  rest = written;
  const Status status = ReadShopper(rest, dictionary, shopper);
  ADIRECT_CHECK(status.ok() && rest.empty(), status.message());
  ADIRECT_CHECK(Written(shopper, dictionary) == written, bytes.size());
}

}  // namespace

ADIRECT_FUZZ(state_bytes) {
  CheckShopper(input);
  CheckState(input);
  std::string fitting(input);
  AppendFixed64(Hash64(input), fitting);
  CheckState(fitting);
}

}  // namespace adirect
