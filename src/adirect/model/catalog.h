// Catalog: what a shop knows of its products and categories.
//
// A function of the set of rows that were added, whatever their order and repeats: of a product's rows
// the one with the newest updated_at holds (none is the oldest); of rows of the same instant the one
// with the larger canonical row: category_id, title, price, currency, url, image_url, available (false
// before true), compared in this order, each by its bytes. Of a category's rows the larger name holds.
//
//   Catalog catalog;
//   catalog.Add({.product_id = "11100042", .category_id = "1", .title = "Aurora TV 00042"});
//   catalog.Find("11100042")->title;    // "Aurora TV 00042"
//
// A product takes its texts and about 50 bytes. A row that was replaced keeps its memory.
//
// Threads: any number may read while nobody adds; one who adds while others read needs a lock around
// both. Views stay valid until the next Add.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/time.h"

namespace adirect {

// The longest title of a product or name of a category, and the longest address.
inline constexpr size_t kMaxTitleBytes = 1024;
inline constexpr size_t kMaxUrlBytes = 2048;

// One row. An empty text means absent. Valid UTF-8 without control characters; texts without a limit of
// their own above have an id's.
struct Product {
  std::string_view product_id = {};
  std::string_view category_id = {};
  std::string_view title = {};
  std::string_view price = {};  // decimal number, as it came
  std::string_view currency = {};
  std::string_view url = {};
  std::string_view image_url = {};
  bool available = true;
  std::optional<Timestamp> updated_at = {};
  friend bool operator==(const Product&, const Product&) = default;
};

class Catalog {
 public:
  Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  void Add(const Product& product);
  void AddCategory(std::string_view category_id, std::string_view name);

  // Trades all that is known with the other. Views stay valid as long as who holds their rows now.
  void Swap(Catalog& other) noexcept;

  // Every product that holds, in no order.
  void ForEach(const std::function<void(const Product&)>& visit) const;
  // Every category's name, by id.
  const std::map<std::string, std::string, std::less<>>& category_names() const { return names_; }
  std::optional<Product> Find(std::string_view product_id) const;
  // False only where the catalog says so.
  bool IsAvailable(std::string_view product_id) const;
  // Empty where it is not known.
  std::string_view TitleOf(std::string_view product_id) const;
  std::string_view CategoryName(std::string_view category_id) const;

  size_t product_count() const { return product_count_; }
  size_t category_count() const { return names_.size(); }
  // Rows that only their bytes decided against another row of the same id and instant. Depends on the
  // order in which rows came and promises nothing.
  uint64_t ties() const { return ties_; }
  // Memory held for products, in bytes.
  size_t memory_bytes() const;
  // Rows that were replaced since it was made; they keep their memory.
  uint64_t replaced() const { return replaced_; }

 private:
  struct Row;

  // Open addressing; a slot is the hash's upper half and the row's place + 1, or 0.
  uint64_t& SlotOf(std::string_view product_id, uint64_t hash);
  const Row* FindRow(std::string_view product_id) const;
  const Row& RowAt(uint64_t slot) const;
  uint32_t Store(const Product& product);
  // The place of `size` bytes, in units of a row's alignment over all chunks.
  uint32_t Reserve(size_t size);
  char* AddressOf(uint32_t place) const;
  void Grow();

  std::vector<uint64_t> slots_;
  std::vector<std::unique_ptr<char[]>> chunks_;  // of rows, one behind the other
  size_t used_;                                  // of the last chunk
  size_t product_count_ = 0;
  uint64_t ties_ = 0;
  uint64_t replaced_ = 0;
  std::map<std::string, std::string, std::less<>> names_;  // by category id
};

}  // namespace adirect
