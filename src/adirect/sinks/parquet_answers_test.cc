#include "adirect/sinks/parquet_answers.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "adirect/sinks/answers_test_support.h"
#include "adirect/sinks/parquet_table.h"

namespace adirect {
namespace {

using Rows = std::vector<std::string>;

std::unique_ptr<parquet::arrow::FileReader> Reader(const MemorySink& file) {
  const auto bytes = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file.text));
  return parquet::arrow::OpenFile(bytes, arrow::default_memory_pool()).ValueOrDie();
}

std::shared_ptr<arrow::Table> Read(const MemorySink& file) { return Reader(file)->ReadTable().ValueOrDie(); }

// Each row as its values with | between.
Rows RowsOf(const MemorySink& file) {
  const std::shared_ptr<arrow::Table> table = Read(file);
  Rows rows(static_cast<size_t>(table->num_rows()));
  for (const auto& column : table->columns()) {
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i] +=
          (column == table->column(0) ? "" : "|") + column->GetScalar(static_cast<int64_t>(i)).ValueOrDie()->ToString();
    }
  }
  return rows;
}

Rows ColumnsOf(const MemorySink& file) {
  Rows columns;
  const std::shared_ptr<arrow::Table> table = Read(file);
  for (const auto& field : table->schema()->fields()) columns.push_back(field->ToString(false));
  return columns;
}

class ParquetAnswersTest : public AnswersTest {
 protected:
  // A pair with two products.
  CategoryDecision Shoes() {
    CategoryDecision shoes = Targeted("shoes", 3, {1000}, Timestamp{kMillisPerDay});
    shoes.list = {{dictionary_.Intern("runner-3", "shoes"), ProductSource::kRecentSearch},
                  {dictionary_.Intern("trail-1", "shoes"), ProductSource::kPopular}};
    return shoes;
  }

  Status WriteAll(Answers& answers, const std::vector<CategoryDecision>& decisions, size_t shoppers = 1) {
    ADIRECT_RETURN_IF_ERROR(answers.Begin());
    AudienceSink::Chunk chunk;
    for (size_t i = 0; i < shoppers; ++i) answers.Format("ana", decisions, chunk);
    ADIRECT_RETURN_IF_ERROR(answers.Write(chunk));
    return answers.Finish(Bought({{"shoes", "b"}, {"shoes", "c"}, {"shoes", "c"}}));
  }
};

TEST_F(ParquetAnswersTest, RowsComeBackAsTheyWere) {
  const CategoryDecision hats = Targeted("\"h,\"", 32, {1500}, std::nullopt);
  const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers);
  ASSERT_TRUE(WriteAll(*answers, {hats, Shoes()}).ok());
  EXPECT_EQ(RowsOf(audience_), (Rows{"ana|\"h,\"|32|1970-01-01 00:00:01.500Z|null",
                                     "ana|shoes|3|1970-01-01 00:00:01.000Z|1970-01-02 00:00:00.000Z"}));
  EXPECT_EQ(RowsOf(recommendations_), (Rows{"ana|shoes|1|runner-3|recent_search", "ana|shoes|2|trail-1|popular"}));
  EXPECT_EQ(RowsOf(popular_), (Rows{"shoes|1|c|2", "shoes|2|b|1"}));
}

TEST_F(ParquetAnswersTest, TablesWithoutARowHaveTheirTypedColumns) {
  const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers);
  ASSERT_TRUE(answers->Begin().ok());
  ASSERT_TRUE(answers->Finish(Popularity()).ok());
  EXPECT_EQ(ColumnsOf(audience_),
            (Rows{"user_id: string not null", "category_id: string not null", "searches: int64 not null",
                  "last_search_at: timestamp[ms, tz=UTC] not null", "next_change_at: timestamp[ms, tz=UTC]"}));
  EXPECT_EQ(ColumnsOf(recommendations_),
            (Rows{"user_id: string not null", "category_id: string not null", "rank: int64 not null",
                  "product_id: string not null", "source: string not null"}));
  EXPECT_EQ(ColumnsOf(popular_), (Rows{"category_id: string not null", "rank: int64 not null",
                                       "product_id: string not null", "purchases: int64 not null"}));
  EXPECT_EQ(Read(audience_)->num_rows() + Read(recommendations_)->num_rows() + Read(popular_)->num_rows(), 0);
}

TEST_F(ParquetAnswersTest, WithACatalogProductsHaveATitleOrNull) {
  Catalog catalog;
  catalog.Add({.product_id = "runner-3", .title = "Runner \"3\", 👟"});
  catalog.Add({.product_id = "b", .title = "Boot"});
  const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers, &catalog);
  ASSERT_TRUE(WriteAll(*answers, {Shoes()}).ok());
  EXPECT_EQ(RowsOf(recommendations_),
            (Rows{"ana|shoes|1|runner-3|recent_search|Runner \"3\", 👟", "ana|shoes|2|trail-1|popular|null"}));
  EXPECT_EQ(RowsOf(popular_), (Rows{"shoes|1|c|2|null", "shoes|2|b|1|Boot"}));
  EXPECT_EQ(ColumnsOf(popular_).back(), "title: string");
  EXPECT_EQ(Read(audience_)->num_columns(), 5);
}

TEST_F(ParquetAnswersTest, RowsBeyondARowGroupBeginTheNext) {
  const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers);
  ASSERT_TRUE(WriteAll(*answers, {Shoes()}, kParquetGroupRows / 2 + 1).ok());
  const auto metadata = Reader(recommendations_)->parquet_reader()->metadata();
  ASSERT_EQ(metadata->num_row_groups(), 2);
  EXPECT_EQ(metadata->RowGroup(0)->num_rows(), kParquetGroupRows);
  EXPECT_EQ(metadata->RowGroup(1)->num_rows(), 2);
  EXPECT_EQ(metadata->RowGroup(0)->ColumnChunk(0)->compression(), parquet::Compression::ZSTD);
  EXPECT_TRUE(metadata->RowGroup(0)->ColumnChunk(0)->has_dictionary_page());
  EXPECT_EQ(Reader(audience_)->parquet_reader()->metadata()->num_row_groups(), 1);
  EXPECT_EQ(RowsOf(recommendations_).back(), "ana|shoes|2|trail-1|popular");
}

TEST_F(ParquetAnswersTest, TheBytesDoNotDependOnHowTheRowsAreShared) {
  const std::vector<CategoryDecision> shoes = {Shoes()};
  MemorySink apart[3];
  for (MemorySink* file : {&audience_, apart}) {
    const bool together = file == &audience_;
    const std::unique_ptr<Answers> answers =
        together ? Make(MakeParquetAnswers)
                 : MakeParquetAnswers(dictionary_, nullptr, {&apart[0], &apart[1], &apart[2]});
    ASSERT_TRUE(answers->Begin().ok());
    AudienceSink::Chunk chunk;
    for (int i = 0; i < 20'000; ++i) {
      answers->Format("user-" + std::to_string(i), shoes, chunk);
      if (together) continue;
      ASSERT_TRUE(answers->Write(chunk).ok());
      chunk.clear();
    }
    ASSERT_TRUE(answers->Write(chunk).ok());
    ASSERT_TRUE(answers->Finish(Popularity()).ok());
  }
  EXPECT_EQ(Read(audience_)->num_rows(), 20'000);
  EXPECT_EQ(audience_.text, apart[0].text);
  EXPECT_EQ(recommendations_.text, apart[1].text);
}

TEST_F(ParquetAnswersTest, AFullDiskIsToldOfAnyFileWhenTheFileSaysSo) {
  for (MemorySink* file : {&audience_, &recommendations_, &popular_}) {
    file->full = true;
    EXPECT_EQ(Make(MakeParquetAnswers)->Begin().message(), "no space");
    file->full = false;
    const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers);
    ASSERT_TRUE(answers->Begin().ok());
    file->full = true;
    EXPECT_EQ(answers->Finish(Bought({{"shoes", "a"}})).message(), "no space");
    file->full = false;
  }
}

TEST_F(ParquetAnswersTest, AFullDiskIsToldWhileRowsAreWritten) {
  const std::vector<CategoryDecision> shoes = {Shoes()};
  const std::unique_ptr<Answers> answers = Make(MakeParquetAnswers);
  ASSERT_TRUE(answers->Begin().ok());
  AudienceSink::Chunk chunk;
  for (int64_t i = 0; i < kParquetGroupRows; ++i) answers->Format("ana", shoes, chunk);
  recommendations_.full = true;
  EXPECT_EQ(answers->Write(chunk).code(), Code::kExhausted);
}

}  // namespace
}  // namespace adirect
