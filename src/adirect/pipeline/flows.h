// Flows: what runs beside an engine, for those who show it: the streams that it follows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adirect/pipeline/follower.h"

namespace adirect {

struct Flows {
  struct Followed {
    std::string name;  // for people: "Kafka"
    const Follower* follower;
  };
  std::vector<Followed> followed;
};

}  // namespace adirect
