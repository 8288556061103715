// adirect serve: the engine behind HTTP, over a data directory.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "adirect/app/commands.h"
#include "adirect/app/live.h"
#include "adirect/app/load.h"
#include "adirect/app/reading_shop.h"
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

// Returns when SIGINT or SIGTERM came; tells the log what happens meanwhile.
void AwaitStop(const OperationsLog& log, LiveShop& shop) {
  OperationsWatch watch(log, shop.health(), shop.engine());
  while (!StopRequested()) {
    watch.Look();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// Tells where it answers.
void TellReady(const ServeOptions& options, uint16_t port, const OperationsLog& log) {
  const std::string address = fmt::format("http://{}:{}", options.listen.substr(0, options.listen.rfind(':')), port);
  log.Write(OperationsLog::Level::kInfo, "ready", "answers on " + address);
  fmt::print("adirect {} answers on {}\n", kVersion, address);
  std::fflush(stdout);
}

Status ServeReader(const ServeOptions& options, const OperationsLog& log) {
  using Level = OperationsLog::Level;
  if (!options.beside_reader.empty()) {
    return InvalidArgument("--reader answers from what an engine publishes, and has none itself; leave out " +
                           options.beside_reader);
  }
  ADIRECT_RETURN_IF_ERROR(CheckAddress(options));
  const Result<std::unique_ptr<ReadingShop>> shop = ReadingShop::Open(options);
  if (!shop.ok()) return shop.status();
  if (const Status listening = (*shop)->Listen(options.listen, options); !listening.ok())
    return listening.Within("--listen");
  TellReady(options, (*shop)->port(), log);
  TroubleWatch watch(log);
  while (!StopRequested()) {
    watch.Look((*shop)->Troubles());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  log.Write(Level::kInfo, "stop", "answers what is in flight");
  (*shop)->Close();
  log.Write(Level::kInfo, "stopped", "nothing is kept");
  return {};
}

Status Serve(const ServeOptions& options, const OperationsLog& log) {
  using Level = OperationsLog::Level;
  if (!options.reader.empty()) return ServeReader(options, log);
  if (options.data.empty()) {
    return InvalidArgument(
        "--data is required: the data directory; or --reader, to answer from what an engine publishes");
  }
  log.Write(Level::kInfo, "start", fmt::format("adirect {} opens {}", kVersion, options.data));
  ADIRECT_RETURN_IF_ERROR(CheckAddress(options));
  Result<std::unique_ptr<Catalog>> catalog = LoadCatalog(options.catalog);
  if (!catalog.ok()) return catalog.status().Within("--catalog");
  const Result<std::unique_ptr<LiveShop>> shop = LiveShop::Open(options, *std::move(catalog));
  if (!shop.ok()) return shop.status();
  ADIRECT_RETURN_IF_ERROR(ImportState(options.import_state, (*shop)->engine()));
  ADIRECT_RETURN_IF_ERROR(ReadSources(options, (*shop)->engine(), log));
  (*shop)->Publish();
  ADIRECT_RETURN_IF_ERROR((*shop)->Follow());
  ADIRECT_RETURN_IF_ERROR((*shop)->Archive(options));
  if (const Status listening = (*shop)->Listen(options.listen, options); !listening.ok())
    return listening.Within("--listen");
  TellReady(options, (*shop)->port(), log);
  AwaitStop(log, **shop);
  log.Write(Level::kInfo, "stop", "answers what is in flight and saves");
  ADIRECT_RETURN_IF_ERROR((*shop)->Close());
  log.Write(Level::kInfo, "stopped", "all is saved");
  return {};
}

}  // namespace

int RunServe(const ServeOptions& options) {
  const OperationsLog log(options.log_format, options.log_level);
  const Status done = Serve(options, log);
  if (done.ok()) return kExitDone;
  if (!log.json()) return Fail(done);
  log.Write(OperationsLog::Level::kError, "failed", done.message());
  return ExitCode(done);
}

}  // namespace adirect
