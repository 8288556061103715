// The law of the 2017 producers.
//
// Each region has a producer of its own. It works in rounds: 5 distinct users of the region and for
// each a category, all uniform; then up to 100 passes over the five, in which each draws a product
// of its category, uniform, and buys with 1 %, else searches. The first buy ends the round. All
// events of a pass have one time, in whole seconds.
//
// Time. Of `events` each region gives the same share (the first ones one more), and its last round
// is cut where the share ends. A region's events are spread evenly over the span: its event e is due
// at start + e * regions * span / events. A pass has the time at which its first event is due, cut
// to the second.
//
// Interleaving. Passes are written whole, in the order of the number of their first event within
// the region, and for equal numbers in the order of the frame's regions: five machines at one
// speed.
//
// A region's rounds depend on the seed, the region and its users, not on the others: alone it buys
// and searches the same as among five. Its event ids are "<region>-<seed>:<event number>".
#pragma once

#include <memory>

#include "adirect/sources/generator_world.h"

namespace adirect {

inline constexpr uint32_t kUsersPerRound = 5;
inline constexpr uint32_t kPassesPerRound = 100;

// Each group of the frame has at least kUsersPerRound shoppers. The frame must outlive the world.
std::unique_ptr<World> MakeSeed2017World(const WorldFrame& frame);

}  // namespace adirect
