#include "adirect/app/table.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TEST(Table, CellsStandBelowOneAnother) {
  EXPECT_EQ(TableText({{"a", "bb", "c"}, {"\xc3\xa9\xe2\x82\xac", "", "c"}, {"aaa"}}, "  "),
            "  a    bb  c\n  \xc3\xa9\xe2\x82\xac       c\n  aaa\n");
  EXPECT_EQ(TableText({}), "");
}

TEST(Table, ATextThatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(Printable("events.csv"), "events.csv");
  EXPECT_EQ(Printable("a\x1b[2Jb"), "\"a\\u001b[2Jb\"");
}

}  // namespace
}  // namespace adirect
