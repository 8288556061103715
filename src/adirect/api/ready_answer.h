// What GET /readyz answers: whether this server does all that it should and, if not, why not.
//
// Threads: functions of their arguments.
#pragma once

#include <span>

#include "adirect/api/http.h"
#include "adirect/pipeline/health.h"

namespace adirect {

// 200, or 503 with the sentences of all troubles.
void AnswerReady(std::span<const Health::Trouble> troubles, Answer& answer);

}  // namespace adirect
