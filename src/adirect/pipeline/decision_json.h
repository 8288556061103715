// A decision as JSON, as the API and `explain --json` give it (docs/reference.md, "Decision").
#pragma once

#include <cstdint>
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
  std::string_view asked_category;       // empty: all
  const Catalog* catalog = nullptr;      // null: none
  std::string_view policy_version = {};  // empty: worked out, which takes a print of the policy
  size_t limit = SIZE_MAX;               // of the recommendations; can only lower the policy's
  bool clauses = true;                   // each category's clauses and own list
};

// Appends one JSON object, without a line end.
void AppendDecisionJson(const Decision& decision, const DecisionContext& context, std::string& out);

}  // namespace adirect
