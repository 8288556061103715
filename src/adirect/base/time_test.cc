#include "adirect/base/time.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

int64_t Ms(std::string_view text) {
  const std::optional<Timestamp> time = ParseRfc3339(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(Timestamp{-1}).ms;
}

TEST(Duration, IsReadWithEveryUnit) {
  EXPECT_EQ(ParseDuration("1500ms"), Duration::Millis(1500));
  EXPECT_EQ(ParseDuration("90s"), Duration::Millis(90'000));
  EXPECT_EQ(ParseDuration("90m"), Duration::Millis(5'400'000));
  EXPECT_EQ(ParseDuration("72h"), Duration::Days(3));
  EXPECT_EQ(ParseDuration("7d"), Duration::Days(7));
  EXPECT_EQ(ParseDuration("forever"), Duration::Forever());
  EXPECT_EQ(ParseDuration("007d"), Duration::Days(7));
}

TEST(Duration, IsNothingElse) {
  constexpr const char* kNoDurations[] = {"",
                                          "0d",
                                          "-1d",
                                          "+1d",
                                          "1",
                                          "d",
                                          "1 d",
                                          " 1d",
                                          "1d ",
                                          "1D",
                                          "1w",
                                          "1.5d",
                                          "1e3s",
                                          "0x1d",
                                          "for ever",
                                          "Forever",
                                          "1dd",
                                          "1m s",
                                          "9223372036854775807ms",
                                          "99999999999999999999d",
                                          "3660001d"};
  for (const char* text : kNoDurations) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
  EXPECT_TRUE(ParseDuration("3660000d").has_value());  // 10,000 years of 366 days
}

TEST(Duration, IsPrintedInItsLargestUnit) {
  EXPECT_EQ(FormatDuration(Duration::Days(7)), "7d");
  EXPECT_EQ(FormatDuration(Duration::Hours(36)), "36h");
  EXPECT_EQ(FormatDuration(Duration::Millis(5'400'000)), "90m");
  EXPECT_EQ(FormatDuration(Duration::Millis(61'000)), "61s");
  EXPECT_EQ(FormatDuration(Duration::Millis(1500)), "1500ms");
  EXPECT_EQ(FormatDuration(Duration::Forever()), "forever");
}

TEST(Duration, ForeverIsLongerThanAll) {
  EXPECT_GT(Duration::Forever(), *ParseDuration("3660000d"));
  EXPECT_FALSE(ParseDuration("3660000d")->forever());
}

TEST(Timestamp, PlusADurationIsNeverWhereThereIsNoSuchInstant) {
  EXPECT_EQ(Timestamp{5} + Duration::Millis(7), Timestamp{12});
  EXPECT_EQ(Timestamp{5} + Duration::Forever(), kNever);
  EXPECT_EQ(kNever + Duration::Millis(1), kNever);
  EXPECT_EQ(kMaxEventTime + Duration::Millis(1), kNever);
  EXPECT_EQ(Timestamp{kMaxEventTime.ms - 1} + Duration::Millis(1), kMaxEventTime);
}

TEST(Timestamp, ADayBeginsAtMidnight) {
  EXPECT_EQ(Timestamp{0}.day(), 0);
  EXPECT_EQ(Timestamp{kMillisPerDay - 1}.day(), 0);
  EXPECT_EQ(Timestamp{kMillisPerDay}.day(), 1);
  EXPECT_EQ(Timestamp{-1}.day(), -1);
  EXPECT_EQ(Timestamp{-kMillisPerDay}.day(), -1);
  EXPECT_EQ(Timestamp{-kMillisPerDay - 1}.day(), -2);
}

TEST(Civil, KnowsLeapYears) {
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(2000, 3, 1), 11'017);
  EXPECT_EQ(DaysFromCivil(2026, 1, 5), 20'458);
  EXPECT_TRUE(DaysFromCivil(2000, 2, 29).has_value());
  EXPECT_TRUE(DaysFromCivil(2024, 2, 29).has_value());
  EXPECT_FALSE(DaysFromCivil(1900, 2, 29).has_value());
  EXPECT_FALSE(DaysFromCivil(2026, 2, 29).has_value());
}

TEST(Civil, RefusesWhatIsNoDate) {
  EXPECT_FALSE(DaysFromCivil(2026, 0, 1).has_value());
  EXPECT_FALSE(DaysFromCivil(2026, 13, 1).has_value());
  EXPECT_FALSE(DaysFromCivil(2026, 1, 0).has_value());
  EXPECT_FALSE(DaysFromCivil(2026, 4, 31).has_value());
  EXPECT_FALSE(DaysFromCivil(2026, -1, -1).has_value());
}

TEST(Rfc3339, IsReadWithAnyZone) {
  EXPECT_EQ(Ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Ms("2026-01-05T10:00:00Z"), 1767607200000);
  EXPECT_EQ(Ms("2026-01-05T18:00:00+08:00"), 1767607200000);
  EXPECT_EQ(Ms("2026-01-05T04:30:00-05:30"), 1767607200000);
  EXPECT_EQ(Ms("2026-01-05 10:00:00z"), 1767607200000);
  EXPECT_EQ(Ms("2026-01-05t10:00:00-00:00"), 1767607200000);
}

TEST(Rfc3339, IsCutToMilliseconds) {
  EXPECT_EQ(Ms("1970-01-01T00:00:00.1Z"), 100);
  EXPECT_EQ(Ms("1970-01-01T00:00:00.12Z"), 120);
  EXPECT_EQ(Ms("1970-01-01T00:00:00.123999999Z"), 123);
  EXPECT_EQ(Ms("1970-01-01T00:00:00.0009+00:00"), 0);
}

TEST(Rfc3339, EndsWithTheYearsOfAnEvent) {
  EXPECT_EQ(Ms("9999-12-31T23:59:59.999Z"), kMaxEventTime.ms);
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.999Z"), std::nullopt);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00+00:01"), std::nullopt);
  EXPECT_EQ(ParseRfc3339("9999-12-31T23:59:59-00:01"), std::nullopt);
  EXPECT_EQ(ParseRfc3339("99999-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(ParseRfc3339("1899-01-01T00:00:00Z"), std::nullopt);
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  constexpr const char* kNoTimes[] = {"",
                                      "2026-01-05",
                                      "2026-01-05T10:00:00",
                                      "2026-01-05T10:00Z",
                                      "2026-01-05T10:00:00+0800",
                                      "2026-01-05T10:00:00+08",
                                      "2026-01-05T24:00:00Z",
                                      "2026-01-05T23:59:60Z",
                                      "2026-01-05T10:60:00Z",
                                      "2026-02-30T10:00:00Z",
                                      "2026-13-05T10:00:00Z",
                                      "2026-1-05T10:00:00Z",
                                      "2026-01-05T10:00:00.Z",
                                      "2026-01-05T10:00:00.1",
                                      "2026-01-05T10:00:00+24:00",
                                      "2026-01-05T10:00:00+08:60",
                                      "2026-01-05T10:00:00ZZ",
                                      " 2026-01-05T10:00:00Z",
                                      "2026-01-05T10:00:00 Z",
                                      "2026-01-05X10:00:00Z",
                                      "-026-01-05T10:00:00Z",
                                      "2026/01/05T10:00:00Z",
                                      "2026-01-05T10:00:0aZ"};
  for (const char* text : kNoTimes) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, IsPrintedAs24BytesAndReadsBack) {
  EXPECT_EQ(FormatRfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({1767607200000}), "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(FormatRfc3339(kMaxEventTime), "9999-12-31T23:59:59.999Z");
  // Every 12,345,678,901st millisecond meets every month and all but a few leap days.
  int count = 0;
  for (int64_t ms = 0; ms <= kMaxEventTime.ms; ms += 12'345'678'901, ++count) {
    const std::string text = FormatRfc3339({ms});
    ASSERT_EQ(text.size(), 24u);
    ASSERT_EQ(Ms(text), ms);
  }
  EXPECT_GT(count, 20'000);
}

TEST(Rfc3339, NeverIsAnEmptyText) {
  EXPECT_EQ(FormatRfc3339(kNever), "");
  std::string out = "until ";
  AppendRfc3339({1}, out);
  AppendRfc3339(kNever, out);
  EXPECT_EQ(out, "until 1970-01-01T00:00:00.001Z");
}

}  // namespace
}  // namespace adirect
