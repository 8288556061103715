// adirect serve: the engine behind HTTP, over a data directory.
#include <fmt/format.h>

#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/live.h"
#include "adirect/app/load.h"
#include "adirect/app/run.h"
#include "adirect/app/version.h"
#include "adirect/sources/state_file.h"

namespace adirect {
namespace {

Status CheckAddress(const ServeOptions& options) {
  const std::string_view host = std::string_view(options.listen).substr(0, options.listen.rfind(':'));
  if (!options.keys.empty() || options.insecure || host == "127.0.0.1" || host == "localhost" || host == "[::1]")
    return {};
  return InvalidArgument("--listen " + options.listen +
                         ": anyone who reaches this address could read and write; give --keys FILE (adirect admin key "
                         "new), listen on 127.0.0.1 behind a proxy, or give --insecure");
}

Status ImportState(const std::string& path, Engine& engine) {
  if (path.empty()) return {};
  const Result<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status().Within("--import");
  return engine.Import(file->bytes()).Within(path);
}

Status Serve(const ServeOptions& options) {
  ADIRECT_RETURN_IF_ERROR(CheckAddress(options));
  Result<std::unique_ptr<Catalog>> catalog = LoadCatalog(options.catalog);
  if (!catalog.ok()) return catalog.status().Within("--catalog");
  const Result<std::unique_ptr<LiveShop>> shop = LiveShop::Open(options, *std::move(catalog));
  if (!shop.ok()) return shop.status();
  ADIRECT_RETURN_IF_ERROR(ImportState(options.import_state, (*shop)->engine()));
  ADIRECT_RETURN_IF_ERROR(ReadSources(options, (*shop)->engine()));
  if (const Status listening = (*shop)->Listen(options.listen, options); !listening.ok())
    return listening.Within("--listen");
  fmt::print("adirect {} answers on http://{}:{}\n", kVersion, options.listen.substr(0, options.listen.rfind(':')),
             (*shop)->port());
  std::fflush(stdout);
  AwaitStop();
  return (*shop)->Close();
}

}  // namespace

int RunServe(const ServeOptions& options) {
  const Status done = Serve(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
