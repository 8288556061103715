// adirect admin store: look at a data directory that nobody has open, and take its state along.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/live.h"
#include "adirect/app/run.h"
#include "adirect/app/table.h"
#include "adirect/codec/text.h"
#include "adirect/sinks/files.h"
#include "adirect/stores/backup.h"
#include "adirect/stores/rocksdb_store.h"

namespace adirect {
namespace {

struct OpenedStore {
  WallClockPort clock;
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;
  unsigned threads = 1;
};

Status OpenStore(const StoreOptions& options, OpenedStore& opened) {
  Result<std::unique_ptr<Store>> store =
      OpenRocksDbStore(options.data, {.create = false, .limits = {}, .file_system = {}});
  if (!store.ok()) return store.status();
  opened.store = *std::move(store);
  opened.threads = ThreadsOf(options.threads);
  return {};
}

// Reads every shopper and every record of the log.
Status Recover(const StoreOptions& options, OpenedStore& opened) {
  const Result<Settings> settings = StoredSettings(*opened.store);
  if (!settings.ok()) return settings.status().Within(options.data);
  EngineOptions engine_options;
  engine_options.settings = *settings;
  engine_options.threads = opened.threads;
  engine_options.read_only = true;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*opened.store, nullptr, opened.clock, engine_options);
  if (!engine.ok()) return engine.status().Within(options.data);
  opened.engine = *std::move(engine);
  return {};
}

struct Facts {
  uint64_t shoppers = 0;
  uint64_t log_records = 0;
  uint64_t bytes = 0;
  std::optional<Timestamp> newest;
  Settings settings;
};

Facts FactsOf(OpenedStore& opened) {
  const StoreStats stats = opened.store->stats();
  const Shards& shards = opened.engine->shards();
  Facts facts{0, stats.log_next - stats.log_first, stats.bytes, shards.newest(), opened.engine->settings()};
  for (const ShopperTable* table : shards.tables()) {
    for (size_t i = 0; i < table->size(); ++i) facts.shoppers += table->user_id(i).empty() ? 0 : 1;
  }
  return facts;
}

std::string NewestText(const Facts& facts) { return facts.newest ? FormatRfc3339(*facts.newest) : ""; }

void PrintTable(const Facts& facts) {
  const TableRows rows = {{"shoppers", std::to_string(facts.shoppers)},
                          {"log records", std::to_string(facts.log_records)},
                          {"bytes", std::to_string(facts.bytes)},
                          {"newest event", facts.newest ? NewestText(facts) : "none"},
                          {"max searches", std::to_string(facts.settings.max_searches)},
                          {"retention", FormatDuration(facts.settings.retention)}};
  std::fputs(TableText(rows).c_str(), stdout);
}

void PrintJson(const Facts& facts) {
  fmt::print(
      "{{\"shoppers\": {}, \"log_records\": {}, \"bytes\": {}, \"newest_event_at\": {}, \"max_searches\": {}, "
      "\"retention\": \"{}\"}}\n",
      facts.shoppers, facts.log_records, facts.bytes, facts.newest ? '"' + NewestText(facts) + '"' : "null",
      facts.settings.max_searches, FormatDuration(facts.settings.retention));
}

Status Check(const StoreOptions& options) {
  OpenedStore opened;
  ADIRECT_RETURN_IF_ERROR(OpenStore(options, opened));
  ADIRECT_RETURN_IF_ERROR(opened.store->Verify());
  ADIRECT_RETURN_IF_ERROR(Recover(options, opened));
  const Facts facts = FactsOf(opened);
  fmt::print("{}: whole; {} shoppers and {} log records read\n", options.data, facts.shoppers, facts.log_records);
  return {};
}

Status Stats(const StoreOptions& options) {
  OpenedStore opened;
  ADIRECT_RETURN_IF_ERROR(OpenStore(options, opened));
  ADIRECT_RETURN_IF_ERROR(Recover(options, opened));
  options.json ? PrintJson(FactsOf(opened)) : PrintTable(FactsOf(opened));
  return {};
}

Status Export(const StoreOptions& options) {
  const Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options.out);
  if (!file.ok()) return file.status().Within("-o");
  OpenedStore opened;
  ADIRECT_RETURN_IF_ERROR(OpenStore(options, opened));
  ADIRECT_RETURN_IF_ERROR(Recover(options, opened));
  const auto write = [&](std::string_view piece) {
    return StopRequested() ? Unavailable("cancelled") : (*file)->Write(piece);
  };
  ADIRECT_RETURN_IF_ERROR(opened.engine->shards().Save(opened.engine->inputs(), opened.threads, write));
  return (*file)->Commit();
}

int Run(Status (*command)(const StoreOptions&), const StoreOptions& options) {
  const Status done = command(options);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace

int RunStoreCheck(const StoreOptions& options) { return Run(Check, options); }
int RunStoreStats(const StoreOptions& options) { return Run(Stats, options); }
int RunStoreExport(const StoreOptions& options) { return Run(Export, options); }

int RunStoreBackup(const StoreCopyOptions& options) {
  const Status done = BackUp(options.from, options.to);
  return done.ok() ? kExitDone : Fail(done);
}

int RunStoreRestore(const StoreCopyOptions& options) {
  const Status done = Restore(options.from, options.to);
  return done.ok() ? kExitDone : Fail(done);
}

}  // namespace adirect
