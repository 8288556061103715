// Routes that only an engine has, where there is none: each answers 501 with the same sentence, which says whom to ask.
//
//   AddEngineOnly("this server reads cassandra://…; ask the engine that publishes into it", router);
//
// Together with ReadingApi, SessionApi, ReaderStatus and Site they are all routes of an engine, so that paths and
// methods are known alike, and a key needs the same role.
//
// Threads: as Router says.
#pragma once

#include <string>

#include "adirect/api/router.h"

namespace adirect {

void AddEngineOnly(const std::string& sentence, Router& router);

}  // namespace adirect
