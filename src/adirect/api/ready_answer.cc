#include "adirect/api/ready_answer.h"

#include <string>

namespace adirect {

void AnswerReady(std::span<const Health::Trouble> troubles, Answer& answer) {
  if (troubles.empty()) {
    answer.response().body = "{\"status\": \"ready\"}";
    return;
  }
  std::string sentences;
  for (const Health::Trouble& trouble : troubles) sentences += (sentences.empty() ? "" : "; ") + trouble.sentence;
  Refuse(answer, 503, sentences);
}

}  // namespace adirect
