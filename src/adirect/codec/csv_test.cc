#include "adirect/codec/csv.h"

#include <gtest/gtest.h>

#include <random>

#include "adirect/base/hash.h"
#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kRow = "2017-02-01 23:35:10,ana,7,p1,1,search";

Names SeedVerdicts(std::string_view text) { return Verdicts(DecodeForTest(SeedFormat(), text)); }

Names AdirectVerdicts(std::string_view text) {
  return Verdicts(DecodeForTest(AdirectFormat(Format::Kind::kCsv), text));
}

std::string HeaderError(const Format& format, std::string_view head) {
  const auto decoder = MakeDecoder(format, "input", head);
  return decoder.ok() ? "" : decoder.status().message();
}

Format Multiline() {
  Format format = SeedFormat();
  format.multiline = true;
  return format;
}

TEST(Csv, SeedRowBecomesAnEvent) {
  const auto rows = DecodeForTest(SeedFormat(), std::string(kRow) + "\n");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].type, "search");
  EXPECT_EQ(rows[0].time, "2017-02-01T23:35:10.000Z");
  EXPECT_EQ(rows[0].user, "7");
  EXPECT_EQ(rows[0].name, "ana");
  EXPECT_EQ(rows[0].product, "p1");
  EXPECT_EQ(rows[0].category, "1");
  EXPECT_EQ(rows[0].raw, kRow);
  EXPECT_EQ(rows[0].offset, 0U);
}

TEST(Csv, LastLineNeedsNoEnd) {
  const auto rows = DecodeForTest(SeedFormat(), std::string(kRow) + "\n" + std::string(kRow));
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event"}));
  EXPECT_EQ(rows[1].type, "search");
  EXPECT_EQ(rows[1].offset, kRow.size() + 1);
}

TEST(Csv, EmptyLinesAreNoRows) {
  const std::string row(kRow);
  EXPECT_EQ(SeedVerdicts("\n" + row + "\n\n\r\n" + row + "\n\n"), (Names{"event", "event"}));
  EXPECT_EQ(SeedVerdicts("\n"), Names{});
  EXPECT_EQ(SeedVerdicts(""), Names{});
}

TEST(Csv, CarriageReturnsBeforeLineEndsBelongToThem) {
  const std::string row(kRow);
  const auto rows = DecodeForTest(SeedFormat(), row + "\r\n" + row + "\n" + row + "\r");
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event", "event"}));
  for (const SeenRow& seen : rows) {
    EXPECT_EQ(seen.type, "search");
    EXPECT_EQ(seen.raw, kRow);
  }
  EXPECT_EQ(rows[1].offset, kRow.size() + 2);
}

TEST(Csv, ByteOrderMarkIsNoPartOfTheFirstRow) {
  const auto rows = DecodeForTest(SeedFormat(), "\xef\xbb\xbf" + std::string(kRow) + "\n");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].offset, 3U);
  EXPECT_EQ(AdirectVerdicts("\xef\xbb\xbftime,type,user_id,category_id\n2026-01-05T10:00:00Z,search,ana,shoes\n"),
            Names{"event"});
}

TEST(Csv, OptionalHeaderIsTheFirstLineThatHoldsTheNames) {
  const std::string row(kRow);
  EXPECT_EQ(SeedVerdicts("time,user,userid,productid,categoryid,action\n" + row), Names{"event"});
  EXPECT_EQ(SeedVerdicts("time,user,userid,productid,categoryid,action\r\n" + row), Names{"event"});
  EXPECT_EQ(SeedVerdicts("time,user,userid,productid,categoryid,action"), Names{});
  EXPECT_EQ(SeedVerdicts(row + "\ntime,user,userid,productid,categoryid,action\n"), (Names{"event", "bad_type"}));
  EXPECT_EQ(SeedVerdicts("time,user,userid,productid,categoryid\n" + row), (Names{"bad_columns", "event"}));
}

TEST(Csv, HeaderMayNameTheColumnsInAnyOrder) {
  const auto rows = DecodeForTest(
      SeedFormat(), "action,\"time\",userid,user,categoryid,productid\nbuy,2017-02-01 23:35:10,7,ana,1,p1\n");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].type, "purchase");
  EXPECT_EQ(rows[0].user, "7");
  EXPECT_EQ(rows[0].product, "p1");
}

TEST(Csv, AdirectHeaderMayLackColumnsAndHaveOthers) {
  const auto rows = DecodeForTest(AdirectFormat(Format::Kind::kCsv),
                                  "user_id,colour,type,time,category_id\nana,red,search,1767607200000,shoes\n");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].time, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(rows[0].category, "shoes");
}

TEST(Csv, ADecoderKeepsTheHeaderThatItReadsItsColumnsBy) {
  const auto header_of = [](const Format& format, std::string_view head) {
    return std::string((*MakeDecoder(format, "input", head))->header());
  };
  const std::string header = "action,\"time\",userid,user,categoryid,productid";
  EXPECT_EQ(header_of(SeedFormat(), "\xef\xbb\xbf\n" + header + "\r\n" + std::string(kRow)), header);
  EXPECT_EQ(header_of(SeedFormat(), kRow), "");
  EXPECT_EQ(header_of(AdirectFormat(Format::Kind::kCsv), "type,time,user_id\n"), "type,time,user_id");
  EXPECT_EQ(header_of(AdirectFormat(Format::Kind::kCsv), ""), "");
  EXPECT_EQ(header_of(AdirectFormat(Format::Kind::kNdjson), "{}\n"), "");
}

TEST(Csv, RequiredHeaderThatIsMissingIsAnErrorWithTheColumns) {
  const Format adirect = AdirectFormat(Format::Kind::kCsv);
  EXPECT_NE(HeaderError(adirect, "user_id,type\nana,search\n").find("no column time; it has: \"user_id\", \"type\""),
            std::string::npos);
  EXPECT_NE(HeaderError(adirect, "time,type\n").find("no column user_id (or anonymous_id)"), std::string::npos);
  EXPECT_EQ(HeaderError(adirect, "time,type,anonymous_id\n"), "");
  EXPECT_NE(HeaderError(adirect, "time,type,user_id,type\n").find("\"type\" (type) twice"), std::string::npos);
  EXPECT_NE(HeaderError(adirect, "time,\"type,user_id\n").find("quote"), std::string::npos);
  Format shop = SeedFormat();
  shop.header = Format::Header::kRequired;
  EXPECT_NE(HeaderError(shop, "time,user,userid,productid,action\n").find("no column \"categoryid\" (category_id)"),
            std::string::npos);
}

TEST(Csv, InputWithoutAnyLineNeedsNoHeader) {
  for (const std::string_view empty : {"", "\n", "\r\n\n", "\xef\xbb\xbf"}) {
    EXPECT_EQ(AdirectVerdicts(empty), Names{}) << empty;
  }
}

TEST(Csv, WrongColumnCountIsBadColumns) {
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,ana,7,p1,1\n" + std::string(kRow) + ",x\n" + std::string(kRow) +
                         "\njust text\n"),
            (Names{"bad_columns", "bad_columns", "event", "bad_columns"}));
}

TEST(Csv, QuotedFieldsMayHoldDelimitersAndQuotes) {
  const auto rows = DecodeForTest(
      SeedFormat(), "\"2017-02-01 23:35:10\",\"a,\"\"b\"\"\",7,\"p,1\",\"1\",\"search\"\n" + std::string(kRow) + "\n");
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event"}));
  EXPECT_EQ(rows[0].name, "a,\"b\"");
  EXPECT_EQ(rows[0].product, "p,1");
  EXPECT_EQ(rows[1].product, "p1");
}

TEST(Csv, BadQuotesAreOneRow) {
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,\"ana,7,p1,1,search\n" + std::string(kRow) + "\n"),
            (Names{"bad_quotes", "event"}));
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,\"ana\"x,7,p1,1,search\n"), Names{"bad_quotes"});
}

TEST(Csv, LineEndsInQuotesNeedMultiline) {
  const std::string text = "2017-02-01 23:35:10,ana,7,p1,1,search\n2017-02-01 23:35:10,bo,8,\"p\n2\",1,search\n";
  EXPECT_EQ(SeedVerdicts(text), (Names{"event", "bad_quotes", "bad_columns"}));
  const auto rows = DecodeForTest(Multiline(), text);
  EXPECT_EQ(Verdicts(rows), (Names{"event", "bad_product_id"}));  // a line end is a control character
  const std::string named = "2017-02-01 23:35:10,ana,7,\"p1\",1,search\r\n";
  EXPECT_EQ(Verdicts(DecodeForTest(Multiline(), named + named)), (Names{"event", "event"}));
}

TEST(Csv, LineEndsInColumnsThatNobodyReadsDoNoHarm) {
  Format format = AdirectFormat(Format::Kind::kCsv);
  format.multiline = true;
  const auto rows =
      DecodeForTest(format,
                    "time,type,user_id,note,category_id\n1767607200000,search,ana,\"dear\nshop\",shoes\n\n"
                    "1767607200000,search,bo,\"\",shoes\n1767607200000,search,bo,\"never closed,shoes\nmore\n");
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event", "bad_quotes"}));
  EXPECT_EQ(rows[0].raw, "1767607200000,search,ana,\"dear\nshop\",shoes");
}

TEST(Csv, OnlyWholeRowsAreTaken) {
  const auto seed = MakeDecoder(SeedFormat(), "input", "");
  EXPECT_EQ((*seed)->WholeRows("a\nb"), 2U);
  EXPECT_EQ((*seed)->WholeRows("a"), 0U);
  EXPECT_EQ((*seed)->WholeRows("\"a\nb"), 3U);
  const auto multiline = MakeDecoder(Multiline(), "input", "");
  EXPECT_EQ((*multiline)->WholeRows("a\n\"b\nc"), 2U);
  EXPECT_EQ((*multiline)->WholeRows("\"b\nc"), 0U);
  EXPECT_EQ((*multiline)->WholeRows("a\n\"b\nc\"\n"), 8U);
  EXPECT_EQ((*multiline)->WholeRows("a\nb\nc"), 4U);
}

TEST(Csv, ControlCharactersInIdsAreRefused) {
  const std::string nul(1, '\0');
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,ana,7" + nul + ",p1,1,search\n"), Names{"bad_user_id"});
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,ana,7,p1,1\t,search\n"), Names{"bad_category_id"});
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,ana,7,p\x7f,1,search\n"), Names{"bad_product_id"});
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,a\rna,7,p1,1,search\n"), Names{"bad_user_name"});
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,a\xc2\x85,7,p1,1,search\n"), Names{"bad_user_name"});
  EXPECT_EQ(SeedVerdicts("2017-02-01 23:35:10,a\xc2\xa9,7,p1,1,search\n"), Names{"event"});
}

TEST(Csv, TabMayBeTheDelimiter) {
  Format format = SeedFormat();
  format.delimiter = '\t';
  const auto rows = DecodeForTest(format, "2017-02-01 23:35:10\tan,a\t7\tp1\t1\tsearch\n");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].name, "an,a");
}

TEST(Csv, RowThatIsNoUtf8IsRefusedAndItsNeighboursAreNot) {
  const std::string before = "2017-02-01 23:35:10,\xe5\xae\x89,7,p1,1,search\n";
  const auto rows = DecodeForTest(SeedFormat(), before + "2017-02-01 23:35:10,\xff,7\n" + before);
  ASSERT_EQ(Verdicts(rows), (Names{"event", "bad_utf8", "event"}));
  EXPECT_EQ(rows[2].name, "\xe5\xae\x89");
}

TEST(Csv, LineOverTheLimitIsTooLong) {
  const std::string front = "2017-02-01 23:35:10,ana,7,p1,1,";
  const std::string fits = front + std::string(kMaxLineBytes - front.size(), 'x') + "\r\n";
  const std::string over = front + std::string(kMaxLineBytes - front.size() + 1, 'x') + "\n";
  EXPECT_EQ(SeedVerdicts(fits + over + std::string(kRow) + "\n"), (Names{"bad_type", "line_too_long", "event"}));
}

TEST(Csv, OverlongBlockIsOneRefusal) {
  const auto decoder = MakeDecoder(SeedFormat(), "input", "");
  DecodeScratch scratch;
  SeenRows seen;
  const PaddedText front("2017-02-01 23:35:10,ana,7,p1,1,search");
  (*decoder)->Decode({front.view(), 42, true}, scratch, seen);
  ASSERT_EQ(Verdicts(seen.rows), Names{"line_too_long"});
  EXPECT_EQ(seen.rows[0].offset, 42U);
  EXPECT_EQ(seen.rows[0].raw, front.view());
}

TEST(Csv, PositionIsTheIdentityOfARow) {
  const auto rows = DecodeForTest(SeedFormat(), std::string(kRow) + "\n" + std::string(kRow) + "\n");
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event"}));
  EXPECT_EQ(rows[0].identity, IdentityHash("input:0"));
  EXPECT_EQ(rows[1].identity, IdentityHash("input:38"));
}

// Messy text, decoded whole and in blocks of every small size, and once with each row's quotes
// forced through the careful way: the same rows.
TEST(Csv, BlocksCutAnywhereGiveTheSameRows) {
  std::mt19937 random(7);
  const std::vector<std::string> lines = {std::string(kRow),
                                          "",
                                          "2017-02-01 23:35:10,\xe5\xae\x89,8,,2,buy",
                                          "\xff,,",
                                          "2017-02-30 23:35:10,ana,7,p1,1,search",
                                          "2017-02-01 23:35:10,,,p1,1,search",
                                          "\"2017-02-01 23:35:10\",\"a,b\",7,\"p\"\"1\",1,search",
                                          "\"open,,,,,",
                                          "a,b\rc",
                                          std::string("2017-02-01 23:35:10,a\0b,7,p1,1,buy", 34)};
  std::string text;
  for (int i = 0; i < 300; ++i) text += lines[random() % lines.size()] + (random() % 4 == 0 ? "\r\n" : "\n");
  for (const Format& format : {SeedFormat(), Multiline()}) {
    const auto whole = DecodeForTest(format, text);
    ASSERT_GT(whole.size(), format.multiline ? 1U : 200U);
    for (const size_t bytes : {1, 2, 7, 64, 100, 1000, 4096}) {
      EXPECT_EQ(DecodeForTest(format, text, bytes), whole) << bytes;
    }
  }
}

TEST(Csv, QuotesThatChangeNothingChangeNothing) {
  std::string plain;
  std::string quoted;
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    const std::string rest = i % 7 == 0 ? ",1,buy\n" : i % 11 == 0 ? ",1,look\n" : ",1,search\n";
    plain.append("2017-02-01 23:35:10,ana").append(n).append(",7,p").append(n).append(rest);
    quoted.append("2017-02-01 23:35:10,\"ana").append(n).append("\",7,\"p").append(n).append("\"").append(rest);
  }
  auto expected = DecodeForTest(SeedFormat(), plain);
  auto seen = DecodeForTest(SeedFormat(), quoted);
  ASSERT_EQ(expected.size(), 2000U);
  ASSERT_EQ(seen.size(), 2000U);
  for (size_t i = 0; i < seen.size(); ++i) {
    seen[i].offset = expected[i].offset;
    seen[i].identity = expected[i].identity;
    seen[i].raw = expected[i].raw;
  }
  EXPECT_EQ(seen, expected);
}

TEST(Csv, RowsOfAStreamAreNumberedAndKnownByTheirNumber) {
  const std::string row = "2017-02-01 23:35:10,ana,7,p1,1,search";
  const std::string quoted = "2017-02-01 23:35:10,\"ana\",7,p1,1,search";
  const auto rows =
      DecodeForTest(SeedFormat(), row + "\nbad\n" + quoted + "\n" + row + "\n", Block::Rows::kByNumber, 40);
  EXPECT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "bad_columns", "event", "event"}));
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].offset, 40 + i);
  EXPECT_EQ(rows[2].identity, IdentityHash("topic/0:42"));
}

TEST(Csv, AMessageIsOneRowWhateverIsInIt) {
  const auto verdict = [](std::string_view message) {
    const auto rows = DecodeForTest(SeedFormat(), message, Block::Rows::kOne, 40);
    return rows.size() == 1 && rows[0].offset == 40 ? rows[0].verdict : "not one row";
  };
  EXPECT_EQ(verdict("2017-02-01 23:35:10,ana,7,p1,1,search"), "event");
  EXPECT_EQ(verdict(""), "bad_columns");
  EXPECT_EQ(verdict("2017-02-01 23:35:10,ana,7,p1,1,search\n2017-02-01 23:35:10,ana,7,p1,1,search"), "bad_columns");
  EXPECT_EQ(verdict("2017-02-01 23:35:10,ana,\n7,p1,1,search"), "bad_user_id");
  EXPECT_EQ(verdict(std::string(kMaxLineBytes + 1, 'x')), "line_too_long");
}

}  // namespace
}  // namespace adirect
