// Copies of a data directory: taken while an engine works in it, or nobody does.
//
//   Status taken = BackUp("/var/lib/adirect/shop", "/backup/monday");
//   Status there = Restore("/backup/monday", "/var/lib/adirect/shop");   // which is missing or empty
//
// A copy is the directory as a kill -9 at some instant during the call would leave it: everything acknowledged before
// the call is in it, and what was acknowledged meanwhile may be. It holds RocksDB's files, the mark and the policies;
// refused rows (quarantine-*.ndjson) stay where they are. It appears under its name when it is complete and on disk.
//
// Files with data are only ever made and deleted, never changed, and a new manifest says so each time: so they are
// linked into DIR/.backup first, until no manifest has come meanwhile, and copied then. While `BackUp` runs, that
// folder takes the room of what the engine has deleted since.
//
// Threads: one call at a time for a directory; two at once are refused.
#pragma once

#include <string>

#include "adirect/base/status.h"

namespace adirect {

// Errors: InvalidArgument where `data` is no data directory; where `to` exists; Unavailable where another backup runs,
// or was killed; Exhausted and Internal as the disks say.
Status BackUp(const std::string& data, const std::string& to);

// Errors: InvalidArgument where `backup` is no copy of one; where `data` exists and is not empty.
Status Restore(const std::string& backup, const std::string& data);

}  // namespace adirect
