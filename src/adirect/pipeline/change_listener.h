// ChangeListener: told of what an engine folds, as it folds it. For who carries the changes elsewhere.
//
// Threads: any number at once; it answers at once and waits for nobody.
#pragma once

#include <span>

#include "adirect/model/dictionary.h"
#include "adirect/targeting/state.h"

namespace adirect {

class ChangeListener {
 public:
  virtual ~ChangeListener() = default;

  // The rows have been folded into the shard, and are in every answer. Their texts end with the call.
  virtual void OnFolded(size_t shard, std::span<const FoldRow> rows) = 0;
  // The purchases that stand in the category are others.
  virtual void OnPurchases(CategoryIndex category) = 0;
  // A state or a source was taken over: everything may be another.
  virtual void OnReplaced() = 0;
};

}  // namespace adirect
