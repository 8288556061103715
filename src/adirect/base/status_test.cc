#include "adirect/base/status.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

namespace adirect {
namespace {

TEST(Status, IsOkUntilSomethingFailed) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().message(), "");
  const Status failed = Exhausted("the disk is full");
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.code(), Code::kExhausted);
  EXPECT_EQ(failed.message(), "the disk is full");
}

TEST(Status, GainsItsPlaceOnTheWayUp) {
  const Status status = Corrupt("byte 17").Within("state.bin").Within("--state");
  EXPECT_EQ(status.message(), "--state: state.bin: byte 17");
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_TRUE(Status().Within("state.bin").ok());
}

TEST(Status, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    names.insert(CodeName(static_cast<Code>(code)));
  }
  EXPECT_EQ(names.size(), 8u);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Status, AFailedSystemCallSaysWhatToDo) {
  const Status missing = FromErrno(ENOENT, "events.csv");
  EXPECT_EQ(missing.code(), Code::kNotFound);
  EXPECT_EQ(missing.message(), "events.csv: No such file or directory; check the name");
  const Status full = FromErrno(ENOSPC, "out/audience.csv");
  EXPECT_EQ(full.code(), Code::kExhausted);
  EXPECT_EQ(full.message(), "out/audience.csv: No space left on device; free some space and run again");
  EXPECT_EQ(FromErrno(EACCES, "x").code(), Code::kInvalidArgument);
  EXPECT_EQ(FromErrno(EISDIR, "x").message(), "x: Is a directory; give a file");
  EXPECT_EQ(FromErrno(EAGAIN, "x").code(), Code::kUnavailable);
  EXPECT_EQ(FromErrno(EIO, "x").code(), Code::kInternal);
}

Status FailIf(bool fail) { return fail ? Internal("failed") : Status(); }
Status Both(bool first, bool second) {
  ADIRECT_RETURN_IF_ERROR(FailIf(first));
  ADIRECT_RETURN_IF_ERROR(FailIf(second));
  return NotFound("the end was reached");
}

TEST(Status, TheFirstErrorReturns) {
  EXPECT_EQ(Both(true, false).code(), Code::kInternal);
  EXPECT_EQ(Both(false, true).code(), Code::kInternal);
  EXPECT_EQ(Both(false, false).code(), Code::kNotFound);
}

TEST(Result, IsAValueOrTheReasonWhyThereIsNone) {
  const Result<int> seven = 7;
  ASSERT_TRUE(seven.ok());
  EXPECT_EQ(*seven, 7);
  const Result<int> none = NotFound("no number");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().message(), "no number");
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ReadingAMissingValueEndsTheProcessWithTheReason) {
  const Result<int> none = NotFound("no number here");
  EXPECT_DEATH(none.value(), "no number here");
  const Status fine;
  EXPECT_DEATH(Result<int>{fine}, "a Result without value needs a reason");
}

TEST(CheckDeathTest, ABrokenPromiseIsPrintedWithValuesAndPlace) {
  const int kept = 33;
  ADIRECT_CHECK(kept == 33, kept);
  EXPECT_DEATH(ADIRECT_CHECK(kept <= 32, kept, "at most 32"),
               "status_test.cc:[0-9]+: this must hold and does not: kept <= 32 \\[33, at most 32\\]");
}

}  // namespace
}  // namespace adirect
