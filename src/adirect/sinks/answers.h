// Answers: what a batch tells, as three tables in the format that `--output` names.
//
//   audience          user_id, category_id, searches, last_search_at, next_change_at
//   recommendations   user_id, category_id, rank, product_id, source
//   popular           category_id, rank, product_id, purchases
//
// and, where there is a catalog, a last column `title` of each product.
//
//   const AnswerFormat format = *ParseAnswerFormat("ndjson");
//   // the files are named "audience" + AnswerEnding(format), …
//   const std::unique_ptr<Answers> answers = MakeAnswers(format, dictionary, catalog, files);
//   answers->Begin();
//   WalkAudience(shards, popularity, pass, *answers);    // Format and Write
//   answers->Finish(popularity);                         // the popular products; all three are complete
//
// The rows of the text formats are in answers_text.h, so that a new column is added once for all of them.
// A format of another kind implements Answers and has its place in the table of answers.cc.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "adirect/model/catalog.h"
#include "adirect/pipeline/ports.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

enum class AnswerFormat : uint8_t {
  kCsv,     // a header line, RFC 4180 quoting, LF; what is absent is empty
  kNdjson,  // an object a line; numbers are numbers, times RFC 3339, what is absent is null
};

// "csv", "ndjson": what `--output` takes.
std::vector<std::string_view> AnswerFormatNames();
std::optional<AnswerFormat> ParseAnswerFormat(std::string_view name);

// ".csv", ".ndjson".
std::string_view AnswerEnding(AnswerFormat format);

// Where the tables go.
struct AnswerFiles {
  TextSink* audience = nullptr;
  TextSink* recommendations = nullptr;
  TextSink* popular = nullptr;
};

// Format may be called by any number of threads at once; all else by one at a time.
class Answers : public AudienceSink {
 public:
  // What stands before the rows; to be called first.
  virtual Status Begin() = 0;
  // Every product of the popularity, by category id and rank; to be called last.
  virtual Status Finish(const Popularity& popularity) = 0;
};

// With a catalog (else null) products have their titles. All must outlive the answers.
std::unique_ptr<Answers> MakeAnswers(AnswerFormat format, const Dictionary& dictionary, const Catalog* catalog,
                                     const AnswerFiles& files);

}  // namespace adirect
