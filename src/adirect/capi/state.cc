// The C interface's states: made, merged, and out as their canonical bytes.
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "adirect/capi/arrow_out.h"
#include "adirect/capi/event_rows.h"
#include "adirect/capi/guard.h"
#include "adirect/capi/handles.h"
#include "adirect/targeting/state_bytes.h"

using adirect::InvalidArgument;
using adirect::Result;
using adirect::Settings;
using adirect::ShopperTable;
using adirect::Status;
using adirect::capi::Batches;
using adirect::capi::Guarded;
using adirect::capi::Kept;
using adirect::capi::kTextBytesPerBatch;
using adirect::capi::Need;
using adirect::capi::OutColumn;
using adirect::capi::Shape;

namespace {

constexpr size_t kEventsPerBatch = 64 << 10;

bool HoldsAnything(const ShopperTable& table) {
  return table.size() > 0 || table.newest() || !table.erased().empty() || !table.extra().empty();
}

// One batch a bucket, since each may be large.
class BucketBatches final : public Batches {
 public:
  explicit BucketBatches(std::shared_ptr<const Kept> kept) : kept_(std::move(kept)), tables_(kept_->all()) {}

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    while (next_ < tables_.size() && !HoldsAnything(*tables_[next_])) ++next_;
    if (next_ == tables_.size()) return false;
    const std::string bytes = adirect::StateBytes(std::span(&tables_[next_], 1), kept_->dictionary());
    if (bytes.size() > INT32_MAX) {
      return adirect::Exhausted("bucket " + std::to_string(next_) + " takes " + std::to_string(bytes.size() >> 20) +
                                " MiB, more than the 2 GiB of an Arrow value; make the state with more buckets");
    }
    batch.child(0).AddNumber(static_cast<int64_t>(next_++));
    batch.child(1).AddText(bytes);
    batch.EndRow();
    return true;
  }

 private:
  const Shape shape_{"", "+s", false, {{"bucket", "i"}, {"state", "z"}}};
  const std::shared_ptr<const Kept> kept_;
  const std::vector<const ShopperTable*> tables_;
  size_t next_ = 0;
};

class ShopperBatches final : public Batches {
 public:
  explicit ShopperBatches(std::shared_ptr<const Kept> kept)
      : kept_(std::move(kept)), now_(kept_->newest().value_or(adirect::Timestamp{})), tables_(kept_->all()) {
    const auto anyone = [](const ShopperTable& table, uint32_t shopper) { return !table.user_id(shopper).empty(); };
    places_ = adirect::InOrderOfIds(tables_, anyone);
  }

  const Shape& shape() const override { return shape_; }

  Result<bool> Next(OutColumn& batch) override {
    while (next_ < places_.size() && batch.text_bytes() < kTextBytesPerBatch) Add(places_[next_++], batch);
    return batch.length() > 0;
  }

 private:
  void Add(const adirect::ShopperPlace& place, OutColumn& batch) {
    tables_[place.shard]->Read(place.shopper, now_, shopper_);
    if (shopper_.empty() && shopper_.extra.empty()) return;
    bytes_.clear();
    writer_.Append(shopper_, bytes_);
    batch.child(0).AddText(shopper_.user_id);
    batch.child(1).AddText(bytes_);
    batch.EndRow();
  }

  const Shape shape_{"", "+s", false, {{"user_id", "u"}, {"state", "z"}}};
  const std::shared_ptr<const Kept> kept_;
  const adirect::Timestamp now_;
  const std::vector<const ShopperTable*> tables_;
  std::vector<adirect::ShopperPlace> places_;
  size_t next_ = 0;
  adirect::ShopperWriter writer_{kept_->dictionary()};
  adirect::Shopper shopper_;
  std::string bytes_;
};

// First the erases, in one batch, then what is kept of each shopper.
class EventBatches final : public Batches {
 public:
  explicit EventBatches(std::shared_ptr<const Kept> kept)
      : kept_(std::move(kept)), now_(kept_->newest().value_or(adirect::Timestamp{})), tables_(kept_->all()) {}

  const Shape& shape() const override { return adirect::capi::EventShape(); }

  Result<bool> Next(OutColumn& batch) override {
    if (!std::exchange(erases_given_, true)) AddErases(batch);
    while (table_ < tables_.size() && batch.length() < static_cast<int64_t>(kEventsPerBatch)) {
      if (next_ == tables_[table_]->size()) {
        ++table_;
        next_ = 0;
      } else {
        Add(next_++, batch);
      }
    }
    return batch.length() > 0;
  }

 private:
  void AddErases(OutColumn& batch) const {
    for (const ShopperTable* table : tables_) {
      for (const ShopperTable::Erased& erase : table->erased()) {
        char hash[33];
        std::snprintf(hash, sizeof hash, "%016" PRIx64 "%016" PRIx64, erase.user.high, erase.user.low);
        adirect::capi::AddEvent({.type = "erase", .user_id = hash, .time = erase.time}, batch);
      }
    }
  }

  void Add(size_t shopper, OutColumn& batch) {
    tables_[table_]->Read(shopper, now_, shopper_);
    const std::string& user = shopper_.user_id;
    if (!shopper_.user_name.empty()) {
      const adirect::Timestamp at = shopper_.user_name_at;
      adirect::capi::AddEvent({.type = "name", .user_id = user, .user_name = shopper_.user_name, .time = at}, batch);
    }
    const adirect::Dictionary& dictionary = kept_->dictionary();
    for (const auto* events : {&shopper_.interests, &shopper_.purchases, &shopper_.refunds}) {
      for (const adirect::KeptEvent& event : *events) {
        adirect::capi::AddEvent({adirect::EventTypeName(event.type),
                                 user,
                                 {},
                                 dictionary.category_id(event.category),
                                 dictionary.product(event.item),
                                 event.time,
                                 event.order,
                                 event.identity},
                                batch);
      }
    }
  }

  const std::shared_ptr<const Kept> kept_;
  const adirect::Timestamp now_;
  const std::vector<const ShopperTable*> tables_;
  bool erases_given_ = false;
  size_t table_ = 0;
  size_t next_ = 0;  // of the table's shoppers
  adirect::Shopper shopper_;
};

Result<Settings> SettingsOf(const adirect_settings* given) {
  if (given == nullptr) return Settings();
  if (given->max_searches < 1) {
    return InvalidArgument("max_searches " + std::to_string(given->max_searches) + " is too few; use 1 or more");
  }
  if (given->retention_ms < 0 || given->retention_ms % adirect::kMillisPerDay != 0) {
    return InvalidArgument("retention_ms " + std::to_string(given->retention_ms) + " is no number of whole days, or 0");
  }
  const adirect::Duration retention =
      given->retention_ms == 0 ? adirect::Duration::Forever() : adirect::Duration::Millis(given->retention_ms);
  return Settings{given->max_searches, retention};
}

Status NewState(const adirect_settings* given, uint32_t buckets, adirect_state** out) {
  ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
  const Result<Settings> settings = SettingsOf(given);
  if (!settings.ok()) return settings.status();
  if (buckets < 1 || buckets > ADIRECT_MAX_BUCKETS) {
    return InvalidArgument("a state cannot have " + std::to_string(buckets) + " buckets; use 1 to " +
                           std::to_string(ADIRECT_MAX_BUCKETS));
  }
  *out = new adirect_state{std::make_shared<Kept>(*settings, buckets)};
  return {};
}

template <typename SomeBatches>
int32_t Export(const adirect_state* state, ArrowArrayStream* out) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
    ADIRECT_RETURN_IF_ERROR(Need(out, "out"));
    adirect::capi::ExportStream(std::make_unique<SomeBatches>(state->kept), out);
    return {};
  });
}

}  // namespace

int32_t adirect_state_new(const adirect_settings* settings, uint32_t buckets, adirect_state** out) noexcept {
  return Guarded([&] { return NewState(settings, buckets, out); });
}

void adirect_state_free(adirect_state* state) noexcept { delete state; }

adirect_settings adirect_state_settings(const adirect_state* state) noexcept {
  const Settings& settings = state->kept->settings();
  return {settings.max_searches, settings.retention.forever() ? 0 : settings.retention.millis()};
}

int64_t adirect_state_newest(const adirect_state* state) noexcept {
  const std::optional<adirect::Timestamp> newest = state->kept->newest();
  return newest ? newest->ms : ADIRECT_NO_TIME;
}

int32_t adirect_state_merge(adirect_state* state, const void* bytes, size_t size) noexcept {
  return Guarded([&]() -> Status {
    ADIRECT_RETURN_IF_ERROR(Need(state, "state"));
    ADIRECT_RETURN_IF_ERROR(Need(bytes, "bytes"));
    return state->kept->Merge({static_cast<const char*>(bytes), size});
  });
}

int32_t adirect_state_buckets(const adirect_state* state, ArrowArrayStream* out) noexcept {
  return Export<BucketBatches>(state, out);
}

int32_t adirect_state_shoppers(const adirect_state* state, ArrowArrayStream* out) noexcept {
  return Export<ShopperBatches>(state, out);
}

int32_t adirect_state_events(const adirect_state* state, ArrowArrayStream* out) noexcept {
  return Export<EventBatches>(state, out);
}
