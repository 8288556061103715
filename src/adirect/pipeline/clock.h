// Clock: what time it is. The door and the live answers ask it; tests and simulations bring their own.
#pragma once

#include "adirect/base/time.h"

namespace adirect {

class Clock {
 public:
  virtual ~Clock() = default;
  // Threads: any number at once.
  virtual Timestamp Now() const = 0;
};

}  // namespace adirect
