#include "adirect/sources/world_realistic.h"

#include <algorithm>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/model/event.h"
#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_draws.h"
#include "adirect/sources/generator_lanes.h"
#include "adirect/sources/generator_random.h"
#include "adirect/sources/generator_rhythm.h"

namespace adirect {
namespace {

constexpr int64_t kWishDays = 4;  // a shopper looks for one category so long

enum StreamTag : uint64_t { kLanes, kTastes, kWishes };

class RealisticWorld : public World {
 public:
  explicit RealisticWorld(const WorldFrame& frame)
      : frame_(frame),
        rhythm_(frame.start, frame.span_ms, ClockOffsets(frame)),
        lanes_(RandomStream{frame.seed}.Sub(kLanes), Lanes::BitsFor(frame.events, frame.span_ms, CountShoppers(frame))),
        wishes_(RandomStream{frame.seed}.Sub(kWishes)),
        mass_per_event_((static_cast<Uint128>(rhythm_.mass()) << 20) / frame.events) {
    for (const Shoppers& group : frame.shoppers) {
      busy_.emplace_back(group.count());
      // By the region: a shopper likes the same whichever regions run.
      tastes_.push_back(RandomStream{frame.seed}.Sub(kTastes).Sub(Hash64(group.region())));
    }
    const bool several = frame.shoppers.size() > 1;
    id_prefix_ = EventIdPrefix(several ? "all" : frame.shoppers[0].region(), frame.seed);
    identity_hash_ = PrefixHash(id_prefix_);
  }

  uint64_t chunks() const override { return (frame_.events + kChunkEvents - 1) / kChunkEvents; }
  void Advance(ChunkPlace& place) const override { ++place.index; }
  std::unique_ptr<ChunkReader> Open(const ChunkPlace& place) const override;

  struct Hours {
    Rhythm::Hour event;
    Rhythm::Hour session;
  };

  void Add(uint64_t number, Hours& hours, EventBatch& batch) const;
  uint64_t events() const { return frame_.events; }

 private:
  // Who, and about which category, from the session's random numbers.
  struct Visit {
    size_t group;
    uint32_t shopper;
    uint32_t category;
    RandomStream wish;  // of the shopper for these days
    bool buyer;
  };
  enum VisitDraw : uint64_t { kGroup, kShopper, kTopic, kAnyCategory, kBuys, kTwoLines, kOrder, kSteps };

  static std::vector<int> ClockOffsets(const WorldFrame& frame);
  static uint64_t CountShoppers(const WorldFrame& frame);

  // `within` is where in its slot of time the event lies, of 2^16.
  uint64_t MassOf(uint64_t number, uint64_t within) const {
    return static_cast<uint64_t>((mass_per_event_ * (number << 16 | within)) >> 36);
  }
  Visit VisitOf(const SessionPlace& session, Rhythm::Hour& hour) const;
  EventType TypeOf(const SessionPlace& session, const Visit& visit, uint64_t draw) const;
  uint32_t ProductOf(const SessionPlace& session, const Visit& visit, EventType type) const;

  const WorldFrame& frame_;
  Rhythm rhythm_;
  Lanes lanes_;
  RandomStream wishes_;
  Uint128 mass_per_event_;            // times 2^20
  std::vector<BusyOrder> busy_;       // of each group
  std::vector<RandomStream> tastes_;  // of each group
  std::string id_prefix_;
  uint64_t identity_hash_;
};

std::vector<int> RealisticWorld::ClockOffsets(const WorldFrame& frame) {
  std::vector<int> offsets;
  for (const Shoppers& group : frame.shoppers) offsets.push_back(group.clock_offset_hours());
  return offsets;
}

uint64_t RealisticWorld::CountShoppers(const WorldFrame& frame) {
  uint64_t count = 0;
  for (const Shoppers& group : frame.shoppers) count += group.count();
  return count;
}

RealisticWorld::Visit RealisticWorld::VisitOf(const SessionPlace& session, Rhythm::Hour& hour) const {
  rhythm_.Find(MassOf(session.first, 0), hour);
  Visit visit;
  visit.group = rhythm_.GroupOf(session.random.At(kGroup), hour);
  visit.shopper = busy_[visit.group].Draw(session.random.At(kShopper));
  const RandomStream taste = tastes_[visit.group].Sub(visit.shopper);
  // Not all shoppers change their wish on the same day.
  const auto period = static_cast<uint64_t>((hour.begin.day() + static_cast<int64_t>(taste.key % 4)) / kWishDays);
  visit.wish = wishes_.Sub(taste.key + period);
  visit.buyer = taste.At(3) % 4 == 0;
  const uint64_t topic = Below(session.random.At(kTopic), 10);
  const uint64_t wished = topic < 7 ? Below(visit.wish.At(0), 10) : Below(session.random.At(kAnyCategory), 10);
  const size_t favourite = wished < 5 ? 0 : wished < 8 ? 1 : 2;
  const RandomStream& from = topic < 9 ? taste : session.random;
  visit.category = DrawCategory(from.At(topic < 9 ? favourite : kAnyCategory));
  return visit;
}

EventType RealisticWorld::TypeOf(const SessionPlace& session, const Visit& visit, uint64_t draw) const {
  const uint32_t left = session.size - 1 - session.at;
  const bool buys = session.size > 1 && Chance(session.random.At(kBuys), visit.buyer ? 300'000 : 30'000);
  const bool two_lines = session.size > 3 && session.size % 2 == 0 && session.random.At(kTwoLines) % 4 == 0;
  if (buys && (left == 0 || (left == 1 && two_lines))) return EventType::kPurchase;
  if (session.at == 0) return EventType::kSearch;
  const uint64_t of_100 = Below(draw, 100);
  if (session.at % 2 == 0) return of_100 < 80 ? EventType::kSearch : EventType::kView;
  if (of_100 < 70) return EventType::kView;
  return of_100 < 80 ? EventType::kSearch : of_100 < 92 ? EventType::kCart : EventType::kFavorite;
}

// Events 0 and 1, 2 and 3, … of a session are about the same product; what is bought is the product
// of the event before.
uint32_t RealisticWorld::ProductOf(const SessionPlace& session, const Visit& visit, EventType type) const {
  const uint32_t at = type == EventType::kPurchase ? session.at - 1 : session.at;
  const uint64_t draw = session.random.Sub(kSteps).At(at / 2);
  if (draw % 2 == 0) return DrawProduct(draw, visit.category);
  return DrawProduct(visit.wish.Sub(visit.category).At(draw >> 62), visit.category);
}

void RealisticWorld::Add(uint64_t number, Hours& hours, EventBatch& batch) const {
  const SessionPlace session = lanes_.PlaceOf(number);
  const Visit visit = VisitOf(session, hours.session);
  const uint64_t draw = session.random.Sub(kSteps).At(kMostOfSession + session.at);
  const Shoppers& group = frame_.shoppers[visit.group];
  Event& event = batch.Add();
  event.type = TypeOf(session, visit, draw);
  event.time = rhythm_.TimeOf(MassOf(number, draw & 0xffff), hours.event);
  const UserTexts shopper = group.At(visit.shopper, batch.room());
  batch.Use(kShopperBytes);
  event.user_id = shopper.id;
  event.user_name = shopper.name;
  event.region = group.region();
  event.category_id = kCategoryIds[visit.category];
  event.product_id = WriteProductId(visit.category, ProductOf(session, visit, event.type), batch.room());
  batch.Use(kProductBytes);
  event.event_id = batch.Write(id_prefix_, number);
  event.identity = PositionIdentity(identity_hash_, number);
  if (event.type == EventType::kPurchase) {
    event.order_id = batch.WriteHex("o-", session.random.At(kOrder));
  }
}

class RealisticReader : public ChunkReader {
 public:
  RealisticReader(const RealisticWorld& world, uint64_t chunk)
      : world_(world), next_(chunk * kChunkEvents), end_(std::min(next_ + kChunkEvents, world.events())) {}

  bool Read(EventBatch& batch) override {
    batch.Clear();
    while (next_ < end_ && batch.free() > 0) world_.Add(next_++, hours_, batch);
    return !batch.events().empty();
  }

 private:
  const RealisticWorld& world_;
  RealisticWorld::Hours hours_;
  uint64_t next_;
  uint64_t end_;
};

std::unique_ptr<ChunkReader> RealisticWorld::Open(const ChunkPlace& place) const {
  return std::make_unique<RealisticReader>(*this, place.index);
}

}  // namespace

std::unique_ptr<World> MakeRealisticWorld(const WorldFrame& frame) { return std::make_unique<RealisticWorld>(frame); }

}  // namespace adirect
