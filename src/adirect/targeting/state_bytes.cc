#include "adirect/targeting/state_bytes.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr std::string_view kMagic = "adstate";
constexpr size_t kPieceBytes = 1 << 20;

// Sections of a state, in this order. Larger tags are a newer version's.
enum StateTag : uint64_t { kEnd = 0, kSettings = 1, kNewest = 2, kErases = 3, kShopper = 4 };
// Sections of a shopper.
enum ShopperTag : uint64_t { kName = 1, kInterests = 2, kPurchases = 3, kRefunds = 4 };

void AppendSection(uint64_t tag, std::string_view body, std::string& out) {
  AppendVarint(tag, out);
  AppendText(body, out);
}

// A run: events of one category and type. Category, type, count, then per event the time (the first
// whole, then the distance from the one before), product, identity and, of purchases and refunds, the
// order.
void AppendRun(std::span<const KeptEvent> run, const Dictionary& dictionary, std::string& out) {
  const KeptEvent& first = run.front();
  AppendText(dictionary.category_id(first.category), out);
  AppendVarint(static_cast<uint64_t>(first.type), out);
  AppendVarint(run.size(), out);
  int64_t before = 0;
  for (const KeptEvent& event : run) {
    AppendVarint(static_cast<uint64_t>(&event == &first ? event.time.ms : before - event.time.ms), out);
    AppendText(dictionary.product(event.item), out);
    if (event.type != EventType::kRefund) AppendFixed64(event.identity, out);
    if (!IsInterest(event.type)) AppendFixed64(event.order, out);
    before = event.time.ms;
  }
}

// The runs of a canonical list, by the bytes of their categories' ids and by type.
void AppendEvents(std::span<const KeptEvent> events, const Dictionary& dictionary, std::string& out) {
  std::vector<std::span<const KeptEvent>> runs;
  while (!events.empty()) {
    const auto other = std::find_if(events.begin(), events.end(), [&](const KeptEvent& event) {
      return event.category != events.front().category || event.type != events.front().type;
    });
    runs.emplace_back(events.begin(), other);
    events = {other, events.end()};
  }
  std::sort(runs.begin(), runs.end(), [&](std::span<const KeptEvent> a, std::span<const KeptEvent> b) {
    const KeptEvent& x = a.front();
    const KeptEvent& y = b.front();
    if (x.category == y.category) return x.type < y.type;
    return dictionary.category_id(x.category) < dictionary.category_id(y.category);
  });
  for (const std::span<const KeptEvent> run : runs) AppendRun(run, dictionary, out);
}

bool IsEventTime(uint64_t ms) { return ms <= static_cast<uint64_t>(kMaxEventTime.ms); }

// Reads one run; `tag` says which types may stand in it.
void ReadRun(uint64_t tag, WireReader& in, Dictionary& dictionary, std::vector<KeptEvent>& events) {
  const std::string_view category = in.Text();
  const uint64_t type_number = in.Varint();
  const auto type = static_cast<EventType>(type_number);
  const bool fits = type_number < 6 && (tag == kInterests   ? IsInterest(type)
                                        : tag == kPurchases ? type == EventType::kPurchase
                                                            : type == EventType::kRefund);
  if (!fits || category.size() > kMaxIdBytes || category.empty() != (tag == kRefunds)) return in.Fail();
  uint64_t time = 0;
  const uint64_t count = in.Varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const uint64_t step = in.Varint();
    if (i > 0 && step > time) return in.Fail();
    time = i == 0 ? step : time - step;
    const std::string_view product = in.Text();
    KeptEvent event;
    event.time = {static_cast<int64_t>(time)};
    event.type = type;
    if (type != EventType::kRefund) event.identity = in.Fixed64();
    if (!IsInterest(type)) event.order = in.Fixed64();
    if (!in.ok() || !IsEventTime(time) || product.size() > kMaxIdBytes) return in.Fail();
    event.item = dictionary.Intern(product, category);
    event.category = dictionary.category(event.item);
    events.push_back(event);
  }
}

void ReadName(WireReader& in, Shopper& shopper) {
  const uint64_t time = in.Varint();
  shopper.user_name_at = {static_cast<int64_t>(time)};
  shopper.user_name = in.rest();
  if (!IsEventTime(time) || shopper.user_name.empty() || shopper.user_name.size() > kMaxIdBytes) in.Fail();
}

// What the shards of one state have in common.
struct Common {
  Settings settings;
  std::optional<Timestamp> newest;
  std::vector<ShopperTable::Erased> erased;
  std::string extra;
};

Common CommonOf(std::span<const ShopperTable* const> shards) {
  Common common;
  ADIRECT_CHECK(!shards.empty(), "a state has at least one shard");
  common.settings = shards.front()->settings();
  for (const ShopperTable* shard : shards) {
    common.settings = common.settings.Meet(shard->settings());
    common.newest = std::max(common.newest, shard->newest());
    common.extra = std::max(common.extra, std::string(shard->extra()));
    const std::vector<ShopperTable::Erased> erased = shard->erased();
    common.erased.insert(common.erased.end(), erased.begin(), erased.end());
  }
  // Shards may know different erases of one user: the newest counts.
  std::sort(common.erased.begin(), common.erased.end());
  const auto same_user = [](const auto& a, const auto& b) { return a.user == b.user; };
  const auto last = std::unique(common.erased.rbegin(), common.erased.rend(), same_user);
  common.erased.erase(common.erased.begin(), last.base());
  return common;
}

void AppendCommon(const Common& common, std::string& out) {
  out += kMagic;
  out += static_cast<char>(kStateVersion);
  std::string body;
  AppendVarint(static_cast<uint64_t>(common.settings.max_searches), body);
  const Duration retention = common.settings.retention;
  AppendVarint(retention.forever() ? 0 : static_cast<uint64_t>(retention.millis()), body);
  AppendSection(kSettings, body, out);
  if (common.newest) {
    body.clear();
    AppendVarint(static_cast<uint64_t>(common.newest->ms), body);
    AppendSection(kNewest, body, out);
  }
  if (!common.erased.empty()) {
    body.clear();
    for (const auto& [user, time] : common.erased) {
      AppendFixed64(user.low, body);
      AppendFixed64(user.high, body);
      AppendVarint(static_cast<uint64_t>(time.ms), body);
    }
    AppendSection(kErases, body, out);
  }
}

struct Place {
  std::string_view user_id;
  const ShopperTable* shard;
  size_t shopper;
};

std::vector<Place> SortedShoppers(std::span<const ShopperTable* const> shards) {
  std::vector<Place> places;
  for (const ShopperTable* shard : shards) {
    for (size_t i = 0; i < shard->size(); ++i) {
      if (!shard->user_id(i).empty()) places.push_back({shard->user_id(i), shard, i});
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.user_id < b.user_id; });
  return places;
}

Status Damaged(size_t offset) {
  return Corrupt("damaged state: byte " + std::to_string(offset) +
                 " does not read; restore the file from a backup or build it again from the events");
}

// Reads the sections of one shopper behind his id; the offset of the first that does not read.
std::optional<size_t> ReadShopperSections(std::string_view mine, WireReader& in, Dictionary& dictionary,
                                          Shopper& shopper) {
  uint64_t before = 0;
  while (!in.done()) {
    const size_t start = in.offset();
    const uint64_t tag = in.Varint();
    WireReader body(in.Text());
    if (!in.ok() || tag <= before) return start;
    before = tag;
    if (tag == kName) {
      ReadName(body, shopper);
    } else if (tag <= kRefunds) {
      std::vector<KeptEvent>& events = tag == kInterests   ? shopper.interests
                                       : tag == kPurchases ? shopper.purchases
                                                           : shopper.refunds;
      while (!body.done()) ReadRun(tag, body, dictionary, events);
    } else {
      shopper.extra += mine.substr(start, in.offset() - start);
    }
    if (!body.ok()) return start;
  }
  return std::nullopt;
}

// Reads one shopper and moves `bytes` behind him; the offset at which they do not read.
std::optional<size_t> FindDamage(std::string_view& bytes, Dictionary& dictionary, Shopper& shopper) {
  shopper.clear();
  WireReader outer(bytes);
  const std::string_view mine = outer.Text();
  if (!outer.ok()) return 0;
  const size_t start = outer.offset() - mine.size();
  WireReader in(mine);
  shopper.user_id = in.Text();
  if (!in.ok() || shopper.user_id.empty() || shopper.user_id.size() > kMaxIdBytes) return start;
  if (const std::optional<size_t> damage = ReadShopperSections(mine, in, dictionary, shopper)) return start + *damage;
  bytes = outer.rest();
  return std::nullopt;
}

void ReadSettings(WireReader& in, Common& common) {
  const uint64_t max_searches = in.Varint();
  const uint64_t retention = in.Varint();
  const bool days = retention % static_cast<uint64_t>(kMillisPerDay) == 0;
  if (!in.ok() || max_searches == 0 || max_searches > INT32_MAX || retention > INT64_MAX || !days) return in.Fail();
  common.settings.max_searches = static_cast<int>(max_searches);
  common.settings.retention = retention == 0 ? Duration::Forever() : Duration::Millis(static_cast<int64_t>(retention));
}

void ReadNewest(WireReader& in, Common& common) {
  const uint64_t newest = in.Varint();
  if (!IsEventTime(newest)) return in.Fail();
  common.newest = Timestamp{static_cast<int64_t>(newest)};
}

void ReadErases(WireReader& in, Common& common) {
  while (!in.done()) {
    ShopperTable::Erased& erase = common.erased.emplace_back();
    erase.user.low = in.Fixed64();
    erase.user.high = in.Fixed64();
    const uint64_t time = in.Varint();
    erase.time = {static_cast<int64_t>(time)};
    if (!IsEventTime(time)) in.Fail();
  }
}

// Walks the sections of a state whose checksum fits. Shoppers are handed on one by one.
Status WalkState(std::string_view sections, Dictionary& dictionary, Common& common,
                 const std::function<void(const Shopper&)>& take) {
  Shopper shopper;
  WireReader in(sections);
  in.Bytes(kMagic.size() + 1);
  uint64_t before = kEnd;
  for (;;) {
    const size_t start = in.offset();
    const uint64_t tag = in.Varint();
    if (tag < before || (tag == before && tag != kShopper)) break;
    before = tag;
    if (tag == kShopper) {
      std::string_view rest = in.rest();
      const std::optional<size_t> damage = FindDamage(rest, dictionary, shopper);
      if (damage) return Damaged(in.offset() + *damage);
      in.Bytes(in.rest().size() - rest.size());
      take(shopper);
      continue;
    }
    WireReader body(in.Text());
    if (tag == kSettings) {
      ReadSettings(body, common);
    } else if (tag == kNewest) {
      ReadNewest(body, common);
    } else if (tag == kErases) {
      ReadErases(body, common);
    } else {
      common.extra += sections.substr(start, in.offset() - start);
      continue;
    }
    if (!body.ok() || !body.done()) in.Fail();
    if (!in.ok()) return Damaged(start);
  }
  // The walk has stopped at a tag that does not go on: it must be the end's, and the last byte. A state
  // without settings is none.
  if (!in.ok() || before < kSettings || sections.back() != kEnd || !in.rest().empty()) return Damaged(in.offset());
  return {};
}

}  // namespace

void AppendShopper(const Shopper& shopper, const Dictionary& dictionary, std::string& out) {
  std::string bytes;
  std::string body;
  AppendText(shopper.user_id, bytes);
  if (!shopper.user_name.empty()) {
    AppendVarint(static_cast<uint64_t>(shopper.user_name_at.ms), body);
    body += shopper.user_name;
    AppendSection(kName, body, bytes);
  }
  const std::pair<uint64_t, const std::vector<KeptEvent>*> lists[] = {
      {kInterests, &shopper.interests}, {kPurchases, &shopper.purchases}, {kRefunds, &shopper.refunds}};
  for (const auto& [tag, events] : lists) {
    if (events->empty()) continue;
    body.clear();
    AppendEvents(*events, dictionary, body);
    AppendSection(tag, body, bytes);
  }
  bytes += shopper.extra;
  AppendText(bytes, out);
}

Status ReadShopper(std::string_view& bytes, Dictionary& dictionary, Shopper& shopper) {
  const std::optional<size_t> damage = FindDamage(bytes, dictionary, shopper);
  return damage ? Damaged(*damage) : Status();
}

Status WriteState(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
                  const std::function<Status(std::string_view)>& write) {
  const Common common = CommonOf(shards);
  Hasher64 hasher;
  std::string out;
  const auto flush = [&] {
    hasher.Add(out);
    const Status written = write(out);
    out.clear();
    return written;
  };
  AppendCommon(common, out);
  Shopper shopper;
  for (const Place& place : SortedShoppers(shards)) {
    place.shard->Read(place.shopper, common.newest.value_or(kMinEventTime), shopper);
    if (shopper.empty() && shopper.extra.empty()) continue;
    AppendVarint(kShopper, out);
    AppendShopper(shopper, dictionary, out);
    if (out.size() >= kPieceBytes) ADIRECT_RETURN_IF_ERROR(flush());
  }
  out += common.extra;
  AppendVarint(kEnd, out);
  ADIRECT_RETURN_IF_ERROR(flush());
  std::string checksum;
  AppendFixed64(hasher.value(), checksum);
  return write(checksum);
}

std::string StateBytes(std::span<const ShopperTable* const> shards, const Dictionary& dictionary) {
  std::string bytes;
  const Status written = WriteState(shards, dictionary, [&](std::string_view piece) {
    bytes += piece;
    return Status();
  });
  ADIRECT_CHECK(written.ok(), written.message());
  return bytes;
}

Status ReadState(std::string_view bytes, Dictionary& dictionary, std::span<ShopperTable* const> shards) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 10) {
    return Corrupt("this is no state of adirect; a state starts with \"adstate\"");
  }
  const auto version = static_cast<uint8_t>(bytes[kMagic.size()]);
  if (version > kStateVersion) {
    return Unsupported("the state has version " + std::to_string(version) + ", this adirect reads up to " +
                       std::to_string(kStateVersion) + "; use a newer adirect");
  }
  const std::string_view sections = bytes.substr(0, bytes.size() - 8);
  WireReader checksum(bytes.substr(sections.size()));
  if (version == 0 || checksum.Fixed64() != Hash64(sections)) return Damaged(sections.size()).Within("checksum");

  // Once to see that all of it reads, once to merge it.
  Common common;
  ADIRECT_RETURN_IF_ERROR(WalkState(sections, dictionary, common, [](const Shopper&) {}));
  for (ShopperTable* shard : shards) {
    shard->Restrict(common.settings);
    if (common.newest) shard->MergeNewest(*common.newest);
    shard->MergeErases(common.erased);
    shard->MergeExtra(common.extra);
  }
  Common again;
  return WalkState(sections, dictionary, again, [&](const Shopper& shopper) {
    shards[ShardOf(UserHash(shopper.user_id), shards.size())]->Merge(shopper);
  });
}

}  // namespace adirect
