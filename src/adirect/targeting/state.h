// ShopperTable: the kept events of many shoppers in little memory. The state, or one shard of it.
//
// What it holds is a function of the set of folded events and the settings (a join-semilattice: fold
// and merge in any order, repeat as often as you like, the canonical bytes are the same). How it holds
// it is docs/internals.md: a shopper is one chain of 20-byte entries behind a 64-byte record; the cut
// is lazy. Everything read from it is cut first, so laziness is never seen.
//
//   ShopperTable table(settings, dictionary);
//   table.Fold(rows);
//   table.Read(i, shopper);    // shopper i of table.size(), canonical
//
// Threads: one writer, and readers only while nobody writes (the caller locks; see pipeline/shards.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/base/time.h"
#include "adirect/model/dictionary.h"
#include "adirect/model/event.h"
#include "adirect/targeting/settings.h"
#include "adirect/targeting/shopper.h"

namespace adirect {

class SearchFilter;  // targeting/evaluate.h

// One accepted event on its way into a table. The views must live until Fold returns.
struct FoldRow {
  const char* user = nullptr;
  const char* name = nullptr;
  uint64_t user_hash = 0;  // UserHash(user)
  Timestamp time;
  uint64_t identity = 0;
  uint64_t order = 0;      // Hash64 of the order id; 0: none
  ItemIndex item;          // of a refund: its product with an empty category
  CategoryIndex category;  // of the item
  uint8_t user_size = 0;
  uint8_t name_size = 0;  // 0: none
  EventType type = EventType::kSearch;

  std::string_view user_id() const { return {user, user_size}; }
  std::string_view user_name() const { return {name, name_size}; }
};

// The hash that spreads users over shards and slots.
inline uint64_t UserHash(std::string_view user_id) { return TableHash(user_id, 0x5bd1e995); }

// Hash64 of the text, never 0; 0 where there is no order.
uint64_t OrderHash(std::string_view order_id);

class ShopperTable {
 public:
  // `dictionary` must outlive the table and be the one whose items the rows name.
  ShopperTable(const Settings& settings, const Dictionary& dictionary);
  ~ShopperTable();
  ShopperTable(ShopperTable&&) noexcept;
  ShopperTable& operator=(ShopperTable&&) noexcept;

  void Fold(std::span<const FoldRow> rows);

  // Takes over what the other holds: the union, cut again; the smaller settings; the newer T and
  // erases. Both must use the same dictionary.
  void Merge(const ShopperTable& other);
  // Adds one shopper as another state held him.
  void Merge(const Shopper& shopper);
  // Erases of users whose ids may not be known. Every shard of a state is given all of them.
  struct Erased {
    Hash128Value user;  // Hash128 of the id
    Timestamp time;
    friend auto operator<=>(const Erased&, const Erased&) = default;
  };
  void MergeErases(std::span<const Erased> erases);
  void MergeNewest(Timestamp newest);
  // Unknown tagged fields of the whole state; of two, the larger bytes win.
  void MergeExtra(std::string_view extra);
  // Lowers M and R to the smaller of both.
  void Restrict(const Settings& settings);

  const Settings& settings() const;
  // T: the newest time of any folded event but an erase; absent before the first.
  std::optional<Timestamp> newest() const;
  std::string_view extra() const;

  // Shoppers are numbered 0 … size() - 1; a number is good until the next Fold or Merge. Some may hold
  // nothing any more: all is too old, or they were erased (then their id is empty).
  size_t size() const;
  std::string_view user_id(size_t shopper) const;
  // Fills `out` with what is kept of the shopper, canonical at `newest` (a state's T is the maximum
  // over its shards). With `searches`, interest events that it does not look at are left out, which
  // changes nothing for its policy and costs less.
  void Read(size_t shopper, Timestamp newest, Shopper& out, const SearchFilter* searches = nullptr) const;
  std::optional<size_t> Find(std::string_view user_id) const;
  // False where the shopper holds no purchase, or no search that the filter looks at: a cheaper look
  // than Read.
  bool MayHavePurchases(size_t shopper) const;
  bool MayHaveSearches(size_t shopper, const SearchFilter& searches) const;
  // Asks the memory for what a Read of the shopper will touch, step 0 long before, then 1, 2, 3.
  void Prefetch(size_t shopper, int step) const;

  // From now on, who is changed by Fold or Merge is noted; TakeChanged hands the numbers over, each once
  // (those of erased shoppers too, whose id is empty by then: see TakeGone).
  void TrackChanges();
  std::vector<uint32_t> TakeChanged();
  // Ids of shoppers who were removed since.
  std::vector<std::string> TakeGone();
  size_t changed() const;

  // The user's newest erase, if there is one.
  std::optional<Timestamp> erased_at(std::string_view user_id) const;
  // Every erased user's newest erase, unordered.
  std::vector<Erased> erased() const;

  struct Memory {
    size_t bytes = 0;     // of tables and chains
    size_t id_bytes = 0;  // of ids and names too long to lie in the record
    size_t entries = 0;   // kept or waiting for the cut
  };
  Memory memory() const;
  // Memory::bytes alone, at no cost.
  size_t memory_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adirect
