// products.csv and categories.csv into a Catalog (docs/reference.md, "Catalog").
//
// A catalog is configuration: the first bad row is an error that names file, line and remedy.
//
//   CsvTable products = ProductsCsv("shop/products.csv", catalog);
//   products.Add(bytes);    // as often as there are bytes
//   products.End();
//
// Threads: one; the catalog is written to.
#pragma once

#include <string>

#include "adirect/codec/csv_table.h"
#include "adirect/model/catalog.h"

namespace adirect {

// The catalog must outlive the table.
CsvTable ProductsCsv(const std::string& place, Catalog& catalog);    // product_id and the members of Product
CsvTable CategoriesCsv(const std::string& place, Catalog& catalog);  // category_id, name

}  // namespace adirect
