// Random numbers of the generator: any draw of a stream can be had without the ones before it.
//
// Draw i of a stream is Mix64(key + (i + 1) * gamma): the i-th output of splitmix64 (S. Vigna,
// https://prng.di.unimi.it/splitmix64.c; Steele, Lea, Flood, OOPSLA 2014), whose state is a
// counter. All integers, so the numbers are the same with every compiler, library and machine; the
// distributions of <random> are not. None of this may change: it would change every generated file.
//
//   const RandomStream round = RandomStream{seed}.Sub(17);
//   const uint64_t category = Below(round.At(0), 10);
//
// Threads: values.
#pragma once

#include <cstdint>

#include "adirect/base/hash.h"

namespace adirect {

inline constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15ULL;

struct RandomStream {
  uint64_t key = 0;

  constexpr uint64_t At(uint64_t i) const { return Mix64(key + (i + 1) * kGoldenGamma); }

  // A stream of its own for each tag.
  constexpr RandomStream Sub(uint64_t tag) const {
    return {Mix64(Mix64(key ^ 0x6a09e667f3bcc909ULL) + (tag + 1) * 0xd1342543de82ef95ULL)};
  }
};

// A whole number from 0 to n - 1 (n > 0), uniform but for a bias below n / 2^64.
constexpr uint64_t Below(uint64_t draw, uint64_t n) {
  return static_cast<uint64_t>((static_cast<Uint128>(draw) * n) >> 64);
}

// True for a share of `millionths` of the draws.
constexpr bool Chance(uint64_t draw, uint64_t millionths) { return Below(draw, 1'000'000) < millionths; }

}  // namespace adirect
