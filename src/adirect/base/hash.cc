#include "adirect/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace adirect {

uint64_t Hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Hash128Value Hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

struct Hasher64::State {
  XXH3_state_t xxh;
};

Hasher64::Hasher64() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh); }
Hasher64::~Hasher64() = default;
void Hasher64::Add(std::string_view bytes) { XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size()); }
uint64_t Hasher64::value() const { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace adirect
