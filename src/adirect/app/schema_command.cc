// adirect admin schema: the keyspace that an engine publishes into.
#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/run.h"
#include "adirect/app/wiring.h"

namespace adirect {
namespace {

int Told(const Result<std::string>& sentence) {
  if (!sentence.ok()) return Fail(sentence.status());
  std::printf("%s\n", sentence->c_str());
  return std::fflush(stdout) == 0 ? kExitDone : kExitWorldFailed;
}

}  // namespace

int RunSchemaInit(const SchemaOptions& options) { return Told(MakeKeyspace(options.url)); }
int RunSchemaCheck(const SchemaOptions& options) { return Told(CheckKeyspace(options.url)); }

}  // namespace adirect
