#include "adirect/targeting/state.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/huge_array.h"
#include "adirect/base/prefetch.h"
#include "adirect/targeting/chain.h"
#include "adirect/targeting/evaluate.h"

namespace adirect {
namespace {

// An entry of this type is the order of the purchase before it.
constexpr uint64_t kOrderEntry = 7;
// The category tag that says: ask the item.
constexpr uint32_t kAskItem = (1u << 13) - 1;
// A shopper is cut when he holds this many entries, and then when they have doubled.
constexpr uint32_t kFirstCut = 96;

// 64 bytes, one cache line.
struct Record {
  static constexpr size_t kInlineId = 18;
  static constexpr size_t kInlineName = 13;

  char id[kInlineId];      // or a pointer to the text
  char name[kInlineName];  // or a pointer to the text
  uint8_t id_size;         // 0: nobody
  uint8_t name_size;
  bool erased : 1;        // the user has an erase: look before you add
  bool purchased : 1;     // a purchase has been added
  bool changed : 1;       // and noted
  uint16_t name_at_high;  // milliseconds, 48 bits in two parts; so the next one
  uint16_t newest_high;
  uint32_t name_at_low;
  uint32_t newest_low;  // no interest event of the chain is later
  ChainPool::Chain chain;
  uint32_t cut_at;

  std::string_view user_id() const { return {Text(id, id_size, kInlineId), id_size}; }
  std::string_view user_name() const { return {Text(name, name_size, kInlineName), name_size}; }
  Timestamp newest_search() const { return {static_cast<int64_t>(uint64_t{newest_high} << 32 | newest_low)}; }
  Timestamp name_at() const { return {static_cast<int64_t>(uint64_t{name_at_high} << 32 | name_at_low)}; }

 private:
  static const char* Text(const char* field, size_t size, size_t inline_size) {
    if (size <= inline_size) return field;
    const char* at = nullptr;
    std::memcpy(&at, field, sizeof at);
    return at;
  }
};
static_assert(sizeof(Record) == 64);

struct HashOfHash {
  size_t operator()(const Hash128Value& value) const { return value.low; }
};

bool Holds(const Record& record, std::string_view user_id) { return SameBytes(record.user_id(), user_id); }

}  // namespace

uint64_t OrderHash(std::string_view order_id) {
  if (order_id.empty()) return 0;
  const uint64_t hash = Hash64(order_id);
  return hash == 0 ? 1 : hash;
}

class ShopperTable::Impl {
 public:
  Impl(const Settings& settings, const Dictionary& dictionary)
      : settings_(settings), dictionary_(dictionary), slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

  ~Impl() {
    for (uint32_t i = 0; i < record_count_; ++i) FreeTexts(record(i));
  }

  void Fold(std::span<const FoldRow> rows) {
    // The three memory accesses of a row (slot, record, tail of the chain) are asked for ahead of time,
    // so that a row finds them in the cache: 8, 16 and 24 rows were best (docs/internals.md).
    constexpr size_t kStep = 8;
    for (size_t i = 0; i < rows.size() + 3 * kStep; ++i) {
      if (i < rows.size()) __builtin_prefetch(&slots_[rows[i].user_hash & mask_]);
      if (i >= kStep && i - kStep < rows.size()) PrefetchRecord(rows[i - kStep].user_hash);
      if (i >= 2 * kStep && i - 2 * kStep < rows.size()) PrefetchTail(rows[i - 2 * kStep].user_hash);
      if (i >= 3 * kStep) FoldOne(rows[i - 3 * kStep]);
    }
  }

  void FoldOne(const FoldRow& row) {
    if (row.type == EventType::kErase) return Erase(row);
    MergeNewest(row.time);
    if (TooOld(row.time)) return;
    Record* record = FindOrAdd(row);
    if (record == nullptr) return;
    if (row.name_size != 0) SetName(*record, row.user_name(), row.time);
    Add(*record, {row.time, row.type, row.category, row.item, row.identity, row.order});
    if (record->chain.count >= record->cut_at) CutChain(*record);
  }

  void Merge(const Shopper& shopper) {
    const uint64_t hash = UserHash(shopper.user_id);
    FoldRow row;
    row.user = shopper.user_id.data();
    row.user_size = static_cast<uint8_t>(shopper.user_id.size());
    row.user_hash = hash;
    for (const std::vector<KeptEvent>* events : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
      for (const KeptEvent& event : *events) {
        row.type = event.type;
        row.time = event.time;
        row.item = event.item;
        row.category = event.category;
        row.identity = event.identity;
        row.order = event.order;
        FoldOne(row);
      }
    }
    const Timestamp erased = EraseOf(shopper.user_id);
    std::optional<uint32_t> found = FindRecord(shopper.user_id, hash);
    // Unknown fields have no time that we know: any erase covers them.
    const bool extra_stays = !shopper.extra.empty() && erased.ms == INT64_MIN;
    if (!found && extra_stays) found = AddRecord(shopper.user_id, hash);
    if (!found) return;
    NoteChange(*found);
    if (!shopper.user_name.empty() && shopper.user_name_at > erased) {
      SetName(record(*found), shopper.user_name, shopper.user_name_at);
    }
    if (extra_stays) {
      std::string& extra = extras_[*found];
      extra = std::max(extra, shopper.extra);
    }
  }

  void Erase(const FoldRow& row) {
    if (!RaiseErase(Hash128(row.user_id()), row.time)) return;
    if (const std::optional<uint32_t> found = FindRecord(row.user_id(), row.user_hash)) EraseFrom(*found, row.time);
  }

  // Only hashes are known here, so everyone is looked at, once for all erases.
  void MergeErases(std::span<const Erased> erases) {
    bool news = false;
    for (const auto& [user, time] : erases) news = RaiseErase(user, time) || news;
    if (!news) return;
    for (uint32_t i = 0; i < record_count_; ++i) {
      if (record(i).id_size == 0) continue;
      const Timestamp time = EraseOf(record(i).user_id());
      if (time.ms != INT64_MIN) EraseFrom(i, time);
    }
  }

  void MergeNewest(Timestamp newest) {
    if (!newest_ || *newest_ < newest) newest_ = newest;
  }

  void Read(uint32_t index, Timestamp newest, Shopper& out, const SearchFilter* searches) const {
    const Record& from = record(index);
    out.clear();
    if (from.id_size == 0) return;
    out.user_id = from.user_id();
    out.user_name = from.user_name();
    out.user_name_at = from.name_at();
    if (const auto extra = extras_.find(index); extra != extras_.end()) out.extra = extra->second;
    Decode(from, out, searches);
    Canonicalize(out, dictionary_, settings_, newest);
  }

  void Prefetch(uint32_t index, int step) const {
    if (step == 0) {
      __builtin_prefetch(&record(index));
    } else {
      chains_.PrefetchSegment(record(index).chain, step - 1);
    }
  }

  std::optional<uint32_t> FindRecord(std::string_view user_id, uint64_t hash) const {
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (slot == 0) return std::nullopt;
      if ((slot ^ hash) >> 32 != 0 || slot == kGone) continue;
      const uint32_t index = static_cast<uint32_t>(slot) - 1;
      if (Holds(record(index), user_id)) return index;
    }
  }

  size_t memory_bytes() const {
    return slots_.bytes() + records_.size() * kRecordsPerBlock * sizeof(Record) + chains_.memory_bytes();
  }

  Memory memory() const {
    Memory memory;
    memory.bytes = memory_bytes();
    for (uint32_t i = 0; i < record_count_; ++i) {
      const Record& r = record(i);
      if (r.id_size > Record::kInlineId) memory.id_bytes += r.id_size;
      if (r.name_size > Record::kInlineName) memory.id_bytes += r.name_size;
      memory.entries += r.chain.count;
    }
    return memory;
  }

  Record& record(uint32_t index) { return records_[index / kRecordsPerBlock][index % kRecordsPerBlock]; }
  const Record& record(uint32_t index) const { return records_[index / kRecordsPerBlock][index % kRecordsPerBlock]; }

  std::optional<std::vector<uint32_t>> changed_;  // absent: not tracked
  std::vector<std::string> gone_;

  Settings settings_;
  const Dictionary& dictionary_;
  std::optional<Timestamp> newest_;
  std::string extra_;
  std::vector<uint32_t> TakeChanged() {
    const std::vector<uint32_t> changed = std::exchange(*changed_, {});
    WithPrefetch(
        changed.size(),
        [&](size_t i, int step) {
          if (step == 0) __builtin_prefetch(&record(changed[i]), 1);
        },
        [&](size_t i) { record(changed[i]).changed = false; });
    return changed;
  }

  uint32_t record_count_ = 0;
  std::unordered_map<Hash128Value, Timestamp, HashOfHash> erased_;

 private:
  static constexpr size_t kFirstSlots = 1 << 10;
  static constexpr size_t kRecordsPerBlock = 1 << 15;  // 2 MiB
  static constexpr uint64_t kGone = UINT64_MAX;        // a slot whose shopper was erased

  bool TooOld(Timestamp time) const {
    return !settings_.retention.forever() && time.ms <= newest_->ms - settings_.retention.millis();
  }

  void NoteChange(uint32_t index) {
    if (!changed_ || record(index).changed) return;
    record(index).changed = true;
    changed_->push_back(index);
  }

  // True where the erase is news.
  bool RaiseErase(const Hash128Value& user, Timestamp time) {
    const auto [known, fresh] = erased_.try_emplace(user, time);
    if (fresh) return true;
    if (known->second >= time) return false;
    known->second = time;
    return true;
  }

  Timestamp EraseOf(std::string_view user_id) const {
    const auto found = erased_.find(Hash128(user_id));
    return found == erased_.end() ? Timestamp{INT64_MIN} : found->second;
  }

  void PrefetchRecord(uint64_t hash) const {
    const uint64_t slot = slots_[hash & mask_];
    if (slot != 0 && slot != kGone) __builtin_prefetch(&record(static_cast<uint32_t>(slot) - 1), 1);
  }

  void PrefetchTail(uint64_t hash) const {
    const uint64_t slot = slots_[hash & mask_];
    if (slot != 0 && slot != kGone) chains_.PrefetchTail(record(static_cast<uint32_t>(slot) - 1).chain);
  }

  // The shopper's record, made new where there is none; null where an erase covers the row.
  Record* FindOrAdd(const FoldRow& row) {
    const std::optional<uint32_t> found = FindRecord(row.user_id(), row.user_hash);
    Timestamp erased{INT64_MIN};
    if (!erased_.empty() && (!found || record(*found).erased)) erased = EraseOf(row.user_id());
    if (row.time <= erased) return nullptr;
    const uint32_t index = found ? *found : AddRecord(row.user_id(), row.user_hash);
    Record& record = this->record(index);
    if (!found) record.erased = erased.ms != INT64_MIN;
    NoteChange(index);
    return &record;
  }

  uint32_t AddRecord(std::string_view user_id, uint64_t hash) {
    ADIRECT_CHECK(!user_id.empty() && user_id.size() <= kMaxIdBytes, user_id.size());
    uint32_t index = record_count_;
    if (!free_records_.empty()) {
      index = free_records_.back();
      free_records_.pop_back();
    } else {
      ADIRECT_CHECK(record_count_ < UINT32_MAX - 1, "too many shoppers in a shard");
      if (record_count_ == records_.size() * kRecordsPerBlock) records_.emplace_back(kRecordsPerBlock);
      ++record_count_;
    }
    Record& made = record(index);
    const bool noted = made.changed;
    made = {};
    made.changed = noted;
    made.id_size = static_cast<uint8_t>(user_id.size());
    made.cut_at = kFirstCut;
    StoreText(user_id, made.id, Record::kInlineId);
    if ((++used_slots_) * 2 > slots_.size()) {
      GrowSlots();  // files the new record too
    } else {
      FileRecord(index, hash);
    }
    return index;
  }

  void FileRecord(uint32_t index, uint64_t hash) {
    size_t at = hash & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (hash & 0xffffffff00000000ULL) | (index + 1);
  }

  void GrowSlots() {
    slots_ = HugeArray<uint64_t>(slots_.size() * 2);
    mask_ = slots_.size() - 1;
    used_slots_ = 0;
    for (uint32_t i = 0; i < record_count_; ++i) {
      if (record(i).id_size == 0) continue;
      FileRecord(i, UserHash(record(i).user_id()));
      ++used_slots_;
    }
  }

  static void StoreText(std::string_view text, char* field, size_t inline_size) {
    char* to = field;
    if (text.size() > inline_size) {
      to = new char[text.size()];
      std::memcpy(field, &to, sizeof to);
    }
    std::memcpy(to, text.data(), text.size());
  }

  static void FreeTexts(Record& record) {
    if (record.id_size > Record::kInlineId) delete[] record.user_id().data();
    if (record.name_size > Record::kInlineName) delete[] record.user_name().data();
  }

  static void SetName(Record& record, std::string_view name, Timestamp time) {
    if (record.name_size != 0 &&
        (time < record.name_at() || (time == record.name_at() && name <= record.user_name()))) {
      return;
    }
    if (name != record.user_name()) {
      ClearName(record);
      record.name_size = static_cast<uint8_t>(name.size());
      StoreText(name, record.name, Record::kInlineName);
    }
    record.name_at_high = static_cast<uint16_t>(time.ms >> 32);
    record.name_at_low = static_cast<uint32_t>(time.ms);
  }

  static void ClearName(Record& record) {
    if (record.name_size > Record::kInlineName) delete[] record.user_name().data();
    std::memset(record.name, 0, sizeof record.name);
    record.name_size = 0;
    record.name_at_high = 0;
    record.name_at_low = 0;
  }

  void Add(Record& record, const KeptEvent& event) {
    const uint32_t tag = std::min(event.category.value, kAskItem);
    ChainEntry entry;
    entry.head = static_cast<uint64_t>(event.time.ms) << 16 | static_cast<uint64_t>(event.type) << 13 | tag;
    entry.item = event.item.value;
    entry.identity = event.type == EventType::kRefund ? 0 : event.identity;
    chains_.Append(record.chain, entry);
    if (event.type == EventType::kPurchase) record.purchased = true;
    if (IsInterest(event.type) && event.time > record.newest_search()) {
      record.newest_high = static_cast<uint16_t>(event.time.ms >> 32);
      record.newest_low = static_cast<uint32_t>(event.time.ms);
    }
    if (event.order == 0 || IsInterest(event.type)) return;
    entry.head = kOrderEntry << 13;
    entry.identity = event.order;
    chains_.Append(record.chain, entry);
  }

  void Decode(const Record& from, Shopper& out, const SearchFilter* searches = nullptr) const {
    std::vector<KeptEvent>* last = nullptr;
    chains_.ForEach(from.chain, [&](const ChainEntry& entry) {
      const uint64_t type = entry.head >> 13 & 7;
      if (type == kOrderEntry) {
        last->back().order = entry.identity;
        return;
      }
      KeptEvent event;
      event.time = {static_cast<int64_t>(entry.head >> 16)};
      event.type = static_cast<EventType>(type);
      if (searches != nullptr && IsInterest(event.type) && !searches->Looks(event.type, event.time)) return;
      event.item = ItemIndex(entry.item);
      const auto tag = static_cast<uint32_t>(entry.head & kAskItem);
      event.category = tag == kAskItem ? dictionary_.category(event.item) : CategoryIndex(tag);
      event.identity = entry.identity;
      last = IsInterest(event.type)               ? &out.interests
             : event.type == EventType::kPurchase ? &out.purchases
                                                  : &out.refunds;
      last->push_back(event);
    });
  }

  // Puts a canonical shopper's events back in the place of what the chain held.
  void Encode(const Shopper& from, Record& record) {
    chains_.Clear(record.chain);
    for (const std::vector<KeptEvent>* events : {&from.interests, &from.purchases, &from.refunds}) {
      for (const KeptEvent& event : *events) Add(record, event);
    }
    record.cut_at = std::max(kFirstCut, 2 * record.chain.count);
  }

  void CutChain(Record& record) {
    cut_.clear();
    Decode(record, cut_);
    Canonicalize(cut_, dictionary_, settings_, *newest_);
    Encode(cut_, record);
  }

  void EraseFrom(uint32_t index, Timestamp time) {
    NoteChange(index);
    Record& record = this->record(index);
    record.erased = true;
    extras_.erase(index);
    if (record.name_at() <= time) ClearName(record);
    cut_.clear();
    Decode(record, cut_);
    const auto covered = [&](const KeptEvent& event) { return event.time <= time; };
    for (std::vector<KeptEvent>* events : {&cut_.interests, &cut_.purchases, &cut_.refunds}) {
      std::erase_if(*events, covered);
    }
    Encode(cut_, record);
    if (record.chain.count == 0) Remove(index);
  }

  void Remove(uint32_t index) {
    Record& record = this->record(index);
    size_t at = UserHash(record.user_id()) & mask_;
    while (static_cast<uint32_t>(slots_[at]) != index + 1 || slots_[at] == kGone) at = (at + 1) & mask_;
    slots_[at] = kGone;
    const bool noted = record.changed;
    if (changed_) gone_.emplace_back(record.user_id());
    FreeTexts(record);
    record = {};
    record.changed = noted;
    free_records_.push_back(index);
  }

  HugeArray<uint64_t> slots_;  // hash's upper half and record + 1; 0: free
  size_t mask_;
  size_t used_slots_ = 0;  // gone ones included
  std::vector<HugeArray<Record>> records_;
  std::vector<uint32_t> free_records_;
  ChainPool chains_;
  std::unordered_map<uint32_t, std::string> extras_;  // by record
  Shopper cut_;                                       // scratch
};

ShopperTable::ShopperTable(const Settings& settings, const Dictionary& dictionary)
    : impl_(std::make_unique<Impl>(settings, dictionary)) {}
ShopperTable::~ShopperTable() = default;
ShopperTable::ShopperTable(ShopperTable&&) noexcept = default;
ShopperTable& ShopperTable::operator=(ShopperTable&&) noexcept = default;

void ShopperTable::Fold(std::span<const FoldRow> rows) { impl_->Fold(rows); }

void ShopperTable::Merge(const ShopperTable& other) {
  Restrict(other.settings());
  MergeExtra(other.extra());
  if (other.newest()) MergeNewest(*other.newest());
  MergeErases(other.erased());
  Shopper shopper;
  for (size_t i = 0; i < other.size(); ++i) {
    other.Read(i, other.newest().value_or(kMinEventTime), shopper);
    if (!shopper.user_id.empty()) Merge(shopper);
  }
}

void ShopperTable::Merge(const Shopper& shopper) { impl_->Merge(shopper); }
void ShopperTable::MergeErases(std::span<const Erased> erases) { impl_->MergeErases(erases); }
void ShopperTable::MergeNewest(Timestamp newest) { impl_->MergeNewest(newest); }
void ShopperTable::MergeExtra(std::string_view extra) {
  if (extra > impl_->extra_) impl_->extra_ = extra;
}
void ShopperTable::Restrict(const Settings& settings) { impl_->settings_ = impl_->settings_.Meet(settings); }

const Settings& ShopperTable::settings() const { return impl_->settings_; }
std::optional<Timestamp> ShopperTable::newest() const { return impl_->newest_; }
std::string_view ShopperTable::extra() const { return impl_->extra_; }
size_t ShopperTable::size() const { return impl_->record_count_; }
std::string_view ShopperTable::user_id(size_t shopper) const {
  return impl_->record(static_cast<uint32_t>(shopper)).user_id();
}

void ShopperTable::Read(size_t shopper, Timestamp newest, Shopper& out, const SearchFilter* searches) const {
  impl_->Read(static_cast<uint32_t>(shopper), newest, out, searches);
}

std::optional<size_t> ShopperTable::Find(std::string_view user_id) const {
  return impl_->FindRecord(user_id, UserHash(user_id));
}

std::optional<Timestamp> ShopperTable::erased_at(std::string_view user_id) const {
  const auto found = impl_->erased_.find(Hash128(user_id));
  return found == impl_->erased_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ShopperTable::Erased> ShopperTable::erased() const {
  std::vector<Erased> all;
  all.reserve(impl_->erased_.size());
  for (const auto& [user, time] : impl_->erased_) all.push_back({user, time});
  return all;
}

void ShopperTable::TrackChanges() { impl_->changed_.emplace(); }
std::vector<uint32_t> ShopperTable::TakeChanged() { return impl_->TakeChanged(); }
std::vector<std::string> ShopperTable::TakeGone() { return std::exchange(impl_->gone_, {}); }
size_t ShopperTable::changed() const { return impl_->changed_ ? impl_->changed_->size() : 0; }

bool ShopperTable::MayHavePurchases(size_t shopper) const {
  return impl_->record(static_cast<uint32_t>(shopper)).purchased;
}

bool ShopperTable::MayHaveSearches(size_t shopper, const SearchFilter& searches) const {
  return searches.Reaches(impl_->record(static_cast<uint32_t>(shopper)).newest_search());
}

void ShopperTable::Prefetch(size_t shopper, int step) const { impl_->Prefetch(static_cast<uint32_t>(shopper), step); }

ShopperTable::Memory ShopperTable::memory() const { return impl_->memory(); }
size_t ShopperTable::memory_bytes() const { return impl_->memory_bytes(); }

}  // namespace adirect
