// What every server of ours takes from the options of serve, whatever it answers from.
//
// Threads: pure functions; files are read where they are asked for.
#pragma once

#include <memory>
#include <string>

#include "adirect/api/http_server.h"
#include "adirect/api/site.h"
#include "adirect/app/commands.h"
#include "adirect/pipeline/clock.h"

namespace adirect {

HttpLimits LimitsOf(const ServeOptions& options);

// Listens on HOST:PORT within the limits of the options and with as many threads; port 0 takes a free one. Handler and
// clock must outlive the server.
Result<std::unique_ptr<HttpServer>> StartServer(const std::string& address, const ServeOptions& options,
                                                HttpHandler& handler, const Clock& clock);

// The site that is part of the binary, or the one below a folder.
Site::Files SiteFilesOf(const std::string& folder);

}  // namespace adirect
