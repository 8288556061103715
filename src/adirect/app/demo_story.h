// One shopper's story, told with what the engine answers: he searches, is targeted, buys, is left in peace, gets a
// refund, is targeted again.
#pragma once

#include <optional>
#include <string>

#include "adirect/app/live.h"
#include "adirect/sources/generator.h"

namespace adirect {

struct StoryShopper {
  std::string user_id;
  std::string category_id;
};

// Of the generator's shoppers one who is targeted in one category, after few searches; absent where nobody is targeted.
std::optional<StoryShopper> FindStory(LiveShop& shop, const Generator& generator);

// Prints the story on standard output; what happens in it happens in the engine.
Status TellStory(LiveShop& shop, const StoryShopper& shopper);

// Submits `adirect` NDJSON and waits until it is durable and visible. Internal where a row is refused.
Status SubmitLines(Engine& engine, std::string lines);

}  // namespace adirect
