#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>

#include "adirect/base/text.h"
#include "adirect/base/toml_text.h"
#include "adirect/codec/format.h"
#include "adirect/codec/row.h"
#include "adirect/codec/time_format.h"

namespace adirect {
namespace {

using Names = std::vector<std::string_view>;

constexpr int64_t kMaxColumns = 4096;

std::string JoinedColumns(const std::vector<std::string>& columns) {
  return Joined(Names(columns.begin(), columns.end()));
}

std::string_view FileStem(std::string_view place) {
  if (place.ends_with(".toml")) place.remove_suffix(5);
  return place.substr(place.rfind('/') + 1);
}

// "+08:00", "-03:30" or "UTC".
std::optional<int64_t> ZoneOffset(std::string_view zone) {
  if (zone == "UTC") return 0;
  // The base floor reads zones at the end of RFC 3339 times; midnight there is late by the offset.
  if (zone.size() != 6) return std::nullopt;
  const std::optional<Timestamp> midnight = ParseRfc3339("1970-01-03T00:00:00" + std::string(zone));
  if (!midnight) return std::nullopt;
  return 2 * kMillisPerDay - midnight->ms;
}

class FormatReader {
 public:
  FormatReader(const toml::table& root, std::string_view place) : root_(root), place_(place) {
    format_.name = FileStem(place);
  }

  Result<Format> Read() {
    for (const auto step :
         {&FormatReader::ReadShape, &FormatReader::ReadColumns, &FormatReader::ReadFields, &FormatReader::ReadConstants,
          &FormatReader::ReadTypes, &FormatReader::ReadTime, &FormatReader::CheckWhole}) {
      ADIRECT_RETURN_IF_ERROR((this->*step)());
    }
    return std::move(format_);
  }

 private:
  Status Error(const toml::source_region& where, std::string_view message) const {
    return InvalidArgument(place_ + ":" + std::to_string(where.begin.line) + ": " + std::string(message));
  }
  Status Error(const toml::node& node, std::string_view message) const { return Error(node.source(), message); }

  Status CheckKeys(const toml::table& table, const Names& allowed) const {
    for (const auto& [key, node] : table) {
      if (std::find(allowed.begin(), allowed.end(), key.str()) != allowed.end()) continue;
      return Error(key.source(), "unknown key " + Quoted(key.str()) + DidYouMean(key.str(), allowed) +
                                     "; allowed are " + Joined(allowed));
    }
    return {};
  }

  // The value of `key`, one of `allowed`; `index` keeps its value where the key is missing.
  Status ReadChoice(std::string_view key, const Names& allowed, size_t& index) const {
    const toml::node* node = root_.get(key);
    if (node == nullptr) return {};
    const auto at = std::find(allowed.begin(), allowed.end(), node->value_or(std::string_view()));
    if (at == allowed.end()) {
      return Error(*node, std::string(key) + " is one of " + Joined(allowed));
    }
    index = static_cast<size_t>(at - allowed.begin());
    return {};
  }

  // The table `name`; null where it is missing.
  Status FindTable(std::string_view name, const toml::table*& table) const {
    const toml::node* node = root_.get(name);
    table = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && table == nullptr) {
      return Error(*node, std::string(name) + " is a table: [" + std::string(name) + "]");
    }
    return {};
  }

  Status ReadShape() {
    ADIRECT_RETURN_IF_ERROR(CheckKeys(
        root_, {"kind", "delimiter", "header", "columns", "multiline", "fields", "types", "time", "constants"}));
    size_t kind = 0;
    size_t header = 2;
    ADIRECT_RETURN_IF_ERROR(ReadChoice("kind", {"csv", "ndjson", "parquet"}, kind));
    ADIRECT_RETURN_IF_ERROR(ReadChoice("header", {"none", "optional", "required"}, header));
    format_.kind = static_cast<Format::Kind>(kind);
    format_.header = static_cast<Format::Header>(header);
    if (format_.kind != Format::Kind::kCsv) {
      for (const std::string_view key : {"delimiter", "header", "columns", "multiline"}) {
        if (const toml::node* node = root_.get(key)) {
          return Error(*node, std::string(key) + " is for kind = \"csv\" only");
        }
      }
    }
    if (const toml::node* node = root_.get("multiline")) {
      if (!node->is_boolean()) return Error(*node, "multiline is one of true, false");
      format_.multiline = node->value_or(false);
    }
    return ReadDelimiter();
  }

  Status ReadDelimiter() {
    const toml::node* node = root_.get("delimiter");
    if (node == nullptr) return {};
    const auto text = node->value_or(std::string_view());
    if (text.size() != 1 || static_cast<unsigned char>(text[0]) >= 0x80 || text.find_first_of("\"\r\n") == 0 ||
        text[0] == '\0') {
      return Error(*node, "delimiter is one ASCII character other than a quote, CR, LF and NUL");
    }
    format_.delimiter = text[0];
    return {};
  }

  Status ReadColumns() {
    const toml::node* node = root_.get("columns");
    if (format_.kind != Format::Kind::kCsv) return {};
    const bool required = format_.header == Format::Header::kRequired;
    if (required && node != nullptr) {
      return Error(*node, "with header = \"required\" the header says the columns; leave them out");
    }
    if (required) return {};
    if (node == nullptr) {
      return Error(root_, "columns are needed where no header is required: a list of names, or their number");
    }
    if (const auto count = node->value_exact<int64_t>()) return CountColumns(*node, *count);
    return ListColumns(*node);
  }

  Status CountColumns(const toml::node& node, int64_t count) {
    if (count < 1 || count > kMaxColumns) {
      return Error(node, "columns is a number from 1 to " + std::to_string(kMaxColumns));
    }
    if (format_.header == Format::Header::kOptional) {
      return Error(node, "with header = \"optional\" columns is a list of names");
    }
    for (int64_t i = 1; i <= count; ++i) format_.columns.push_back(std::to_string(i));
    return {};
  }

  Status ListColumns(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() || list->size() > kMaxColumns) {
      return Error(node, "columns is a list of 1 to " + std::to_string(kMaxColumns) + " names, or their number");
    }
    for (const toml::node& element : *list) {
      const auto name = element.value_or(std::string_view());
      if (name.empty()) return Error(element, "a column's name is a text that is not empty");
      if (std::find(format_.columns.begin(), format_.columns.end(), name) != format_.columns.end()) {
        return Error(element, "column " + Quoted(name) + " stands twice");
      }
      format_.columns.emplace_back(name);
    }
    return {};
  }

  Status ReadFields() {
    const toml::table* table = nullptr;
    ADIRECT_RETURN_IF_ERROR(FindTable("fields", table));
    if (table == nullptr) return Error(root_, "[fields] is missing: our field = its column");
    Names allowed;  // all but the last, arrival
    for (size_t i = 0; i + 1 < kFieldCount; ++i) {
      allowed.push_back(FieldName(static_cast<Field>(i)));
    }
    ADIRECT_RETURN_IF_ERROR(CheckKeys(*table, allowed));
    for (const auto& [key, node] : *table) {
      std::string column;
      ADIRECT_RETURN_IF_ERROR(ReadColumnOf(node, column));
      format_.fields[static_cast<size_t>(*ParseField(key.str()))] = column;
    }
    return {};
  }

  Status ReadColumnOf(const toml::node& node, std::string& column) const {
    const std::vector<std::string>& columns = format_.columns;
    if (const auto number = node.value_exact<int64_t>()) {
      if (columns.empty()) return Error(node, "a number needs `columns`; give the column's name");
      if (*number < 1 || *number > static_cast<int64_t>(columns.size())) {
        return Error(node, "there are columns 1 to " + std::to_string(columns.size()));
      }
      column = columns[static_cast<size_t>(*number - 1)];
      return {};
    }
    column = node.value_or(std::string());
    if (column.empty()) return Error(node, "a field's column is its name, or its number from 1");
    const bool listed = columns.empty() || std::find(columns.begin(), columns.end(), column) != columns.end();
    if (!listed) {
      return Error(node, "there is no column " + Quoted(column) + "; there are " + JoinedColumns(columns));
    }
    return {};
  }

  Status ReadConstants() {
    const toml::table* table = nullptr;
    ADIRECT_RETURN_IF_ERROR(FindTable("constants", table));
    if (table == nullptr) return {};
    ADIRECT_RETURN_IF_ERROR(
        CheckKeys(*table, {"type", "category_id", "product_id", "region", "quantity", "price", "currency"}));
    for (const auto& [key, node] : *table) {
      const Field field = *ParseField(key.str());
      if (format_.column(field)) {
        return Error(node, std::string(key.str()) + " has a column already");
      }
      const auto text = node.value_or(std::string_view());
      if (text.empty() || !IsFieldText(field, text)) {
        return Error(node, "no text that " + std::string(key.str()) + " can have");
      }
      if (field == Field::kType && !ParseEventType(text)) {
        return Error(node, "type is one of " + AllTypes());
      }
      format_.constants[static_cast<size_t>(field)] = text;
    }
    return {};
  }

  static std::string AllTypes() {
    Names names;
    for (const auto& [name, type] : AdirectFormat(Format::Kind::kCsv).types) {
      names.push_back(EventTypeName(*type));
    }
    return Joined(names);
  }

  Status ReadTypes() {
    const toml::table* table = nullptr;
    ADIRECT_RETURN_IF_ERROR(FindTable("types", table));
    format_.types = AdirectFormat(Format::Kind::kCsv).types;
    if (table == nullptr) return {};
    if (!format_.column(Field::kType)) {
      return Error(*table, "[types] needs a column: type in [fields]");
    }
    format_.types.clear();
    for (const auto& [key, node] : *table) {
      const auto name = node.value_or(std::string_view());
      const std::optional<EventType> type = ParseEventType(name);
      if (key.str().empty()) return Error(key.source(), "an empty value is no type");
      if (!type && name != "ignore") {
        return Error(node, Quoted(key.str()) + " is one of " + AllTypes() + ", ignore");
      }
      format_.types.emplace_back(key.str(), type);
    }
    if (format_.types.empty()) return Error(*table, "[types] is empty: its value = our type");
    return {};
  }

  Status ReadTime() {
    const toml::table* table = nullptr;
    ADIRECT_RETURN_IF_ERROR(FindTable("time", table));
    format_.time.kind = TimeFormat::Kind::kRfc3339;
    if (table == nullptr) return {};
    ADIRECT_RETURN_IF_ERROR(CheckKeys(*table, {"format", "zone", "year"}));
    const toml::node* node = table->get("format");
    if (node == nullptr && format_.kind == Format::Kind::kParquet) return ReadZone(*table);
    if (node == nullptr) return Error(*table, "[time] needs a format");
    const auto format = node->value_or(std::string());
    if (format == "rfc3339") return WithoutZone(*table);
    if (format == "epoch_s" || format == "epoch_ms") {
      format_.time.kind = format == "epoch_s" ? TimeFormat::Kind::kEpochSeconds : TimeFormat::Kind::kEpochMillis;
      return WithoutZone(*table);
    }
    if (format.find('%') == std::string::npos) {
      return Error(*node, "format is one of rfc3339, epoch_s, epoch_ms, or a pattern like %Y-%m-%d %H:%M:%S");
    }
    format_.time.kind = TimeFormat::Kind::kPattern;
    format_.time.pattern = format;
    ADIRECT_RETURN_IF_ERROR(ReadZoneAndYear(*table));
    const std::string problem = PatternProblem(format, format_.time.year);
    return problem.empty() ? Status() : Error(*node, "the pattern " + problem);
  }

  Status WithoutZone(const toml::table& time) {
    if (format_.kind == Format::Kind::kParquet && time.get("year") == nullptr) return ReadZone(time);
    for (const std::string_view key : {"zone", "year"}) {
      if (const toml::node* node = time.get(key)) {
        return Error(*node, std::string(key) + " is for patterns only");
      }
    }
    return {};
  }

  Status ReadZone(const toml::table& time) {
    const toml::node* node = time.get("zone");
    if (node == nullptr) return {};
    const std::optional<int64_t> offset = ZoneOffset(node->value_or(std::string_view()));
    if (!offset) return Error(*node, "zone is UTC or an offset like +08:00");
    format_.time.zone_offset_ms = *offset;
    return {};
  }

  Status ReadZoneAndYear(const toml::table& time) {
    ADIRECT_RETURN_IF_ERROR(ReadZone(time));
    if (const toml::node* node = time.get("year")) {
      const int64_t year = node->value_exact<int64_t>().value_or(0);
      if (year < 1970 || year > 9999) return Error(*node, "year is a number from 1970 to 9999");
      format_.time.year = static_cast<int>(year);
    }
    return {};
  }

  Status CheckWhole() {
    const toml::node& fields = *root_.get("fields");
    const bool type = format_.column(Field::kType) || !format_.constant(Field::kType).empty();
    if (!type) {
      return Error(fields, "no column gives the type: type in [fields], or in [constants]");
    }
    if (!format_.column(Field::kTime)) {
      return Error(fields, "no column gives the time: time in [fields]");
    }
    if (!format_.column(Field::kUserId) && !format_.column(Field::kAnonymousId)) {
      return Error(fields, "no column gives the shopper: user_id or anonymous_id in [fields]");
    }
    return {};
  }

  const toml::table& root_;
  std::string place_;
  Format format_;
};

}  // namespace

Result<Format> ParseFormat(std::string_view toml, std::string_view place) {
  ADIRECT_RETURN_IF_ERROR(CheckTomlText(toml, place));
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return InvalidArgument(std::string(place) + ":" + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
  return FormatReader(parsed.table(), place).Read();
}

}  // namespace adirect
