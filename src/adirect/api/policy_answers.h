// Policies as answers: their list, and one of them.
//
// Threads: functions of their arguments.
#pragma once

#include <string_view>

#include "adirect/api/http.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

// GET /v1/policies
void AnswerPolicies(const PolicySet& policies, Answer& answer);
// GET /v1/policies/{name}: TOML, with its version as ETag; 404 where there is none of that name.
void AnswerPolicy(const PolicySet& policies, std::string_view name, Answer& answer);

}  // namespace adirect
