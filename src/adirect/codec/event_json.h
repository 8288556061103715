// An event as one line of the `adirect` format (docs/reference.md#events).
//
// Threads: a function of its arguments.
#pragma once

#include <string>

#include "adirect/model/event.h"

namespace adirect {

// Appends the line with its end. The identity is written where `event_id` has it: an event without one
// would be another event in the place where it is read from the line. A decoder of AdirectFormat reads
// back all but `identity` as it was.
void AppendEventJson(const Event& event, std::string& out);

}  // namespace adirect
