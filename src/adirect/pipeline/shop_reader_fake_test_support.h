// A shop for tests of what asks one: it knows what it is told, or fails.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class FakeShop : public RemoteShop {
 public:
  FakeShop() { all_policies.Add(Policy()); }

  Timestamp Now() const override { return {1'000'000}; }
  const PolicySet& policies() const override { return all_policies; }
  Status Decide(const Question&, const Policy&, const std::function<void(const Decided&)>& take) override {
    ++asked;
    if (!fails.ok()) return fails;
    take({Decision(), Shopper(), Now(), dictionary, Settings(), nullptr});
    return {};
  }
  Status Kept(std::string_view, const std::function<void(const KeptShopper&)>& take) override {
    ++asked;
    if (!fails.ok()) return fails;
    take({kept, dictionary, nullptr});
    return {};
  }
  Result<std::vector<RankedProduct>> Popular(std::string_view, Duration, size_t limit) override {
    ++asked;
    if (!fails.ok()) return fails;
    return std::vector<RankedProduct>(limit, {"p", 7, "Title"});
  }
  Result<std::vector<ListedSearch>> Searches(std::optional<std::string_view>, size_t) override {
    ++asked;
    if (!fails.ok()) return fails;
    return std::vector<ListedSearch>();
  }
  Result<std::vector<ListedCategory>> Categories() override {
    ++asked;
    if (!fails.ok()) return fails;
    return std::vector<ListedCategory>{{"shoes", "Shoes"}, {"toys", ""}};
  }
  Status FindProduct(std::string_view product_id,
                     const std::function<void(const std::optional<Product>&)>& take) override {
    ++asked;
    if (!fails.ok()) return fails;
    take(product_id == "p" ? std::optional<Product>(Product{.product_id = "p", .title = "Title"}) : std::nullopt);
    return {};
  }
  Result<std::unique_ptr<AudienceWalk>> Walk(AudienceQuestion question) override;

  std::string location() const override { return "fake://shop"; }
  std::vector<Health::Trouble> Troubles() const override {
    if (fails.ok()) return {};
    return {{"reader_waits", fails.message()}};
  }
  const Counts& counts() const override { return all_counts; }
  std::optional<Timestamp> published_until() const override { return Timestamp{999'000}; }

  PolicySet all_policies;
  Dictionary dictionary;
  Shopper kept;
  Counts all_counts;
  Status fails;
  uint64_t shoppers = 0;  // that a walk finds, one after the other
  std::atomic<int> asked = 0;
};

// Places are numbers of shoppers; it fails where the shop does.
class FakeWalk : public AudienceWalk {
 public:
  FakeWalk(const FakeShop& shop, uint64_t next) : shop_(shop), next_(next) {}

  Status Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) override {
    if (!shop_.fails.ok()) return shop_.fails;
    Verdict verdict;
    verdict.last_search_at = Timestamp{0};
    for (const uint64_t end = std::min(shop_.shoppers, next_ + std::min<uint64_t>(most, 100)); next_ < end; ++next_) {
      take({"user" + std::to_string(next_), "shoes", verdict});
    }
    return {};
  }
  bool ended() const override { return next_ == shop_.shoppers; }
  std::string place() const override { return std::to_string(next_); }

 private:
  const FakeShop& shop_;
  uint64_t next_;
};

inline Result<std::unique_ptr<AudienceWalk>> FakeShop::Walk(AudienceQuestion question) {
  if (!fails.ok()) return fails;
  if (question.place == "nowhere") return InvalidArgument("no place");
  const uint64_t next = question.place.empty() ? 0 : std::stoull(question.place);
  return std::unique_ptr<AudienceWalk>(std::make_unique<FakeWalk>(*this, next));
}

}  // namespace adirect
