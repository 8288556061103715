#include "adirect/model/reject.h"

#include <gtest/gtest.h>

#include <set>

namespace adirect {
namespace {

TEST(RejectReason, EveryReasonHasItsOwnName) {
  std::set<std::string_view> names;
  for (int reason = 0; reason < kRejectReasons; ++reason) {
    names.insert(RejectReasonName(static_cast<RejectReason>(reason)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kRejectReasons));
  EXPECT_FALSE(names.contains(""));
}

TEST(RejectReason, NamesStandBesideTheirReasons) {
  EXPECT_EQ(RejectReasonName(RejectReason::kLineTooLong), "line_too_long");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadUtf8), "bad_utf8");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadJson), "bad_json");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadQuotes), "bad_quotes");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadColumns), "bad_columns");
  EXPECT_EQ(RejectReasonName(RejectReason::kMissingUserId), "missing_user_id");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadUserName), "bad_user_name");
  EXPECT_EQ(RejectReasonName(RejectReason::kBadCurrency), "bad_currency");
  EXPECT_EQ(RejectReasonName(RejectReason::kRefundWithoutTarget), "refund_without_target");
  EXPECT_EQ(RejectReasonName(RejectReason::kEraseNotAllowed), "erase_not_allowed");
  EXPECT_EQ(static_cast<int>(RejectReason::kEraseNotAllowed), kRejectReasons - 1);
}

}  // namespace
}  // namespace adirect
