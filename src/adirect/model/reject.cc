#include "adirect/model/reject.h"

#include <array>

namespace adirect {

std::string_view RejectReasonName(RejectReason reason) {
  static constexpr std::array<std::string_view, kRejectReasons> kNames = {
      "line_too_long",  "bad_utf8",         "bad_json",        "bad_quotes",          "bad_columns",
      "bad_type",       "bad_time",         "missing_user_id", "bad_user_id",         "bad_category_id",
      "bad_product_id", "bad_order_id",     "bad_event_id",    "bad_user_name",       "bad_region",
      "bad_quantity",   "bad_price",        "bad_currency",    "missing_category_id", "refund_without_target",
      "future",         "erase_not_allowed"};
  return kNames[static_cast<size_t>(reason)];
}

}  // namespace adirect
