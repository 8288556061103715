#include "adirect/model/dictionary.h"

#include <cstring>
#include <string>
#include <unordered_map>

#include "adirect/base/check.h"
#include "adirect/base/hash.h"
#include "adirect/base/huge_array.h"
#include "adirect/model/event.h"

namespace adirect {

// 32 bytes, so that a look-up reads half a cache line beside its slot.
struct Dictionary::Item {
  static constexpr size_t kInline = 26;
  CategoryIndex category;
  uint8_t product_size = 0;
  uint8_t category_size = 0;
  char text[kInline] = {};  // product, then category; a pointer to them where they do not fit

  size_t size() const { return size_t{product_size} + category_size; }
  const char* data() const {
    if (size() <= kInline) return text;
    const char* at = nullptr;
    std::memcpy(&at, text, sizeof at);
    return at;
  }
  std::string_view product() const { return {data(), product_size}; }
  std::string_view category_text() const { return {data() + product_size, category_size}; }
};

// Open addressing; a slot is the hash's upper half and the index + 1, or 0.
struct Dictionary::Slots {
  explicit Slots(size_t size) : slots(size), mask(size - 1) {}
  HugeArray<std::atomic<uint64_t>> slots;
  size_t mask;
};

// Texts that are never freed.
class Dictionary::Bytes {
 public:
  char* Take(size_t size) {
    if (at_ == nullptr || size > left_) {
      blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
      at_ = blocks_.back().get();
      left_ = kBlockBytes;
    }
    char* taken = at_;
    at_ += size;
    left_ -= size;
    return taken;
  }
  size_t memory_bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  static constexpr size_t kBlockBytes = 1 << 18;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

struct Dictionary::Categories {
  std::unordered_map<std::string_view, CategoryIndex> by_id;
};

namespace {

constexpr size_t kFirstSlots = 1 << 12;

uint64_t MakeSlot(uint64_t hash, uint32_t index) { return (hash & 0xffffffff00000000ULL) | (index + 1); }

}  // namespace

Dictionary::Dictionary()
    : item_blocks_(new std::atomic<Item*>[kBlocks]()),
      category_blocks_(new std::atomic<std::string_view*>[kBlocks]()),
      bytes_(std::make_unique<Bytes>()),
      categories_(std::make_unique<Categories>()) {
  all_slots_.push_back(std::make_unique<Slots>(kFirstSlots));
  slots_.store(all_slots_.back().get(), std::memory_order_release);
}

Dictionary::~Dictionary() {
  for (size_t i = 0; i < kBlocks; ++i) {
    delete[] category_blocks_[i].load(std::memory_order_relaxed);
  }
}

uint64_t Dictionary::HashOf(std::string_view product, std::string_view category) {
  return TableHash(product, TableHash(category));
}

void Dictionary::PrefetchSlot(uint64_t hash) const {
  const Slots& slots = *slots_.load(std::memory_order_acquire);
  __builtin_prefetch(&slots.slots[hash & slots.mask]);
}

void Dictionary::PrefetchItem(uint64_t hash) const {
  const Slots& slots = *slots_.load(std::memory_order_acquire);
  const uint64_t slot = slots.slots[hash & slots.mask].load(std::memory_order_acquire);
  if (slot != 0) __builtin_prefetch(&item(ItemIndex(static_cast<uint32_t>(slot) - 1)));
}

const Dictionary::Item& Dictionary::item(ItemIndex index) const {
  return item_blocks_[index.value >> kBlockBits].load(std::memory_order_acquire)[index.value & ((1 << kBlockBits) - 1)];
}

ItemIndex Dictionary::Find(const Slots& slots, std::string_view product, std::string_view category,
                           uint64_t hash) const {
  for (size_t at = hash & slots.mask;; at = (at + 1) & slots.mask) {
    const uint64_t slot = slots.slots[at].load(std::memory_order_acquire);
    if (slot == 0) return ItemIndex();
    if ((slot ^ hash) >> 32 != 0) continue;
    const ItemIndex index(static_cast<uint32_t>(slot) - 1);
    const Item& found = item(index);
    if (SameBytes(found.product(), product) && SameBytes(found.category_text(), category)) return index;
  }
}

ItemIndex Dictionary::Intern(std::string_view product, std::string_view category) {
  return Intern(product, category, HashOf(product, category));
}

ItemIndex Dictionary::Intern(std::string_view product, std::string_view category, uint64_t hash) {
  const ItemIndex found = Find(*slots_.load(std::memory_order_acquire), product, category, hash);
  return found.valid() ? found : Add(product, category, hash);
}

ItemIndex Dictionary::Add(std::string_view product, std::string_view category, uint64_t hash) {
  ADIRECT_CHECK(product.size() <= kMaxIdBytes && category.size() <= kMaxIdBytes, product.size(), category.size());
  const std::lock_guard<std::mutex> lock(adding_);
  // Another thread may have added it, or grown the table, since the look-up without the lock.
  const ItemIndex found = Find(*all_slots_.back(), product, category, hash);
  if (found.valid()) return found;
  const size_t index = item_count_.load(std::memory_order_relaxed);
  ADIRECT_CHECK(index < kBlocks << kBlockBits, "too many products", index);
  if ((index + 1) * 2 > all_slots_.back()->slots.size()) Grow();

  std::atomic<Item*>& block = item_blocks_[index >> kBlockBits];
  if (block.load(std::memory_order_relaxed) == nullptr) {
    item_memory_.emplace_back(size_t{1} << kBlockBits);
    block.store(item_memory_.back().data(), std::memory_order_release);
  }
  Item& made = block.load(std::memory_order_relaxed)[index & ((1 << kBlockBits) - 1)];
  made.category = InternCategory(category);
  made.product_size = static_cast<uint8_t>(product.size());
  made.category_size = static_cast<uint8_t>(category.size());
  char* text = made.text;
  if (made.size() > Item::kInline) {
    text = bytes_->Take(made.size());
    std::memcpy(made.text, &text, sizeof text);
  }
  product.copy(text, product.size());
  category.copy(text + product.size(), category.size());

  Slots& slots = *all_slots_.back();
  size_t at = hash & slots.mask;
  while (slots.slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & slots.mask;
  slots.slots[at].store(MakeSlot(hash, static_cast<uint32_t>(index)), std::memory_order_release);
  item_count_.store(index + 1, std::memory_order_release);
  return ItemIndex(static_cast<uint32_t>(index));
}

void Dictionary::Grow() {
  const Slots& old = *all_slots_.back();
  auto grown = std::make_unique<Slots>(old.slots.size() * 2);
  const size_t count = item_count_.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < count; ++i) {
    const Item& known = item(ItemIndex(i));
    const uint64_t hash = HashOf(known.product(), known.category_text());
    size_t at = hash & grown->mask;
    while (grown->slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & grown->mask;
    grown->slots[at].store(MakeSlot(hash, i), std::memory_order_relaxed);
  }
  slots_.store(grown.get(), std::memory_order_release);
  all_slots_.push_back(std::move(grown));
}

CategoryIndex Dictionary::InternCategory(std::string_view category_id) {
  const auto known = categories_->by_id.find(category_id);
  if (known != categories_->by_id.end()) return known->second;
  const size_t index = category_count_.load(std::memory_order_relaxed);
  ADIRECT_CHECK(index < kBlocks << kCategoryBlockBits, "too many categories", index);
  char* text = bytes_->Take(category_id.size());
  category_id.copy(text, category_id.size());
  std::atomic<std::string_view*>& block = category_blocks_[index >> kCategoryBlockBits];
  if (block.load(std::memory_order_relaxed) == nullptr) {
    block.store(new std::string_view[size_t{1} << kCategoryBlockBits], std::memory_order_release);
  }
  std::string_view& made = block.load(std::memory_order_relaxed)[index & ((1 << kCategoryBlockBits) - 1)];
  made = {text, category_id.size()};
  const CategoryIndex category(static_cast<uint32_t>(index));
  categories_->by_id.emplace(made, category);
  category_count_.store(index + 1, std::memory_order_release);
  return category;
}

std::string_view Dictionary::product(ItemIndex index) const { return item(index).product(); }

CategoryIndex Dictionary::category(ItemIndex index) const { return item(index).category; }

std::string_view Dictionary::category_id(CategoryIndex category) const {
  return category_blocks_[category.value >> kCategoryBlockBits].load(
      std::memory_order_acquire)[category.value & ((1 << kCategoryBlockBits) - 1)];
}

CategoryIndex Dictionary::FindCategory(std::string_view category_id) const {
  const std::lock_guard<std::mutex> lock(adding_);
  const auto known = categories_->by_id.find(category_id);
  return known == categories_->by_id.end() ? CategoryIndex() : known->second;
}

size_t Dictionary::memory_bytes() const {
  const std::lock_guard<std::mutex> lock(adding_);
  const size_t items = ((item_count() >> kBlockBits) + 1) << kBlockBits;
  return items * sizeof(Item) + slots_.load(std::memory_order_acquire)->slots.bytes() + bytes_->memory_bytes();
}

}  // namespace adirect
