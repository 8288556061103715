#include "adirect/codec/catalog_csv.h"

#include "adirect/base/text.h"
#include "adirect/codec/row.h"
#include "adirect/codec/time_format.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

using Cells = std::span<const std::string_view>;

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

Status AddProduct(Cells cells, Catalog& catalog) {
  Product product{.product_id = cells[0],
                  .category_id = cells[1],
                  .title = cells[2],
                  .price = cells[3],
                  .currency = cells[4],
                  .url = cells[5],
                  .image_url = cells[6]};
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

}  // namespace

CsvTable ProductsCsv(const std::string& place, Catalog& catalog) {
  return {place,
          {"product_id", "category_id", "title", "price", "currency", "url", "image_url", "available", "updated_at"},
          [&catalog](Cells cells) { return AddProduct(cells, catalog); }};
}

CsvTable CategoriesCsv(const std::string& place, Catalog& catalog) {
  return {place, {"category_id", "name"}, [&catalog](Cells cells) { return AddCategory(cells, catalog); }};
}

}  // namespace adirect
