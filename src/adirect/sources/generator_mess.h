// Mess: a share of the events is replaced or followed by what real feeds hold too.
//
// A stage between a world and the file, one for each chunk: what it does depends on the seed, the
// chunk and the events alone. Rows it adds have event ids of their own ("mess-<seed>-<chunk>:<n>"),
// so every row but the repeats, the reused ids and the cut lines has an identity of its own.
//
// Rows are no longer in time order: late events are written at the place of newer ones, and the
// rows of a burst follow its last event.
//
// Threads: a stage belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/model/event.h"
#include "adirect/sources/generator_random.h"
#include "adirect/sources/generator_text.h"

namespace adirect {

enum class MessKind : uint8_t {
  kRepeat,  // an earlier row again, byte for byte
  kLate,    // 1 s to 20 days earlier than its place
  kFuture,  // 6 min to 3 days later than its place, or in the years 2999 to 9999
  // A fourth of all refunds names order and product. Some are as old as the purchase, some 1 ms
  // older: those take nothing back.
  kRefundByOrder,  // the row stands behind that of its purchase
  kRefundByProduct,
  kRefundBeforeByOrder,  // the row stands before that of its purchase
  kRefundBeforeByProduct,
  kErase,     // of a shopper, at this time or up to 2 days earlier
  kTie,       // other events of the shopper and category in the same millisecond
  kBurst,     // 33 to 80 events of one type, shopper and category within seconds
  kReusedId,  // the event_id of an earlier row, with other content
  kOddIds,    // quotes, commas, emoji, combining letters, 128 bytes, …
  kCutLine,   // cut before its end, so it is no event
};
inline constexpr size_t kMessKinds = 13;

std::string_view MessKindName(MessKind kind);  // "repeat", "late", "refund_by_order", …

// The rows of each kind that were written.
struct MessCounts {
  std::array<uint64_t, kMessKinds> rows{};

  uint64_t& operator[](MessKind kind) { return rows[static_cast<size_t>(kind)]; }
  void Add(const MessCounts& other);
};

// "5%" or "0.5%": above 0, at most 100 %, in millionths. Absent where it is none.
std::optional<uint64_t> ParseMessShare(std::string_view text);

class MessStage {
 public:
  // kind is one of the `adirect` formats.
  MessStage(uint64_t seed, uint64_t chunk, uint64_t millionths, TextKind kind);

  // Appends the rows that become of the event.
  void Append(const Event& event, std::string& out);

  const MessCounts& counts() const { return counts_; }

 private:
  // An event with its texts.
  struct Kept {
    Event event;
    std::string text;
  };
  using Ring = std::vector<Kept>;

  uint64_t DrawBelow(uint64_t n) { return Below(random_.At(next_draw_++), n); }
  bool OneOf(uint64_t n) { return DrawBelow(n) == 0; }

  void Mess(MessKind kind, const Event& event, std::string& out);
  void Pass(const Event& event, std::string& out);  // writes it as it is
  void Write(MessKind kind, const Event& event, std::string& out);
  void Keep(const Event& event, Ring& ring);
  Event Earlier(const Ring& ring, const Event& otherwise);
  std::string_view NewText(std::string_view prefix, std::string& room);

  void Shift(MessKind kind, Event event, std::string& out);
  void Refund(MessKind kind, const Event& event, std::string& out);
  Timestamp RefundTime(Timestamp purchase, Timestamp latest);
  void Erase(Event event, std::string& out);
  void Tie(Event event, std::string& out);
  void Burst(Event event, std::string& out);
  void ReuseId(const Event& event, std::string& out);
  void Odd(Event event, std::string& out);
  void Cut(const Event& event, std::string& out);

  RandomStream random_;
  uint64_t next_draw_ = 0;
  uint64_t millionths_;
  TextKind kind_;
  EventText text_;
  std::string id_prefix_;
  uint64_t next_number_ = 0;
  std::string event_id_;  // texts of the row in hand
  std::string order_id_;
  std::string product_id_;
  Ring rows_;  // some that were passed lately
  Ring purchases_;
  MessCounts counts_;
};

}  // namespace adirect
