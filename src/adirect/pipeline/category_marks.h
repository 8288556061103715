// CategoryMarks: categories of which something has changed, until somebody takes them.
//
// Threads: every member on any number; Mark takes O(1) under a lock of its own.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "adirect/model/dictionary.h"

namespace adirect {

class CategoryMarks {
 public:
  void Mark(CategoryIndex category) {
    const std::lock_guard<std::mutex> lock(mutex_);
    MarkLocked(category.value);
  }
  // The first so many.
  void MarkAll(size_t categories) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < categories; ++i) MarkLocked(static_cast<uint32_t>(i));
  }
  std::vector<CategoryIndex> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const CategoryIndex category : marked_) is_marked_[category.value] = false;
    return std::exchange(marked_, {});
  }

 private:
  void MarkLocked(uint32_t category) {
    if (is_marked_.size() <= category) is_marked_.resize(category + 1);
    if (is_marked_[category]) return;
    is_marked_[category] = true;
    marked_.emplace_back(category);
  }

  std::mutex mutex_;
  std::vector<bool> is_marked_;
  std::vector<CategoryIndex> marked_;
};

}  // namespace adirect
