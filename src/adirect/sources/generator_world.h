// World: what happens in a generated shop, in chunks that any thread can make.
//
// A world is a fixed sequence of events in time order. It is cut into chunks of about kChunkEvents
// events; what a chunk holds depends on the frame and on the chunk's number alone, never on who
// makes it or what was made before. Finding where a chunk begins may need the places before it, so
// places are walked through in order, which is cheap, and the chunks themselves are made anywhere:
//
//   ChunkPlace place;  // chunk 0
//   for (; place.index < world.chunks(); world.Advance(place)) {
//     std::unique_ptr<ChunkReader> chunk = world.Open(place);
//     while (chunk->Read(batch)) Use(batch.events());
//   }
//
// Threads: a World is immutable. A place is a value, a reader belongs to one thread; it may outlive
// neither its world nor the world's frame.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/sources/generator_batch.h"
#include "adirect/sources/generator_users.h"

namespace adirect {

inline constexpr uint64_t kChunkEvents = 32768;

// What every world is made from.
struct WorldFrame {
  uint64_t seed = 1;
  uint64_t events = 0;             // > 0
  Timestamp start;                 // no event is earlier (in whole seconds: than its second) …
  int64_t span_ms = 0;             // … and none as late as start + span_ms (> 0)
  std::vector<Shoppers> shoppers;  // one to five groups, each with the region that it lives in
};

// What stands before the number in an event id: "<region>-<seed>:", or "users-<seed>:" without
// region.
std::string EventIdPrefix(std::string_view region, uint64_t seed);

// The hash of such a prefix that PositionIdentity takes.
uint64_t PrefixHash(std::string_view prefix);

// Round `round` of a region begins with the region's event `first`.
struct RoundPlace {
  uint64_t round = 0;
  uint64_t first = 0;
};

struct ChunkPlace {
  uint64_t index = 0;
  std::array<RoundPlace, kRegionCount> rounds{};  // seed2017 only: the rounds at the chunk's begin
};

class ChunkReader {
 public:
  virtual ~ChunkReader() = default;

  // Clears the batch and fills it with the chunk's next events; false, and an empty batch, behind
  // the last one.
  virtual bool Read(EventBatch& batch) = 0;
};

class World {
 public:
  virtual ~World() = default;

  virtual uint64_t chunks() const = 0;
  virtual void Advance(ChunkPlace& place) const = 0;  // to the next chunk
  virtual std::unique_ptr<ChunkReader> Open(const ChunkPlace& place) const = 0;
};

}  // namespace adirect
