// The C interface's answers: what is bought, what is popular, who is targeted and with what.
#include <utility>

#include "adirect/base/prefetch.h"
#include "adirect/capi/arrow_in.h"
#include "adirect/capi/arrow_out.h"
#include "adirect/capi/guard.h"
#include "adirect/capi/handles.h"
#include "adirect/targeting/decision.h"
#include "adirect/targeting/shopper_order.h"

namespace adirect::capi {
namespace {

constexpr size_t kRowsPerBatch = 64 << 10;
constexpr size_t kShoppersPerRound = 1024;

class PurchaseBatches final : public Batches {
 public:
  PurchaseBatches(std::shared_ptr<const Kept> kept, Timestamp now)
      : kept_(std::move(kept)), purchases_(kept_->Standing(now)) {}

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    const size_t end = std::min(purchases_.size(), next_ + kRowsPerBatch);
    if (next_ == end) return false;
    for (; next_ < end; ++next_) {
      const Purchases& one = purchases_[next_];
      batch.child(0).AddText(kept_->dictionary().category_id(one.item));
      batch.child(1).AddText(kept_->dictionary().product(one.item));
      batch.child(2).AddNumber(one.day);
      batch.child(3).AddNumber(static_cast<int64_t>(one.count));
      batch.EndRow();
    }
    return true;
  }

 private:
  const Shape shape_{"", "+s", false, {{"category_id", "u"}, {"product_id", "u"}, {"day", "i"}, {"purchases", "l"}}};
  const std::shared_ptr<const Kept> kept_;
  const std::vector<Purchases> purchases_;
  size_t next_ = 0;
};

Shape Titled(Shape shape, const Catalog* catalog) {
  if (catalog != nullptr) shape.children.push_back({"title", "u", true});
  return shape;
}

// The column behind the others, where there is a catalog.
void AddTitle(std::string_view product, const Catalog* catalog, size_t place, OutColumn& rows) {
  if (catalog == nullptr) return;
  const std::string_view title = catalog->TitleOf(product);
  title.empty() ? rows.child(place).AddNull() : rows.child(place).AddText(title);
}

class PopularBatches final : public Batches {
 public:
  PopularBatches(std::shared_ptr<const Kept> kept, const Policy& policy, Timestamp now, const Catalog* catalog)
      : shape_(Titled({"", "+s", false, {{"category_id", "u"}, {"rank", "l"}, {"product_id", "u"}, {"purchases", "l"}}},
                      catalog)),
        kept_(std::move(kept)),
        catalog_(catalog),
        popular_(kept_->PopularityOf(policy, now)) {}

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    while (category_ < popular_.categories().size() && batch.length() < static_cast<int64_t>(kRowsPerBatch)) {
      const CategoryIndex category = popular_.categories()[category_];
      const std::span<const PopularProduct> products = popular_.Of(category);
      if (rank_ < products.size()) Add(category, products[rank_], batch);
      if (++rank_ >= products.size()) ++category_, rank_ = 0;
    }
    return batch.length() > 0;
  }

 private:
  void Add(CategoryIndex category, const PopularProduct& product, OutColumn& batch) {
    const std::string_view product_id = kept_->dictionary().product(product.item);
    batch.child(0).AddText(kept_->dictionary().category_id(category));
    batch.child(1).AddNumber(static_cast<int64_t>(rank_ + 1));
    batch.child(2).AddText(product_id);
    batch.child(3).AddNumber(product.purchases);
    AddTitle(product_id, catalog_, 4, batch);
    batch.EndRow();
  }

  const Shape shape_;
  const std::shared_ptr<const Kept> kept_;
  const Catalog* const catalog_;
  const Popularity popular_;
  size_t category_ = 0;
  size_t rank_ = 0;  // from 0, of the category
};

class AudienceBatches final : public Batches {
 public:
  AudienceBatches(std::shared_ptr<const Kept> kept, const Policy& policy, Timestamp now, const Catalog* catalog)
      : shape_(MakeShape(catalog)),
        kept_(std::move(kept)),
        policy_(policy),
        settings_(kept_->settings()),
        now_(now),
        catalog_(catalog),
        popularity_(kept_->PopularityOf(policy, now)),
        tables_(kept_->all()),
        decider_(policy_, settings_, kept_->dictionary(), popularity_, now_, catalog_) {
    places_ = InOrderOfIds(tables_, [&](const ShopperTable& table, uint32_t shopper) {
      return table.MayHaveSearches(shopper, decider_.filter());
    });
  }

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    const auto full = [&] {
      return batch.length() >= static_cast<int64_t>(kRowsPerBatch) || batch.text_bytes() >= kTextBytesPerBatch;
    };
    while (next_ < places_.size() && !full()) {
      const size_t count = std::min(kShoppersPerRound, places_.size() - next_);
      const std::span<const ShopperPlace> round = std::span(places_).subspan(next_, count);
      const auto prefetch = [&](size_t i, int step) { tables_[round[i].shard]->Prefetch(round[i].shopper, step); };
      WithPrefetch(count, prefetch, [&](size_t i) { Visit(round[i], batch); });
      next_ += count;
    }
    return batch.length() > 0;
  }

 private:
  static Shape MakeShape(const Catalog* catalog) {
    const Shape product = Titled({"item", "+s", false, {{"rank", "l"}, {"product_id", "u"}, {"source", "u"}}}, catalog);
    return {"",
            "+s",
            false,
            {{"user_id", "u"},
             {"category_id", "u"},
             {"searches", "l"},
             {"last_search_at", "tsm:UTC"},
             {"next_change_at", "tsm:UTC", true},
             {"products", "+l", false, {product}}}};
  }

  void Visit(const ShopperPlace& place, OutColumn& batch) {
    tables_[place.shard]->Read(place.shopper, now_, shopper_, &decider_.filter());
    for (const CategoryDecision& decision : decider_.Audience(shopper_)) {
      batch.child(0).AddText(shopper_.user_id);
      batch.child(1).AddText(kept_->dictionary().category_id(decision.category));
      AddVerdict(decision.verdict, batch);
      AddProducts(decision.list, batch.child(5));
      batch.EndRow();
    }
  }

  static void AddVerdict(const Verdict& verdict, OutColumn& batch) {
    batch.child(2).AddNumber(verdict.searches);
    batch.child(3).AddNumber(verdict.last_search_at->ms);
    verdict.next_change_at ? batch.child(4).AddNumber(verdict.next_change_at->ms) : batch.child(4).AddNull();
  }

  void AddProducts(std::span<const Recommendation> list, OutColumn& products) const {
    OutColumn& rows = products.child(0);
    int64_t rank = 0;
    for (const Recommendation& one : list) {
      const std::string_view product_id = kept_->dictionary().product(one.item);
      rows.child(0).AddNumber(++rank);
      rows.child(1).AddText(product_id);
      rows.child(2).AddText(ProductSourceName(one.source));
      AddTitle(product_id, catalog_, 3, rows);
      rows.EndRow();
    }
    products.EndRow();
  }

  const Shape shape_;
  const std::shared_ptr<const Kept> kept_;
  const Policy policy_;
  const Settings settings_;
  const Timestamp now_;
  const Catalog* const catalog_;
  const Popularity popularity_;
  const std::vector<const ShopperTable*> tables_;
  Decider decider_;
  std::vector<ShopperPlace> places_;
  size_t next_ = 0;
  Shopper shopper_;
};

Status CheckPurchases(const ArrowBlock& rows) {
  for (size_t row = 0; row < rows.rows; ++row) {
    const size_t longest = std::max(TextAt(rows.columns[0], row).size(), TextAt(rows.columns[1], row).size());
    const int64_t purchases = rows.columns[3].integers[row];
    if (longest <= kMaxIdBytes && purchases >= 0 && purchases <= UINT32_MAX) continue;
    return InvalidArgument("row " + std::to_string(row) +
                           " is none of adirect_purchases: " + std::to_string(purchases) + " purchases, and an id of " +
                           std::to_string(longest) + " bytes");
  }
  return {};
}

Status AddPurchases(Kept& kept, const ArrowSchema* schema, const ArrowArray* batch) {
  ArrowBlock rows;
  ADIRECT_RETURN_IF_ERROR(ReadAsked({{"category_id", Column::Kind::kText},
                                     {"product_id", Column::Kind::kText},
                                     {"day", Column::Kind::kInteger},
                                     {"purchases", Column::Kind::kInteger}},
                                    schema, batch, rows));
  ADIRECT_RETURN_IF_ERROR(CheckPurchases(rows));
  kept.CountOnlyAdded();
  for (size_t row = 0; row < rows.rows; ++row) {
    const ItemIndex item = kept.dictionary().Intern(TextAt(rows.columns[1], row), TextAt(rows.columns[0], row));
    kept.AddPurchases({item, rows.columns[2].integers[row], static_cast<uint64_t>(rows.columns[3].integers[row])});
  }
  return {};
}

template <typename PolicyBatches>
Status Answer(const adirect_state* state, const adirect_policy* policy, int64_t as_of_ms,
              const adirect_catalog* catalog, ArrowArrayStream* out) {
  ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
  ADIRECT_RETURN_IF_ERROR(Need(policy, "policy"));
  ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
  ADIRECT_RETURN_IF_ERROR(CheckAgainst(policy->policy, state->kept->settings()));
  const Result<Timestamp> now = state->kept->AsOf(as_of_ms);
  if (!now.ok()) return now.status();
  ExportStream(std::make_unique<PolicyBatches>(state->kept, policy->policy, *now, CatalogOf(catalog)), out);
  return {};
}

}  // namespace
}  // namespace adirect::capi

using adirect::Result;
using adirect::Status;
using adirect::capi::Given;
using adirect::capi::Guarded;
using adirect::capi::Need;

int32_t adirect_purchases(const adirect_state* state, int64_t as_of_ms, ArrowArrayStream* out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    const Result<adirect::Timestamp> now = state->kept->AsOf(as_of_ms);
    if (!now.ok()) return now.status();
    adirect::capi::ExportStream(std::make_unique<adirect::capi::PurchaseBatches>(state->kept, *now), out);
    return {};
  });
}

int32_t adirect_add_purchases(adirect_state* state, ArrowSchema* schema, ArrowArray* batch) noexcept {
  const Given<ArrowSchema> types(schema);
  const Given<ArrowArray> rows(batch);
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
    return adirect::capi::AddPurchases(*state->kept, types.get(), rows.get());
  });
}

int32_t adirect_popular(const adirect_state* state, const adirect_policy* policy, int64_t as_of_ms,
                        const adirect_catalog* catalog, ArrowArrayStream* out) noexcept {
  return Guarded(
      [&] { return adirect::capi::Answer<adirect::capi::PopularBatches>(state, policy, as_of_ms, catalog, out); });
}

int32_t adirect_audience(const adirect_state* state, const adirect_policy* policy, int64_t as_of_ms,
                         const adirect_catalog* catalog, ArrowArrayStream* out) noexcept {
  return Guarded(
      [&] { return adirect::capi::Answer<adirect::capi::AudienceBatches>(state, policy, as_of_ms, catalog, out); });
}
