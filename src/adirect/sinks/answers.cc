#include "adirect/sinks/answers.h"

#include <array>

#include "adirect/sinks/answers_text.h"

namespace adirect {
namespace {

struct Known {
  std::string_view name;
  std::string_view ending;
  std::unique_ptr<Answers> (*make)(const Dictionary&, const Catalog*, const AnswerFiles&);
};
// By AnswerFormat.
constexpr std::array<Known, 2> kKnown = {{{"csv", ".csv", MakeCsvAnswers}, {"ndjson", ".ndjson", MakeNdjsonAnswers}}};

const Known& Of(AnswerFormat format) { return kKnown[static_cast<size_t>(format)]; }

}  // namespace

std::vector<std::string_view> AnswerFormatNames() {
  std::vector<std::string_view> names;
  names.reserve(kKnown.size());
  for (const Known& known : kKnown) names.push_back(known.name);
  return names;
}

std::optional<AnswerFormat> ParseAnswerFormat(std::string_view name) {
  for (size_t i = 0; i < kKnown.size(); ++i) {
    if (kKnown[i].name == name) return static_cast<AnswerFormat>(i);
  }
  return std::nullopt;
}

std::string_view AnswerEnding(AnswerFormat format) { return Of(format).ending; }

std::unique_ptr<Answers> MakeAnswers(AnswerFormat format, const Dictionary& dictionary, const Catalog* catalog,
                                     const AnswerFiles& files) {
  return Of(format).make(dictionary, catalog, files);
}

}  // namespace adirect
