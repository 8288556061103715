#include "adirect/codec/columns.h"

#include <gtest/gtest.h>

#include <deque>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

using Texts = std::vector<std::optional<std::string>>;
using Numbers = std::vector<std::optional<int64_t>>;

// Rows in memory of their own: a sanitizer sees every byte read too far.
class TestBlock : public ColumnBlock {
 public:
  TestBlock& Add(Field field, const Texts& texts, bool wide = false) {
    Column& column = Start(field, texts);
    std::string& bytes = bytes_.emplace_back();
    std::vector<int32_t>& offsets = offsets_.emplace_back(1, 0);
    for (const auto& text : texts) {
      bytes += text.value_or("");
      offsets.push_back(static_cast<int32_t>(bytes.size()));
    }
    column.bytes = bytes.data();
    column.texts = texts.size();
    column.offsets = wide ? nullptr : offsets.data();
    if (wide) column.long_offsets = numbers_.emplace_back(offsets.begin(), offsets.end()).data();
    return *this;
  }

  TestBlock& AddDictionary(Field field, const Texts& texts, const std::vector<int32_t>& rows_texts) {
    Add(field, texts);
    rows = rows_texts.size();
    columns.back().indices = offsets_.emplace_back(rows_texts).data();
    return *this;
  }

  TestBlock& AddNumbers(Field field, const Numbers& values, int64_t per_second = 0, bool local = false) {
    Column& column = Start(field, values);
    column.kind = per_second == 0 ? Column::Kind::kInteger : Column::Kind::kInstant;
    column.per_second = per_second;
    column.local = local;
    std::vector<int64_t>& numbers = numbers_.emplace_back();
    for (const auto& value : values) numbers.push_back(value.value_or(-77));
    column.integers = numbers.data();
    return *this;
  }

 private:
  // Validity begins at the third bit, as in a slice.
  template <typename Values>
  Column& Start(Field field, const Values& values) {
    rows = values.size();
    Column& column = columns.emplace_back();
    column.field = field;
    column.name = FieldName(field);
    std::vector<uint8_t>& valid = valid_.emplace_back((values.size() + 3 + 7) / 8, 0);
    bool all = true;
    for (size_t row = 0; row < values.size(); ++row) {
      all = all && values[row].has_value();
      if (values[row]) valid[(row + 3) / 8] = static_cast<uint8_t>(valid[(row + 3) / 8] | 1U << (row + 3) % 8);
    }
    column.valid = all ? nullptr : valid.data();
    column.valid_offset = 3;
    return column;
  }

  std::deque<std::string> bytes_;
  std::deque<std::vector<int32_t>> offsets_;
  std::deque<std::vector<int64_t>> numbers_;
  std::deque<std::vector<uint8_t>> valid_;
};

std::vector<SeenRow> Decode(const ColumnBlock& block, const Format& format = AdirectFormat(Format::Kind::kParquet),
                            uint64_t first_row = 0) {
  const std::unique_ptr<Decoder> decoder = MakeColumnDecoder(format, "in");
  DecodeScratch scratch;
  SeenRows seen;
  decoder->Decode({{}, first_row, false, &block}, scratch, seen);
  EXPECT_EQ(seen.rows.size(), block.rows);
  return seen.rows;
}

constexpr int64_t kTenOClock = 1767607200;  // 2026-01-05T10:00:00Z

// A block of searches by "ana" in "shoes", whose other columns a test adds.
TestBlock Searches(size_t rows) {
  TestBlock block;
  block.AddDictionary(Field::kType, {"search"}, std::vector<int32_t>(rows, 0));
  block.Add(Field::kCategoryId, Texts(rows, "shoes"));
  return block;
}

TEST(Columns, ARowOfColumnsIsTheEventThatTheSameRowOfTextIs) {
  TestBlock block;
  block.Add(Field::kType, {"search", "purchase"})
      .Add(Field::kTime, {"2026-01-05T10:00:00Z", "2026-01-05T11:00:00+01:00"}, true)
      .AddDictionary(Field::kUserId, {"bob", "ana"}, {1, 0})
      .Add(Field::kCategoryId, {"shoes", "sh\xc3\xb6"})
      .AddNumbers(Field::kProductId, {7, std::nullopt})
      .Add(Field::kPrice, {std::nullopt, "12.50"});
  const std::string csv =
      "type,time,user_id,category_id,product_id,price\n"
      "search,2026-01-05T10:00:00Z,ana,shoes,7,\npurchase,2026-01-05T11:00:00+01:00,bob,sh\xc3\xb6,,12.50\n";
  std::vector<SeenRow> expected = DecodeForTest(AdirectFormat(Format::Kind::kCsv), csv);
  std::vector<SeenRow> rows = Decode(block);
  ASSERT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "event"}));
  EXPECT_EQ(rows[0].offset, 0u);
  EXPECT_EQ(rows[1].offset, 1u);
  for (std::vector<SeenRow>* list : {&expected, &rows}) {
    for (SeenRow& row : *list) row.offset = row.identity = 0, row.raw.clear();
  }
  EXPECT_EQ(rows, expected);
}

TEST(Columns, ARowWithoutEventIdIsKnownByItsNumberInTheFile) {
  TestBlock block = Searches(2);
  block.AddNumbers(Field::kTime, {1, 1}, 1).Add(Field::kUserId, {"ana", "ana"});
  const std::vector<SeenRow> rows = Decode(block, AdirectFormat(Format::Kind::kParquet), 1000);
  EXPECT_EQ(rows[0].identity, IdentityHash("in:1000"));
  EXPECT_EQ(rows[1].identity, IdentityHash("in:1001"));
}

TEST(Columns, InstantsOfAnyUnitAreCutToTheMillisecond) {
  for (const int64_t per_second : {1LL, 1000LL, 1'000'000LL, 1'000'000'000LL}) {
    TestBlock block = Searches(3);
    const int64_t late = kTenOClock * per_second + per_second - 1;
    block.AddNumbers(Field::kTime, {kTenOClock * per_second, late, std::nullopt}, per_second);
    block.Add(Field::kUserId, Texts(3, "ana"));
    const std::vector<SeenRow> rows = Decode(block);
    EXPECT_EQ(rows[0].time, "2026-01-05T10:00:00.000Z") << per_second;
    EXPECT_EQ(rows[1].time, per_second == 1 ? "2026-01-05T10:00:00.000Z" : "2026-01-05T10:00:00.999Z") << per_second;
    EXPECT_EQ(rows[2].verdict, "bad_time") << "null";
  }
}

TEST(Columns, AnInstantWithoutAZoneIsInTheFormatsZone) {
  Format format = AdirectFormat(Format::Kind::kParquet);
  format.time.zone_offset_ms = 8 * kMillisPerHour;
  for (const bool local : {false, true}) {
    TestBlock block = Searches(1);
    block.AddNumbers(Field::kTime, {kTenOClock}, 1, local).Add(Field::kUserId, {"ana"});
    EXPECT_EQ(Decode(block, format)[0].time, local ? "2026-01-05T02:00:00.000Z" : "2026-01-05T10:00:00.000Z");
  }
}

TEST(Columns, InstantsOutsideTheYearsOfAnEventAreRefused) {
  for (const int64_t per_second : {1LL, 1000LL, 1'000'000LL, 1'000'000'000LL}) {
    TestBlock block = Searches(4);
    block.AddNumbers(Field::kTime, {-1, INT64_MIN, INT64_MAX, 0}, per_second).Add(Field::kUserId, Texts(4, "ana"));
    const std::string largest = per_second == 1'000'000'000 ? "event" : "bad_time";  // the year 2262
    EXPECT_EQ(Verdicts(Decode(block)), (std::vector<std::string>{"bad_time", "bad_time", largest, "event"}));
  }
}

TEST(Columns, IntegersAreTheirDigits) {
  TestBlock block = Searches(2);
  block.AddNumbers(Field::kTime, {kTenOClock * 1000, kTenOClock * 1000})
      .AddNumbers(Field::kUserId, {INT64_MIN, INT64_MAX})
      .AddNumbers(Field::kProductId, {0, -5});
  const std::vector<SeenRow> rows = Decode(block);
  EXPECT_EQ(rows[0].time, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(rows[0].user, "-9223372036854775808");
  EXPECT_EQ(rows[1].user, "9223372036854775807");
  EXPECT_EQ(rows[1].product, "-5");
}

TEST(Columns, AnArrivalIsAnInstantTooAndNullIsNone) {
  TestBlock block = Searches(3);
  block.AddNumbers(Field::kTime, Numbers(3, kTenOClock), 1)
      .Add(Field::kUserId, Texts(3, "ana"))
      .AddNumbers(Field::kArrival, {kTenOClock, std::nullopt, -1}, 1);
  const std::vector<SeenRow> rows = Decode(block);
  EXPECT_EQ(rows[0].arrival, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(rows[1].arrival, "");
  EXPECT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "event", "bad_time"}));
}

TEST(Columns, WhatIsRefusedIsKeptAsAnObjectOfItsColumns) {
  TestBlock block;
  block.Add(Field::kType, {"look"})
      .AddNumbers(Field::kTime, {kTenOClock}, 1)
      .Add(Field::kUserId, {"a\"na"})
      .Add(Field::kProductId, {std::nullopt})
      .AddNumbers(Field::kCategoryId, {7});
  const std::vector<SeenRow> rows = Decode(block, AdirectFormat(Format::Kind::kParquet), 41);
  EXPECT_EQ(rows[0].verdict, "bad_type");
  EXPECT_EQ(rows[0].offset, 41u);
  EXPECT_EQ(rows[0].raw,
            "{\"type\":\"look\",\"time\":\"2026-01-05T10:00:00.000Z\",\"user_id\":\"a\\\"na\",\"category_id\":7}");
}

TEST(Columns, TextThatIsNoUtf8OrHoldsControlsIsRefusedByTheSameReasonsAsInCsv) {
  TestBlock block;
  const Texts users = {"ana", "an\xff", "a\x01na", std::string(129, 'x'), "\xc3", "\xa4", "anon:x", std::nullopt};
  block.Add(Field::kType, Texts(users.size(), "search"))
      .AddNumbers(Field::kTime, Numbers(users.size(), kTenOClock), 1)
      .Add(Field::kCategoryId, Texts(users.size(), "shoes"))
      .Add(Field::kUserId, users);
  const std::vector<SeenRow> rows = Decode(block);
  EXPECT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "bad_utf8", "bad_user_id", "bad_user_id", "bad_utf8",
                                                      "bad_utf8", "bad_user_id", "missing_user_id"}))
      << "two halves of a character that lie beside each other are none";
  EXPECT_NE(rows[1].raw.find("an\xff"), std::string::npos);
}

TEST(Columns, ARowLongerThanALineMayBeIsRefused) {
  TestBlock block = Searches(2);
  block.AddNumbers(Field::kTime, {kTenOClock, kTenOClock}, 1)
      .Add(Field::kUserId, {"ana", "ana"})
      .Add(Field::kProductId, {std::string(kMaxLineBytes, 'p'), "p"});
  EXPECT_EQ(Verdicts(Decode(block)), (std::vector<std::string>{"line_too_long", "event"}));
}

TEST(Columns, ConstantsStandInEveryRow) {
  Format format = AdirectFormat(Format::Kind::kParquet);
  format.fields[static_cast<size_t>(Field::kType)].reset();
  format.constants[static_cast<size_t>(Field::kType)] = "view";
  TestBlock block;
  block.AddNumbers(Field::kTime, {kTenOClock}, 1).Add(Field::kUserId, {"ana"}).Add(Field::kCategoryId, {"shoes"});
  EXPECT_EQ(Decode(block, format)[0].type, "view");
}

}  // namespace
}  // namespace adirect
