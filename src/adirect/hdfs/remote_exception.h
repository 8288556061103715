// What a name node or data node says is wrong, as a Status that says what to do next.
//
// Threads: a pure function.
#pragma once

#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// Of an answer that is none of those hoped for: its HTTP status and body, a RemoteException of WebHDFS or whatever else
// listens there. Codes are as of ArchiveStore.
Status StatusOfRemote(long http_status, std::string_view body);

}  // namespace adirect
