#include "adirect/app/table.h"

#include <algorithm>

#include "adirect/base/text.h"
#include "adirect/codec/text.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

constexpr size_t kGap = 2;

// UTF-8 characters: bytes but those that go on with one.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string TableText(const TableRows& rows, std::string_view indent) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    out += indent;
    for (size_t i = 0; i < row.size(); ++i) out += row[i] + std::string(widths[i] + kGap - Width(row[i]), ' ');
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string Printable(std::string_view text) {
  return IsUtf8(text) && IsIdText(text, text.size()) ? std::string(text) : Quoted(text);
}

}  // namespace adirect
