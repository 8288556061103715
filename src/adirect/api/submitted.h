// What a client is told of a body that was given to the engine.
//
// Threads: functions of their arguments.
#pragma once

#include <string>

#include "adirect/api/http.h"
#include "adirect/base/status.h"
#include "adirect/pipeline/engine.h"

namespace adirect {

// The failure as a problem; 503 says when to try again.
Response Failed(const Status& status);

// The report as members of a JSON object: `"accepted": 3, "duplicates": 0, "ignored": 0, "quarantined": […]`.
std::string ReportMembers(const SubmitReport& report);

}  // namespace adirect
