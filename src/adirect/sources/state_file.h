// A saved state from a file (docs/reference.md, "State bytes").
#pragma once

#include <string>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/shards.h"

namespace adirect {

// Merges the file's state into the shards and appends its inputs. A file that is damaged, is no state or is
// of a newer version changes nothing and is an error that names it. The file is mapped, not copied: it must
// not be cut short meanwhile (adirect replaces such files, it never writes into them).
Status ReadStateFile(const std::string& path, unsigned threads, Shards& shards, std::vector<StateInput>& inputs);

}  // namespace adirect
