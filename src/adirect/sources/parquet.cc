#include "adirect/sources/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/config.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>

#include "adirect/base/hash.h"
#include "adirect/base/text.h"
#include "adirect/codec/bindings.h"
#include "adirect/codec/columns.h"

namespace adirect {
namespace {

constexpr int64_t kBatchRows = 16 << 10;
constexpr int64_t kStreamBytes = 256 << 10;  // read of a column at once
constexpr int64_t kPeekedRows = 128 << 10;   // a last row group of so many rows is always looked at …
constexpr int64_t kPeekedShare = 16;         // … and one of at most this part of the file
constexpr std::string_view kRemedy = "; copy the file again, or write it again";

// Calls Arrow. Its statuses and exceptions become a Status.
template <typename Call>
Status Guarded(const Call& call) {
  try {
    const arrow::Status status = call();
    if (status.ok()) return {};
    if (status.IsOutOfMemory()) {
      return Exhausted("needs more than " + std::to_string(kMaxParquetBytes >> 30) +
                       " GiB; write it with smaller row groups and pages");
    }
    return Corrupt("cannot be read (" + status.message() + ")" + std::string(kRemedy));
  } catch (const std::exception& error) {
    return Corrupt("cannot be read (" + std::string(error.what()) + ")" + std::string(kRemedy));
  }
}

template <typename T>
arrow::Status Into(arrow::Result<T>&& result, T& out) {
  if (result.ok()) out = *std::move(result);
  return result.status();
}

bool IsText(arrow::Type::type type) {
  return type == arrow::Type::STRING || type == arrow::Type::LARGE_STRING || type == arrow::Type::BINARY ||
         type == arrow::Type::LARGE_BINARY;
}

bool IsReal(arrow::Type::type type) {
  return type == arrow::Type::FLOAT || type == arrow::Type::DOUBLE || type == arrow::Type::DECIMAL128 ||
         type == arrow::Type::DECIMAL256;
}

// Whether a column of that type can hold the field.
bool IsReadable(Field field, const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return IsText(static_cast<const arrow::DictionaryType&>(type).value_type()->id());
  }
  if (IsText(type.id()) || type.id() == arrow::Type::INT32 || type.id() == arrow::Type::INT64) return true;
  if (type.id() == arrow::Type::TIMESTAMP) return field == Field::kTime || field == Field::kArrival;
  return field == Field::kPrice && IsReal(type.id());
}

std::string_view ReadableTypes(Field field) {
  if (field == Field::kTime || field == Field::kArrival) return "a timestamp, a string, int32 or int64";
  return field == Field::kPrice ? "a decimal, a double, a float, a string, int32 or int64" : "a string, int32 or int64";
}

Status NoSuchType(const std::string& name, Field field, const arrow::DataType& type) {
  return InvalidArgument("column " + Quoted(name) + " (" + std::string(FieldName(field)) + ") is of type " +
                         type.ToString() + "; it can be " + std::string(ReadableTypes(field)) +
                         ": write the file with a cast");
}

// A block's values, and all that they lie in.
struct ArrowBlock final : ColumnBlock {
  std::shared_ptr<arrow::RecordBatch> batch;
  std::vector<std::vector<int64_t>> integers;  // of other widths
  std::vector<std::vector<int32_t>> indices;
  std::vector<std::string> texts;  // of numbers
  std::vector<std::shared_ptr<arrow::Array>> arrays;
};

template <typename Array>
void SetOffsets(const arrow::Array& array, Column& column) {
  const auto& texts = static_cast<const Array&>(array);
  if constexpr (sizeof(typename Array::offset_type) == sizeof(int32_t)) {
    column.offsets = texts.raw_value_offsets();
  } else {
    column.long_offsets = texts.raw_value_offsets();
  }
  column.bytes = reinterpret_cast<const char*>(texts.raw_data());
  column.texts = static_cast<size_t>(texts.length());
}

void SetTexts(const arrow::Array& array, Column& column) {
  column.kind = Column::Kind::kText;
  const bool wide = array.type_id() == arrow::Type::LARGE_STRING || array.type_id() == arrow::Type::LARGE_BINARY;
  wide ? SetOffsets<arrow::LargeBinaryArray>(array, column) : SetOffsets<arrow::BinaryArray>(array, column);
}

// Row r's number in the dictionary, as Arrow keeps it in integers of some width; of a null anything.
const int32_t* IndicesOf(const arrow::DictionaryArray& values, ArrowBlock& block) {
  if (values.indices()->type_id() == arrow::Type::INT32) {
    return static_cast<const arrow::Int32Array&>(*values.indices()).raw_values();
  }
  std::vector<int32_t>& indices = block.indices.emplace_back();
  for (int64_t row = 0; row < values.length(); ++row) {
    indices.push_back(values.IsNull(row) ? 0 : static_cast<int32_t>(values.GetValueIndex(row)));
  }
  return indices.data();
}

Status SetDictionary(const arrow::Array& array, ArrowBlock& block, Column& column) {
  const auto& values = static_cast<const arrow::DictionaryArray&>(array);
  const std::shared_ptr<arrow::Array> texts = values.dictionary();
  SetTexts(*texts, column);
  column.indices = IndicesOf(values, block);
  const auto size = static_cast<uint32_t>(texts->length());
  for (int64_t row = 0; row < array.length(); ++row) {
    if (static_cast<uint32_t>(column.indices[row]) >= size && values.IsValid(row)) {
      return Corrupt("column " + Quoted(column.name) + " has a value that its dictionary lacks" + std::string(kRemedy));
    }
  }
  return {};
}

void SetInstants(const arrow::Array& array, Column& column) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  constexpr int64_t kPerSecond[] = {1, 1000, 1'000'000, 1'000'000'000};
  column.kind = Column::Kind::kInstant;
  column.integers = static_cast<const arrow::TimestampArray&>(array).raw_values();
  column.per_second = kPerSecond[type.unit()];
  column.local = type.timezone().empty();
}

void SetIntegers(const arrow::Array& array, ArrowBlock& block, Column& column) {
  column.kind = Column::Kind::kInteger;
  if (array.type_id() == arrow::Type::INT64) {
    column.integers = static_cast<const arrow::Int64Array&>(array).raw_values();
    return;
  }
  const int32_t* const narrow = static_cast<const arrow::Int32Array&>(array).raw_values();
  column.integers = block.integers.emplace_back(narrow, narrow + array.length()).data();
}

std::string TextOfReal(const arrow::Array& array, int64_t row) {
  char text[32];
  switch (array.type_id()) {
    case arrow::Type::FLOAT:
      return {text, std::to_chars(text, std::end(text), static_cast<const arrow::FloatArray&>(array).Value(row)).ptr};
    case arrow::Type::DOUBLE:
      return {text, std::to_chars(text, std::end(text), static_cast<const arrow::DoubleArray&>(array).Value(row)).ptr};
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
    default:
      return static_cast<const arrow::Decimal256Array&>(array).FormatValue(row);
  }
}

void SetReals(const arrow::Array& array, ArrowBlock& block, Column& column) {
  std::string& bytes = block.texts.emplace_back();
  std::vector<int64_t>& offsets = block.integers.emplace_back(1, 0);
  for (int64_t row = 0; row < array.length(); ++row) {
    if (!array.IsNull(row)) bytes += TextOfReal(array, row);
    offsets.push_back(static_cast<int64_t>(bytes.size()));
  }
  column.kind = Column::Kind::kText;
  column.long_offsets = offsets.data();
  column.bytes = bytes.data();
  column.texts = static_cast<size_t>(array.length());
}

// The type is as Arrow hands it out, which may be another than the schema's: a writer may have left a note.
Status AddColumn(const arrow::Array& array, Field field, const std::string& name, ArrowBlock& block) {
  if (!IsReadable(field, *array.type())) return NoSuchType(name, field, *array.type());
  Column& column = block.columns.emplace_back();
  column.field = field;
  column.name = name;
  column.valid = array.null_bitmap_data();
  column.valid_offset = array.offset();
  switch (array.type_id()) {
    case arrow::Type::DICTIONARY:
      return SetDictionary(array, block, column);
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      SetIntegers(array, block, column);
      return {};
    case arrow::Type::TIMESTAMP:
      SetInstants(array, column);
      return {};
    default:
      IsReal(array.type_id()) ? SetReals(array, block, column) : SetTexts(array, column);
      return {};
  }
}

// One pass over a row group.
struct Reader {
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::unique_ptr<arrow::RecordBatchReader> batches;
};

struct File {
  std::string path;
  Format format;
  Input input;
  uint64_t bytes = 0;
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::vector<ColumnBinding> bindings;  // their columns are numbers in `columns`
  std::vector<int> columns;             // that are read, of the file, ascending
  std::vector<std::string> names;       // of `columns`
  std::vector<int> dictionaries;        // those of `columns` whose texts all lie in dictionaries
  std::unique_ptr<Decoder> decoder;

  int groups() const { return metadata->num_row_groups(); }
  int64_t rows_of(int group) const { return metadata->RowGroup(group)->num_rows(); }
  std::string Place(int group) const { return path + ": row group " + std::to_string(group); }
};

// A row group that is being read, by one thread at a time.
struct Lane {
  const File* file = nullptr;
  int group = 0;
  Reader reader;
  int64_t rows_left = 0;
  uint64_t row = 0;       // of the next batch, in the file
  uint64_t sequence = 0;  // of the next batch
  uint64_t bytes = 0;     // of the row group as it is stored, not yet told
  bool busy = false;
};

class ArrowParquetSource final : public ParquetSource {
 public:
  explicit ArrowParquetSource(const std::atomic<bool>* stop) : stop_(stop) {}

  Status Add(const std::string& path, const std::function<Result<Format>(const std::string&)>& format_of);

  Result<bool> Next(SourceBlock& block) override;
  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override;
  uint64_t total_bytes() const override { return total_bytes_; }
  std::vector<StateInput> inputs() const override;

 private:
  Status ReadFooter(File& file) const;
  Status Bind(File& file) const;
  static void NumberColumns(File& file);
  static void FindDictionaries(File& file);
  arrow::Status OpenReader(const File& file, parquet::arrow::FileReaderBuilder& builder) const;
  arrow::Status OpenGroup(const File& file, int group, Reader& reader) const;
  static arrow::Status ReadRows(arrow::RecordBatchReader& batches, int64_t rows,
                                std::shared_ptr<arrow::RecordBatch>& batch);
  Status ReadBatch(const File& file, int group, Reader& reader, int64_t rows, SourceBlock& block) const;
  Status PeekEnd(const File& file, const std::function<void(const SourceBlock&)>& visit) const;
  Lane* FindLane();
  Lane* ClaimGroup();
  int64_t Advance(Lane& lane, SourceBlock& block);

  const std::atomic<bool>* const stop_;
  mutable arrow::CappedMemoryPool pool_{arrow::default_memory_pool(), kMaxParquetBytes};
  uint64_t total_bytes_ = 0;
  std::vector<std::unique_ptr<File>> files_;

  std::mutex mutex_;  // guards all below
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  size_t file_ = 0;  // of the next row group to be claimed
  int group_ = 0;
  uint64_t row_ = 0;  // of that row group, in its file
  uint64_t sequence_ = 0;
  Status failed_;
};

// Of the files as they are stored.
std::vector<StateInput> ArrowParquetSource::inputs() const {
  std::vector<StateInput> inputs;
  std::vector<char> buffer(1 << 20);
  for (const std::unique_ptr<File>& file : files_) {
    Hasher64 checksum;
    std::ifstream stream(file->path, std::ios::binary);
    while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0) {
      checksum.Add({buffer.data(), static_cast<size_t>(stream.gcount())});
    }
    inputs.push_back({file->input.name, file->bytes, checksum.value()});
  }
  return inputs;
}

parquet::ReaderProperties PagesOf(arrow::MemoryPool* pool) {
  parquet::ReaderProperties properties(pool);
  properties.enable_buffered_stream();
  properties.set_buffer_size(kStreamBytes);
  properties.set_page_checksum_verification(true);
  return properties;
}

arrow::Status ArrowParquetSource::OpenReader(const File& file, parquet::arrow::FileReaderBuilder& builder) const {
  std::shared_ptr<arrow::io::ReadableFile> input;
  ARROW_RETURN_NOT_OK(Into(arrow::io::ReadableFile::Open(file.path, &pool_), input));
  parquet::ArrowReaderProperties rows(/*use_threads=*/false);
  rows.set_batch_size(kBatchRows);
  rows.set_pre_buffer(false);
  rows.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MILLI);
  for (const int column : file.dictionaries) rows.set_read_dictionary(column, true);
  ARROW_RETURN_NOT_OK(builder.Open(input, PagesOf(&pool_), file.metadata));
  builder.memory_pool(&pool_)->properties(rows);
  return arrow::Status::OK();
}

Status ArrowParquetSource::Add(const std::string& path,
                               const std::function<Result<Format>(const std::string&)>& format_of) {
  Result<Format> format = format_of(path);
  if (!format.ok()) return format.status();
  std::unique_ptr<File>& file = files_.emplace_back(std::make_unique<File>());
  file->path = path;
  file->format = *std::move(format);
  file->input = {path.substr(path.rfind('/') + 1), true};
  file->decoder = MakeColumnDecoder(file->format, file->input.name);
  ADIRECT_RETURN_IF_ERROR(ReadFooter(*file).Within(path));
  ADIRECT_RETURN_IF_ERROR(Bind(*file).Within(path));
  FindDictionaries(*file);
  total_bytes_ += file->bytes;
  return {};
}

Status ArrowParquetSource::ReadFooter(File& file) const {
  return Guarded([&] {
    std::shared_ptr<arrow::io::ReadableFile> input;
    ARROW_RETURN_NOT_OK(Into(arrow::io::ReadableFile::Open(file.path, &pool_), input));
    int64_t bytes = 0;
    ARROW_RETURN_NOT_OK(Into(input->GetSize(), bytes));
    file.bytes = static_cast<uint64_t>(bytes);
    file.metadata = parquet::ReadMetaData(input);
    return arrow::Status::OK();
  });
}

// The number of a column that is in no other; those inside others are numbered too.
int LeafOf(const parquet::SchemaDescriptor& schema, const std::string& name) {
  int leaf = 0;
  while (schema.Column(leaf)->name() != name || schema.Column(leaf)->path()->ToDotVector().size() != 1) ++leaf;
  return leaf;
}

// Finds the format's columns in the file's schema and looks at their types.
Status ArrowParquetSource::Bind(File& file) const {
  std::shared_ptr<arrow::Schema> schema;
  ADIRECT_RETURN_IF_ERROR(Guarded([&] { return parquet::arrow::FromParquetSchema(file.metadata->schema(), &schema); }));
  std::vector<std::string_view> names;
  for (const auto& field : schema->fields()) names.push_back(field->name());
  Result<std::vector<ColumnBinding>> bindings = BindNames(file.format, names, "the file");
  if (!bindings.ok()) return bindings.status();
  for (ColumnBinding& binding : *bindings) {
    const arrow::Field& column = *schema->field(static_cast<int>(binding.column));
    if (!IsReadable(binding.field, *column.type())) return NoSuchType(column.name(), binding.field, *column.type());
    binding.column = static_cast<uint32_t>(LeafOf(*file.metadata->schema(), column.name()));
  }
  file.bindings = *std::move(bindings);
  NumberColumns(file);
  return {};
}

// Arrow hands out the columns that are read in the file's order.
void ArrowParquetSource::NumberColumns(File& file) {
  std::set<uint32_t> leaves;
  for (const ColumnBinding& binding : file.bindings) leaves.insert(binding.column);
  for (const uint32_t leaf : leaves) {
    file.columns.push_back(static_cast<int>(leaf));
    file.names.push_back(file.metadata->schema()->Column(static_cast<int>(leaf))->name());
  }
  for (ColumnBinding& binding : file.bindings) {
    binding.column = static_cast<uint32_t>(std::distance(leaves.begin(), leaves.find(binding.column)));
  }
}

// Texts that lie in dictionaries are left there.
void ArrowParquetSource::FindDictionaries(File& file) {
  const auto in_dictionary = [&](int group, int column) {
    const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(column);
    const std::vector<parquet::PageEncodingStats>& pages = chunk->encoding_stats();
    return !pages.empty() && std::all_of(pages.begin(), pages.end(), [](const parquet::PageEncodingStats& page) {
      return page.page_type == parquet::PageType::DICTIONARY_PAGE ||
             page.encoding == parquet::Encoding::RLE_DICTIONARY || page.encoding == parquet::Encoding::PLAIN_DICTIONARY;
    });
  };
  for (const int column : file.columns) {
    const parquet::ColumnDescriptor& leaf = *file.metadata->schema()->Column(column);
    bool all = file.groups() > 0 && leaf.physical_type() == parquet::Type::BYTE_ARRAY &&
               (leaf.logical_type()->is_string() || leaf.logical_type()->is_none());
    for (int group = 0; all && group < file.groups(); ++group) all = in_dictionary(group, column);
    if (all) file.dictionaries.push_back(column);
  }
}

arrow::Status ArrowParquetSource::OpenGroup(const File& file, int group, Reader& reader) const {
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(OpenReader(file, builder));
  ARROW_RETURN_NOT_OK(Into(builder.Build(), reader.file));
  return Into(reader.file->GetRecordBatchReader({group}, file.columns), reader.batches);
}

// Arrow hands out fewer rows at once where a column's do not fit into one array.
arrow::Status ArrowParquetSource::ReadRows(arrow::RecordBatchReader& batches, int64_t rows,
                                           std::shared_ptr<arrow::RecordBatch>& batch) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
  while (rows > 0) {
    std::shared_ptr<arrow::RecordBatch> part;
    ARROW_RETURN_NOT_OK(batches.ReadNext(&part));
    if (part == nullptr || part->num_rows() > rows) return arrow::Status::Invalid("other rows than its footer says");
    rows -= part->num_rows();
    parts.push_back(std::move(part));
  }
  if (parts.size() > 1) return Into(arrow::ConcatenateRecordBatches(parts), batch);
  batch = std::move(parts.front());
  return arrow::Status::OK();
}

Status ArrowParquetSource::ReadBatch(const File& file, int group, Reader& reader, int64_t rows,
                                     SourceBlock& block) const {
  const auto values = std::make_shared<ArrowBlock>();
  ADIRECT_RETURN_IF_ERROR(Guarded([&] {
    if (reader.file == nullptr) ARROW_RETURN_NOT_OK(OpenGroup(file, group, reader));
    return ReadRows(*reader.batches, rows, values->batch);
  }));
  values->rows = static_cast<size_t>(rows);
  for (const ColumnBinding& binding : file.bindings) {
    const auto& array = values->arrays.emplace_back(values->batch->column(static_cast<int>(binding.column)));
    ADIRECT_RETURN_IF_ERROR(AddColumn(*array, binding.field, file.names[binding.column], *values));
  }
  block.columns = values;
  block.block.columns = values.get();
  block.input = &file.input;
  block.decoder = file.decoder.get();
  return {};
}

// A lane that nobody reads, else a new one on the next row group; null where there is neither.
Lane* ArrowParquetSource::FindLane() {
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    if (!lane->busy) return lane.get();
  }
  return ClaimGroup();
}

Lane* ArrowParquetSource::ClaimGroup() {
  for (; file_ < files_.size(); ++file_, group_ = 0, row_ = 0) {
    const File& file = *files_[file_];
    for (; group_ < file.groups(); ++group_) {
      const int64_t rows = file.rows_of(group_);
      if (rows <= 0) continue;
      Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>());
      lane.file = &file;
      lane.group = group_++;
      lane.rows_left = rows;
      lane.row = row_;
      lane.sequence = sequence_;
      lane.bytes = file.bytes / static_cast<uint64_t>(file.groups());
      row_ += static_cast<uint64_t>(rows);
      sequence_ += static_cast<uint64_t>((rows + kBatchRows - 1) / kBatchRows);
      return &lane;
    }
  }
  return nullptr;
}

// Takes the lane's next rows for the block; how many.
int64_t ArrowParquetSource::Advance(Lane& lane, SourceBlock& block) {
  const int64_t rows = std::min(lane.rows_left, kBatchRows);
  block.block = {{}, lane.row, false, nullptr};
  block.sequence = lane.sequence++;
  block.input_bytes = lane.bytes * static_cast<uint64_t>(rows) / static_cast<uint64_t>(lane.rows_left);
  lane.bytes -= block.input_bytes;
  lane.row += static_cast<uint64_t>(rows);
  lane.rows_left -= rows;
  lane.busy = true;
  return rows;
}

Result<bool> ArrowParquetSource::Next(SourceBlock& block) {
  block.columns.reset();
  std::unique_lock<std::mutex> lock(mutex_);
  Lane* lane = nullptr;
  returned_.wait(lock, [&] { return !failed_.ok() || (lane = FindLane()) != nullptr || lanes_.empty(); });
  ADIRECT_RETURN_IF_ERROR(failed_);
  if (lane == nullptr) return false;
  const int64_t rows = Advance(*lane, block);
  lock.unlock();
  const bool stopped = stop_ != nullptr && *stop_;
  const Status read =
      stopped ? Unavailable("cancelled") : ReadBatch(*lane->file, lane->group, lane->reader, rows, block);
  lock.lock();
  if (failed_.ok() && !read.ok()) failed_ = stopped ? read : read.Within(lane->file->Place(lane->group));
  lane->busy = false;
  if (lane->rows_left == 0) std::erase_if(lanes_, [&](const auto& one) { return one.get() == lane; });
  returned_.notify_all();
  ADIRECT_RETURN_IF_ERROR(failed_);
  return true;
}

void ArrowParquetSource::PeekEnds(const std::function<void(const SourceBlock&)>& visit) const {
  for (const std::unique_ptr<File>& file : files_) (void)PeekEnd(*file, visit);
}

Status ArrowParquetSource::PeekEnd(const File& file, const std::function<void(const SourceBlock&)>& visit) const {
  const int last = file.groups() - 1;
  const int64_t rows = last < 0 ? 0 : file.rows_of(last);
  const int64_t all = file.metadata->num_rows();
  if (rows > std::max(kPeekedRows, all / kPeekedShare)) return {};
  Reader reader;
  for (int64_t read = 0; read < rows; read += kBatchRows) {
    SourceBlock block;
    block.block.offset = static_cast<uint64_t>(all - rows + read);
    ADIRECT_RETURN_IF_ERROR(ReadBatch(file, last, reader, std::min(kBatchRows, rows - read), block));
    visit(block);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ParquetSource>> ParquetSource::Open(
    const std::vector<std::string>& paths, const std::function<Result<Format>(const std::string&)>& format_of,
    const std::atomic<bool>* stop) {
  auto source = std::make_unique<ArrowParquetSource>(stop);
  for (const std::string& path : paths) ADIRECT_RETURN_IF_ERROR(source->Add(path, format_of));
  return std::unique_ptr<ParquetSource>(std::move(source));
}

std::string ArrowVersion() { return "Arrow " ARROW_VERSION_STRING; }

}  // namespace adirect
