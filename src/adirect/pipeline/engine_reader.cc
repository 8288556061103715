#include "adirect/pipeline/engine_reader.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace adirect {
namespace {

constexpr size_t kShoppersPerLock = 256;

bool ComesFirst(const ListedSearch& a, const ListedSearch& b) {
  const auto type = [](const ListedSearch& search) { return EventTypeName(search.type); };
  return std::tuple(b.time, std::string_view(a.user_id), std::string_view(a.category_id), type(a),
                    std::string_view(a.product_id)) < std::tuple(a.time, std::string_view(b.user_id),
                                                                 std::string_view(b.category_id), type(b),
                                                                 std::string_view(b.product_id));
}

bool ParseNumber(std::string_view text, size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

class EngineWalk : public AudienceWalk {
 public:
  EngineWalk(Engine& engine, AudienceQuestion asked, size_t shard, size_t shopper)
      : engine_(engine), asked_(std::move(asked)), shard_(shard), shopper_(shopper) {}

  Status Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) override;
  bool ended() const override { return shard_ >= engine_.shards().size(); }
  std::string place() const override { return std::to_string(shard_) + "." + std::to_string(shopper_); }

 private:
  Engine& engine_;
  const AudienceQuestion asked_;
  size_t shard_;
  size_t shopper_;
  const Popularity none_;  // who is targeted does not depend on what would be shown, nor on the catalog
  Shopper shopper_read_;
};

Status EngineWalk::Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) {
  if (ended()) return {};
  const Dictionary& dictionary = engine_.dictionary();
  Decider decider(asked_.policy->policy, engine_.settings(), dictionary, none_, asked_.as_of);
  const auto lock = engine_.shards().Lock(shard_);
  const ShopperTable& table = engine_.shards().table(shard_);
  const size_t end = std::min(table.size(), shopper_ + kShoppersPerLock);
  for (uint64_t taken = 0; shopper_ < end && taken < most; ++shopper_) {
    if (!table.MayHaveSearches(shopper_, decider.filter())) continue;
    table.Read(shopper_, asked_.as_of, shopper_read_, &decider.filter());
    for (const CategoryDecision& decision : decider.Audience(shopper_read_)) {
      const std::string_view category = dictionary.category_id(decision.category);
      if (!asked_.category_id.empty() && category != asked_.category_id) continue;
      take({shopper_read_.user_id, category, decision.verdict});
      ++taken;
    }
  }
  if (shopper_ < table.size()) return {};
  ++shard_;
  shopper_ = 0;
  return {};
}

}  // namespace

Status EngineReader::Kept(std::string_view user_id, const std::function<void(const KeptShopper&)>& take) {
  Shopper shopper;
  (void)engine_.Kept(user_id, shopper);
  const LiveCatalog::View catalog = catalog_.Read();
  take({shopper, engine_.dictionary(), catalog.get()});
  return {};
}

Result<std::vector<RankedProduct>> EngineReader::Popular(std::string_view category_id, Duration window, size_t limit) {
  std::vector<RankedProduct> ranked;
  engine_.Popular(category_id, window, [&](std::span<const PopularProduct> products) {
    const LiveCatalog::View catalog = catalog_.Read();
    for (const PopularProduct& product : products.first(std::min(limit, products.size()))) {
      const std::string_view id = engine_.dictionary().product(product.item);
      ranked.push_back({std::string(id), product.purchases, std::string(catalog->TitleOf(id))});
    }
  });
  return ranked;
}

// All of them, so that those of one instant stand in an order that does not depend on the engine.
Result<std::vector<ListedSearch>> EngineReader::Searches(std::optional<std::string_view> category_id, size_t limit) {
  const Dictionary& dictionary = engine_.dictionary();
  std::vector<ListedSearch> searches;
  engine_.Searches(category_id, NewestSearches::kKept, [&](const Engine::FoundSearch& found) {
    const NewestSearches::Search& search = found.search;
    searches.push_back({search.time,
                        search.user_id,
                        std::string(found.user_name),
                        std::string(dictionary.category_id(search.category)),
                        {},
                        search.type,
                        std::string(dictionary.product(search.item)),
                        {}});
  });
  std::sort(searches.begin(), searches.end(), ComesFirst);
  searches.resize(std::min(limit, searches.size()));
  const LiveCatalog::View catalog = catalog_.Read();
  for (ListedSearch& search : searches) {
    search.category_name = catalog->CategoryName(search.category_id);
    search.title = catalog->TitleOf(search.product_id);
  }
  return searches;
}

Result<std::vector<ListedCategory>> EngineReader::Categories() {
  const Dictionary& dictionary = engine_.dictionary();
  const LiveCatalog::View catalog = catalog_.Read();
  std::vector<ListedCategory> categories;
  for (uint32_t i = 0; i < dictionary.category_count(); ++i) {
    const std::string_view id = dictionary.category_id(CategoryIndex(i));
    if (!id.empty()) categories.push_back({std::string(id), std::string(catalog->CategoryName(id))});
  }
  std::sort(categories.begin(), categories.end(),
            [](const ListedCategory& a, const ListedCategory& b) { return a.category_id < b.category_id; });
  return categories;
}

Status EngineReader::FindProduct(std::string_view product_id,
                                 const std::function<void(const std::optional<Product>&)>& take) {
  const LiveCatalog::View catalog = catalog_.Read();
  take(catalog->Find(product_id));
  return {};
}

Result<std::unique_ptr<AudienceWalk>> EngineReader::Walk(AudienceQuestion question) {
  size_t shard = 0;
  size_t shopper = 0;
  if (!question.place.empty()) {
    const std::string_view place = question.place;
    const size_t dot = std::min(place.size(), place.find('.'));
    if (!ParseNumber(place.substr(0, dot), shard) ||
        !ParseNumber(place.substr(std::min(place.size(), dot + 1)), shopper)) {
      return InvalidArgument("this is no place of this engine");
    }
  }
  return std::unique_ptr<AudienceWalk>(std::make_unique<EngineWalk>(engine_, std::move(question), shard, shopper));
}

}  // namespace adirect
