// From settings to the frame of a world: how many events, over which time, and who shops.
#pragma once

#include "adirect/base/status.h"
#include "adirect/sources/generator.h"

namespace adirect {

// Sets events, start and span_ms.
Status PlanTime(const GeneratorSettings& settings, WorldFrame& frame);

// Sets the shoppers. Reads the file of users, if one is named.
Status PlanShoppers(const GeneratorSettings& settings, WorldFrame& frame);

}  // namespace adirect
