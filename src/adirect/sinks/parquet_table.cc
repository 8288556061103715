#include "adirect/sinks/parquet_table.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/table_builder.h>
#include <parquet/arrow/writer.h>

#include "adirect/base/time.h"
#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr int64_t kBatchRows = 16 << 10;  // that Arrow is given at once

// Arrow's view of a sink. The sink's first failure is kept, and nothing is written behind it.
class SinkStream final : public arrow::io::OutputStream {
 public:
  explicit SinkStream(TextSink& sink) : sink_(sink) { set_mode(arrow::io::FileMode::WRITE); }

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override {
    if (failed_.ok()) failed_ = sink_.Write({static_cast<const char*>(data), static_cast<size_t>(bytes)});
    position_ += bytes;
    return failed_.ok() ? arrow::Status::OK() : arrow::Status::IOError(failed_.message());
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }
  const Status& failed() const { return failed_; }

 private:
  TextSink& sink_;
  int64_t position_ = 0;
  bool closed_ = false;
  Status failed_;
};

using Kind = ParquetColumn::Kind;

std::shared_ptr<arrow::DataType> TypeOf(Kind kind) {
  if (kind == Kind::kTime) return arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
  return kind == Kind::kNumber ? arrow::int64() : arrow::utf8();
}

std::shared_ptr<arrow::Schema> SchemaOf(const ParquetColumns& columns) {
  arrow::FieldVector fields;
  for (const ParquetColumn& column : columns) {
    fields.push_back(arrow::field(column.name, TypeOf(column.kind), column.may_be_null));
  }
  return arrow::schema(std::move(fields));
}

std::shared_ptr<parquet::WriterProperties> FileProperties() {
  return parquet::WriterProperties::Builder()
      .compression(parquet::Compression::ZSTD)
      ->max_row_group_length(kParquetGroupRows)
      ->enable_page_checksum()
      ->build();
}

}  // namespace

class ParquetTable::Writer {
 public:
  Writer(ParquetColumns columns, TextSink& file)
      : columns_(std::move(columns)), stream_(std::make_shared<SinkStream>(file)) {}

  Status Open() {
    return Guarded([&]() -> arrow::Status {
      const std::shared_ptr<arrow::Schema> schema = SchemaOf(columns_);
      arrow::MemoryPool* const pool = arrow::default_memory_pool();
      ARROW_ASSIGN_OR_RAISE(rows_, arrow::RecordBatchBuilder::Make(schema, pool, kBatchRows));
      ARROW_ASSIGN_OR_RAISE(file_, parquet::arrow::FileWriter::Open(*schema, pool, stream_, FileProperties()));
      return arrow::Status::OK();
    });
  }

  Status Write(std::string_view rows) {
    return Guarded([&]() -> arrow::Status {
      WireReader in(rows);
      while (!in.done()) ARROW_RETURN_NOT_OK(AddRow(in));
      ADIRECT_CHECK(in.ok(), "rows of a table are whole");
      return arrow::Status::OK();
    });
  }

  Status Close() {
    return Guarded([&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(Flush());
      return file_->Close();
    });
  }

 private:
  // Calls Arrow. Its statuses and exceptions become a Status; the file's failure is told as the file told it.
  template <typename Call>
  Status Guarded(const Call& call) const {
    std::string message;
    try {
      const arrow::Status status = call();
      if (status.ok()) return {};
      message = status.message();
    } catch (const std::exception& error) {
      message = error.what();
    }
    if (!stream_->failed().ok()) return stream_->failed();
    return Exhausted("cannot write Parquet (" + message + "); free memory, or write CSV");
  }

  arrow::Status AddRow(WireReader& in) {
    for (int i = 0; i < rows_->num_fields(); ++i) {
      ARROW_RETURN_NOT_OK(AddValue(columns_[static_cast<size_t>(i)], in, *rows_->GetField(i)));
    }
    return ++count_ == kBatchRows ? Flush() : arrow::Status::OK();
  }

  static arrow::Status AddValue(const ParquetColumn& column, WireReader& in, arrow::ArrayBuilder& values) {
    switch (column.kind) {
      case Kind::kText: {
        const std::string_view text = in.Text();
        if (text.empty() && column.may_be_null) return values.AppendNull();
        return static_cast<arrow::StringBuilder&>(values).Append(text);
      }
      case Kind::kNumber:
        return static_cast<arrow::Int64Builder&>(values).Append(static_cast<int64_t>(in.Varint()));
      case Kind::kTime:
        break;
    }
    const auto time = static_cast<int64_t>(in.Fixed64());
    if (time == kNever.ms) return values.AppendNull();
    return static_cast<arrow::TimestampBuilder&>(values).Append(time);
  }

  arrow::Status Flush() {
    count_ = 0;
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> batch, rows_->Flush());
    return file_->WriteRecordBatch(*batch);
  }

  const ParquetColumns columns_;
  const std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<arrow::RecordBatchBuilder> rows_;  // not yet given to the file
  std::unique_ptr<parquet::arrow::FileWriter> file_;
  int64_t count_ = 0;  // of `rows_`
};

ParquetTable::ParquetTable(ParquetColumns columns, TextSink& file)
    : writer_(std::make_unique<Writer>(std::move(columns), file)) {}

ParquetTable::~ParquetTable() = default;

Status ParquetTable::Open() { return writer_->Open(); }

Status ParquetTable::Write(std::string_view rows) { return writer_->Write(rows); }

Status ParquetTable::Close() { return writer_->Close(); }

}  // namespace adirect
