// The events of an archive as a source: its finished files one after the other, each opened when it is its turn.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "adirect/pipeline/archive_store.h"
#include "adirect/sources/stored.h"

namespace adirect {

using OpenFile = std::function<Result<std::unique_ptr<StoredSource>>(const std::string& path)>;

// Files of the store are opened by `open`: in their place where `folder` says where the store is on this machine, else
// fetched into a temporary file first, one at a time. A store that is unavailable is asked a few times, unless `stop`
// becomes true. Files that are no archive's are told on standard error. InvalidArgument where there are no others.
Result<std::unique_ptr<StoredSource>> OpenArchivedEvents(std::shared_ptr<ArchiveStore> store, const std::string& folder,
                                                         const OpenFile& open, const std::atomic<bool>* stop);

}  // namespace adirect
