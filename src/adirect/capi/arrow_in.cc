#include "adirect/capi/arrow_in.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "adirect/base/hash.h"
#include "adirect/base/text.h"
#include "adirect/codec/bindings.h"

namespace adirect::capi {
namespace {

constexpr std::string_view kWhere = "the batch";

// Of a batch, a column: what its type and its values say.
struct Values {
  const ArrowSchema& schema;
  const ArrowArray& array;
  size_t first;  // of its rows
  size_t rows;
};

bool IsTextType(std::string_view type) { return type == "u" || type == "U" || type == "z" || type == "Z"; }
bool IsIntegerType(std::string_view type) { return type == "i" || type == "l"; }
bool IsInstantType(std::string_view type) { return type.size() >= 4 && type.starts_with("ts") && type[3] == ':'; }
bool IsRealType(std::string_view type) { return type == "f" || type == "g" || type.starts_with("d:"); }
bool IsIndexType(std::string_view type) {
  return type.size() == 1 && std::string_view("cCsSiIlL").find(type) != type.npos;
}

// Types as people call them; of those that are seldom met the letters of the C data interface.
std::string TypeName(const ArrowSchema& schema) {
  if (schema.dictionary != nullptr) return "dictionary of " + TypeName(*schema.dictionary);
  const std::string_view type = schema.format;
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"b", "bool"},         {"c", "int8"},         {"C", "uint8"},  {"s", "int16"},   {"S", "uint16"},
      {"I", "uint32"},       {"L", "uint64"},       {"i", "int32"},  {"l", "int64"},   {"e", "halffloat"},
      {"f", "float"},        {"g", "double"},       {"u", "string"}, {"z", "binary"},  {"tdD", "date"},
      {"vu", "string_view"}, {"U", "large_string"}, {"+l", "list"},  {"+s", "struct"}, {"+m", "map"}};
  for (const auto& [letters, name] : kNames) {
    if (type == letters) return std::string(name);
  }
  if (IsInstantType(type)) return "timestamp";
  return type.starts_with("d:") ? "decimal" : "\"" + std::string(type) + "\"";
}

bool IsReadable(Field field, const ArrowSchema& schema) {
  const std::string_view type = schema.format;
  if (schema.dictionary != nullptr) return IsIndexType(type) && IsTextType(schema.dictionary->format);
  if (IsTextType(type) || IsIntegerType(type) || type == "n") return true;
  if (IsInstantType(type)) return field == Field::kTime || field == Field::kArrival;
  return field == Field::kPrice && IsRealType(type);
}

std::string_view ReadableTypes(Field field) {
  if (field == Field::kTime || field == Field::kArrival) return "a timestamp, a string, int32 or int64";
  return field == Field::kPrice ? "a decimal, a double, a float, a string, int32 or int64" : "a string, int32 or int64";
}

// Arrow lets a column be without a name.
std::string_view NameOf(const ArrowSchema& column) { return column.name == nullptr ? "" : column.name; }

Status NoSuchType(const ArrowSchema& schema, std::string_view field, std::string_view readable) {
  return InvalidArgument("column " + Quoted(NameOf(schema)) + (field.empty() ? "" : " (" + std::string(field) + ")") +
                         " is of type " + TypeName(schema) + "; it can be " + std::string(readable) + ": cast it");
}

// Both are there, and a batch of columns without nulls of its own.
Status CheckBatch(const ArrowSchema* schema, const ArrowArray* batch) {
  if (schema == nullptr || batch == nullptr) return InvalidArgument("the batch is NULL or was released already");
  if (std::string_view(schema->format) != "+s") return InvalidArgument("the batch is no record batch (a struct)");
  if (schema->n_children != batch->n_children) return InvalidArgument("the batch has other columns than its schema");
  if (batch->length < 0 || batch->offset < 0) return InvalidArgument("the batch has a negative length or offset");
  if (batch->null_count != 0 && batch->n_buffers > 0 && batch->buffers[0] != nullptr) {
    return InvalidArgument("rows of the batch are null as a whole; give its columns instead");
  }
  for (int64_t i = 0; i < batch->n_children; ++i) {
    if (batch->children[i]->length < batch->length + batch->offset) {
      return InvalidArgument("column " + Quoted(NameOf(*schema->children[i])) + " is shorter than the batch");
    }
  }
  return {};
}

std::vector<std::string_view> NamesOf(const ArrowSchema& schema) {
  std::vector<std::string_view> names;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    names.push_back(NameOf(*schema.children[i]));
  }
  return names;
}

Values ValuesOf(const ArrowSchema& schema, const ArrowArray& batch, size_t column) {
  const ArrowArray& array = *batch.children[column];
  return {*schema.children[column], array, static_cast<size_t>(batch.offset + array.offset),
          static_cast<size_t>(batch.length)};
}

// The buffer from its `first` value on.
template <typename T>
const T* From(const ArrowArray& array, int64_t buffer, size_t first) {
  const auto* const begin = static_cast<const T*>(array.buffers[buffer]);
  return begin == nullptr ? nullptr : begin + first;
}

void SetValid(const Values& values, Column& column) {
  if (values.array.null_count == 0) return;
  column.valid = static_cast<const uint8_t*>(values.array.buffers[0]);
  column.valid_offset = static_cast<int64_t>(values.first);
}

bool HasValue(const Column& column, size_t row) {
  if (column.valid == nullptr) return true;
  const size_t bit = static_cast<size_t>(column.valid_offset) + row;
  return (column.valid[bit / 8] >> bit % 8 & 1) != 0;
}

void SetTexts(const Values& values, Column& column) {
  const char type = values.schema.format[0];
  column.kind = Column::Kind::kText;
  column.texts = values.rows;
  column.bytes = static_cast<const char*>(values.array.buffers[2]);
  if (type == 'u' || type == 'z') {
    column.offsets = From<int32_t>(values.array, 1, values.first);
  } else {
    column.long_offsets = From<int64_t>(values.array, 1, values.first);
  }
}

template <typename T>
void CopyIndices(const Values& values, std::vector<int32_t>& indices) {
  const T* const from = From<T>(values.array, 1, values.first);
  for (size_t row = 0; row < values.rows; ++row) {
    const auto index = static_cast<uint64_t>(from[row]);
    indices.push_back(index > INT32_MAX ? -1 : static_cast<int32_t>(index));
  }
}

// Row r's number in the dictionary, whatever the width of the integers that say it.
const int32_t* IndicesOf(const Values& values, ArrowBlock& block) {
  const char type = values.schema.format[0];
  if (type == 'i') return From<int32_t>(values.array, 1, values.first);
  std::vector<int32_t>& indices = block.indices.emplace_back();
  if (type == 'c') CopyIndices<int8_t>(values, indices);
  if (type == 'C') CopyIndices<uint8_t>(values, indices);
  if (type == 's') CopyIndices<int16_t>(values, indices);
  if (type == 'S') CopyIndices<uint16_t>(values, indices);
  if (type == 'I') CopyIndices<uint32_t>(values, indices);
  if (type == 'l') CopyIndices<int64_t>(values, indices);
  if (type == 'L') CopyIndices<uint64_t>(values, indices);
  return indices.data();
}

Status SetDictionary(const Values& values, ArrowBlock& block, Column& column) {
  const ArrowArray* const texts = values.array.dictionary;
  if (texts == nullptr) return InvalidArgument("column " + Quoted(column.name) + " lacks its dictionary");
  SetTexts({*values.schema.dictionary, *texts, static_cast<size_t>(texts->offset), static_cast<size_t>(texts->length)},
           column);
  column.indices = IndicesOf(values, block);
  for (size_t row = 0; row < values.rows; ++row) {
    if (static_cast<uint32_t>(column.indices[row]) >= column.texts && HasValue(column, row)) {
      return InvalidArgument("column " + Quoted(column.name) + " has a value that its dictionary lacks");
    }
  }
  return {};
}

void SetIntegers(const Values& values, ArrowBlock& block, Column& column) {
  column.kind = Column::Kind::kInteger;
  if (values.schema.format[0] == 'l') {
    column.integers = From<int64_t>(values.array, 1, values.first);
    return;
  }
  const auto* const narrow = From<int32_t>(values.array, 1, values.first);
  column.integers = block.integers.emplace_back(narrow, narrow + values.rows).data();
}

void SetInstants(const Values& values, Column& column) {
  const std::string_view type = values.schema.format;  // "tsm:UTC"
  constexpr std::string_view kUnits = "smun";
  constexpr int64_t kPerSecond[] = {1, 1000, 1'000'000, 1'000'000'000};
  column.kind = Column::Kind::kInstant;
  column.integers = From<int64_t>(values.array, 1, values.first);
  column.per_second = kPerSecond[std::min(kUnits.find(type[2]), kUnits.size() - 1)];
  column.local = type.size() == 4;
}

template <typename Real>
std::string Printed(const Values& values, size_t row) {
  char text[64];
  const Real real = From<Real>(values.array, 1, values.first)[row];
  return {text, std::to_chars(text, std::end(text), real).ptr};
}

// The digits of a decimal128, with its point `scale` digits from the right.
std::string PrintedDecimal(const Values& values, size_t row, size_t scale) {
  uint64_t halves[2];
  std::memcpy(halves, From<char>(values.array, 1, (values.first + row) * sizeof halves), sizeof halves);
  Uint128 rest = static_cast<Uint128>(halves[1]) << 64 | halves[0];
  const bool negative = halves[1] >> 63 != 0;
  if (negative) rest = ~rest + 1;
  std::string text;
  for (; rest != 0 || text.size() <= scale; rest /= 10) text += static_cast<char>('0' + static_cast<int>(rest % 10));
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  if (scale > 0) text.insert(text.size() - scale, ".");
  return text;
}

// The scale of "d:precision,scale"; absent for other widths than 128 bits, and below zero.
std::optional<size_t> ScaleOf(std::string_view type) {
  const size_t comma = type.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  size_t scale = 0;
  const char* const end = type.data() + type.size();
  const auto read = std::from_chars(type.data() + comma + 1, end, scale);
  const std::string_view rest(read.ptr, static_cast<size_t>(end - read.ptr));
  return read.ec == std::errc() && (rest.empty() || rest == ",128") ? std::optional(scale) : std::nullopt;
}

Status SetReals(const Values& values, ArrowBlock& block, Column& column) {
  const std::string_view type = values.schema.format;
  const std::optional<size_t> scale = ScaleOf(type);
  if (type[0] == 'd' && !scale) return NoSuchType(values.schema, "price", "a decimal128, a double or a string");
  std::string& bytes = block.texts.emplace_back();
  std::vector<int64_t>& offsets = block.integers.emplace_back(1, 0);
  for (size_t row = 0; row < values.rows; ++row) {
    if (HasValue(column, row)) {
      bytes += type[0] == 'f'   ? Printed<float>(values, row)
               : type[0] == 'g' ? Printed<double>(values, row)
                                : PrintedDecimal(values, row, *scale);
    }
    offsets.push_back(static_cast<int64_t>(bytes.size()));
  }
  column.kind = Column::Kind::kText;
  column.long_offsets = offsets.data();
  column.bytes = bytes.data();
  column.texts = values.rows;
  return {};
}

// Adds a column of one of the readable types; of type null none, which is no value in any row.
Status AddColumn(const Values& values, Field field, ArrowBlock& block) {
  const std::string_view type = values.schema.format;
  if (type == "n") return {};
  Column& column = block.columns.emplace_back();
  column.field = field;
  column.name = NameOf(values.schema);
  SetValid(values, column);
  if (values.schema.dictionary != nullptr) return SetDictionary(values, block, column);
  if (IsRealType(type)) return SetReals(values, block, column);
  if (IsTextType(type)) {
    SetTexts(values, column);
  } else if (IsInstantType(type)) {
    SetInstants(values, column);
  } else {
    SetIntegers(values, block, column);
  }
  return {};
}

Result<size_t> PlaceOf(const AskedColumn& asked, const std::vector<std::string_view>& names) {
  if (asked.name.empty() && names.size() == 1) return size_t{0};
  const std::string shown = asked.name.empty() ? "only column" : "column " + Quoted(asked.name);
  const Result<std::optional<uint32_t>> at = FindColumn(names, asked.name, shown, std::string(kWhere));
  if (!at.ok()) return at.status();
  if (!at->has_value()) return MissingColumn(names, shown, std::string(kWhere));
  return size_t{**at};
}

Status AddAsked(const AskedColumn& asked, const Values& values, ArrowBlock& block) {
  const bool text = asked.kind == Column::Kind::kText;
  const std::string_view type = values.schema.format;
  const bool fits = text ? IsTextType(type) && values.schema.dictionary == nullptr : IsIntegerType(type);
  if (!fits) return NoSuchType(values.schema, "", text ? "a string or binary" : "int32 or int64");
  ADIRECT_RETURN_IF_ERROR(AddColumn(values, Field::kEventId, block));
  for (size_t row = 0; row < values.rows; ++row) {
    if (HasValue(block.columns.back(), row)) continue;
    return InvalidArgument("column " + Quoted(NameOf(values.schema)) + " has no value in row " + std::to_string(row));
  }
  return {};
}

}  // namespace

Status ReadEvents(const Format& format, const ArrowSchema* schema, const ArrowArray* batch, ArrowBlock& block) {
  ADIRECT_RETURN_IF_ERROR(CheckBatch(schema, batch));
  const Result<std::vector<ColumnBinding>> bindings = BindNames(format, NamesOf(*schema), std::string(kWhere));
  if (!bindings.ok()) return bindings.status();
  block.rows = static_cast<size_t>(batch->length);
  for (const ColumnBinding& binding : *bindings) {
    const ArrowSchema& column = *schema->children[binding.column];
    if (!IsReadable(binding.field, column)) {
      return NoSuchType(column, FieldName(binding.field), ReadableTypes(binding.field));
    }
    if (block.rows == 0) continue;  // there may be no buffers
    ADIRECT_RETURN_IF_ERROR(AddColumn(ValuesOf(*schema, *batch, binding.column), binding.field, block));
  }
  return {};
}

Status ReadAsked(const std::vector<AskedColumn>& asked, const ArrowSchema* schema, const ArrowArray* batch,
                 ArrowBlock& block) {
  ADIRECT_RETURN_IF_ERROR(CheckBatch(schema, batch));
  block.rows = static_cast<size_t>(batch->length);
  for (const AskedColumn& one : asked) {
    const Result<size_t> place = PlaceOf(one, NamesOf(*schema));
    if (!place.ok()) return place.status();
    ADIRECT_RETURN_IF_ERROR(AddAsked(one, ValuesOf(*schema, *batch, *place), block));
  }
  return {};
}

std::string_view TextAt(const Column& column, size_t row) {
  if (column.offsets != nullptr) {
    const auto begin = static_cast<size_t>(column.offsets[row]);
    return {column.bytes + begin, static_cast<size_t>(column.offsets[row + 1]) - begin};
  }
  const auto begin = static_cast<size_t>(column.long_offsets[row]);
  return {column.bytes + begin, static_cast<size_t>(column.long_offsets[row + 1]) - begin};
}

}  // namespace adirect::capi
