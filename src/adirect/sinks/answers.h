// Answers: what a batch tells, as three tables in the format that `--output` names.
//
//   audience          user_id, category_id, searches, last_search_at, next_change_at
//   recommendations   user_id, category_id, rank, product_id, source
//   popular           category_id, rank, product_id, purchases
//
// and, where there is a catalog, a last column `title` of each product.
//
//   const AnswerFormat format{"ndjson", MakeNdjsonAnswers};    // app/wiring.h finds it by its name
//   const std::unique_ptr<Answers> answers = format.make(dictionary, catalog, files);
//   answers->Begin();
//   WalkAudience(shards, popularity, pass, *answers);    // Format and Write
//   answers->Finish(popularity);                         // the popular products; all three are complete
//
// What rows are made of is in answers_text.h, once for all formats. A new format has its place in the table of
// app/wiring.cc.
#pragma once

#include <memory>
#include <string_view>

#include "adirect/model/catalog.h"
#include "adirect/pipeline/ports.h"
#include "adirect/targeting/popularity.h"

namespace adirect {

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
using AnswerMaker = std::unique_ptr<Answers> (*)(const Dictionary& dictionary, const Catalog* catalog,
                                                 const AnswerFiles& files);

// A header line, RFC 4180 quoting, LF; what is absent is empty.
std::unique_ptr<Answers> MakeCsvAnswers(const Dictionary& dictionary, const Catalog* catalog, const AnswerFiles& files);
// An object a line; numbers are numbers, times RFC 3339, a time that is absent is null.
std::unique_ptr<Answers> MakeNdjsonAnswers(const Dictionary& dictionary, const Catalog* catalog,
                                           const AnswerFiles& files);

struct AnswerFormat {
  std::string_view name;  // what `--output` takes, and what the files' names end in
  AnswerMaker make;
};

}  // namespace adirect
