// LiveCatalog: a catalog that answers read while products are added. What is added is durable first.
//
//   Result<std::unique_ptr<LiveCatalog>> catalog = LiveCatalog::Open(store, std::move(configured));
//   (*catalog)->Read()->TitleOf("p1");          // locked for reading until the statement's end
//   (*catalog)->Add(posted, clock.Now());       // durable, and on the next answer
//
// It holds the union of what it was opened with and what was ever added: of one product the row that Catalog's own
// rule lets hold. Rows that were replaced keep their memory only until they are as many as the products.
//
// Threads: every member may be called from any number of threads, Open aside. A thread holds one View at a time, and
// not for long: who adds waits for it, and who reads then waits for him.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "adirect/base/status.h"
#include "adirect/model/catalog.h"
#include "adirect/pipeline/store.h"

namespace adirect {

// Products, in memory; beyond: Exhausted.
inline constexpr uint64_t kDefaultCatalogBytes = uint64_t{4} << 30;

class LiveCatalog {
 public:
  class View {
   public:
    View(std::shared_lock<std::shared_mutex> lock, const Catalog* catalog)
        : lock_(std::move(lock)), catalog_(catalog) {}
    // Null where no product is known.
    const Catalog* get() const { return catalog_->product_count() == 0 ? nullptr : catalog_; }
    const Catalog* operator->() const { return catalog_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    const Catalog* catalog_;
  };

  // With what the store's table "products" holds beside `configured` (null: nothing). The store must outlive it.
  static Result<std::unique_ptr<LiveCatalog>> Open(Store& store, std::unique_ptr<Catalog> configured,
                                                   uint64_t max_bytes = kDefaultCatalogBytes);

  View Read() const;

  // Takes over the products of `posted`, all of them or, where it fails, none: InvalidArgument where one's updated_at
  // is further behind `now` than the door lets events be, Exhausted where memory or disk is full.
  Status Add(const Catalog& posted, Timestamp now);
  // Told of products that are posted, once they are on the next answer. To be set before anything is.
  void Watch(std::function<void(const Catalog&)> told) { told_ = std::move(told); }

 private:
  LiveCatalog(Store& store, std::unique_ptr<Catalog> configured, uint64_t max_bytes);
  // Of each posted product the row that will hold.
  void Winners(const Catalog& posted, Catalog& winners) const;
  Status Keep(const Catalog& winners);
  void Show(const Catalog& winners);
  void Compact();

  Store& store_;
  const uint64_t max_bytes_;
  std::function<void(const Catalog&)> told_;
  std::mutex adding_mutex_;  // one Add at a time
  std::unique_ptr<Catalog> catalog_;
  mutable std::shared_mutex mutex_;           // guards what *catalog_ holds
  mutable std::mutex turn_;                   // held by who wants to write: new readers wait behind him
  mutable std::atomic<bool> wanted_ = false;  // somebody holds turn_
};

}  // namespace adirect
