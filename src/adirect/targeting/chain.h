// ChainPool: the memory of all shoppers' kept events. Private to the state; see docs/internals.md.
//
// A chain is a list of segments of 2, 4, 8, 8, … entries that are only appended to. An entry is 20 bytes:
// time (48 bits), type (3), category tag (13), item (32), identity (64). An order id is a second entry
// right behind its purchase. Segments lie in large blocks and are named by 32-bit word numbers.
//
// Threads: one writer; readers while nobody writes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "adirect/base/huge_array.h"

namespace adirect {

struct ChainEntry {
  uint64_t head = 0;  // time << 16 | type << 13 | category tag
  uint32_t item = 0;
  uint64_t identity = 0;
};

class ChainPool {
 public:
  static constexpr uint32_t kNone = 0;  // word 0 is never a segment

  struct Chain {
    uint32_t first = kNone;
    uint32_t last = kNone;
    uint32_t count = 0;
  };

  void Append(Chain& chain, const ChainEntry& entry) {
    size_t at = 0;
    const int size_class = ClassAt(chain.count, at);
    if (at == 0) AddSegment(chain, size_class);
    Store(chain.last, at, entry);
    ++chain.count;
  }

  // Asks for the cache lines that the next Append will touch.
  void PrefetchTail(const Chain& chain) const {
    if (chain.last == kNone) return;
    size_t at = 0;
    ClassAt(chain.count, at);
    const uint32_t* entry = word(chain.last) + 1 + at * kEntryWords;
    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + kEntryWords - 1, 1);
  }

  // Asks for segment `number` of the chain (0, 1, 2, …), all before which should be in the cache.
  void PrefetchSegment(const Chain& chain, int number) const {
    uint32_t segment = chain.first;
    uint32_t before = 0;  // entries in earlier segments
    for (int i = 0; i < number && before < chain.count; ++i) {
      before += static_cast<uint32_t>(kEntries[static_cast<size_t>(std::min(i, 2))]);
      if (before < chain.count) segment = *word(segment);
    }
    if (before >= chain.count) return;
    const uint32_t* at = word(segment);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 16);
    __builtin_prefetch(at + 32);
  }

  template <typename Visit>  // void(const ChainEntry&)
  void ForEach(const Chain& chain, Visit visit) const {
    uint32_t segment = chain.first;
    for (uint32_t i = 0; i < chain.count; ++i) {
      size_t at = 0;
      ClassAt(i, at);
      if (at == 0 && i != 0) segment = *word(segment);
      visit(Load(segment, at));
    }
  }

  // Empties the chain; its segments are used again.
  void Clear(Chain& chain);

  size_t memory_bytes() const { return blocks_.size() * kBlockWords * sizeof(uint32_t); }

 private:
  static constexpr size_t kEntryWords = 5;
  static constexpr size_t kClasses = 3;
  static constexpr std::array<size_t, kClasses> kEntries = {2, 4, 8};
  static constexpr size_t kBlockBits = 19;  // 2 MiB: one huge page
  static constexpr size_t kBlockWords = size_t{1} << kBlockBits;

  // The size class of the segment that holds entry `i` of a chain, and the entry's place in it.
  static int ClassAt(uint32_t i, size_t& at) {
    if (i < 2) return at = i, 0;
    if (i < 6) return at = i - 2, 1;
    return at = (i - 6) % 8, 2;
  }

  uint32_t* word(uint32_t index) { return blocks_[index >> kBlockBits].data() + (index & (kBlockWords - 1)); }
  const uint32_t* word(uint32_t index) const {
    return blocks_[index >> kBlockBits].data() + (index & (kBlockWords - 1));
  }

  void Store(uint32_t segment, size_t at, const ChainEntry& entry) {
    uint32_t* to = word(segment) + 1 + at * kEntryWords;
    std::memcpy(to, &entry.head, 8);
    to[2] = entry.item;
    std::memcpy(to + 3, &entry.identity, 8);
  }
  ChainEntry Load(uint32_t segment, size_t at) const {
    const uint32_t* from = word(segment) + 1 + at * kEntryWords;
    ChainEntry entry;
    std::memcpy(&entry.head, from, 8);
    entry.item = from[2];
    std::memcpy(&entry.identity, from + 3, 8);
    return entry;
  }

  void AddSegment(Chain& chain, int size_class);
  uint32_t NewSegment(int size_class);

  std::vector<HugeArray<uint32_t>> blocks_;
  size_t next_ = kBlockWords;  // first free word of the last block
  std::array<uint32_t, kClasses> free_ = {kNone, kNone, kNone};
};

}  // namespace adirect
