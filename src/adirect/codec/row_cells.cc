#include "adirect/codec/row_cells.h"

#include <simdjson.h>

#include "adirect/codec/arena.h"
#include "adirect/codec/csv_quotes.h"

namespace adirect {
namespace {

namespace ondemand = simdjson::ondemand;

std::optional<std::vector<std::string>> SplitCsv(const Format& format, std::string_view row) {
  Arena arena;
  std::vector<std::string_view> cells;
  if (!SplitQuotedRow(row, format.delimiter, arena, cells)) return std::nullopt;
  return std::vector<std::string>(cells.begin(), cells.end());
}

bool ReadMember(ondemand::field& field, Cell& cell) {
  std::string_view name;
  std::string_view text;
  if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
  cell.column = name;
  ondemand::json_type type{};
  if (field.value().type().get(type) != simdjson::SUCCESS) return false;
  cell.is_text = type == ondemand::json_type::string;
  const auto error =
      cell.is_text ? field.value().get_string().get(text) : simdjson::to_json_string(field.value()).get(text);
  cell.text = text;
  return error == simdjson::SUCCESS;
}

std::optional<std::vector<Cell>> SplitJson(std::string_view row) {
  ondemand::parser parser;
  const simdjson::padded_string padded(row);
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  std::vector<Cell> cells;
  for (auto member : object) {
    ondemand::field field;
    if (std::move(member).get(field) != simdjson::SUCCESS) return std::nullopt;
    if (!ReadMember(field, cells.emplace_back())) return std::nullopt;
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;  // something behind it
  return cells;
}

}  // namespace

std::vector<std::string> ColumnNames(const Format& format, std::string_view header) {
  if (header.empty()) return format.columns;
  return SplitCsv(format, header).value_or(std::vector<std::string>());
}

std::optional<std::vector<Cell>> SplitRow(const Format& format, std::string_view header, std::string_view raw) {
  if (format.kind == Format::Kind::kNdjson) return SplitJson(raw);
  const std::vector<std::string> names = ColumnNames(format, header);
  const std::optional<std::vector<std::string>> texts = SplitCsv(format, raw);
  if (!texts) return std::nullopt;
  std::vector<Cell> cells;
  for (size_t i = 0; i < texts->size(); ++i) {
    cells.push_back({i < names.size() ? names[i] : std::to_string(i + 1), (*texts)[i]});
  }
  return cells;
}

}  // namespace adirect
