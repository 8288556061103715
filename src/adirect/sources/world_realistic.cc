#include "adirect/sources/world_realistic.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_random.h"
#include "adirect/sources/generator_rhythm.h"

namespace adirect {
namespace {

constexpr int64_t kPaceMs = 45'000;  // between two events of a session
constexpr uint32_t kBlock = 16;      // rounds of a lane that are cut into sessions together
constexpr int64_t kWishDays = 4;     // a shopper looks for one category so long

enum StreamTag : uint64_t { kRounds, kLanes, kTastes, kWishes };

// Zipf's law over the categories: a table in which each stands as often as its weight, 2520 / rank.
constexpr uint32_t kCategoryWeight = 7381;
constexpr std::array<uint8_t, kCategoryWeight> kCategoryTable = [] {
  std::array<uint8_t, kCategoryWeight> table{};
  size_t at = 0;
  for (uint32_t category = 0; category < kCategories; ++category) {
    for (uint32_t i = 0; i < 2520 / (category + 1); ++i) table[at++] = static_cast<uint8_t>(category);
  }
  return table;
}();

uint32_t DrawCategory(uint64_t draw) { return kCategoryTable[Below(draw, kCategoryWeight)]; }

// Ranks from 1: 16 octaves of mass 100, and 65536 to 100000 of mass 61, as 1/r sums up.
uint32_t DrawProduct(uint64_t draw, uint32_t category) {
  const uint64_t octave = Below(draw, 1661) / 100;
  const uint64_t size = octave == 16 ? kProductsPerCategory - 65535 : uint64_t{1} << octave;
  const uint64_t rank = (uint64_t{1} << octave) - 1 + Below(Mix64(draw), size);
  // 61803 has no factor of 10: every product has a rank of its own.
  return static_cast<uint32_t>((rank * 61803 + category * 7919) % kProductsPerCategory);
}

// One of `count` shoppers. Of the shoppers ordered by how busy they are, the busiest x * count have the
// share u of the sessions, where x = (9 u^2 + u) / 10. The order is scattered over the numbers by a step
// without common factor.
struct BusyOrder {
  explicit BusyOrder(uint32_t shoppers) : count(shoppers), step(count * 618'034 / 1'000'000 + 1) {
    while (std::gcd(step, count) != 1) ++step;
  }
  uint32_t Draw(uint64_t draw) const {
    const uint64_t u = draw >> 32;
    const uint64_t x = (9 * ((u * u) >> 32) + u) / 10;
    return static_cast<uint32_t>(((x * count) >> 32) * step % count);
  }
  uint64_t count;
  uint64_t step;
};

// A lane is a sequence of sessions, one after the other. Each round gives every lane one event, in an
// order of its own. A lane's rounds are cut into blocks of 16, and those into sessions.
struct SessionPlace {
  RandomStream random;
  int64_t first_round;  // of the session; negative where it began before the world did
  uint32_t at;          // this event, from 0
  uint32_t size;
};

class Lanes {
 public:
  Lanes(const WorldFrame& frame, uint64_t shoppers)
      : rounds_(RandomStream{frame.seed}.Sub(kRounds)), lanes_(RandomStream{frame.seed}.Sub(kLanes)) {
    const Uint128 due = static_cast<Uint128>(frame.events) * kPaceMs / static_cast<uint64_t>(frame.span_ms);
    const uint64_t most = std::min<uint64_t>(shoppers / 2 + 1, 1 << 24);
    const uint64_t lanes = due > most ? most : static_cast<uint64_t>(due) + 1;
    bits_ = static_cast<int>(std::bit_width(lanes)) - 1;
  }

  SessionPlace PlaceOf(uint64_t event) const {
    const uint64_t round = event >> bits_;
    const uint64_t mask = (uint64_t{1} << bits_) - 1;
    const uint64_t order = rounds_.At(round);
    const uint64_t lane = ((event & mask) * (order | 1) + (order >> 32)) & mask;
    const RandomStream random = lanes_.Sub(lane);
    const uint64_t at = round + random.key % kBlock;
    const auto in_block = static_cast<uint32_t>(at % kBlock);
    const uint64_t draw = random.At(at / kBlock);
    const uint32_t begins = Begins(draw);
    const uint32_t first = std::bit_width(begins & ((2U << in_block) - 1)) - 1;
    const uint32_t end = std::countr_zero(begins >> (in_block + 1) << (in_block + 1) | 1U << kBlock);
    return {RandomStream{draw}.Sub(first), static_cast<int64_t>(round) - (in_block - first),
            in_block - first, end - first};
  }

  uint64_t FirstEventOf(int64_t round) const {
    return round < 0 ? 0 : static_cast<uint64_t>(round) << bits_;
  }

 private:
  // Bit i: a session begins at round i of the block. Bit 0 always, the others for 3 of 16.
  static uint32_t Begins(uint64_t draw) {
    return static_cast<uint32_t>((draw & draw >> 16 & (draw >> 32 | draw >> 48)) & 0xffff) | 1;
  }

  RandomStream rounds_;
  RandomStream lanes_;
  int bits_;  // 2^bits_ lanes
};

class RealisticWorld : public World {
 public:
  explicit RealisticWorld(const WorldFrame& frame)
      : frame_(frame),
        rhythm_(frame.start, frame.span_ms, ClockOffsets(frame)),
        lanes_(frame, CountShoppers(frame)),
        tastes_(RandomStream{frame.seed}.Sub(kTastes)),
        wishes_(RandomStream{frame.seed}.Sub(kWishes)),
        mass_per_event_((static_cast<Uint128>(rhythm_.mass()) << 20) / frame.events) {
    for (const Shoppers& group : frame.shoppers) busy_.emplace_back(group.count());
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
  RandomStream tastes_;
  RandomStream wishes_;
  Uint128 mass_per_event_;  // times 2^20
  std::vector<BusyOrder> busy_;
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

RealisticWorld::Visit RealisticWorld::VisitOf(const SessionPlace& session,
                                              Rhythm::Hour& hour) const {
  rhythm_.Find(MassOf(lanes_.FirstEventOf(session.first_round), 0), hour);
  Visit visit;
  visit.group = rhythm_.GroupOf(session.random.At(kGroup), hour);
  visit.shopper = busy_[visit.group].Draw(session.random.At(kShopper));
  const RandomStream taste = tastes_.Sub(static_cast<uint64_t>(visit.group) << 32 | visit.shopper);
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
  const bool two_lines =
      session.size > 3 && session.size % 2 == 0 && session.random.At(kTwoLines) % 4 == 0;
  if (buys && (left == 0 || (left == 1 && two_lines))) return EventType::kPurchase;
  if (session.at == 0) return EventType::kSearch;
  const uint64_t of_100 = Below(draw, 100);
  if (session.at % 2 == 0) return of_100 < 80 ? EventType::kSearch : EventType::kView;
  if (of_100 < 70) return EventType::kView;
  return of_100 < 80 ? EventType::kSearch : of_100 < 92 ? EventType::kCart : EventType::kFavorite;
}

// Events 0 and 1, 2 and 3, … of a session are about the same product; what is bought is the product of
// the event before.
uint32_t RealisticWorld::ProductOf(const SessionPlace& session, const Visit& visit,
                                   EventType type) const {
  const uint32_t at = type == EventType::kPurchase ? session.at - 1 : session.at;
  const uint64_t draw = session.random.Sub(kSteps).At(at / 2);
  if (draw % 2 == 0) return DrawProduct(draw, visit.category);
  return DrawProduct(visit.wish.Sub(visit.category).At(draw >> 62), visit.category);
}

void RealisticWorld::Add(uint64_t number, Hours& hours, EventBatch& batch) const {
  const SessionPlace session = lanes_.PlaceOf(number);
  const Visit visit = VisitOf(session, hours.session);
  const uint64_t draw = session.random.Sub(kSteps).At(kBlock + session.at);
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
      : world_(world),
        next_(chunk * kChunkEvents),
        end_(std::min(next_ + kChunkEvents, world.events())) {}

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

std::unique_ptr<World> MakeRealisticWorld(const WorldFrame& frame) {
  return std::make_unique<RealisticWorld>(frame);
}

}  // namespace adirect
