// What is read of one shopper: a few partitions at once, of a bounded number of searches whatever his history.
// Private to cassandra.
//
//   FoundRows found;
//   ADIRECT_RETURN_IF_ERROR(ReadShopper(asking, "ana", {}, dictionary, found));
//   ShopperOf(found, dictionary, asking.settings, now, shopper);
//
// First his newest kReadAtOnce searches, with name, erase, purchases and refunds. Only where he has so many searches,
// of each category and type the M newest and the days of older ones.
//
// Threads: functions of their arguments; they wait.
#pragma once

#include <optional>
#include <string_view>

#include "adirect/cassandra/reads.h"
#include "adirect/model/dictionary.h"
#include "adirect/pipeline/published.h"

namespace adirect {

enum class ReadDepth : uint8_t {
  kDecision,  // of a day that only its time is needed of, only that
  kAll,       // the search, too
};

struct ShopperDepth {
  // Of others no more than the newest is read.
  std::optional<std::string_view> category_id = {};
  ReadDepth depth = ReadDepth::kDecision;
};

// The shopper's rows, in `found` as it was made new.
Status ReadShopper(const Asking& asking, std::string_view user_id, const ShopperDepth& depth, Dictionary& dictionary,
                   FoundRows& found);

// The same in two steps, so that many are read at once.
class FirstShopperReads {
 public:
  FirstShopperReads(Reads& reads, std::string_view user_id);
  // After reads.Wait(): all of him, or, of who has many searches, the first of them and then the others (which waits).
  Status Take(const Asking& asking, const ShopperDepth& depth, Dictionary& dictionary, FoundRows& found) const;

 private:
  Reads& reads_;
  const std::string user_id_;
  size_t shopper_;
  size_t erasure_;
  size_t searches_;
  size_t purchases_;
  size_t refunds_;
};

}  // namespace adirect
