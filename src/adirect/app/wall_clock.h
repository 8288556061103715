// The machine's clock, as a port.
//
// Threads: any number at once.
#pragma once

#include "adirect/app/run.h"
#include "adirect/pipeline/clock.h"

namespace adirect {

class WallClockPort : public Clock {
 public:
  Timestamp Now() const override { return WallClock(); }
};

}  // namespace adirect
