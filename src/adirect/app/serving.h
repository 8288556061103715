// What every server of ours takes from the options of serve, whatever it answers from.
//
// Threads: pure functions; files are read where they are asked for.
#pragma once

#include <string>

#include "adirect/api/http_server.h"
#include "adirect/api/site.h"
#include "adirect/app/commands.h"

namespace adirect {

HttpLimits LimitsOf(const ServeOptions& options);

// The site that is part of the binary, or the one below a folder.
Site::Files SiteFilesOf(const std::string& folder);

}  // namespace adirect
