// adirect serve: the engine behind HTTP, over a data directory.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "adirect/api/http_server.h"
#include "adirect/api/live_api.h"
#include "adirect/app/commands.h"
#include "adirect/app/load.h"
#include "adirect/app/policy_folder.h"
#include "adirect/app/run.h"
#include "adirect/app/version.h"
#include "adirect/base/text.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/sources/state_file.h"
#include "adirect/stores/rocksdb_store.h"

namespace adirect {
namespace {

class WallClockPort : public Clock {
 public:
  Timestamp Now() const override { return WallClock(); }
};

// Routes, and the count of what was answered.
class CountedRouter : public Router {
 public:
  void Finished(const FinishedRequest& request) override {
    if (api != nullptr) api->Count(request);
  }
  LiveApi* api = nullptr;
};

Status CheckAddress(const ServeOptions& options) {
  const std::string_view host = std::string_view(options.listen).substr(0, options.listen.rfind(':'));
  if (options.insecure || host == "127.0.0.1" || host == "localhost" || host == "[::1]") return {};
  return InvalidArgument("--listen " + options.listen +
                         ": anyone who reaches this address could read and write; listen on 127.0.0.1 behind a proxy, "
                         "or give --insecure");
}

Result<EngineOptions> OptionsOf(const ServeOptions& options) {
  InputOptions kept;
  kept.retention = options.retention;
  kept.max_searches = options.max_searches;
  const Result<Settings> settings = SettingsOf(kept);
  if (!settings.ok()) return settings.status();
  if (options.memory_gb <= 0) return InvalidArgument("--memory-limit: must be more than 0");
  if (options.checkpoint_seconds < 0.1) return InvalidArgument("--checkpoint-every: must be 0.1 or more");
  if (options.audience_seconds < 0.1) return InvalidArgument("--audience-every: must be 0.1 or more");
  EngineOptions engine;
  engine.settings = *settings;
  engine.threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  engine.memory_bytes = static_cast<uint64_t>(options.memory_gb * 1e9);
  engine.checkpoint_every = Duration::Millis(static_cast<int64_t>(options.checkpoint_seconds * 1e3));
  return engine;
}

Status ImportState(const std::string& path, Engine& engine) {
  if (path.empty()) return {};
  const Result<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status().Within("--import");
  return engine.Import(file->bytes()).Within(path);
}

void AwaitStop() {
  while (!StopRequested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

Status Serve(const ServeOptions& options) {
  ADIRECT_RETURN_IF_ERROR(CheckAddress(options));
  const Result<EngineOptions> engine_options = OptionsOf(options);
  if (!engine_options.ok()) return engine_options.status();
  Result<std::unique_ptr<Catalog>> configured = LoadCatalog(options.catalog);
  if (!configured.ok()) return configured.status().Within("--catalog");
  const Result<std::unique_ptr<Store>> store = OpenRocksDbStore(options.data, {});
  if (!store.ok()) return store.status().Within("--data");
  const std::string folder = options.policies.empty() ? options.data + "/policies" : options.policies;
  const Result<std::unique_ptr<PolicySet>> policies = OpenPolicyFolder(folder, engine_options->settings);
  if (!policies.ok()) return policies.status();
  const Result<std::unique_ptr<LiveCatalog>> catalog = LiveCatalog::Open(**store, *std::move(configured));
  if (!catalog.ok()) return catalog.status().Within(options.data);
  const WallClockPort clock;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(**store, catalog->get(), clock, *engine_options);
  if (!engine.ok()) return engine.status().Within(options.data);
  ADIRECT_RETURN_IF_ERROR(ImportState(options.import_state, **engine));

  AudienceWatchOptions watch_options;
  watch_options.every = Duration::Millis(static_cast<int64_t>(options.audience_seconds * 1e3));
  AudienceWatch watch(**engine, **policies, watch_options);
  watch.Start();

  LiveApi api({**engine, **policies, **catalog, watch, clock, std::string(kVersion)});
  CountedRouter router;
  api.AddTo(router);
  router.api = &api;
  HttpOptions http;
  http.listen = options.listen;
  http.threads = static_cast<int>(engine_options->threads);
  http.clock = [&clock] { return clock.Now(); };
  const Result<std::unique_ptr<HttpServer>> server = HttpServer::Start(http, router);
  if (!server.ok()) return server.status().Within("--listen");
  fmt::print("adirect {} answers on http://{}:{}\n", kVersion, options.listen.substr(0, options.listen.rfind(':')),
             (*server)->port());
  std::fflush(stdout);
  AwaitStop();
  (*server)->Stop();
  watch.Stop();
  return (*engine)->Close();
}

}  // namespace

int RunServe(const ServeOptions& options) {
  const Status done = Serve(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
