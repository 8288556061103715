#include "adirect/targeting/state_bytes.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/prefetch.h"
#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr std::string_view kMagic = "adstate";
constexpr size_t kShoppersPerPiece = 2048;  // about 1 MiB

// Sections of a state, in this order. Larger tags are a newer version's.
enum StateTag : uint64_t { kEnd = 0, kSettings = 1, kNewest = 2, kErases = 3, kShopper = 4, kInputs = 5 };
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

// Reads shoppers one after the other. Without a dictionary it only sees whether they read.
class ShopperReader {
 public:
  explicit ShopperReader(Dictionary* dictionary) : dictionary_(dictionary) {}

  // Reads one shopper and moves `bytes` behind him; the offset at which they do not read.
  std::optional<size_t> Read(std::string_view& bytes, Shopper& shopper);

 private:
  // An item's texts, to be looked up when its place in the dictionary has come into the cache.
  struct ItemText {
    std::string_view product;
    std::string_view category;
    uint64_t hash;
  };

  std::optional<size_t> ReadSections(std::string_view mine, WireReader& in, Shopper& shopper);
  void ReadRun(uint64_t tag, WireReader& in, std::vector<KeptEvent>& events);
  void Take(const KeptEvent& event, std::string_view product, std::string_view category,
            std::vector<KeptEvent>& events);
  void Intern(Shopper& shopper);

  Dictionary* dictionary_;
  std::vector<ItemText> items_;  // of the shopper at hand, in the order of his lists
};

// Reads one run; `tag` says which types may stand in it.
void ShopperReader::ReadRun(uint64_t tag, WireReader& in, std::vector<KeptEvent>& events) {
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
    if (dictionary_ != nullptr) Take(event, product, category, events);
  }
}

void ShopperReader::Take(const KeptEvent& event, std::string_view product, std::string_view category,
                         std::vector<KeptEvent>& events) {
  const uint64_t hash = Dictionary::HashOf(product, category);
  dictionary_->PrefetchSlot(hash);
  items_.push_back({product, category, hash});
  events.push_back(event);
}

void ShopperReader::Intern(Shopper& shopper) {
  for (const ItemText& item : items_) dictionary_->PrefetchItem(item.hash);
  auto item = items_.begin();
  for (std::vector<KeptEvent>* events : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
    for (KeptEvent& event : *events) {
      event.item = dictionary_->Intern(item->product, item->category, item->hash);
      event.category = dictionary_->category(event.item);
      ++item;
    }
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
  std::vector<StateInput> inputs;
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

void AppendInputs(std::span<const StateInput> inputs, std::string& out) {
  if (inputs.empty()) return;
  std::vector<StateInput> sorted(inputs.begin(), inputs.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string body;
  for (const StateInput& input : sorted) {
    AppendText(input.name, body);
    AppendVarint(input.bytes, body);
    AppendFixed64(input.checksum, body);
  }
  AppendSection(kInputs, body, out);
}

Status Damaged(size_t offset) {
  return Corrupt("damaged state: byte " + std::to_string(offset) +
                 " does not read; restore the file from a backup or build it again from the events");
}

// Reads the sections of one shopper behind his id; the offset of the first that does not read.
std::optional<size_t> ShopperReader::ReadSections(std::string_view mine, WireReader& in, Shopper& shopper) {
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
      while (!body.done()) ReadRun(tag, body, events);
    } else {
      shopper.extra += mine.substr(start, in.offset() - start);
    }
    if (!body.ok()) return start;
  }
  return std::nullopt;
}

std::optional<size_t> ShopperReader::Read(std::string_view& bytes, Shopper& shopper) {
  shopper.clear();
  items_.clear();
  WireReader outer(bytes);
  const std::string_view mine = outer.Text();
  if (!outer.ok()) return 0;
  const size_t start = outer.offset() - mine.size();
  WireReader in(mine);
  shopper.user_id = in.Text();
  if (!in.ok() || shopper.user_id.empty() || shopper.user_id.size() > kMaxIdBytes) return start;
  if (const std::optional<size_t> damage = ReadSections(mine, in, shopper)) return start + *damage;
  if (dictionary_ != nullptr) Intern(shopper);
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

void ReadInputs(WireReader& in, Common& common) {
  while (!in.done()) {
    StateInput& input = common.inputs.emplace_back();
    input.name = in.Text();
    input.bytes = in.Varint();
    input.checksum = in.Fixed64();
  }
}

// Walks the sections of a state whose checksum fits. All shoppers must read, and are left to others.
Status WalkState(std::string_view sections, Common& common) {
  Shopper shopper;
  ShopperReader reader(nullptr);
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
      const std::optional<size_t> damage = reader.Read(rest, shopper);
      if (damage) return Damaged(in.offset() + *damage);
      in.Bytes(in.rest().size() - rest.size());
      continue;
    }
    WireReader body(in.Text());
    if (tag == kSettings) {
      ReadSettings(body, common);
    } else if (tag == kNewest) {
      ReadNewest(body, common);
    } else if (tag == kErases) {
      ReadErases(body, common);
    } else if (tag == kInputs) {
      ReadInputs(body, common);
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

// The user id in front of a shopper's section.
std::string_view UserIdOf(std::string_view section) { return WireReader(WireReader(section).Text()).Text(); }

}  // namespace

void ShopperWriter::Append(const Shopper& shopper, std::string& out) {
  bytes_.clear();
  AppendText(shopper.user_id, bytes_);
  if (!shopper.user_name.empty()) {
    body_.clear();
    AppendVarint(static_cast<uint64_t>(shopper.user_name_at.ms), body_);
    body_ += shopper.user_name;
    AppendSection(kName, body_, bytes_);
  }
  AppendList(kInterests, shopper.interests);
  AppendList(kPurchases, shopper.purchases);
  AppendList(kRefunds, shopper.refunds);
  bytes_ += shopper.extra;
  AppendText(bytes_, out);
}

void ShopperWriter::AppendList(uint64_t tag, const std::vector<KeptEvent>& events) {
  if (events.empty()) return;
  body_.clear();
  AppendEvents(events, dictionary_, body_);
  AppendSection(tag, body_, bytes_);
}

Status ReadShopper(std::string_view& bytes, Dictionary& dictionary, Shopper& shopper) {
  const std::optional<size_t> damage = ShopperReader(&dictionary).Read(bytes, shopper);
  return damage ? Damaged(*damage) : Status();
}

const StateInput* FindSameContent(std::span<const StateInput> inputs, const StateInput& input) {
  if (input.bytes == 0) return nullptr;
  const auto same = std::find_if(inputs.begin(), inputs.end(), [&](const StateInput& other) {
    return other.bytes == input.bytes && other.checksum == input.checksum && other.name != input.name;
  });
  return same == inputs.end() ? nullptr : &*same;
}

StateWriter::StateWriter(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
                         std::span<const StateInput> inputs)
    : shards_(shards), dictionary_(dictionary) {
  const Common common = CommonOf(shards);
  newest_ = common.newest.value_or(kMinEventTime);
  AppendCommon(common, front_);
  AppendInputs(inputs, back_);
  back_ += common.extra;
  AppendVarint(kEnd, back_);
  places_ = InOrderOfIds(shards, [](const ShopperTable& table, uint32_t i) { return !table.user_id(i).empty(); });
}

size_t StateWriter::pieces() const { return places_.size() / kShoppersPerPiece + 1; }

void StateWriter::Append(size_t piece, std::string& out) const {
  if (piece == 0) out += front_;
  const auto places = std::span(places_).subspan(
      piece * kShoppersPerPiece, std::min(kShoppersPerPiece, places_.size() - piece * kShoppersPerPiece));
  Shopper shopper;
  ShopperWriter writer(dictionary_);
  const auto prefetch = [&](size_t i, int step) { shards_[places[i].shard]->Prefetch(places[i].shopper, step); };
  WithPrefetch(places.size(), prefetch, [&](size_t i) {
    shards_[places[i].shard]->Read(places[i].shopper, newest_, shopper);
    if (shopper.empty() && shopper.extra.empty()) return;
    AppendVarint(kShopper, out);
    writer.Append(shopper, out);
  });
  if (piece + 1 == pieces()) out += back_;
}

std::string StateWriter::Checksum(const Hasher64& hasher) {
  std::string checksum;
  AppendFixed64(hasher.value(), checksum);
  return checksum;
}

std::string StateBytes(std::span<const ShopperTable* const> shards, const Dictionary& dictionary,
                       std::span<const StateInput> inputs) {
  const StateWriter writer(shards, dictionary, inputs);
  std::string bytes;
  for (size_t i = 0; i < writer.pieces(); ++i) writer.Append(i, bytes);
  Hasher64 hasher;
  hasher.Add(bytes);
  return bytes + StateWriter::Checksum(hasher);
}

Result<StateReader> StateReader::Open(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 10) {
    return Corrupt("this is no state of adirect; a state starts with \"adstate\"");
  }
  const auto version = static_cast<uint8_t>(bytes[kMagic.size()]);
  if (version > kStateVersion) {
    return Unsupported("the state has version " + std::to_string(version) + ", this adirect reads up to " +
                       std::to_string(kStateVersion) + "; use a newer adirect");
  }
  StateReader reader;
  reader.sections_ = bytes.substr(0, bytes.size() - 8);
  WireReader checksum(bytes.substr(reader.sections_.size()));
  if (version == 0 || checksum.Fixed64() != Hash64(reader.sections_)) {
    return Damaged(reader.sections_.size()).Within("checksum");
  }
  Common common;
  ADIRECT_RETURN_IF_ERROR(WalkState(reader.sections_, common));
  reader.settings_ = common.settings;
  reader.newest_ = common.newest;
  reader.erased_ = std::move(common.erased);
  reader.inputs_ = std::move(common.inputs);
  reader.extra_ = std::move(common.extra);
  return reader;
}

void StateReader::MergeCommon(std::span<ShopperTable* const> shards) const {
  for (ShopperTable* shard : shards) {
    shard->Restrict(settings_);
    if (newest_) shard->MergeNewest(*newest_);
    shard->MergeErases(erased_);
    shard->MergeExtra(extra_);
  }
}

void StateReader::MergeShoppers(Dictionary& dictionary, std::span<ShopperTable* const> shards, size_t part,
                                size_t parts) const {
  Shopper shopper;
  ShopperReader reader(&dictionary);
  WireReader in(sections_);
  in.Bytes(kMagic.size() + 1);
  for (uint64_t tag = in.Varint(); tag != kEnd && tag <= kShopper; tag = in.Varint()) {
    std::string_view section = in.rest();
    const size_t shard = tag == kShopper ? ShardOf(UserHash(UserIdOf(section)), shards.size()) : 0;
    if (tag == kShopper && shard % parts == part) {
      const std::optional<size_t> damage = reader.Read(section, shopper);
      ADIRECT_CHECK(!damage, *damage);
      shards[shard]->Merge(shopper);
    }
    in.Text();
  }
}

Status ReadState(std::string_view bytes, Dictionary& dictionary, std::span<ShopperTable* const> shards) {
  const Result<StateReader> reader = StateReader::Open(bytes);
  if (!reader.ok()) return reader.status();
  reader->MergeCommon(shards);
  reader->MergeShoppers(dictionary, shards, 0, 1);
  return {};
}

}  // namespace adirect
