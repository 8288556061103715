#include "adirect/codec/text.h"
#include "adirect/sinks/answers_text.h"

namespace adirect {
namespace {

class CsvRow {
 public:
  static std::string Header(const std::string& columns) { return columns + "\n"; }

  explicit CsvRow(std::string& out, bool begun = false) : out_(out), begun_(begun) {}

  void Text(std::string_view, std::string_view text) { AppendCsvField(text, Next()); }
  void Word(std::string_view, std::string_view word) { Next() += word; }
  void Number(std::string_view, uint64_t value) { AppendNumber(value, Next()); }
  void Time(std::string_view, Timestamp time) { AppendRfc3339(time, Next()); }
  void End() { out_ += '\n'; }

 private:
  std::string& Next() {
    if (begun_) out_ += ',';
    begun_ = true;
    return out_;
  }

  std::string& out_;
  bool begun_;
};

}  // namespace

std::unique_ptr<Answers> MakeCsvAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                        const AnswerFiles& files) {
  return std::make_unique<TextAnswers<CsvRow>>(dictionary, catalog, files);
}

}  // namespace adirect
