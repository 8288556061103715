// The door: where events come in and are accepted or refused. It alone is told what a clock says.
//
// A Door stands behind a decoder, one per thread: events that pass go on as the door made them, to Accept; what is
// refused becomes quarantine records. At a FoldingDoor they become rows for the shards.
//
//   FoldingDoor door(rules, dictionary, shards.size());
//   door.Open(block);
//   block.decoder->Decode(block.block, scratch, door);
//   door.Close();                      // now rows() and refused() are complete
//
// Threads: a door belongs to one thread; the dictionary is shared.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adirect/base/time.h"
#include "adirect/codec/decoder.h"
#include "adirect/model/catalog.h"
#include "adirect/model/dictionary.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/quarantine.h"
#include "adirect/targeting/state.h"

namespace adirect {

// An event further than this behind its arrival is refused (`future`).
inline constexpr Duration kFutureTolerance = Duration::Millis(5 * kMillisPerMinute);

struct DoorRules {
  // When rows without an arrival of their own arrive: the wall clock, read by the caller.
  Timestamp arrival;
  Duration future_tolerance = kFutureTolerance;
  // A batch's as-of: later events are counted and left out. Erases pass always.
  std::optional<Timestamp> as_of;
  // Where one policy is all that will be asked, at a known as-of: which searches it can look at. Others
  // are accepted, and not kept.
  std::optional<SearchFilter> searches;
  // Gives an event without a category that of its product, which is then part of the event. Null: none.
  // Nobody may add to it between a door's Open and Close.
  const Catalog* catalog = nullptr;
};

// The event's own category, else its product's in the catalog; empty where an event that needs none has none,
// or none is known.
std::string_view CategoryAtDoor(const Event& event, const DoorRules& rules);

// Why the door refuses the event of this input, which no codec can say; absent where it passes. `arrival` is the
// event's.
std::optional<RejectReason> DoorRefusal(const Event& event, const DoorRules& rules, const Input& input,
                                        Timestamp arrival);

// Events by EventType.
using TypeCounts = std::array<uint64_t, kEventTypes>;
void AddCounts(const TypeCounts& more, TypeCounts& counts);

// What came to the door. rows = accepted + ignored + after_as_of + all refused.
struct DoorCounts {
  uint64_t rows = 0;
  uint64_t accepted = 0;  // repeats and erases included
  uint64_t ignored = 0;
  uint64_t after_as_of = 0;
  std::optional<Timestamp> newest;  // time of any accepted event but an erase
  RejectCounts refused = {};
  TypeCounts by_type = {};  // of `accepted`

  uint64_t erases() const { return by_type[static_cast<size_t>(EventType::kErase)]; }
  uint64_t all_refused() const;
  void Add(const DoorCounts& other);
};

class Door : public EventSink {
 public:
  explicit Door(const DoorRules& rules) : rules_(rules) {}

  void Open(const SourceBlock& block);
  void OnEvent(const Event& event, const RowPlace& place) final;
  void OnIgnored(const RowPlace& place) override;
  void OnRejected(RejectReason reason, const RowPlace& place) override;

  // Between blocks: the clock's and the catalog's part of the rules, for what comes from now on.
  void SetArrival(Timestamp arrival) { rules_.arrival = arrival; }
  void SetCatalog(const Catalog* catalog) { rules_.catalog = catalog; }

  // Quarantine records of the block at hand.
  std::string& refused() { return refused_; }
  // Since the door was made, or TakeCounts.
  const DoorCounts& counts() const { return counts_; }
  DoorCounts TakeCounts() { return std::exchange(counts_, {}); }

 protected:
  // Takes an event that passed, with what the door knows better: its category (a view into the event or the catalog)
  // and the arrival that it was judged by.
  virtual void Accept(const Event& event, std::string_view category, Timestamp arrival, const RowPlace& place) = 0;
  const Input& input() const { return *input_; }
  const DoorRules& rules() const { return rules_; }

 private:
  Timestamp ArrivalOf(const Event& event, const RowPlace& place) const;

  DoorRules rules_;
  const Input* input_ = nullptr;
  std::span<const Timestamp> arrivals_;  // of the block at hand
  uint64_t first_ = 0;                   // offset of its first row
  std::string refused_;
  DoorCounts counts_;
};

class FoldingDoor : public Door {
 public:
  FoldingDoor(const DoorRules& rules, Dictionary& dictionary, size_t shards);

  void Open(const SourceBlock& block);
  void Close();

  // Rows of the block at hand, to be folded before its next Decode.
  std::span<const FoldRow> rows(size_t shard) const { return rows_[shard]; }

 protected:
  void Accept(const Event& event, std::string_view category, Timestamp arrival, const RowPlace& place) override;

 private:
  // An accepted event whose item is being looked up.
  struct Pending {
    FoldRow row;
    std::string_view product;
    std::string_view category;
    uint64_t item_hash = 0;
  };
  // An item is looked for in the dictionary this many events after its slot was asked for, and its text
  // after half as many.
  static constexpr size_t kAhead = 16;

  void Finish(Pending& pending);

  Dictionary& dictionary_;
  std::array<Pending, kAhead> pending_;
  size_t pending_count_ = 0;  // since Open
  std::vector<std::vector<FoldRow>> rows_;
};

}  // namespace adirect
