#include "adirect/codec/text.h"
#include "adirect/sinks/answers_text.h"

namespace adirect {
namespace {

class NdjsonRow {
 public:
  static std::string_view Header(const std::string&) { return ""; }

  explicit NdjsonRow(std::string& out, bool begun = false) : out_(out), begun_(begun) {}

  void Text(std::string_view name, std::string_view text) { AppendJsonString(text, Next(name)); }
  void Word(std::string_view name, std::string_view word) {
    Next(name) += '"';
    out_ += word;
    out_ += '"';
  }
  void Number(std::string_view name, uint64_t value) { AppendNumber(value, Next(name)); }
  void Time(std::string_view name, Timestamp time) {
    Next(name) += time == kNever ? "null" : "\"";
    if (time == kNever) return;
    AppendRfc3339(time, out_);
    out_ += '"';
  }
  void End() { out_ += "}\n"; }

 private:
  std::string& Next(std::string_view name) {
    out_ += begun_ ? ",\"" : "{\"";
    begun_ = true;
    out_ += name;
    out_ += "\":";
    return out_;
  }

  std::string& out_;
  bool begun_;
};

}  // namespace

std::unique_ptr<Answers> MakeNdjsonAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                           const AnswerFiles& files) {
  return std::make_unique<TextAnswers<NdjsonRow>>(dictionary, catalog, files);
}

}  // namespace adirect
