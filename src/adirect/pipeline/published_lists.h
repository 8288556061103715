// PublishedLists: what is published beside the shoppers: popular products, newest searches, categories, products and
// policies. It knows what has changed of them, and makes the puts.
//
//   lists.Mark();                                  // once a second: looks what has changed
//   while (room && lists.Put(target, done)) …      // one put each
//
// A list is put again when it has changed, and all of them when a UTC day begins: what is ranked by days, and what has
// grown too old, is another one then. So a list is a second old, or as old as the last put that did not fail. Products
// come last: where there are many, nothing waits for them.
//
// Threads: OnFolded, OnPurchases and AddProducts on any number; the rest on one.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "adirect/pipeline/category_marks.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/policy_set.h"
#include "adirect/pipeline/publish_target.h"

namespace adirect {

class PublishedLists {
 public:
  // Ranks beyond what policies ask for: a reader leaves out what a shopper has bought, and what is not available.
  static constexpr size_t kSpareRanks = 100;
  static constexpr size_t kProductsPerPut = 64;
  static constexpr size_t kCategoriesPerPut = 64;

  void OnFolded(std::span<const FoldRow> rows);
  void OnPurchases(CategoryIndex category) { purchased_.Mark(category); }
  void AddProducts(const Catalog& products);

  // What the rest is about. All must outlive it; the catalog may be null.
  void Open(Engine& engine, const PolicySet& policies, const LiveCatalog* catalog);
  // All is to be put, whatever was before.
  void MarkAll();
  // Looks what has changed since, unless much waits already.
  void Mark();
  // Makes the next put, if there is one. `done` follows the target's; a put that fails is made again later.
  bool Put(PublishTarget& target, const PublishTarget::Done& done);
  uint64_t waiting() const { return waiting_.size() + products_.size(); }

 private:
  struct Task {
    enum class Kind : uint8_t { kPolicies, kCategories, kPopular, kNewest, kProducts };
    Kind kind = Kind::kPolicies;
    CategoryIndex category;  // of kPopular; of kNewest, none: all together
    size_t first = 0;        // of kCategories
    size_t last = 0;
    std::vector<std::string> products;  // ids
  };
  struct Window {
    Duration window = Duration::Forever();
    size_t ranks = 0;
  };

  void TakeFailed();
  void MarkDay();
  void MarkPolicies();
  void MarkCategories();
  void MarkProducts();
  std::vector<Window> Windows() const;
  void AddTasks(Task::Kind kind, std::span<const CategoryIndex> categories);

  void Make(const Task& task, PublishTarget& target, const PublishTarget::Done& done);
  void PutPolicies(PublishTarget& target, const PublishTarget::Done& done);
  void PutCategories(const Task& task, PublishTarget& target, const PublishTarget::Done& done);
  void PutProducts(const Task& task, PublishTarget& target, const PublishTarget::Done& done);
  void PutPopular(CategoryIndex category, PublishTarget& target, const PublishTarget::Done& done);
  void PutNewest(CategoryIndex category, PublishTarget& target, const PublishTarget::Done& done);
  std::vector<PublishedNewest::Search> NewestOf(CategoryIndex category) const;

  Engine* engine_ = nullptr;
  const PolicySet* policies_ = nullptr;
  const LiveCatalog* catalog_ = nullptr;

  CategoryMarks purchased_;
  CategoryMarks searched_;
  std::atomic<bool> erased_ = false;  // somebody, who may be in any list

  std::mutex mutex_;                // guards the two below
  std::vector<Task> failed_;        // to be made again
  std::vector<std::string> added_;  // products

  std::deque<Task> waiting_;
  std::deque<Task> products_;
  int64_t day_ = INT64_MIN;
  std::string policy_versions_;
  size_t known_categories_ = 0;                                      // that are put, or wait
  std::map<uint32_t, std::vector<PublishedNewest::Search>> newest_;  // as it was put last, newest first, by category
};

}  // namespace adirect
