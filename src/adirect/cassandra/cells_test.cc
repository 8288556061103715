#include "adirect/cassandra/cells.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TEST(Cells, ReadBackAsTheyWereWritten) {
  std::string cells;
  AppendCell("ana", cells);
  AppendCell("", cells);
  AppendCell(int64_t{-5}, cells);
  AppendCell(int32_t{-6}, cells);
  AppendBooleanCell(true, cells);
  AppendCell(Timestamp{1'234'567'890'123}, cells);
  AppendDayCell(-1, cells);
  CellReader reader(cells);
  EXPECT_EQ(reader.Text(), "ana");
  EXPECT_EQ(reader.Text(), "");
  EXPECT_EQ(reader.Bigint(), -5);
  EXPECT_EQ(reader.Int(), -6);
  EXPECT_TRUE(reader.Boolean());
  EXPECT_EQ(reader.Time(), Timestamp{1'234'567'890'123});
  EXPECT_EQ(reader.Day(), -1);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.done());
}

TEST(Cells, NullReadsAsNothing) {
  std::string cells;
  for (int i = 0; i < 3; ++i) AppendNullCell(cells);
  CellReader reader(cells);
  EXPECT_EQ(reader.Text(), "");
  EXPECT_EQ(reader.Bigint(), 0);
  EXPECT_EQ(reader.TimeIfAny(), std::nullopt);
  EXPECT_TRUE(reader.ok());
}

TEST(Cells, ACellThatIsCutIsNoCell) {
  std::string cells;
  AppendCell("long enough", cells);
  CellReader reader(std::string_view(cells).substr(0, cells.size() - 1));
  EXPECT_EQ(reader.Text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Cells, ACellOfAnotherSizeIsNoNumber) {
  std::string cells;
  AppendCell(int32_t{7}, cells);
  CellReader reader(cells);
  EXPECT_EQ(reader.Bigint(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Cells, SetsOfDatesReadBackSorted) {
  const std::vector<int64_t> days = {20'000, -1, 20'000, 3};
  std::string cells;
  AppendDaysCell(days, cells);
  CellReader reader(cells);
  EXPECT_EQ(DaysOfCell(reader.Text()), (std::vector<int64_t>{-1, 3, 20'000}));
  EXPECT_TRUE(DaysOfCell("").empty());
}

}  // namespace
}  // namespace adirect
