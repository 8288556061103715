// ShopReader: the port by which what only reads asks a shop: a live engine (pipeline/engine_reader.h), or the tables
// that one publishes, read from somewhere else. Both give the same answers to the same questions; lists of all shoppers
// together (popular products, newest searches, categories, products, policies) are a second or two older in tables.
//
//   Status asked = shop.Decide({.user_id = "ana"}, policy, std::cref(tell));   // tell is called once, or asked is not
//   ok Result<std::vector<RankedProduct>> popular = shop.Popular("shoes", Duration::Days(30), 20);
//
// Errors: InvalidArgument where the question is wrong (an as-of before the newest event), Unsupported where this shop
// cannot answer it, Unavailable where it cannot now. An unknown shopper, category or product is none.
//
// Threads: every member on any number of threads. A shop that is somewhere else lets its callers wait in all but Now,
// policies and Walk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/pipeline/health.h"
#include "adirect/pipeline/histogram.h"
#include "adirect/pipeline/policy_set.h"
#include "adirect/pipeline/question.h"

namespace adirect {

// All that is kept of a shopper. Valid during the call it is given to.
struct KeptShopper {
  const Shopper& shopper;  // canonical; empty where nobody knows him
  const Dictionary& dictionary;
  const Catalog* catalog;  // null: nothing is known of any product
};

// Empty texts are not known.
struct RankedProduct {
  std::string product_id;
  uint64_t purchases = 0;
  std::string title;
};

struct ListedSearch {
  Timestamp time;
  std::string user_id;
  std::string user_name;
  std::string category_id;
  std::string category_name;
  EventType type = EventType::kSearch;
  std::string product_id;
  std::string title;
};

struct ListedCategory {
  std::string category_id;
  std::string name;
};

// A targeted shopper and category. Valid during the call it is given to.
struct AudiencePair {
  std::string_view user_id;
  std::string_view category_id;
  const Verdict& verdict;
};

struct AudienceQuestion {
  std::shared_ptr<const NamedPolicy> policy;
  std::string category_id;  // empty: all
  Timestamp as_of;
  std::string place;  // behind which it goes on; empty: the beginning
};

// A walk over all shoppers, a few at a time, in no order. Who comes meanwhile may be missed or told. One thread.
class AudienceWalk {
 public:
  virtual ~AudienceWalk() = default;

  // Looks at the next few hundred shoppers, or at fewer: it ends behind the one who brings what it took to `most`.
  // After a failure it may be called again, and goes on behind place().
  virtual Status Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) = 0;
  virtual bool ended() const = 0;
  // Of digits, dots and minus signs.
  virtual std::string place() const = 0;
};

class ShopReader {
 public:
  virtual ~ShopReader() = default;

  // max(wall clock, newest event): the instant that answers are for.
  virtual Timestamp Now() const = 0;
  virtual const PolicySet& policies() const = 0;

  // `take` may not ask in turn: a thread has the memory of one answer.
  virtual Status Decide(const Question& question, const Policy& policy,
                        const std::function<void(const Decided&)>& take) = 0;
  virtual Status Kept(std::string_view user_id, const std::function<void(const KeptShopper&)>& take) = 0;

  // The most often bought first, at most `limit`.
  virtual Result<std::vector<RankedProduct>> Popular(std::string_view category_id, Duration window, size_t limit) = 0;
  // The newest searches of shoppers who have bought nothing in their category since, at most `limit` of the newest
  // NewestSearches::kKept: newest first, then by user, category, type and product.
  virtual Result<std::vector<ListedSearch>> Searches(std::optional<std::string_view> category_id, size_t limit) = 0;
  // By the bytes of their ids.
  virtual Result<std::vector<ListedCategory>> Categories() = 0;
  // `take` sees it, or that nothing is known of it.
  virtual Status FindProduct(std::string_view product_id,
                             const std::function<void(const std::optional<Product>&)>& take) = 0;

  // InvalidArgument for a place that is none. The shop must outlive the walk.
  virtual Result<std::unique_ptr<AudienceWalk>> Walk(AudienceQuestion question) = 0;
};

// A shop that is somewhere else, as who watches over its reader sees it.
class RemoteShop : public ShopReader {
 public:
  struct Counts {
    std::atomic<uint64_t> reads = 0;
    std::atomic<uint64_t> failures = 0;
    Histogram seconds;  // that questions waited, for reads that were made together
  };

  // Where it is, without what is secret: "cassandra://127.0.0.1:9042/advertise".
  virtual std::string location() const = 0;
  // None: it can be asked.
  virtual std::vector<Health::Trouble> Troubles() const = 0;
  virtual const Counts& counts() const = 0;
  // All that its engine had accepted by then can be read; absent while that is not known.
  virtual std::optional<Timestamp> published_until() const = 0;
};

}  // namespace adirect
