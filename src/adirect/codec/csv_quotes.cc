#include "adirect/codec/csv_quotes.h"

#include <cstring>

namespace adirect {
namespace {

constexpr size_t kNone = std::string_view::npos;

// Of the quoted field whose opening quote is at `at`: the index of its closing quote, or npos.
size_t FindClosingQuote(std::string_view text, size_t at, bool& doubled) {
  for (size_t quote = text.find('"', at + 1); quote != kNone; quote = text.find('"', quote + 2)) {
    if (quote + 1 == text.size() || text[quote + 1] != '"') return quote;
    doubled = true;
  }
  return kNone;
}

std::string_view WithoutDoubledQuotes(std::string_view inner, Arena& arena) {
  char* const out = arena.Allocate(inner.size());
  size_t size = 0;
  for (size_t i = 0; i < inner.size(); ++i) {
    out[size++] = inner[i];
    if (inner[i] == '"') ++i;
  }
  return {out, size};
}

size_t FindDelimiterOrLineEnd(std::string_view text, size_t at, char delimiter) {
  const char wanted[] = {delimiter, '\n'};
  return text.find_first_of(std::string_view(wanted, 2), at);
}

}  // namespace

size_t FindQuotedRowEnd(std::string_view text, char delimiter) {
  const size_t line_end = text.find('\n');
  if (line_end == kNone) return kNone;
  if (std::memchr(text.data(), '"', line_end) == nullptr) return line_end + 1;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      bool doubled = false;
      at = FindClosingQuote(text, at, doubled);
      if (at == kNone) return kNone;
      ++at;
    }
    at = FindDelimiterOrLineEnd(text, at, delimiter);
    if (at == kNone) return kNone;
    if (text[at++] == '\n') return at;
  }
  return kNone;
}

bool SplitQuotedRow(std::string_view row, char delimiter, Arena& arena, std::vector<std::string_view>& cells) {
  cells.clear();
  for (size_t at = 0;; ++at) {
    size_t end = 0;
    if (at < row.size() && row[at] == '"') {
      bool doubled = false;
      const size_t closing = FindClosingQuote(row, at, doubled);
      if (closing == kNone) return false;
      end = closing + 1;
      if (end < row.size() && row[end] != delimiter) return false;
      const std::string_view inner = row.substr(at + 1, closing - at - 1);
      cells.push_back(doubled ? WithoutDoubledQuotes(inner, arena) : inner);
    } else {
      end = std::min(row.find(delimiter, at), row.size());
      cells.push_back(row.substr(at, end - at));
    }
    if (end == row.size()) return true;
    at = end;
  }
}

}  // namespace adirect
