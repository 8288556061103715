// A shop with favourites, sessions, popular products, a daily rhythm and returning buyers.
//
// * Time: events follow the daily rhythm of the regions' clocks (generator_rhythm.h), to the
//   millisecond.
// * Shoppers: few are busy, most are not: the busiest 1 % have 6 % of the sessions, the busier half
//   70 %. Of several regions, each has more sessions while it is evening there.
// * Favourites: a shopper has one to three favourite categories, drawn by Zipf's law (category 1 is
//   the most popular), and looks for one of them for four days; 70 % of the sessions are about it,
//   20 % about a favourite, 10 % about any category.
// * Sessions: 1 to 16 events, 4 on average, 45 s apart on average where the rate of events allows
//   it, in one category. A product is searched, then viewed, put in the cart or among the
//   favourites. Half of the products come from a short list of four that the shopper returns to
//   during the four days.
// * Products: Zipf's law within the category, in steps of octaves: of the products ordered by
//   popularity those from 2^k to 2^(k+1) - 1 share equally in the same total.
// * Purchases: a session of two events or more ends with one for 30 % of the sessions of a quarter
//   of the shoppers, who so return, and for 3 % of the others: about 2 % of all events. One order
//   in twelve has two lines. The time after a purchase is like the time before it.
//
// Event n of the world depends on the seed, the frame and n alone. Event ids are
// "<name>-<seed>:<n>", where the name is the region's, or `all` for several, or `users` for a group
// without region.
#pragma once

#include <memory>

#include "adirect/sources/generator_world.h"

namespace adirect {

// Each group of the frame has a shopper. The frame must outlive the world.
std::unique_ptr<World> MakeRealisticWorld(const WorldFrame& frame);

}  // namespace adirect
