// A decision as JSON, as the API and `explain --json` give it (docs/reference.md, "Decision").
#pragma once

#include <string>
#include <string_view>

#include "adirect/model/catalog.h"
#include "adirect/model/dictionary.h"
#include "adirect/targeting/decision.h"

namespace adirect {

struct DecisionContext {
  std::string_view user_id;
  Timestamp as_of;
  const Policy& policy;
  const Dictionary& dictionary;
  std::string_view asked_category;   // empty: all
  const Catalog* catalog = nullptr;  // null: none
};

// Appends one JSON object, without a line end.
void AppendDecisionJson(const Decision& decision, const DecisionContext& context, std::string& out);

}  // namespace adirect
