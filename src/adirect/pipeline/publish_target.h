// PublishTarget: the port by which an engine's shop is published, for anybody to read: tables of its shoppers, and of
// what is made of all of them together.
//
// Writing the same again changes nothing, and rows of one shopper may come in any order (pipeline/published.h). Lists
// are replaced: what one holds is what was put last, and a reader sees it whole, or, where it has hundreds of entries,
// in a few parts.
//
// Threads: one thread puts. `done` is called once for each put, from any thread, and neither blocks nor throws.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/model/catalog.h"
#include "adirect/pipeline/published.h"

namespace adirect {

// The products most often bought in a category, best first.
struct PublishedPopular {
  struct Product {
    std::string product_id;
    uint32_t purchases = 0;
  };
  std::string category_id;
  int64_t window_days = 0;  // 0: ever
  int64_t day = 0;          // UTC, that the window ends with
  std::vector<Product> products;
};

// The newest searches in a category of shoppers who have bought nothing in it since: what has changed in the list.
struct PublishedNewest {
  struct Search {
    Timestamp time;
    std::string user_id;
    std::string category_id;
    EventType type = EventType::kSearch;
    std::string product_id;
    std::string user_name;
    friend auto operator<=>(const Search&, const Search&) = default;
  };
  std::string category_id;      // empty: of all categories
  bool whole = false;           // `added` is the list, whatever there was
  std::vector<Search> added;    // newest first
  std::vector<Search> removed;  // nobody's any more
  std::vector<int64_t> days;    // that the searches of the list are of, newest first
};

struct PublishedCategory {
  std::string category_id;
  std::string name;  // empty: not known
};

struct PublishedPolicy {
  std::string name;
  std::string version;
  std::string toml;
};

// How far everything is published.
struct PublishedProgress {
  Timestamp newest;  // T
  // Wall clock: all that was accepted before is there. Absent while all shoppers are published anew.
  std::optional<Timestamp> until;
};

class PublishTarget {
 public:
  using Done = std::function<void(const Status&)>;
  virtual ~PublishTarget() = default;

  // Waits: finds the place, and tells it M and R. Returns its id: under another one nothing of this engine is there
  // yet. To be called until it does not fail, before anything is put.
  virtual Result<std::string> Begin(const Settings& settings) = 0;

  // What is given ends with the call. `now` is the wall clock: rows too old to be kept need not be written.
  virtual void PutShopper(const PublishedRows& rows, const Dictionary& dictionary, Timestamp now, Done done) = 0;
  virtual void PutPopular(const PublishedPopular& popular, Done done) = 0;
  virtual void PutNewest(const PublishedNewest& newest, Done done) = 0;
  virtual void PutCategories(std::span<const PublishedCategory> categories, Done done) = 0;
  virtual void PutProducts(std::span<const Product> products, Done done) = 0;
  // All there are: others are removed.
  virtual void PutPolicies(std::span<const PublishedPolicy> policies, Done done) = 0;
  virtual void PutProgress(const PublishedProgress& progress, Done done) = 0;
};

}  // namespace adirect
