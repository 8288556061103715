// Lanes: which session an event of the realistic world belongs to, told from its number alone.
//
// A lane is a sequence of sessions, one after the other. Each round gives every lane one event, in
// an order of the round's own. The rounds of a lane are cut into blocks of 16, and each block into
// sessions. So no session is remembered, and any event can be made without those before it.
//
// Threads: immutable.
#pragma once

#include <bit>
#include <cstdint>

#include "adirect/sources/generator_random.h"

namespace adirect {

inline constexpr uint32_t kMostOfSession = 16;

struct SessionPlace {
  RandomStream random;  // of the session
  uint64_t first;       // an event of the round in which it began (0 where that is before the world)
  uint32_t at;          // this event within the session, from 0
  uint32_t size;        // of the session, 1 to kMostOfSession
};

class Lanes {
 public:
  // 2^bits lanes.
  Lanes(RandomStream random, int bits) : rounds_(random.Sub(0)), lanes_(random.Sub(1)), bits_(bits) {}

  // As many lanes as give two events of a session 45 s between them on average, but no more than
  // every second shopper.
  static int BitsFor(uint64_t events, int64_t span_ms, uint64_t shoppers);

  SessionPlace PlaceOf(uint64_t event) const {
    const uint64_t round = event >> bits_;
    const uint64_t mask = (uint64_t{1} << bits_) - 1;
    const uint64_t order = rounds_.At(round);
    const uint64_t lane = ((event & mask) * (order | 1) + (order >> 32)) & mask;
    const RandomStream random = lanes_.Sub(lane);
    const uint64_t at = round + random.key % kMostOfSession;  // blocks begin in different rounds
    const auto in_block = static_cast<uint32_t>(at % kMostOfSession);
    const uint64_t draw = random.At(at / kMostOfSession);
    const uint32_t begins = Begins(draw);
    const uint32_t first = std::bit_width(begins & ((2U << in_block) - 1)) - 1;
    const uint32_t later = begins >> (in_block + 1) << (in_block + 1);
    const auto end = static_cast<uint32_t>(std::countr_zero(later | 1U << kMostOfSession));
    const uint32_t done = in_block - first;
    return {RandomStream{draw}.Sub(first), done > round ? 0 : (round - done) << bits_, done, end - first};
  }

 private:
  // Bit i: a session begins at round i of the block. Bit 0 always, the others for 3 of 16.
  static uint32_t Begins(uint64_t draw) {
    return static_cast<uint32_t>((draw & draw >> 16 & (draw >> 32 | draw >> 48)) & 0xffff) | 1;
  }

  RandomStream rounds_;
  RandomStream lanes_;
  int bits_;
};

}  // namespace adirect
