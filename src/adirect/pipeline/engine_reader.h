// EngineReader: a live engine as a ShopReader. It waits for nobody.
//
// Threads: as ShopReader says.
#pragma once

#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

class EngineReader final : public ShopReader {
 public:
  // All must outlive it.
  EngineReader(Engine& engine, const PolicySet& policies, const LiveCatalog& catalog)
      : engine_(engine), policies_(policies), catalog_(catalog) {}

  Timestamp Now() const override { return engine_.Now(); }
  const PolicySet& policies() const override { return policies_; }
  Status Decide(const Question& question, const Policy& policy,
                const std::function<void(const Decided&)>& take) override {
    return engine_.Decide(question, policy, take);
  }
  Status Kept(std::string_view user_id, const std::function<void(const KeptShopper&)>& take) override;
  Result<std::vector<RankedProduct>> Popular(std::string_view category_id, Duration window, size_t limit) override;
  Result<std::vector<ListedSearch>> Searches(std::optional<std::string_view> category_id, size_t limit) override;
  Result<std::vector<ListedCategory>> Categories() override;
  Status FindProduct(std::string_view product_id,
                     const std::function<void(const std::optional<Product>&)>& take) override;
  // Decisions never wait for it: a shard is locked for a few hundred shoppers at a time. A place is "SHARD.SHOPPER".
  Result<std::unique_ptr<AudienceWalk>> Walk(AudienceQuestion question) override;

 private:
  Engine& engine_;
  const PolicySet& policies_;
  const LiveCatalog& catalog_;
};

}  // namespace adirect
