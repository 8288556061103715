// What is published of a shopper: rows that anybody can write any number of times and in any order, and that a reader
// makes the same shopper of, by a bounded number of them.
//
//   kept by an engine ──RowsOf──▶ PublishedRows ──▶ tables ──▶ FoundRows ──ShopperOf──▶ the same decisions
//
// The law (tests/property/published_property_test.cc): tables hold events that were accepted, among them all that an
// engine keeps; more do not matter, since cut(kept + more) = cut(kept). Rows are only ever added, but for an erase,
// which removes what is not later than itself, and for age.
//
// A reader asks for all of a shopper's searches, as long as they are few. Else, for each category and type, for the M
// newest and for the days of older ones: a policy looks at those for their number alone.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adirect/model/dictionary.h"
#include "adirect/targeting/settings.h"
#include "adirect/targeting/shopper.h"

namespace adirect {

// A reader takes so many of a shopper's newest searches before it asks category by category.
inline constexpr size_t kReadAtOnce = 256;

// The newest search of one type in a category: on a day, or ever.
struct PublishedSearch {
  CategoryIndex category;
  EventType type = EventType::kSearch;
  Timestamp time;
  friend bool operator==(const PublishedSearch&, const PublishedSearch&) = default;
};

// Rows to write, of one shopper. All of them are his; those that are there already may be among them.
struct PublishedRows {
  std::string user_id;
  std::optional<Timestamp> erased;  // what is not later is to go
  std::string user_name;            // empty: as it is
  Timestamp user_name_at;
  std::vector<KeptEvent> interests;
  std::vector<KeptEvent> purchases;
  std::vector<KeptEvent> refunds;
  std::vector<PublishedSearch> newest;  // by category: the newest of all types
  std::vector<PublishedSearch> days;    // where more than M are kept: of each day that has no newer one among the M

  void clear();
  bool empty() const;
  size_t size() const;  // rows
};

// Of what is kept of a shopper (canonical), the rows of events that were folded since; what was cut away, erased or is
// too old is none. Leaves `erased` as it is.
void RowsOf(const Shopper& kept, std::span<const KeptEvent> folded, const Dictionary& dictionary,
            const Settings& settings, PublishedRows& rows);
// All rows.
void AllRowsOf(const Shopper& kept, const Settings& settings, PublishedRows& rows);

// What a reader found of one shopper.
struct FoundRows {
  std::string user_id;
  std::string user_name;
  Timestamp user_name_at;
  std::optional<Timestamp> erased;
  std::vector<KeptEvent> interests;  // at least the M newest of each category and type, or all
  std::vector<KeptEvent> purchases;  // all
  std::vector<KeptEvent> refunds;    // all
  std::vector<PublishedSearch> days;
};

// The shopper as of `newest` (T, or later), canonical. Decisions by him are those by an engine's. A day of which only
// the time was found has a search without a product.
void ShopperOf(const FoundRows& found, Dictionary& dictionary, const Settings& settings, Timestamp newest,
               Shopper& shopper);

}  // namespace adirect
