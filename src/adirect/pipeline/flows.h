// Flows: what runs beside an engine, for those who show it: the streams that it follows, its archives, and where it is
// published.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adirect/pipeline/archiver.h"
#include "adirect/pipeline/follower.h"
#include "adirect/pipeline/publisher.h"

namespace adirect {

struct Flows {
  struct Followed {
    std::string name;  // for people: "Kafka"
    const Follower* follower;
  };
  std::vector<Followed> followed;
  std::vector<const Archiver*> archives;  // one for each stream
  const Publisher* publisher = nullptr;   // null: none
};

}  // namespace adirect
