#include "adirect/sources/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "adirect/codec/columns.h"
#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

constexpr int64_t kTenOClock = 1767607200;  // 2026-01-05T10:00:00Z

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> Make(Builder&& builder, const std::vector<std::optional<Value>>& values) {
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

using Texts = std::vector<std::optional<std::string>>;

std::shared_ptr<arrow::Array> Strings(const Texts& texts) { return Make(arrow::StringBuilder(), texts); }

std::shared_ptr<arrow::Array> Same(size_t rows, const std::string& text) { return Strings(Texts(rows, text)); }

std::shared_ptr<arrow::Array> Times(const std::vector<std::optional<int64_t>>& values, arrow::TimeUnit::type unit,
                                    const std::string& zone = "UTC") {
  return Make(arrow::TimestampBuilder(arrow::timestamp(unit, zone), arrow::default_memory_pool()), values);
}

struct NamedArray {
  std::string name;
  std::shared_ptr<arrow::Array> array;
};

class ParquetSourceTest : public testing::Test {
 protected:
  ParquetSourceTest() { std::filesystem::create_directories(folder_); }
  ~ParquetSourceTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::vector<NamedArray>& columns, int64_t group_rows = 1 << 20,
                    bool dictionaries = true) {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const NamedArray& column : columns) {
      fields.push_back(arrow::field(column.name, column.array->type()));
      arrays.push_back(column.array);
    }
    parquet::WriterProperties::Builder properties;
    properties.enable_page_checksum();
    if (!dictionaries) properties.disable_dictionary();
    const auto file = arrow::io::FileOutputStream::Open(folder_ + name).ValueOrDie();
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    // The schema too, so that types come back as they were.
    const auto written =
        parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, group_rows, properties.build(),
                                   parquet::ArrowWriterProperties::Builder().store_schema()->build());
    EXPECT_TRUE(written.ok() && file->Close().ok()) << written.ToString();
    return folder_ + name;
  }

  // Searches by ana in shoes at ten, but for what `other` says.
  std::string WriteSearches(const std::string& name, size_t rows, const std::vector<NamedArray>& other) {
    std::vector<NamedArray> columns = {{"type", Same(rows, "search")},
                                       {"time", Same(rows, "2026-01-05T10:00:00Z")},
                                       {"user_id", Same(rows, "ana")},
                                       {"category_id", Same(rows, "shoes")}};
    for (const NamedArray& column : other) {
      std::erase_if(columns, [&](const NamedArray& one) { return one.name == column.name; });
      columns.push_back(column);
    }
    return Write(name, columns);
  }

  Result<std::unique_ptr<ParquetSource>> Open(const std::vector<std::string>& paths) const {
    return ParquetSource::Open(paths, [this](const std::string&) { return Result<Format>(format_); });
  }

  std::vector<SeenRow> Read(const std::vector<std::string>& paths) const {
    Result<std::unique_ptr<ParquetSource>> source = Open(paths);
    EXPECT_TRUE(source.ok()) << source.status().message();
    SeenRows seen;
    DecodeScratch scratch;
    for (SourceBlock block; source.ok();) {
      const Result<bool> more = (*source)->Next(block);
      EXPECT_TRUE(more.ok()) << more.status().message();
      if (!more.ok() || !*more) break;
      block.decoder->Decode(block.block, scratch, seen);
    }
    return std::move(seen.rows);
  }

  std::string OpenError(const std::string& path) const {
    const Result<std::unique_ptr<ParquetSource>> source = Open({path});
    EXPECT_FALSE(source.ok());
    return source.status().message();
  }

  // The first error of Next.
  Status ReadError(const std::string& path) const {
    Result<std::unique_ptr<ParquetSource>> source = Open({path});
    if (!source.ok()) return source.status();
    for (SourceBlock block;;) {
      const Result<bool> more = (*source)->Next(block);
      if (!more.ok()) return more.status();
      if (!*more) return {};
    }
  }

  const std::string folder_ = testing::TempDir() + "adirect_parquet_" + std::to_string(getpid()) + "/";
  Format format_ = AdirectFormat(Format::Kind::kParquet);
};

// Numbers from 0 as product ids.
std::shared_ptr<arrow::Array> Products(size_t rows) {
  Texts texts;
  for (size_t row = 0; row < rows; ++row) texts.emplace_back("p" + std::to_string(row));
  return Strings(texts);
}

std::vector<NamedArray> ManySearches(size_t rows) {
  return {{"type", Same(rows, "search")}, {"time", Same(rows, "2026-01-05T10:00:00Z")},
          {"user_id", Same(rows, "ana")}, {"category_id", Same(rows, "shoes")},
          {"product_id", Products(rows)}, {"not_ours", Same(rows, "x")}};
}

TEST_F(ParquetSourceTest, EveryRowComesOnceWithItsNumberThroughRowGroupsAndBatches) {
  constexpr size_t kRows = 90'000;
  for (const bool dictionaries : {true, false}) {
    for (const int64_t group_rows : {1000, 40'000, 1 << 20}) {
      const std::vector<SeenRow> rows = Read({Write("a.parquet", ManySearches(kRows), group_rows, dictionaries)});
      ASSERT_EQ(rows.size(), kRows);
      for (size_t row = 0; row < kRows; ++row) {
        ASSERT_EQ(rows[row].offset, row);
        ASSERT_EQ(rows[row].product, "p" + std::to_string(row));
        ASSERT_EQ(rows[row].user, "ana");
        ASSERT_EQ(rows[row].verdict, "event");
      }
      EXPECT_EQ(rows[kRows - 1].identity, IdentityHash("a.parquet:" + std::to_string(kRows - 1)));
    }
  }
}

TEST_F(ParquetSourceTest, ThreadsShareRowGroupsAndTheBlocksAreNumberedInTheOrderOfTheRows) {
  const std::vector<std::string> paths = {Write("a.parquet", ManySearches(70'000), 20'000),
                                          Write("b.parquet", ManySearches(50'000), 7'000)};
  const std::unique_ptr<ParquetSource> source = *Open(paths);
  std::mutex mutex;
  std::map<uint64_t, std::pair<std::string, uint64_t>> places;  // by sequence
  uint64_t rows = 0;
  uint64_t input_bytes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (SourceBlock block; *source->Next(block);) {
        const std::lock_guard<std::mutex> lock(mutex);
        places[block.sequence] = {block.input->name, block.block.offset};
        rows += block.block.columns->rows;
        input_bytes += block.input_bytes;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows, 120'000u);
  EXPECT_GT(input_bytes, source->total_bytes() * 9 / 10);
  ASSERT_EQ(places.rbegin()->first + 1, places.size());
  std::pair<std::string, uint64_t> before;
  for (const auto& [sequence, place] : places) {
    EXPECT_TRUE(before < place) << sequence;
    before = place;
  }
}

TEST_F(ParquetSourceTest, TextsOfEveryKindAreTheSameTexts) {
  const Texts users = {"ana", std::nullopt, "bob"};
  const auto words = std::static_pointer_cast<arrow::StringArray>(Strings({"bob", "ana"}));
  const auto indices = Make(arrow::Int8Builder(), std::vector<std::optional<int8_t>>{1, std::nullopt, 0});
  const std::vector<std::shared_ptr<arrow::Array>> kinds = {
      Strings(users), Make(arrow::LargeStringBuilder(), users), Make(arrow::BinaryBuilder(), users),
      arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int8(), arrow::utf8()), indices, words).ValueOrDie()};
  for (const auto& kind : kinds) {
    const std::vector<SeenRow> rows = Read({WriteSearches("a.parquet", 3, {{"user_id", kind}})});
    ASSERT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "missing_user_id", "event"}))
        << kind->type()->ToString();
    EXPECT_EQ(rows[0].user + rows[2].user, "anabob");
  }
}

TEST_F(ParquetSourceTest, IntegersOfBothWidthsAreIds) {
  const std::vector<SeenRow> rows = Read(
      {WriteSearches("a.parquet", 2,
                     {{"user_id", Make(arrow::Int32Builder(), std::vector<std::optional<int32_t>>{-7, 2'000'000'000})},
                      {"product_id", Make(arrow::Int64Builder(), std::vector<std::optional<int64_t>>{1, {}})}})});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].user, "-7");
  EXPECT_EQ(rows[1].user, "2000000000");
  EXPECT_EQ(rows[0].product, "1");
  EXPECT_EQ(rows[1].product, "");
}

TEST_F(ParquetSourceTest, TimestampsOfEveryUnitWithAndWithoutAZone) {
  format_.time.zone_offset_ms = -kMillisPerHour;
  for (const auto& [unit, per_second] : {std::pair(arrow::TimeUnit::MILLI, 1000LL),
                                         {arrow::TimeUnit::MICRO, 1'000'000LL},
                                         {arrow::TimeUnit::NANO, 1'000'000'000LL}}) {
    for (const std::string zone : {"UTC", "+03:00", ""}) {
      const std::vector<SeenRow> rows =
          Read({WriteSearches("a.parquet", 2, {{"time", Times({kTenOClock * per_second, std::nullopt}, unit, zone)}})});
      ASSERT_EQ(rows.size(), 2u);
      EXPECT_EQ(rows[0].time, zone.empty() ? "2026-01-05T11:00:00.000Z" : "2026-01-05T10:00:00.000Z") << zone;
      EXPECT_EQ(rows[1].verdict, "bad_time");
    }
  }
}

TEST_F(ParquetSourceTest, PricesMayBeRealNumbers) {
  const std::vector<std::optional<double>> doubles = {12.5, std::nullopt, 1e300, NAN};
  const auto decimal = arrow::decimal128(9, 2);
  arrow::Decimal128Builder decimals(decimal);
  for (const int cents : {1250, 0, -5, 7}) EXPECT_TRUE(decimals.Append(arrow::Decimal128(cents)).ok());
  const std::vector<SeenRow> reals =
      Read({WriteSearches("a.parquet", 4, {{"price", Make(arrow::DoubleBuilder(), doubles)}})});
  EXPECT_EQ(Verdicts(reals), (std::vector<std::string>{"event", "event", "event", "bad_price"}));
  EXPECT_EQ(reals[0].price, "12.5");
  EXPECT_EQ(reals[1].price, "");
  EXPECT_EQ(reals[2].price, "1e+300");
  const std::vector<SeenRow> cents = Read({WriteSearches("b.parquet", 4, {{"price", *decimals.Finish()}})});
  ASSERT_EQ(Verdicts(cents), std::vector<std::string>(4, "event"));
  EXPECT_EQ(cents[0].price, "12.50");
  EXPECT_EQ(cents[2].price, "-0.05");
}

TEST_F(ParquetSourceTest, ColumnsThatAreMissingOrOfATypeThatNoFieldHasAreErrorsWithTheRemedy) {
  const auto days = Make(arrow::Date32Builder(), std::vector<std::optional<int32_t>>{20'000});
  const std::string dated = WriteSearches("a.parquet", 1, {{"time", days}});
  EXPECT_EQ(OpenError(dated),
            dated +
                ": column \"time\" (time) is of type date32[day]; it can be a timestamp, a string, int32 or int64: "
                "write the file with a cast");
  const auto real = Make(arrow::DoubleBuilder(), std::vector<std::optional<double>>{1.5});
  EXPECT_NE(OpenError(WriteSearches("b.parquet", 1, {{"user_id", real}})).find("is of type double"), std::string::npos);
  const auto nested = arrow::StructArray::Make({Same(1, "ana")}, std::vector<std::string>{"id"}).ValueOrDie();
  EXPECT_NE(OpenError(WriteSearches("c.parquet", 1, {{"user_id", nested}})).find("is of type struct<id: string"),
            std::string::npos);
  const std::string bare = Write("d.parquet", {{"type", Same(1, "search")}, {"user_id", Same(1, "ana")}});
  EXPECT_EQ(OpenError(bare), bare + ": the file has no column time; it has: \"type\", \"user_id\"");
  format_.partial_header = false;
  EXPECT_EQ(OpenError(bare), bare + ": the file has no column \"event_id\" (event_id); it has: \"type\", \"user_id\"");
}

TEST_F(ParquetSourceTest, AFileThatIsCutOrNoParquetIsAnErrorThatNamesIt) {
  const std::string path = Write("a.parquet", ManySearches(1000));
  const auto size = std::filesystem::file_size(path);
  for (const uintmax_t cut : {size - 1, size / 2, uintmax_t{4}, uintmax_t{0}}) {
    std::filesystem::resize_file(path, cut);
    const std::string message = OpenError(path);
    EXPECT_TRUE(message.starts_with(path + ": cannot be read (")) << message;
    EXPECT_TRUE(message.ends_with("; copy the file again, or write it again")) << message;
  }
}

TEST_F(ParquetSourceTest, ADamagedPageIsAnErrorThatNamesTheRowGroup) {
  const std::string path = Write("a.parquet", ManySearches(20'000), 10'000);
  const auto size = std::filesystem::file_size(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(size / 4));
  file << "damaged damaged damaged";
  file.close();
  const Status status = ReadError(path);
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_TRUE(status.message().starts_with(path + ": row group 0: cannot be read (")) << status.message();
}

TEST_F(ParquetSourceTest, AFileWithoutRowsHasNone) {
  EXPECT_TRUE(Read({WriteSearches("a.parquet", 0, {})}).empty());
  EXPECT_TRUE(Read({}).empty());
}

TEST_F(ParquetSourceTest, AStopEndsTheReading) {
  std::atomic<bool> stop = true;
  const auto source = ParquetSource::Open(
      {WriteSearches("a.parquet", 1, {})}, [this](const std::string&) { return Result<Format>(format_); }, &stop);
  SourceBlock block;
  EXPECT_EQ((*source)->Next(block).status().message(), "cancelled");
}

TEST_F(ParquetSourceTest, TheLastRowGroupIsShownWhereItIsSmallAndNextStillBeginsAtTheFront) {
  const std::unique_ptr<ParquetSource> source =
      *Open({Write("a.parquet", ManySearches(30'000), 20'000), Write("b.parquet", ManySearches(200'000))});
  SeenRows ends;
  DecodeScratch scratch;
  source->PeekEnds([&](const SourceBlock& block) { block.decoder->Decode(block.block, scratch, ends); });
  ASSERT_EQ(ends.rows.size(), 10'000u) << "b's only row group is the file";
  EXPECT_EQ(ends.rows.front().offset, 20'000u);
  EXPECT_EQ(ends.rows.back().product, "p29999");
  SourceBlock block;
  ASSERT_TRUE(*source->Next(block));
  EXPECT_EQ(block.block.offset, 0u);
}

}  // namespace
}  // namespace adirect
