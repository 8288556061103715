// A catalog's products; read in one piece or in many, they must be the same, or wrong in the same place.
#include "adirect/codec/catalog_csv.h"

#include "adirect/base/check.h"
#include "fuzz/target.h"

namespace adirect {
namespace {

Status ReadInPieces(std::string_view text, size_t piece_bytes, Catalog& catalog) {
  CsvTable table = ProductsCsv("products.csv", catalog);
  while (!text.empty()) {
    ADIRECT_RETURN_IF_ERROR(table.Add(text.substr(0, piece_bytes)));
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  return table.End();
}

}  // namespace

ADIRECT_FUZZ(catalog_csv) {
  Catalog whole;
  const Status read = ReadInPieces(input, input.size(), whole);
  ADIRECT_CHECK(read.ok() || read.message().starts_with("products.csv:"), read.message());
  for (const size_t piece_bytes : {size_t{1}, size_t{7}}) {
    Catalog pieces;
    const Status again = ReadInPieces(input, piece_bytes, pieces);
    ADIRECT_CHECK(again.message() == read.message(), again.message(), read.message());
    ADIRECT_CHECK(pieces.product_count() == whole.product_count() && pieces.ties() == whole.ties(), piece_bytes);
  }
}

}  // namespace adirect
