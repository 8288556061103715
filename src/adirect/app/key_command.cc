// adirect admin key: keys of the API.
#include <fmt/format.h>

#include <cstdio>

#include "adirect/api/keys.h"
#include "adirect/app/commands.h"
#include "adirect/app/run.h"

namespace adirect {

int RunNewKey(const NewKeyOptions& options) {
  const Result<NewKey> made = MakeKey(options.name, options.roles);
  if (!made.ok()) return Fail(made.status());
  fmt::print(stderr, "The key, which nobody can tell again: {}\n", made->key);
  fmt::print("{}\n", made->line);
  return kExitDone;
}

}  // namespace adirect
