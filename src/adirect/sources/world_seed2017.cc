#include "adirect/sources/world_seed2017.h"

#include <algorithm>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_random.h"

namespace adirect {
namespace {

constexpr uint32_t kMostEvents = kUsersPerRound * kPassesPerRound;

struct RoundLength {
  uint32_t events;
  bool buys;  // with its last event
};

// still_searching[n] / 2^64 is the chance of n searches in a row, 0.99^n, in whole numbers.
constexpr std::array<uint64_t, kMostEvents + 1> kStillSearching = [] {
  std::array<uint64_t, kMostEvents + 1> chances{};
  Uint128 chance = static_cast<Uint128>(1) << 64;
  for (uint32_t n = 1; n <= kMostEvents; ++n) {
    chance -= chance / 100;
    chances[n] = static_cast<uint64_t>(chance);
  }
  return chances;
}();

// One draw stands for the coin tosses of a whole round: the first buy is at event n + 1 with
// probability 0.99^n * 0.01. So the length of a round is known without making it.
RoundLength DrawLength(uint64_t draw) {
  const auto first = kStillSearching.begin() + 1;
  const auto end =
      std::partition_point(first, kStillSearching.end(), [draw](uint64_t chance) { return draw < chance; });
  const auto searches = static_cast<uint32_t>(end - first);
  return searches == kMostEvents ? RoundLength{kMostEvents, false} : RoundLength{searches + 1, true};
}

constexpr uint64_t kLengthDraw = 0;
constexpr uint64_t kFirstUserDraw = 1;
enum StreamTag : uint64_t { kCategories2017, kProducts2017, kOrders2017 };

class Region {
 public:
  Region(const WorldFrame& frame, size_t group)
      : shoppers_(frame.shoppers[group]),
        random_(RandomStream{frame.seed}.Sub(Hash64(shoppers_.region()))),
        id_prefix_(EventIdPrefix(shoppers_.region(), frame.seed)),
        identity_hash_(PrefixHash(id_prefix_)),
        events_(frame.events / frame.shoppers.size() + (group < frame.events % frame.shoppers.size() ? 1 : 0)) {}

  const Shoppers& shoppers() const { return shoppers_; }
  RandomStream Round(uint64_t round) const { return random_.Sub(round); }
  RoundLength Length(uint64_t round) const { return DrawLength(Round(round).At(kLengthDraw)); }
  uint64_t events() const { return events_; }
  std::string_view id_prefix() const { return id_prefix_; }
  uint64_t identity_hash() const { return identity_hash_; }

 private:
  const Shoppers& shoppers_;
  RandomStream random_;
  std::string id_prefix_;
  uint64_t identity_hash_;
  uint64_t events_;
};

// One region's passes, from a place on.
class Passes {
 public:
  // The passes whose first event is in [begin, end).
  Passes(const Region& region, RoundPlace place, uint64_t begin, uint64_t end)
      : region_(region), place_(place), end_(std::min(end, region.events())) {
    StartRound();
    while (next() < begin) at_ += kUsersPerRound;
    SkipFinishedRound();
  }

  // The number of the first event of the next pass.
  uint64_t next() const { return place_.first + at_; }
  bool done() const { return next() >= end_; }

  // Adds the next pass, which is not done(), to a batch with room for it.
  void AddPass(Timestamp time, EventBatch& batch) {
    const auto left = std::min<uint64_t>(length_.events - at_, region_.events() - next());
    for (uint32_t i = 0; i < std::min<uint64_t>(left, kUsersPerRound); ++i) AddEvent(time, i, batch);
    at_ += kUsersPerRound;
    SkipFinishedRound();
  }

 private:
  void StartRound() {
    const RandomStream round = region_.Round(place_.round);
    at_ = 0;
    length_ = region_.Length(place_.round);
    products_ = round.Sub(kProducts2017);
    order_ = round.Sub(kOrders2017).At(0);
    uint64_t draw = kFirstUserDraw;
    for (uint32_t i = 0; i < kUsersPerRound; ++i) {
      do {
        users_[i] = static_cast<uint32_t>(Below(round.At(draw++), region_.shoppers().count()));
      } while (std::find(users_.begin(), users_.begin() + i, users_[i]) != users_.begin() + i);
      categories_[i] = static_cast<uint32_t>(Below(round.Sub(kCategories2017).At(i), kCategories));
    }
  }

  void SkipFinishedRound() {
    if (at_ < length_.events) return;
    place_.first += length_.events;
    ++place_.round;
    StartRound();
  }

  void AddEvent(Timestamp time, uint32_t i, EventBatch& batch) {
    const uint32_t at = at_ + i;
    const uint64_t number = place_.first + at;
    Event& event = batch.Add();
    event.type = length_.buys && at + 1 == length_.events ? EventType::kPurchase : EventType::kSearch;
    event.time = time;
    const UserTexts shopper = region_.shoppers().At(users_[i], batch.room());
    batch.Use(kShopperBytes);
    event.user_id = shopper.id;
    event.user_name = shopper.name;
    event.region = region_.shoppers().region();
    event.category_id = kCategoryIds[categories_[i]];
    const auto product = static_cast<uint32_t>(Below(products_.At(at), kProductsPerCategory));
    event.product_id = WriteProductId(categories_[i], product, batch.room());
    batch.Use(kProductBytes);
    event.event_id = batch.Write(region_.id_prefix(), number);
    event.identity = PositionIdentity(region_.identity_hash(), number);
    if (event.type == EventType::kPurchase) event.order_id = batch.WriteHex("o-", order_);
  }

  const Region& region_;
  RoundPlace place_;
  uint64_t end_;
  uint32_t at_ = 0;  // the next pass's first event within the round
  RoundLength length_{};
  std::array<uint32_t, kUsersPerRound> users_{};
  std::array<uint32_t, kUsersPerRound> categories_{};
  RandomStream products_;
  uint64_t order_ = 0;
};

class Seed2017World : public World {
 public:
  explicit Seed2017World(const WorldFrame& frame) : frame_(frame) {
    for (size_t group = 0; group < frame.shoppers.size(); ++group) regions_.emplace_back(frame, group);
  }

  uint64_t chunks() const override { return (regions_[0].events() + events_per_chunk() - 1) / events_per_chunk(); }

  void Advance(ChunkPlace& place) const override {
    const uint64_t begin = ++place.index * events_per_chunk();
    for (size_t i = 0; i < regions_.size(); ++i) {
      RoundPlace& at = place.rounds[i];
      for (;;) {
        const uint64_t next = at.first + regions_[i].Length(at.round).events;
        if (next > begin) break;
        at = {at.round + 1, next};
      }
    }
  }

  std::unique_ptr<ChunkReader> Open(const ChunkPlace& place) const override;

  // Event `number` of any region is due.
  Timestamp TimeOf(uint64_t number) const {
    const Uint128 product = static_cast<Uint128>(number) * regions_.size() * static_cast<uint64_t>(frame_.span_ms);
    const int64_t due = frame_.start.ms + static_cast<int64_t>(product / frame_.events);
    return {due / kMillisPerSecond * kMillisPerSecond};
  }

  uint64_t events_per_chunk() const { return kChunkEvents / regions_.size(); }  // of each region
  const std::vector<Region>& regions() const { return regions_; }

 private:
  const WorldFrame& frame_;
  std::vector<Region> regions_;
};

class Seed2017Reader : public ChunkReader {
 public:
  Seed2017Reader(const Seed2017World& world, const ChunkPlace& place) : world_(world) {
    const uint64_t begin = place.index * world.events_per_chunk();
    const uint64_t end = begin + world.events_per_chunk();
    for (size_t i = 0; i < world.regions().size(); ++i) {
      passes_.emplace_back(world.regions()[i], place.rounds[i], begin, end);
    }
  }

  bool Read(EventBatch& batch) override {
    batch.Clear();
    while (batch.free() >= kUsersPerRound) {
      Passes* next = nullptr;
      for (Passes& passes : passes_) {
        if (!passes.done() && (next == nullptr || passes.next() < next->next())) next = &passes;
      }
      if (next == nullptr) break;
      next->AddPass(world_.TimeOf(next->next()), batch);
    }
    return !batch.events().empty();
  }

 private:
  const Seed2017World& world_;
  std::vector<Passes> passes_;
};

std::unique_ptr<ChunkReader> Seed2017World::Open(const ChunkPlace& place) const {
  return std::make_unique<Seed2017Reader>(*this, place);
}

}  // namespace

std::unique_ptr<World> MakeSeed2017World(const WorldFrame& frame) { return std::make_unique<Seed2017World>(frame); }

}  // namespace adirect
