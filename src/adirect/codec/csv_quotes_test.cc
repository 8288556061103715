#include "adirect/codec/csv_quotes.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

using Cells = std::vector<std::string>;

// The cells of a row; {"?"} where its quotes are bad.
Cells Split(std::string_view row, char delimiter = ',') {
  Arena arena;
  std::vector<std::string_view> cells;
  if (!SplitQuotedRow(row, delimiter, arena, cells)) return {"?"};
  return {cells.begin(), cells.end()};
}

TEST(CsvQuotes, QuotedCellsMayHoldDelimitersQuotesAndLineEnds) {
  EXPECT_EQ(Split("a,\"b,c\",d"), (Cells{"a", "b,c", "d"}));
  EXPECT_EQ(Split("\"say \"\"hi\"\"\",b"), (Cells{"say \"hi\"", "b"}));
  EXPECT_EQ(Split("\"\"\"\",\"\""), (Cells{"\"", ""}));
  EXPECT_EQ(Split("\"a\nb\",c"), (Cells{"a\nb", "c"}));
  EXPECT_EQ(Split("\"a;b\";c", ';'), (Cells{"a;b", "c"}));
}

TEST(CsvQuotes, EmptyCellsCount) {
  EXPECT_EQ(Split(""), (Cells{""}));
  EXPECT_EQ(Split(","), (Cells{"", ""}));
  EXPECT_EQ(Split("\"\","), (Cells{"", ""}));
  EXPECT_EQ(Split(",\"a\","), (Cells{"", "a", ""}));
}

TEST(CsvQuotes, QuoteInsideAnUnquotedCellIsAByte) { EXPECT_EQ(Split("a\"b,5\"\""), (Cells{"a\"b", "5\"\""})); }

TEST(CsvQuotes, UnclosedQuotesAndTextBehindClosingOnesAreBad) {
  for (const std::string_view row : {"\"", "a,\"b", "\"a\"b", "\"a\" ,b", "\"a\"\"", "\"\"\"", "\"a\"\"b,c"}) {
    EXPECT_EQ(Split(row), Cells{"?"}) << row;
  }
}

TEST(CsvQuotes, RowEndsOutsideQuotesOnly) {
  EXPECT_EQ(FindQuotedRowEnd("a,b\nc", ','), 4U);
  EXPECT_EQ(FindQuotedRowEnd("\"a\nb\",c\nd\n", ','), 8U);
  EXPECT_EQ(FindQuotedRowEnd("\"a\"\"\nb\"\nd\n", ','), 8U);
  EXPECT_EQ(FindQuotedRowEnd("a\"b\nc\"\n", ','), 4U);
  EXPECT_EQ(FindQuotedRowEnd("\"a\"b\n\"c\n", ','), 5U);
  EXPECT_EQ(FindQuotedRowEnd("\n", ','), 1U);
  for (const std::string_view text : {"", "a,b", "\"a\n", "\"a\"", "a,\"b\n\nc", "\"a\"\""}) {
    EXPECT_EQ(FindQuotedRowEnd(text, ','), std::string_view::npos) << text;
  }
}

}  // namespace
}  // namespace adirect
