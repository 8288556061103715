#include "adirect/base/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace adirect {
namespace {

struct Vector {
  std::string text;
  uint64_t hash64;
  Hash128Value hash128;
};

// One for each of XXH3's ways through a text; those of "", "a" and "abc" are published.
const Vector kVectors[] = {{"", 0x2d06800538d394c2, {0x6001c324468d497f, 0x99aa06d3014798d8}},
                           {"a", 0xe6c632b61e964e1f, {0xe6c632b61e964e1f, 0xa96faf705af16834}},
                           {"abc", 0x78af5f94892f3950, {0x78af5f94892f3950, 0x06b05ab6733a6185}},
                           {"11100042", 0xa150ec9b6fa81e05, {0xf0b29d5378184c35, 0x78f815be7d060636}},
                           {std::string(17, 'x'), 0x89975e6b7d2f5a11, {0x416e526dfb687d89, 0x9e8a29b5dfc13013}},
                           {std::string(129, 'x'), 0xe4f9742108fe27dc, {0xae9ec8f29e5baa27, 0xe7f1abc92bce4135}},
                           {std::string(241, 'x'), 0x14da9e5c301a6a1d, {0x14da9e5c301a6a1d, 0x586c2f1b13edf30f}},
                           {std::string(1500, 'x'), 0x2e4e1215b7ade75e, {0x2e4e1215b7ade75e, 0x8175d2542ce829b6}}};

TEST(Hash, WhatIsWrittenIntoStatesNeverChanges) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(Hash64(v.text), v.hash64) << v.text;
    EXPECT_EQ(Hash128(v.text), v.hash128) << v.text;
  }
}

TEST(Hash, PiecesHashAsTheWhole) {
  for (const Vector& v : kVectors) {
    for (const size_t cut : {size_t{0}, v.text.size() / 3, v.text.size()}) {
      Hasher64 hasher;
      hasher.Add(std::string_view(v.text).substr(0, cut));
      hasher.Add(std::string_view(v.text).substr(cut));
      EXPECT_EQ(hasher.value(), v.hash64);
    }
  }
}

TEST(Hash, MixIsTheFinaliserOfSplitmix64) {
  EXPECT_EQ(Mix64(0), 0u);
  EXPECT_EQ(Mix64(0x9e3779b97f4a7c15), 0xe220a8397b1dcdafu);  // splitmix64's first output of seed 0
}

TEST(Hash, SameBytesIsEqualityAtEveryLength) {
  const std::string text = "user-00000123456789abcdef";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string a = text.substr(0, size);
    EXPECT_TRUE(SameBytes(a, text.substr(0, size))) << size;
    EXPECT_FALSE(SameBytes(a, a + "x")) << size;
    for (size_t at = 0; at < size; ++at) {
      std::string b = a;
      b[at] ^= 0x40;
      EXPECT_FALSE(SameBytes(a, b)) << size << " " << at;
    }
  }
}

TEST(Hash, IdsOfOtherLengthsAndDigitsHaveOtherHashes) {
  std::set<uint64_t> slots;
  for (int i = 0; i < 100'000; ++i) slots.insert(TableHash(std::to_string(i)) >> 32);
  EXPECT_GE(slots.size(), 99'990u);  // 2^32 slots: one or two of a hundred thousand meet by chance
}

TEST(Hash, TableHashLooksAtEveryByteAndTheSeed) {
  for (size_t size = 1; size <= 40; ++size) {
    const std::string text(size, 'x');
    std::set<uint64_t> hashes = {TableHash(text)};
    for (size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = 'y';
      hashes.insert(TableHash(other));
    }
    EXPECT_EQ(hashes.size(), size + 1);
    EXPECT_NE(TableHash(text, 1), TableHash(text, 2));
  }
}

TEST(SortedHash, SortsAsTheHashDoesAndReadsBack) {
  EXPECT_LT(SortedHash(0), SortedHash(1));
  EXPECT_LT(SortedHash(1), SortedHash(UINT64_MAX));
  EXPECT_LT(SortedHash(INT64_MAX), SortedHash(uint64_t{INT64_MAX} + 1));
  EXPECT_EQ(HashOf(SortedHash(0x9e3779b97f4a7c15)), 0x9e3779b97f4a7c15);
}

}  // namespace
}  // namespace adirect
