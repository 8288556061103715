// StoredSource: events that lie in files, so that there is a size, and ends that may be looked at first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "adirect/pipeline/ports.h"

namespace adirect {

class StoredSource : public Source {
 public:
  // Shows the last rows of every input that has an end to look at, before the first Next; what cannot be
  // read is passed by. The blocks are not numbered.
  virtual void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const = 0;

  // Of all inputs together, as they are stored.
  virtual uint64_t total_bytes() const = 0;
};

// Several sources, one after the other, as one. Threads: as each of them.
std::unique_ptr<StoredSource> Joined(std::vector<std::unique_ptr<StoredSource>> sources);

// A source that is opened when it is its turn, and let go of behind its end: there may be any number of them.
struct LaterSource {
  std::function<Result<std::unique_ptr<StoredSource>>()> open;  // one call at a time
  uint64_t bytes = 0;
};

// As Joined; the ends that are looked at are those of the last source only.
std::unique_ptr<StoredSource> Joined(std::vector<LaterSource> sources);

}  // namespace adirect
