#include "adirect/base/toml_text.h"

#include <algorithm>
#include <string>

namespace adirect {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool StartsKey(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '"' || c == '\'';
}

// Walks over a text as far as it is TOML; after a mistake of another kind it may see what is not there,
// but the parser stops at that mistake.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) start_ = at_ = 3;
  }

  // Where the first of the mistakes is; the text's size where there is none.
  size_t FirstMistake() {
    for (bool line_start = true; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        if (!MayQuote() || !SkipQuoted(c)) return at_;
        line_start = false;
      } else if (!IsAscii(c) || (c == '[' && line_start && depth_ == 0 && !BeginsHeader())) {
        return at_;
      } else {
        if (c == '[' || c == '{') ++depth_;
        if (c == ']' || c == '}') --depth_;
        line_start = c == '\n' || (line_start && IsBlank(c));
        ++at_;
      }
    }
    return text_.size();
  }

 private:
  // A header's brackets are followed by a key, or by what the parser refuses in words.
  bool BeginsHeader() const {
    size_t at = at_ + 1;
    if (at < text_.size() && text_[at] == '[') ++at;
    while (at < text_.size() && IsBlank(text_[at])) ++at;
    return at == text_.size() || text_[at] == ']' || StartsKey(text_[at]);
  }

  bool MayQuote() const {
    constexpr std::string_view kBefore = " \t\n=[{,.";
    return at_ == start_ || kBefore.find(text_[at_ - 1]) != std::string_view::npos;
  }

  size_t QuotesAt(size_t at, char quote) const {
    return std::min(text_.find_first_not_of(quote, at), text_.size()) - at;
  }

  // Moves behind the text that begins with a quote here: of one line, or between three quotes. False
  // where a backslash stands before a character that it cannot escape.
  bool SkipQuoted(char quote) {
    const size_t opening = QuotesAt(at_, quote);
    const size_t closing = opening >= 3 ? 3 : 1;
    at_ += closing;
    if (opening == 2) ++at_;
    while (opening != 2 && at_ < text_.size()) {
      const size_t quotes = QuotesAt(at_, quote);
      if (quotes >= closing) {
        at_ += closing == 3 ? std::min<size_t>(quotes, 5) : 1;
        return true;
      }
      if (closing == 1 && text_[at_] == '\n') return true;
      const bool escape = text_[at_] == '\\' && quote == '"' && at_ + 1 < text_.size();
      if (escape && !IsAscii(text_[std::min(text_.find_first_not_of(" \t\r\n", at_ + 1), text_.size() - 1)]))
        return false;
      at_ += escape ? 2 : std::max<size_t>(quotes, 1);
    }
    return true;
  }

  std::string_view text_;
  size_t start_ = 0;  // behind a byte order mark
  size_t at_ = 0;
  int depth_ = 0;
};

std::string_view MistakeAt(char c) {
  if (c == '[') return "a table's name is missing behind its bracket";
  if (c == '"' || c == '\'') return "a quote stands in the middle of a word";
  return "outside quotes and comments there is only ASCII";
}

}  // namespace

Status CheckTomlText(std::string_view text, std::string_view place) {
  const size_t at = Walk(text).FirstMistake();
  if (at == text.size()) return {};
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
  return InvalidArgument(std::string(place) + ":" + std::to_string(line) +
                         ": not TOML: " + std::string(MistakeAt(text[at])));
}

}  // namespace adirect
