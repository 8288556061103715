// CsvTable: the rows of a CSV text with a header, for files that are read whole or not at all.
//
// The text comes in pieces of any size. Columns may stand in any order, others are not looked at. A
// quoted field may hold line ends. The first bad row ends the reading: every error is "place:line: …".
//
//   CsvTable table("products.csv", {"product_id", "title"}, on_row);
//   table.Add("title,product_id\nTrail run");
//   table.Add("ner,p1\n");           // on_row({"p1", "Trail runner"})
//   table.End();
//
// Threads: one.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/arena.h"

namespace adirect {

class CsvTable {
 public:
  // Told the cells of a row, one for each column asked for: empty where the header lacks it. Valid
  // UTF-8, for the length of the call. Its error ends the reading, with the place in front.
  using OnRow = std::function<Status(std::span<const std::string_view> cells)>;

  // The header must have the first of `columns`. Their names outlive the table.
  CsvTable(std::string place, std::vector<std::string_view> columns, OnRow on_row)
      : place_(std::move(place)), columns_(std::move(columns)), on_row_(std::move(on_row)) {}

  Status Add(std::string_view piece);
  // The last row may lack its line end. A text without any line is an error: it has no header.
  Status End();

 private:
  Status ReadWholeRows();
  Status ReadRow(std::string_view raw);
  Status ReadHeader();
  Status ReadCells();
  Status Wrong(const std::string& what) const;

  std::string place_;
  std::vector<std::string_view> columns_;
  OnRow on_row_;

  std::string pending_;                         // what is not yet a whole row
  size_t line_ = 1;                             // of the row at hand
  std::vector<std::optional<uint32_t>> found_;  // of each column; empty before the header
  size_t width_ = 0;                            // columns of the header
  Arena arena_;
  std::vector<std::string_view> split_;  // the row at hand
  std::vector<std::string_view> cells_;
};

}  // namespace adirect
