// Hashes, of two kinds that are never exchanged.
//
// * Hash64 and Hash128 are written into states and archives: XXH3 with seed 0, as specified by
//   https://github.com/Cyan4973/xxHash. They never change.
// * TableHash spreads keys over in-memory tables and shards, inline and fast. It is written nowhere,
//   so it may change with any release. It multiplies 64 x 64 -> 128 bits and folds, as wyhash does.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace adirect {

uint64_t Hash64(std::string_view bytes);

// Hash64 of bytes that come in pieces.
class Hasher64 {
 public:
  Hasher64();
  ~Hasher64();
  void Add(std::string_view bytes);
  uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Hash128Value {
  uint64_t low = 0;
  uint64_t high = 0;
  friend auto operator<=>(const Hash128Value&, const Hash128Value&) = default;
};
Hash128Value Hash128(std::string_view bytes);

// A hash as a signed number that sorts as the hash does, and back; for tables that know no others.
constexpr int64_t SortedHash(uint64_t hash) { return static_cast<int64_t>(hash ^ (uint64_t{1} << 63)); }
constexpr uint64_t HashOf(int64_t sorted) { return static_cast<uint64_t>(sorted) ^ (uint64_t{1} << 63); }

// The finaliser of splitmix64 (S. Vigna): a bijection that spreads every bit.
constexpr uint64_t Mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

__extension__ typedef unsigned __int128 Uint128;

inline uint64_t FoldedMultiply(uint64_t a, uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// a == b where both are `size` bytes, at least a Word's and at most twice as many.
template <typename Word>
inline bool SameEnds(const char* a, const char* b, size_t size) {
  const auto load = [](const char* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  const size_t back = size - sizeof(Word);
  return ((load(a) ^ load(b)) | (load(a + back) ^ load(b + back))) == 0;
}

// a == b, without a call for short texts.
inline bool SameBytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() > 16 || a.size() < 2) return a == b;
  if (a.size() >= 8) return SameEnds<uint64_t>(a.data(), b.data(), a.size());
  if (a.size() >= 4) return SameEnds<uint32_t>(a.data(), b.data(), a.size());
  return SameEnds<uint16_t>(a.data(), b.data(), a.size());
}

inline uint64_t TableHash(std::string_view bytes, uint64_t seed = 0) {
  constexpr uint64_t kA = 0x9e3779b97f4a7c15ULL;
  constexpr uint64_t kB = 0xe7037ed1a0b428dbULL;
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t hash = seed ^ (kA * (2 * left + 1));  // every bit knows the length
  uint64_t low = 0;
  uint64_t high = 0;
  for (; left > 16; at += 16, left -= 16) {
    std::memcpy(&low, at, 8);
    std::memcpy(&high, at + 8, 8);
    hash = FoldedMultiply(low ^ kB ^ hash, high ^ kA);
  }
  if (left >= 8) {
    std::memcpy(&low, at, 8);
    std::memcpy(&high, at + left - 8, 8);
  } else if (left >= 4) {
    uint32_t first = 0;
    uint32_t last = 0;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + left - 4, 4);
    low = first;
    high = last;
  } else if (left > 0) {
    low = static_cast<uint64_t>(static_cast<unsigned char>(at[0])) << 16 |
          static_cast<uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 |
          static_cast<unsigned char>(at[left - 1]);
    high = 0;
  }
  return FoldedMultiply(FoldedMultiply(low ^ kB ^ hash, high ^ kA), kB);
}

}  // namespace adirect
