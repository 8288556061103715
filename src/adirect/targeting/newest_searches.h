// NewestSearches: the newest interest events of every category, and of all together, whoever made them.
//
// Derived, never stored: built from the shoppers and kept up to date by what is folded. An event may be added any
// number of times. Whether its shopper still has it, or has bought since, is for who reads it to ask.
//
//   NewestSearches newest;
//   newest.Add("ana", event);
//   for (const auto& search : newest.Of(category)) …   // newest first, at most kKept
//
// Memory: at most 2 × kKept entries of 56 bytes, and ids of more than 15 bytes beside them, for each category.
//
// Threads: one writer, and readers only while nobody writes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adirect/targeting/shopper.h"

namespace adirect {

class NewestSearches {
 public:
  static constexpr size_t kKept = 200;

  struct Search {
    Timestamp time;
    EventType type = EventType::kSearch;
    CategoryIndex category;
    ItemIndex item;
    std::string user_id;
    friend bool operator==(const Search&, const Search&) = default;
  };

  // What is no interest event is passed by.
  void Add(std::string_view user_id, const KeptEvent& event) {
    Add(user_id, event.time, event.type, event.category, event.item);
  }
  void Add(std::string_view user_id, Timestamp time, EventType type, CategoryIndex category, ItemIndex item);

  std::vector<Search> Of(CategoryIndex category) const;
  std::vector<Search> OfAll() const;

 private:
  struct Newest {
    std::vector<Search> searches;  // unsorted, fewer than 2 × kKept
    Timestamp since{INT64_MIN};    // older ones are not kept
  };

  static void AddTo(Newest& newest, std::string_view user_id, Timestamp time, EventType type, CategoryIndex category,
                    ItemIndex item);
  static void Cut(std::vector<Search>& searches);

  std::unordered_map<uint32_t, Newest> by_category_;
  Newest all_;
};

}  // namespace adirect
