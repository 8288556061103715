#include "adirect/sinks/archive_parquet.h"

#include "adirect/base/wire.h"
#include "adirect/sinks/archive_fields.h"
#include "adirect/sinks/parquet_table.h"

namespace adirect {
namespace {

constexpr size_t kPieceBytes = 64 << 10;  // of rows that the table is given at once
constexpr double kFirstShare = 0.2;       // of the rows' bytes that is left of them, before any were packed

bool IsNeverNull(Field field) {
  return field == Field::kEventId || field == Field::kTime || field == Field::kType || field == Field::kArrival;
}

ParquetColumns Columns() {
  ParquetColumns columns;
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    const auto kind = IsArchiveTime(field) ? ParquetColumn::Kind::kTime : ParquetColumn::Kind::kText;
    columns.push_back({FieldName(field).data(), kind, !IsNeverNull(field)});
  }
  return columns;
}

class ParquetEncoder final : public ArchiveEncoder {
 public:
  ParquetEncoder() : table_(Columns(), file_), opened_(table_.Open()) {}

  Status Add(const Event& event) override {
    const std::array<std::string_view, kFieldCount> texts = ArchiveTexts(event);
    for (size_t i = 0; i < kFieldCount; ++i) {
      const auto field = static_cast<Field>(i);
      if (IsArchiveTime(field)) {
        AppendFixed64(static_cast<uint64_t>(ArchiveTime(field, event).ms), rows_);
      } else {
        AppendText(texts[i], rows_);
      }
    }
    return rows_.size() < kPieceBytes ? Status() : WriteRows();
  }

  uint64_t bytes() const override {
    return file_.text.size() + static_cast<uint64_t>(share_ * static_cast<double>(waiting_ + rows_.size()));
  }
  uint64_t memory_bytes() const override { return file_.text.size() + waiting_ + rows_.size(); }

  Result<std::string> Finish() override {
    ADIRECT_RETURN_IF_ERROR(WriteRows());
    ADIRECT_RETURN_IF_ERROR(table_.Close());
    return std::move(file_.text);
  }

 private:
  class Memory : public TextSink {
   public:
    Status Write(std::string_view piece) override {
      text += piece;
      return {};
    }
    std::string text;
  };

  Status WriteRows() {
    ADIRECT_RETURN_IF_ERROR(opened_);
    const size_t before = file_.text.size();
    ADIRECT_RETURN_IF_ERROR(table_.Write(rows_));
    given_ += rows_.size();
    waiting_ += rows_.size();
    rows_.clear();
    if (file_.text.size() > before + kPieceBytes) {
      share_ = static_cast<double>(file_.text.size()) / static_cast<double>(given_);
      waiting_ = 0;
    }
    return {};
  }

  Memory file_;
  ParquetTable table_;
  const Status opened_;
  std::string rows_;      // that the table was not given yet
  uint64_t given_ = 0;    // bytes of rows that it was
  uint64_t waiting_ = 0;  // of them, since a row group was last written
  double share_ = kFirstShare;
};

}  // namespace

std::unique_ptr<ArchiveEncoder> MakeParquetArchiveEncoder() { return std::make_unique<ParquetEncoder>(); }

}  // namespace adirect
