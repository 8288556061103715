// Dictionary: product and category ids to small numbers, exact by bytes.
//
// An *item* is a (product, category) pair interned together, so that a row costs one look-up. A row
// without a product has an item too (with an empty product); so has a refund (with an empty category).
//
//   const ItemIndex item = dictionary.Intern("11100042", "1");
//   dictionary.product(item);   // "11100042"
//   dictionary.category(item);  // the index of "1"
//
// Threads: any number may intern and read at once. Reading what is known takes no lock; a new item
// takes one. Nothing is ever removed; views stay valid as long as the dictionary.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "adirect/base/huge_array.h"
#include "adirect/base/strong_id.h"

namespace adirect {

using ItemIndex = StrongId<struct ItemTag>;
using CategoryIndex = StrongId<struct CategoryTag>;

class Dictionary {
 public:
  Dictionary();
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  // The index of the pair, made new where it is not known. Ids are at most kMaxIdBytes long.
  ItemIndex Intern(std::string_view product, std::string_view category);

  // In steps, for a caller who has other rows to work on while the memory answers: HashOf, PrefetchSlot,
  // PrefetchItem, Intern with the hash.
  static uint64_t HashOf(std::string_view product, std::string_view category);
  void PrefetchSlot(uint64_t hash) const;
  void PrefetchItem(uint64_t hash) const;
  ItemIndex Intern(std::string_view product, std::string_view category, uint64_t hash);

  std::string_view product(ItemIndex item) const;
  CategoryIndex category(ItemIndex item) const;
  std::string_view category_id(CategoryIndex category) const;
  std::string_view category_id(ItemIndex item) const { return category_id(category(item)); }

  // The category of that id, if any row has named it.
  CategoryIndex FindCategory(std::string_view category_id) const;

  size_t item_count() const { return item_count_.load(std::memory_order_acquire); }
  size_t category_count() const { return category_count_.load(std::memory_order_acquire); }

  // Memory held, in bytes.
  size_t memory_bytes() const;

 private:
  struct Item;
  struct Slots;
  class Bytes;

  const Item& item(ItemIndex index) const;
  ItemIndex Find(const Slots& slots, std::string_view product, std::string_view category, uint64_t hash) const;
  ItemIndex Add(std::string_view product, std::string_view category, uint64_t hash);
  CategoryIndex InternCategory(std::string_view category_id);
  void Grow();

  static constexpr size_t kBlockBits = 16;          // items lie in blocks of 64 Ki: 2 MiB, a huge page
  static constexpr size_t kCategoryBlockBits = 10;  // categories in blocks of 1 Ki
  static constexpr size_t kBlocks = 1 << 15;

  std::atomic<Slots*> slots_;
  std::unique_ptr<std::atomic<Item*>[]> item_blocks_;  // views of item_memory_
  std::unique_ptr<std::atomic<std::string_view*>[]> category_blocks_;
  std::atomic<size_t> item_count_{0};
  std::atomic<size_t> category_count_{0};

  mutable std::mutex adding_;                      // guards all below
  std::vector<std::unique_ptr<Slots>> all_slots_;  // the last one is current; readers may still be in older ones
  std::unique_ptr<Bytes> bytes_;
  std::vector<HugeArray<Item>> item_memory_;
  struct Categories;
  std::unique_ptr<Categories> categories_;
};

}  // namespace adirect
