#include "adirect/model/catalog.h"

#include <cstring>
#include <tuple>
#include <utility>

#include "adirect/base/check.h"
#include "adirect/base/hash.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

constexpr size_t kFirstSlots = 1 << 10;
constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kRowAlignment = 8;
constexpr size_t kPlacesPerChunk = kChunkBytes / kRowAlignment;
constexpr size_t kMaxChunks = (size_t{1} << 32) / kPlacesPerChunk - 1;

constexpr size_t kTexts = 7;
constexpr std::array<size_t, kTexts> kMaxBytes = {kMaxIdBytes, kMaxIdBytes,  kMaxTitleBytes, kMaxIdBytes,
                                                  kMaxIdBytes, kMaxUrlBytes, kMaxUrlBytes};

std::array<std::string_view, kTexts> TextsOf(const Product& p) {
  return {p.product_id, p.category_id, p.title, p.price, p.currency, p.url, p.image_url};
}

bool Precedes(const Product& a, const Product& b) {
  return std::tuple(a.updated_at, TextsOf(a), a.available) < std::tuple(b.updated_at, TextsOf(b), b.available);
}

}  // namespace

// What is of fixed size; the texts lie behind it, in the order of TextsOf.
struct Catalog::Row {
  static constexpr int64_t kNoTime = -1;
  int64_t updated_at;
  std::array<uint16_t, kTexts> sizes;
  bool available;

  std::string_view product_id() const { return {reinterpret_cast<const char*>(this + 1), sizes[0]}; }

  Product product() const {
    std::array<std::string_view, kTexts> texts;
    const auto* at = reinterpret_cast<const char*>(this + 1);
    for (size_t i = 0; i < kTexts; at += sizes[i++]) texts[i] = {at, sizes[i]};
    Product made{texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], available, std::nullopt};
    if (updated_at != kNoTime) made.updated_at = Timestamp{updated_at};
    return made;
  }
};

Catalog::Catalog() : slots_(kFirstSlots), used_(kChunkBytes) {}

void Catalog::Add(const Product& product) {
  if ((product_count_ + 1) * 2 > slots_.size()) Grow();
  const uint64_t hash = TableHash(product.product_id);
  uint64_t& slot = SlotOf(product.product_id, hash);
  if (slot != 0) {
    const Product known = RowAt(slot).product();
    if (known == product) return;
    if (known.updated_at == product.updated_at) ++ties_;
    if (Precedes(product, known)) return;
    ++replaced_;
  } else {
    ++product_count_;
  }
  slot = (hash & 0xffffffff00000000ULL) | (Store(product) + 1);
}

void Catalog::AddCategory(std::string_view category_id, std::string_view name) {
  const auto known = names_.find(category_id);
  if (known == names_.end()) {
    names_.emplace(category_id, name);
  } else if (known->second != name) {
    ++ties_;
    if (known->second < name) known->second = name;
  }
}

void Catalog::Swap(Catalog& other) noexcept {
  slots_.swap(other.slots_);
  chunks_.swap(other.chunks_);
  std::swap(used_, other.used_);
  std::swap(product_count_, other.product_count_);
  std::swap(ties_, other.ties_);
  std::swap(replaced_, other.replaced_);
  names_.swap(other.names_);
}

void Catalog::ForEach(const std::function<void(const Product&)>& visit) const {
  for (const uint64_t slot : slots_) {
    if (slot != 0) visit(RowAt(slot).product());
  }
}

std::optional<Product> Catalog::Find(std::string_view product_id) const {
  const Row* row = FindRow(product_id);
  return row == nullptr ? std::nullopt : std::optional(row->product());
}

bool Catalog::IsAvailable(std::string_view product_id) const {
  const Row* row = FindRow(product_id);
  return row == nullptr || row->available;
}

std::string_view Catalog::TitleOf(std::string_view product_id) const {
  const Row* row = FindRow(product_id);
  return row == nullptr ? std::string_view() : row->product().title;
}

std::string_view Catalog::CategoryName(std::string_view category_id) const {
  const auto known = names_.find(category_id);
  return known == names_.end() ? std::string_view() : known->second;
}

size_t Catalog::memory_bytes() const { return slots_.size() * sizeof(uint64_t) + chunks_.size() * kChunkBytes; }

const Catalog::Row& Catalog::RowAt(uint64_t slot) const {
  return *reinterpret_cast<const Row*>(AddressOf(static_cast<uint32_t>(slot) - 1));
}

const Catalog::Row* Catalog::FindRow(std::string_view product_id) const {
  const uint64_t hash = TableHash(product_id);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if ((slots_[at] ^ hash) >> 32 != 0) continue;
    const Row& row = RowAt(slots_[at]);
    if (SameBytes(row.product_id(), product_id)) return &row;
  }
  return nullptr;
}

uint64_t& Catalog::SlotOf(std::string_view product_id, uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0 &&
         ((slots_[at] ^ hash) >> 32 != 0 || !SameBytes(RowAt(slots_[at]).product_id(), product_id))) {
    at = (at + 1) & mask;
  }
  return slots_[at];
}

uint32_t Catalog::Store(const Product& product) {
  const auto texts = TextsOf(product);
  Row row{product.updated_at ? product.updated_at->ms : Row::kNoTime, {}, product.available};
  size_t size = sizeof(Row);
  for (size_t i = 0; i < kTexts; ++i) {
    ADIRECT_CHECK(texts[i].size() <= kMaxBytes[i], i, texts[i].size());
    row.sizes[i] = static_cast<uint16_t>(texts[i].size());
    size += texts[i].size();
  }
  const uint32_t place = Reserve(size);
  char* at = AddressOf(place);
  std::memcpy(at, &row, sizeof row);
  at += sizeof row;
  for (const std::string_view text : texts) at += text.copy(at, text.size());
  return place;
}

uint32_t Catalog::Reserve(size_t size) {
  if (used_ + size > kChunkBytes) {
    ADIRECT_CHECK(chunks_.size() < kMaxChunks, "too many products", product_count_);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
    used_ = 0;
  }
  const size_t place = (chunks_.size() - 1) * kPlacesPerChunk + used_ / kRowAlignment;
  used_ += (size + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  return static_cast<uint32_t>(place);
}

char* Catalog::AddressOf(uint32_t place) const {
  return chunks_[place / kPlacesPerChunk].get() + place % kPlacesPerChunk * kRowAlignment;
}

void Catalog::Grow() {
  std::vector<uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const uint64_t slot : old) {
    if (slot == 0) continue;
    const std::string_view id = RowAt(slot).product_id();
    SlotOf(id, TableHash(id)) = slot;
  }
}

}  // namespace adirect
