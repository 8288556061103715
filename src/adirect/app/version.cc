#include "adirect/app/version.h"

#include <fmt/format.h>

#include "adirect/app/wiring.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect {

std::string VersionText() {
  return fmt::format("adirect {}\nstate format {}, built with {}\nreads: {}\nwrites: {}", kVersion, int{kStateVersion},
#ifdef __clang__
                     "clang " __clang_version__
#else
                     "g++ " __VERSION__
#endif
                     ,
                     ReadKinds(), WriteKinds());
}

}  // namespace adirect
