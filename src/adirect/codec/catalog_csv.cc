#include "adirect/codec/catalog_csv.h"

#include <algorithm>
#include <array>

#include "adirect/base/text.h"
#include "adirect/codec/json_text.h"
#include "adirect/codec/lines.h"
#include "adirect/codec/row.h"
#include "adirect/codec/row_cells.h"
#include "adirect/codec/text.h"
#include "adirect/codec/time_format.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

using Cells = std::span<const std::string_view>;

constexpr std::array<std::string_view, 9> kProductColumns = {
    "product_id", "category_id", "title", "price", "currency", "url", "image_url", "available", "updated_at"};

Status Wrong(std::string_view column, std::string_view text, std::string_view wanted) {
  return InvalidArgument(std::string(column) + ": " + Quoted(text) + " " + std::string(wanted));
}

Status CheckId(std::string_view column, std::string_view id) {
  if (IsIdText(id)) return {};
  return Wrong(column, id, "is no id; use 1 to 128 bytes without control characters");
}

Status CheckKey(std::string_view column, std::string_view id) {
  return id.empty() ? InvalidArgument(std::string(column) + " is empty; give every row one") : CheckId(column, id);
}

Status CheckText(std::string_view column, std::string_view text, size_t max_bytes) {
  if (IsIdText(text, max_bytes)) return {};
  return Wrong(column, text,
               "cannot be shown; use at most " + std::to_string(max_bytes) +
                   " bytes without line ends, tabs and other control characters");
}

Status CheckPrice(std::string_view price) {
  if (price.empty() || IsFieldText(Field::kPrice, price)) return {};
  return Wrong("price", price, "is no decimal number; write it like 1249.90, the currency in a column of its own");
}

Status ReadAvailable(std::string_view text, bool& available) {
  if (text.empty() || text == "true" || text == "1") {
    available = true;
  } else if (text == "false" || text == "0") {
    available = false;
  } else {
    return Wrong("available", text, "is none of true, false, 1, 0");
  }
  return {};
}

Status ReadUpdatedAt(std::string_view text, std::optional<Timestamp>& updated_at) {
  if (text.empty()) return {};
  static const TimeReader kReader{TimeFormat()};
  TimeReader::Cache cache;
  const Timestamp time = kReader.Read(text, cache);
  if (time == kNever) {
    return Wrong("updated_at", text,
                 "is no time; use RFC 3339 with a zone (2026-01-05T10:00:00Z) or milliseconds since 1970");
  }
  updated_at = time;
  return {};
}

Status AddProduct(Cells cells, std::optional<Timestamp> updated_at, Catalog& catalog) {
  Product product{.product_id = cells[0],
                  .category_id = cells[1],
                  .title = cells[2],
                  .price = cells[3],
                  .currency = cells[4],
                  .url = cells[5],
                  .image_url = cells[6],
                  .updated_at = updated_at};
  ADIRECT_RETURN_IF_ERROR(CheckKey("product_id", product.product_id));
  ADIRECT_RETURN_IF_ERROR(CheckId("category_id", product.category_id));
  ADIRECT_RETURN_IF_ERROR(CheckText("title", product.title, kMaxTitleBytes));
  ADIRECT_RETURN_IF_ERROR(CheckPrice(product.price));
  ADIRECT_RETURN_IF_ERROR(CheckText("currency", product.currency, kMaxIdBytes));
  ADIRECT_RETURN_IF_ERROR(CheckText("url", product.url, kMaxUrlBytes));
  ADIRECT_RETURN_IF_ERROR(CheckText("image_url", product.image_url, kMaxUrlBytes));
  ADIRECT_RETURN_IF_ERROR(ReadAvailable(cells[7], product.available));
  ADIRECT_RETURN_IF_ERROR(ReadUpdatedAt(cells[8], product.updated_at));
  catalog.Add(product);
  return {};
}

Status AddCategory(Cells cells, Catalog& catalog) {
  ADIRECT_RETURN_IF_ERROR(CheckKey("category_id", cells[0]));
  ADIRECT_RETURN_IF_ERROR(CheckText("name", cells[1], kMaxTitleBytes));
  catalog.AddCategory(cells[0], cells[1]);
  return {};
}

// A member's text as a column would have it. What is no text is a number or, where it says what is available, a
// boolean.
Status ReadMember(const Cell& member, size_t column, std::string_view& cell) {
  if (!member.is_text && member.text == "null") return {};
  if (!cell.empty()) return InvalidArgument(member.column + " is there twice");
  cell = member.text;
  if (member.is_text) return {};
  const JsonNumber number = ClassifyJsonNumber(member.text);
  const std::string_view name = kProductColumns[column];
  const bool boolean = member.text == "true" || member.text == "false";
  if (name == "available" && boolean) return {};
  if (name == "price" && number != JsonNumber::kNone) return {};
  const bool may_be_integer = name == "product_id" || name == "category_id" || name == "updated_at";
  if (may_be_integer && number == JsonNumber::kInteger) return {};
  return Wrong(name, member.text, "must be a text");
}

Status AddProductLine(std::string_view line, std::optional<Timestamp> updated_at, Catalog& catalog) {
  const std::optional<std::vector<Cell>> members = SplitRow(AdirectFormat(Format::Kind::kNdjson), "", line);
  if (!members) return InvalidArgument("is no JSON object");
  std::array<std::string_view, kProductColumns.size()> cells;
  for (const Cell& member : *members) {
    const auto* const column = std::find(kProductColumns.begin(), kProductColumns.end(), member.column);
    if (column == kProductColumns.end()) continue;
    const auto at = static_cast<size_t>(column - kProductColumns.begin());
    ADIRECT_RETURN_IF_ERROR(ReadMember(member, at, cells[at]));
  }
  return AddProduct(cells, updated_at, catalog);
}

}  // namespace

CsvTable ProductsCsv(const std::string& place, Catalog& catalog, std::optional<Timestamp> updated_at) {
  return {place, {kProductColumns.begin(), kProductColumns.end()}, [&catalog, updated_at](Cells cells) {
            return AddProduct(cells, updated_at, catalog);
          }};
}

CsvTable CategoriesCsv(const std::string& place, Catalog& catalog) {
  return {place, {"category_id", "name"}, [&catalog](Cells cells) { return AddCategory(cells, catalog); }};
}

Status AddProductsNdjson(std::string_view lines, Catalog& catalog, std::optional<Timestamp> updated_at) {
  if (!IsUtf8(lines)) return InvalidArgument("the text is not UTF-8");
  size_t number = 0;
  while (!lines.empty()) {
    const size_t size = std::min(lines.find('\n'), lines.size() - 1) + 1;
    const std::string_view line = WithoutLineEnd(lines.substr(0, size));
    lines.remove_prefix(size);
    if (line.empty()) continue;
    ADIRECT_RETURN_IF_ERROR(AddProductLine(line, updated_at, catalog).Within("product " + std::to_string(++number)));
  }
  return {};
}

}  // namespace adirect
