#include "adirect/sinks/archive_parquet.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include "adirect/codec/format.h"
#include "adirect/sinks/archive_fields.h"
#include "adirect/sinks/archive_test_support.h"

namespace adirect {
namespace {

std::string Encode(const std::vector<Event>& events) {
  const std::unique_ptr<ArchiveEncoder> encoder = MakeParquetArchiveEncoder();
  for (const Event& event : events) EXPECT_TRUE(encoder->Add(event).ok());
  Result<std::string> file = encoder->Finish();
  EXPECT_TRUE(file.ok());
  return file.ok() ? *std::move(file) : "";
}

std::shared_ptr<arrow::Table> Read(const std::string& file) {
  const auto bytes = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file));
  return parquet::arrow::OpenFile(bytes, arrow::default_memory_pool()).ValueOrDie()->ReadTable().ValueOrDie();
}

TEST(ArchiveParquet, HasAColumnForEveryField) {
  const std::shared_ptr<arrow::Table> table = Read(Encode({}));
  EXPECT_EQ(table->num_rows(), 0);
  ASSERT_EQ(static_cast<size_t>(table->num_columns()), kFieldCount);
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    const arrow::Field& column = *table->field(static_cast<int>(i));
    EXPECT_EQ(column.name(), FieldName(field));
    EXPECT_EQ(column.type()->ToString(), IsArchiveTime(field) ? "timestamp[ms, tz=UTC]" : "string");
  }
}

TEST(ArchiveParquet, HoldsEachEventAsItWas) {
  const std::vector<Event> events = OddEvents();
  const std::shared_ptr<arrow::Table> table = Read(Encode(events));
  ASSERT_EQ(static_cast<size_t>(table->num_rows()), events.size());
  for (size_t row = 0; row < events.size(); ++row) {
    for (size_t i = 0; i < kFieldCount; ++i) {
      const auto field = static_cast<Field>(i);
      const auto value = table->column(static_cast<int>(i))->GetScalar(static_cast<int64_t>(row)).ValueOrDie();
      if (IsArchiveTime(field)) {
        EXPECT_EQ(std::static_pointer_cast<arrow::TimestampScalar>(value)->value, ArchiveTime(field, events[row]).ms);
        continue;
      }
      const std::string text = value->is_valid ? value->ToString() : "";
      EXPECT_EQ(text, ArchiveTexts(events[row])[i]) << FieldName(field);
      EXPECT_EQ(value->is_valid, !text.empty());
    }
  }
}

TEST(ArchiveParquet, KnowsAboutHowLargeTheFileIs) {
  const std::unique_ptr<ArchiveEncoder> encoder = MakeParquetArchiveEncoder();
  std::string id;
  for (uint64_t i = 0; i < 400'000; ++i) {
    Event event = OddEvents().front();
    id = std::to_string(i * 0x9e3779b97f4a7c15ULL);
    event.event_id = id;
    ASSERT_TRUE(encoder->Add(event).ok());
  }
  const auto told = static_cast<double>(encoder->bytes());
  EXPECT_GE(encoder->memory_bytes(), encoder->bytes());
  const auto real = static_cast<double>(encoder->Finish()->size());
  EXPECT_NEAR(told / real, 1, 0.25);
}

}  // namespace
}  // namespace adirect
