// Tables on a terminal: cells below one another, two blanks apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adirect {

using TableRows = std::vector<std::vector<std::string>>;

// A line per row, each with `indent` in front and its end behind. Widths are counted in characters.
std::string TableText(const TableRows& rows, std::string_view indent = "");

// `text` as it is where that is safe to print, else quoted and escaped.
std::string Printable(std::string_view text);

}  // namespace adirect
