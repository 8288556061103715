#include "adirect/pipeline/question.h"

namespace adirect {

Status CheckAsOf(const Question& question, Timestamp newest) {
  if (!question.as_of || *question.as_of >= newest) return {};
  return InvalidArgument("as_of " + FormatRfc3339(*question.as_of) + " is before the newest event, " +
                         FormatRfc3339(newest) + "; ask for that instant or a later one");
}

}  // namespace adirect
