// WithPrefetch: visits things that lie scattered in memory, asking for each of them ahead of its turn.
#pragma once

#include <cstddef>

namespace adirect {

// Calls visit(0) … visit(count - 1) in order; prefetch(i, 0), …, prefetch(i, 3) run 16, 12, 8 and 4 visits
// ahead of visit(i), so that a step may look at what the one before has asked for.
template <typename Prefetch, typename Visit>
void WithPrefetch(size_t count, Prefetch prefetch, Visit visit) {
  constexpr size_t kSteps = 4;
  constexpr size_t kApart = 4;
  for (size_t i = 0; i < count + kSteps * kApart; ++i) {
    for (size_t step = 0; step < kSteps; ++step) {
      if (const size_t at = i - step * kApart; at < count) prefetch(at, static_cast<int>(step));
    }
    if (i >= kSteps * kApart) visit(i - kSteps * kApart);
  }
}

}  // namespace adirect
