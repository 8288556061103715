#include "adirect/codec/time_format.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TimeFormat Pattern(std::string_view pattern, int year = 0, int64_t zone_offset_ms = 0) {
  EXPECT_EQ(PatternProblem(pattern, year), "");
  TimeFormat format;
  format.kind = TimeFormat::Kind::kPattern;
  format.pattern = pattern;
  format.year = year;
  format.zone_offset_ms = zone_offset_ms;
  return format;
}

TimeFormat Kind(TimeFormat::Kind kind) {
  TimeFormat format;
  format.kind = kind;
  return format;
}

// The instant as RFC 3339; empty where there is none.
std::string Read(const TimeFormat& format, std::string_view text) {
  TimeReader::Cache cache;
  return FormatRfc3339(TimeReader(format).Read(text, cache));
}

TEST(TimeFormat, SeedTimesAreUtcSeconds) {
  const TimeFormat seed = Pattern("%Y-%m-%d %H:%M:%S");
  EXPECT_EQ(Read(seed, "2017-02-01 23:35:10"), "2017-02-01T23:35:10.000Z");
  EXPECT_EQ(Read(seed, "1970-01-01 00:00:00"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Read(seed, "9999-12-31 23:59:59"), "9999-12-31T23:59:59.000Z");
  for (const std::string_view bad :
       {"", "2017-02-01", "2017-02-01T23:35:10", "2017-02-01 23:35", "2017-02-01 23:35:10 ", "2017-02-01 24:00:00",
        "2017-02-01 23:60:00", "2017-02-01 23:59:60", "2017-02-29 00:00:00", "2017-13-01 00:00:00",
        "2017-00-01 00:00:00", "1969-12-31 23:59:59", "1899-02-01 23:35:10", "99999-02-01 23:35:1"}) {
    EXPECT_EQ(Read(seed, bad), "") << bad;
  }
}

// The quick way is compared with the floor below, which reads byte by byte.
TEST(TimeFormat, AnyByteAnywhereIsReadAsByRfc3339) {
  const TimeReader reader(Pattern("%Y-%m-%d %H:%M:%S"));
  const std::string good = "2016-02-29 19:35:10";
  int read = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    TimeReader::Cache cache;
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      if (at == 10 && (byte | 0x20) == 't') continue;
      const Timestamp wanted = ParseRfc3339(text + "Z").value_or(kNever);
      EXPECT_EQ(reader.Read(text, cache), wanted) << text;
      read += wanted == kNever ? 0 : 1;
    }
  }
  EXPECT_GT(read, 50);
}

TEST(TimeFormat, TheCommonFormOfRfc3339IsReadAsAnyOther) {
  const TimeReader reader(Kind(TimeFormat::Kind::kRfc3339));
  int read = 0;
  for (const std::string good : {"2016-02-29T19:35:10Z", "2016-02-29T19:35:10.059Z"}) {
    for (size_t at = 0; at < good.size(); ++at) {
      TimeReader::Cache cache;
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = good;
        text[at] = static_cast<char>(byte);
        const Timestamp wanted = ParseRfc3339(text).value_or(kNever);
        EXPECT_EQ(reader.ReadString(text, cache), wanted) << text;
        EXPECT_EQ(reader.ReadString(good, cache), ParseRfc3339(good)) << text;
        read += wanted == kNever ? 0 : 1;
      }
    }
  }
  EXPECT_GT(read, 100);
}

TEST(TimeFormat, CachedDateIsForgottenWithTheNextDate) {
  const TimeReader reader(Pattern("%Y-%m-%d %H:%M:%S"));
  TimeReader::Cache cache;
  for (const std::string_view text : {"2017-02-01 23:59:59", "2017-02-02 00:00:00", "2017-02-01 23:59:59",
                                      "2017-03-01 00:00:00", "2018-03-01 00:00:00"}) {
    EXPECT_EQ(reader.Read(text, cache), ParseRfc3339(std::string(text) + "Z")) << text;
  }
  EXPECT_EQ(reader.Read("2018-02-29 00:00:00", cache), kNever);
  EXPECT_EQ(reader.Read("2018-03-01 00:00:00", cache), ParseRfc3339("2018-03-01T00:00:00Z"));
}

TEST(TimeFormat, NewCacheKnowsNoDate) {
  const TimeReader reader(Pattern(std::string_view("%Y-%m-%d\0%H:%M:%S", 17)));
  TimeReader::Cache cache;
  EXPECT_EQ(reader.Read(std::string(11, '\0') + "00:00:00", cache), kNever);
}

TEST(TimeFormat, LiteralsAreExact) {
  const TimeFormat utc = Pattern("%Y-%m-%d %H:%M:%S UTC");
  EXPECT_EQ(Read(utc, "2019-10-01 00:00:01 UTC"), "2019-10-01T00:00:01.000Z");
  EXPECT_EQ(Read(utc, "2019-10-01 00:00:01 utc"), "");
  EXPECT_EQ(Read(utc, "2019-10-01 00:00:01"), "");
  const TimeFormat percent = Pattern("%d.%m.%Y 100%%");
  EXPECT_EQ(Read(percent, "05.01.2026 100%"), "2026-01-05T00:00:00.000Z");
  EXPECT_EQ(Read(percent, "05.01.2026 100%%"), "");
}

TEST(TimeFormat, OneDigitWillDoWhereThePatternSaysSo) {
  const TimeFormat alibaba = Pattern("%-m-%-d", 2013);
  EXPECT_EQ(Read(alibaba, "6-4"), "2013-06-04T00:00:00.000Z");
  EXPECT_EQ(Read(alibaba, "06-14"), "2013-06-14T00:00:00.000Z");
  EXPECT_EQ(Read(alibaba, "6-31"), "");
  EXPECT_EQ(Read(alibaba, "2-29"), "");
  EXPECT_EQ(Read(alibaba, "6-"), "");
  EXPECT_EQ(Read(alibaba, "6-4-"), "");
  EXPECT_EQ(Read(Pattern("%Y/%m/%d"), "2013/6/04"), "");
}

TEST(TimeFormat, ZoneIsSubtracted) {
  const TimeFormat china = Pattern("%Y-%m-%d %H:%M:%S", 0, 8 * kMillisPerHour);
  EXPECT_EQ(Read(china, "2016-02-01 07:59:59"), "2016-01-31T23:59:59.000Z");
  EXPECT_EQ(Read(china, "1970-01-01 07:59:59"), "");
  EXPECT_EQ(Read(china, "1970-01-01 08:00:00"), "1970-01-01T00:00:00.000Z");
}

TEST(TimeFormat, EpochsAreWholeNumbersInTheYearsOfEvents) {
  const TimeFormat seconds = Kind(TimeFormat::Kind::kEpochSeconds);
  EXPECT_EQ(Read(seconds, "1511658000"), "2017-11-26T01:00:00.000Z");
  EXPECT_EQ(Read(seconds, "253402300799"), "9999-12-31T23:59:59.000Z");
  for (const std::string_view bad : {"", "-1", "-0", "+1", " 1", "1.5", "253402300800", "99999999999999999999"}) {
    EXPECT_EQ(Read(seconds, bad), "") << bad;
  }
  const TimeFormat millis = Kind(TimeFormat::Kind::kEpochMillis);
  EXPECT_EQ(Read(millis, "253402300799999"), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(Read(millis, "253402300800000"), "");
}

TEST(TimeFormat, AdirectTakesRfc3339AndMilliseconds) {
  const TimeFormat both = Kind(TimeFormat::Kind::kRfc3339OrMillis);
  EXPECT_EQ(Read(both, "2026-01-05 10:00:00.123456+08:00"), "2026-01-05T02:00:00.123Z");
  EXPECT_EQ(Read(both, "1767607200000"), "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(Read(both, "2026-01-05T10:00:00"), "");
  EXPECT_EQ(Read(Kind(TimeFormat::Kind::kRfc3339), "1767607200000"), "");
}

TEST(TimeFormat, TypedNumbersAndStringsAreNotExchanged) {
  TimeReader::Cache cache;
  const TimeReader both(Kind(TimeFormat::Kind::kRfc3339OrMillis));
  EXPECT_EQ(both.ReadNumber("1767607200000").ms, 1767607200000);
  EXPECT_EQ(both.ReadString("1767607200000", cache), kNever);
  const TimeReader seconds(Kind(TimeFormat::Kind::kEpochSeconds));
  EXPECT_EQ(seconds.ReadNumber("1511658000"), seconds.ReadString("1511658000", cache));
  const TimeReader pattern(Pattern("%Y-%m-%d"));
  EXPECT_EQ(pattern.ReadNumber("20260105"), kNever);
}

TEST(TimeFormat, PatternsThatNameNoDayAreRefused) {
  EXPECT_NE(PatternProblem("%Y", 0), "");
  EXPECT_NE(PatternProblem("%m", 2013), "");
  EXPECT_NE(PatternProblem("%Y-%m-%d %m", 0), "");
  EXPECT_NE(PatternProblem("%Y-%m-%d %", 0), "");
  EXPECT_NE(PatternProblem("%-Y-%m-%d", 0), "");
  EXPECT_NE(PatternProblem("%Y-%m-%d %-", 0), "");
  EXPECT_EQ(PatternProblem("%Y-%-m-%-d %-H:%-M:%-S%%", 0), "");
}

}  // namespace
}  // namespace adirect
