// Products and categories into a Catalog (docs/reference.md, "Catalog"): products.csv, categories.csv, and
// products as NDJSON.
//
// A catalog is configuration: the first bad row is an error that names file, line and remedy.
//
//   CsvTable products = ProductsCsv("shop/products.csv", catalog);
//   products.Add(bytes);    // as often as there are bytes
//   products.End();
//
// Threads: one; the catalog is written to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adirect/codec/csv_table.h"
#include "adirect/model/catalog.h"

namespace adirect {

// Columns: product_id and the members of Product. A row without updated_at gets `updated_at`. The catalog must
// outlive the table.
CsvTable ProductsCsv(const std::string& place, Catalog& catalog, std::optional<Timestamp> updated_at = std::nullopt);
// Columns: category_id, name.
CsvTable CategoriesCsv(const std::string& place, Catalog& catalog);

// One product as a JSON object a line, its members named as the columns. An id may be an integer, a price and
// updated_at a number, available a boolean; null is absent, other members are not looked at. Errors count the
// products from 1.
Status AddProductsNdjson(std::string_view lines, Catalog& catalog, std::optional<Timestamp> updated_at = std::nullopt);

}  // namespace adirect
