#include "adirect/codec/row_cells.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

using Strings = std::vector<std::string>;

// "name=text" of each cell, the text in <> where it is no text; "none" where there are no cells.
Strings Cells(const Format& format, std::string_view header, std::string_view raw) {
  const std::optional<std::vector<Cell>> cells = SplitRow(format, header, raw);
  if (!cells) return {"none"};
  Strings shown;
  for (const Cell& cell : *cells) {
    shown.push_back(cell.column + "=" + (cell.is_text ? cell.text : "<" + cell.text + ">"));
  }
  return shown;
}

TEST(RowCells, TheHeaderNamesTheColumnsElseTheFormatDoes) {
  const Format seed = SeedFormat();
  EXPECT_EQ(ColumnNames(seed, ""), seed.columns);
  EXPECT_EQ(ColumnNames(seed, "a,\"b,c\""), (Strings{"a", "b,c"}));
  EXPECT_EQ(Cells(AdirectFormat(Format::Kind::kCsv), "type,time", "view,\"1,\"\"5\""),
            (Strings{"type=view", "time=1,\"5"}));
}

TEST(RowCells, ARowOfAnotherLengthIsShownAsFarAsItGoes) {
  const Format adirect = AdirectFormat(Format::Kind::kCsv);
  EXPECT_EQ(Cells(adirect, "type,time", "view"), (Strings{"type=view"}));
  EXPECT_EQ(Cells(adirect, "type,time", "view,1,x"), (Strings{"type=view", "time=1", "3=x"}));
}

TEST(RowCells, MembersOfAnObjectAreCells) {
  EXPECT_EQ(Cells(AdirectFormat(Format::Kind::kNdjson), "",
                  R"({"type":"vi\u0065w","time":1.50,"x":{"y":[1, 2]},"user_id":null,"cl\u0065an":true})"),
            (Strings{"type=view", "time=<1.50>", "x=<{\"y\":[1, 2]}>", "user_id=<null>", "clean=<true>"}));
}

TEST(RowCells, WhatCannotBeReadHasNoCells) {
  EXPECT_EQ(Cells(SeedFormat(), "", "a,\"b"), Strings{"none"});
  for (const std::string_view bad : {"", "1", "[]", "{\"a\":1", "{\"a\" 1}", "nonsense"}) {
    EXPECT_EQ(Cells(AdirectFormat(Format::Kind::kNdjson), "", bad), Strings{"none"}) << bad;
  }
}

}  // namespace
}  // namespace adirect
