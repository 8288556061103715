// The shoppers of one region: who they are, by number.
//
// Generated shoppers are computed, not stored, so any number of them costs no memory. Of `total`
// shoppers with the ids 1 to `total` each region has a contiguous fifth (the first regions one more
// where five does not divide it), so the regions are disjoint and a region's shoppers are the same
// whether it runs alone or with the others. A name is a given name of the region and a number
// ("craig198"); no two shoppers share one.
//
// A file of shoppers has rows `userid,username` (RFC 4180, no header needed, one accepted).
//
// Threads: immutable after it is made.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

inline constexpr size_t kRegionCount = 5;
inline constexpr std::array<std::string_view, kRegionCount> kRegionNames = {"america", "china", "france", "singapore",
                                                                            "taiwan"};
inline constexpr uint64_t kMaxShoppers = 1'000'000'000;

// Its place in kRegionNames.
std::optional<size_t> FindRegion(std::string_view name);

struct UserTexts {
  std::string_view id;
  std::string_view name;
};

// Room for id and name of a generated shopper.
inline constexpr size_t kShopperBytes = 32;

class Shoppers {
 public:
  // The fifth of `total` (at most kMaxShoppers) that lives in the region.
  static Shoppers Generated(uint64_t total, size_t region);

  // The rows of a CSV text. Errors name `place` and the line: a row that has not two fields, an id
  // that is empty or no id, an id that was on an earlier line, no row at all. `region`: the name of
  // the region they live in, empty for none.
  static Result<Shoppers> Parse(std::string_view csv, std::string_view place, std::string_view region);

  uint32_t count() const { return count_; }
  std::string_view region() const { return region_; }

  // The hours that the region's clock is ahead of UTC.
  int clock_offset_hours() const;

  // False where an id or a name may need quotes or escapes in CSV or JSON.
  bool plain() const { return plain_; }

  // Shopper i (< count()). The views lie in `room` (kShopperBytes) or in this object.
  UserTexts At(uint32_t i, char* room) const;

  // The rows of `userid,username` that Parse reads.
  std::string Csv() const;

 private:
  struct Row {
    uint64_t begin;
    uint8_t id_size;
    uint8_t name_size;
  };

  std::string_view region_;
  uint32_t count_ = 0;
  bool plain_ = true;
  const std::array<std::string_view, 50>* names_ = nullptr;  // generated shoppers only
  uint64_t first_id_ = 0;
  std::string text_;  // read shoppers only
  std::vector<Row> rows_;
};

}  // namespace adirect
