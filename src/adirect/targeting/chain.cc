#include "adirect/targeting/chain.h"

#include "adirect/base/check.h"

namespace adirect {

void ChainPool::AddSegment(Chain& chain, int size_class) {
  const uint32_t segment = NewSegment(size_class);
  if (chain.last == kNone) {
    chain.first = segment;
  } else {
    *word(chain.last) = segment;
  }
  chain.last = segment;
}

uint32_t ChainPool::NewSegment(int size_class) {
  uint32_t& free = free_[static_cast<size_t>(size_class)];
  if (free != kNone) {
    const uint32_t segment = free;
    free = *word(segment);
    return segment;
  }
  const size_t words = 1 + kEntries[static_cast<size_t>(size_class)] * kEntryWords;
  if (next_ + words > kBlockWords) {
    ADIRECT_CHECK(blocks_.size() < (size_t{1} << (32 - kBlockBits)), "a shard's events exceed 16 GiB");
    blocks_.emplace_back(kBlockWords);
    next_ = blocks_.size() == 1 ? 1 : 0;
  }
  const auto segment = static_cast<uint32_t>((blocks_.size() - 1) << kBlockBits | next_);
  next_ += words;
  return segment;
}

void ChainPool::Clear(Chain& chain) {
  uint32_t segment = chain.first;
  for (uint32_t i = 0; i < chain.count;) {
    size_t at = 0;
    const auto size_class = static_cast<size_t>(ClassAt(i, at));
    const uint32_t next = *word(segment);
    *word(segment) = free_[size_class];
    free_[size_class] = segment;
    segment = next;
    i += static_cast<uint32_t>(kEntries[size_class]);
  }
  chain = {};
}

}  // namespace adirect
