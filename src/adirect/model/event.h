// Event: what happened, and the identity that makes two deliveries one event.
//
// Two deliveries are one event when type, user, time, category, product and identity are equal
// (purchases: the order too; refunds: type, user, time, order and product). A reused identity with
// other content is another event, so 64 bits of it are enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "adirect/base/time.h"

namespace adirect {

enum class EventType : uint8_t { kSearch, kView, kCart, kFavorite, kPurchase, kRefund, kErase };

inline constexpr int kEventTypes = 7;
inline constexpr int kInterestTypes = 4;  // search, view, cart, favorite: the first values

constexpr bool IsInterest(EventType type) { return static_cast<int>(type) < kInterestTypes; }

// "search", "view", … as events and formats spell them.
std::string_view EventTypeName(EventType type);
std::optional<EventType> ParseEventType(std::string_view name);

// Ids are 1 to 128 bytes of UTF-8 without control characters, compared byte by byte.
inline constexpr size_t kMaxIdBytes = 128;
// An anonymous id, to which the prefix of its shopper's id is added.
inline constexpr size_t kMaxAnonymousIdBytes = 123;
inline constexpr std::string_view kAnonymousPrefix = "anon:";

// True where `text` holds no control character (U+0000-001F, U+007F-009F) and at most `max_bytes`.
// The text must be valid UTF-8 already; an empty one is true.
bool IsIdText(std::string_view text, size_t max_bytes = kMaxIdBytes);

// One row, as a codec made it. An empty text means absent. The views belong to the decoder's block and
// end with it.
struct Event {
  EventType type = EventType::kSearch;
  Timestamp time;
  std::string_view user_id;      // the shopper, with "anon:" put in front of an anonymous id
  std::string_view category_id;  // empty for refund and erase
  std::string_view product_id;
  std::string_view order_id;
  std::string_view event_id;  // the producer's; empty: the position is the identity
  std::string_view user_name;
  std::string_view region;
  std::string_view quantity;  // whole number, as it came
  std::string_view price;     // decimal number, as it came
  std::string_view currency;
  uint64_t identity = 0;             // IdentityHash of event_id, else of the position
  std::optional<Timestamp> arrival;  // when it was received, where the source recorded it
};

// The 64-bit hash of an identity's text. A text "prefix:N" (N decimal, without leading zeros, below
// 2^63) is hashed as PositionIdentity(Hash64(prefix), N), so that a position needs no text to be
// made for it, and reads back equal from an archive that wrote the text. All else is Hash64.
uint64_t IdentityHash(std::string_view text);

// The identity of position `n` (< 2^63) of the source whose name has the hash `prefix_hash`.
uint64_t PositionIdentity(uint64_t prefix_hash, uint64_t n);

}  // namespace adirect
