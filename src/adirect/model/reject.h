// Why a row is no event. The names are contract (DESIGN, door.json): quarantine shows them.
#pragma once

#include <cstdint>
#include <string_view>

namespace adirect {

// In the order in which a row is checked: the first that applies is its reason.
enum class RejectReason : uint8_t {
  kLineTooLong,
  kBadUtf8,
  kBadJson,     // not one JSON object, or a field of ours twice
  kBadQuotes,   // a quote that is not closed, or text behind a closing one
  kBadColumns,  // not as many columns as the header or format says
  kBadType,
  kBadTime,
  kMissingUserId,
  kBadUserId,
  kBadCategoryId,
  kBadProductId,
  kBadOrderId,
  kBadEventId,
  kBadUserName,
  kBadRegion,
  kBadQuantity,
  kBadPrice,
  kBadCurrency,
  kMissingCategoryId,
  kRefundWithoutTarget,
  kFuture,           // more than the door's tolerance after its arrival
  kEraseNotAllowed,  // from a source that may not erase
};
inline constexpr int kRejectReasons = 22;

// The longest line that is read, and how much of a longer one is kept.
inline constexpr size_t kMaxLineBytes = 1 << 20;
inline constexpr size_t kKeptOfLongLine = 4 << 10;

std::string_view RejectReasonName(RejectReason reason);  // "bad_utf8", …

}  // namespace adirect
