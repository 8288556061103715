#include "adirect/app/live.h"

#include <algorithm>

#include "adirect/app/embedded.h"
#include "adirect/app/load.h"
#include "adirect/app/policy_folder.h"
#include "adirect/app/run.h"
#include "adirect/app/serving.h"
#include "adirect/app/version.h"
#include "adirect/app/wiring.h"
#include "adirect/pipeline/log_stream.h"
#include "adirect/stores/rocksdb_store.h"

namespace adirect {
namespace {

Result<EngineOptions> OptionsOf(const ServeOptions& options) {
  InputOptions kept;
  kept.retention = options.retention;
  kept.max_searches = options.max_searches;
  const Result<Settings> settings = SettingsOf(kept);
  if (!settings.ok()) return settings.status();
  if (options.memory_gb <= 0) return InvalidArgument("--memory-limit: must be more than 0");
  if (options.checkpoint_seconds < 0.1) return InvalidArgument("--checkpoint-every: must be 0.1 or more");
  if (options.compact_seconds < 0.1) return InvalidArgument("--compact-every: must be 0.1 or more");
  if (options.audience_seconds < 0.1) return InvalidArgument("--audience-every: must be 0.1 or more");
  EngineOptions engine;
  engine.settings = *settings;
  engine.threads = ThreadsOf(options.threads);
  engine.memory_bytes = static_cast<uint64_t>(options.memory_gb * 1e9);
  engine.checkpoint_every = Duration::Millis(static_cast<int64_t>(options.checkpoint_seconds * 1e3));
  engine.compact_every = Duration::Millis(static_cast<int64_t>(options.compact_seconds * 1e3));
  return engine;
}

}  // namespace

Result<std::unique_ptr<LiveShop>> LiveShop::Open(const ServeOptions& options, std::unique_ptr<Catalog> catalog) {
  Result<EngineOptions> engine_options = OptionsOf(options);
  if (!engine_options.ok()) return engine_options.status();
  std::unique_ptr<LiveShop> shop(new LiveShop);
  Result<std::optional<KeyRing>> keys = LoadKeys(options.keys);
  if (!keys.ok()) return keys.status().Within("--keys");
  shop->keys_ = *std::move(keys);
  shop->threads_ = engine_options->threads;
  Result<std::unique_ptr<Store>> store = OpenRocksDbStore(options.data, {});
  if (!store.ok()) return store.status().Within("--data");
  shop->store_ = *std::move(store);
  QuarantineFilesOptions quarantine;
  quarantine.total_bytes = uint64_t{options.quarantine_mib} << 20;
  Result<std::unique_ptr<QuarantineFiles>> refused = QuarantineFiles::Open(options.data, shop->clock_, quarantine);
  if (!refused.ok()) return refused.status().Within("--data");
  shop->quarantine_ = *std::move(refused);
  engine_options->quarantine = shop->quarantine_.get();
  Result<std::unique_ptr<LiveCatalog>> live = LiveCatalog::Open(*shop->store_, std::move(catalog));
  if (!live.ok()) return live.status().Within(options.data);
  shop->catalog_ = *std::move(live);
  const std::string folder = options.policies.empty() ? options.data + "/policies" : options.policies;
  Result<std::unique_ptr<PolicySet>> policies = OpenPolicyFolder(folder, engine_options->settings);
  if (!policies.ok()) return policies.status();
  shop->policies_ = *std::move(policies);
  ADIRECT_RETURN_IF_ERROR(shop->OpenPublisher(options, *engine_options));
  Result<std::unique_ptr<Engine>> engine =
      Engine::Open(*shop->store_, shop->catalog_.get(), shop->clock_, *engine_options);
  if (!engine.ok()) return engine.status().Within(options.data);
  shop->engine_ = *std::move(engine);
  if (shop->publisher_ != nullptr) {
    ADIRECT_RETURN_IF_ERROR(shop->publisher_->Attach(*shop->engine_, *shop->store_).Within(options.data));
  }
  ADIRECT_RETURN_IF_ERROR(shop->OpenStreams(options));
  AudienceWatchOptions watch;
  watch.every = Duration::Millis(static_cast<int64_t>(options.audience_seconds * 1e3));
  shop->watch_ = std::make_unique<AudienceWatch>(*shop->engine_, *shop->policies_, watch);
  shop->health_ = std::make_unique<Health>(*shop->engine_, *shop->watch_, shop->clock_);
  shop->metrics_ =
      std::make_unique<Metrics>(Metrics::Parts{*shop->engine_, *shop->watch_, *shop->policies_, *shop->catalog_,
                                               shop->flows_, shop->clock_, std::string(kVersion)});
  shop->api_ = std::make_unique<LiveApi>(
      LiveApi::Parts{*shop->engine_, *shop->policies_, *shop->catalog_, *shop->watch_, shop->clock_,
                     Shipped("src/adirect/api/openapi.json"), LimitsOf(options).body_bytes});
  shop->api_->AddTo(shop->router_);
  shop->segment_ = std::make_unique<SegmentApi>(*shop->engine_);
  shop->segment_->AddTo(shop->router_);
  shop->policy_api_ = std::make_unique<PolicyApi>(*shop->engine_, *shop->policies_);
  shop->policy_api_->AddTo(shop->router_);
  shop->history_ = std::make_unique<History>(
      [&shop = *shop] { return TotalsOf(*shop.engine_, *shop.watch_, shop.metrics_->http().requests()); },
      shop->clock_);
  shop->stats_ = std::make_unique<StatsApi>(
      StatsApi::Parts{*shop->engine_, shop->api_->reader(), *shop->policies_, *shop->watch_, *shop->health_,
                      *shop->metrics_, *shop->history_, shop->flows_, shop->clock_, std::string(kVersion)});
  shop->stats_->AddTo(shop->router_);
  shop->session_ = std::make_unique<SessionApi>(shop->keys_ ? &*shop->keys_ : nullptr);
  shop->session_->AddTo(shop->router_);
  shop->site_ = std::make_unique<Site>(SiteFilesOf(options.web_dir));
  shop->site_->AddTo(shop->router_);
  if (shop->keys_) shop->router_.Guard(*shop->keys_);
  shop->router_.CountBy(shop->metrics_->http());
  return shop;
}

LiveShop::~LiveShop() {
  if (publisher_ != nullptr) publisher_->Stop();
}

Status LiveShop::OpenPublisher(const ServeOptions& options, EngineOptions& engine_options) {
  if (options.publish.empty()) return Publisher::Forget(*store_).Within(options.data);
  Result<std::unique_ptr<PublishTarget>> target = OpenPublishTarget(options.publish, clock_);
  if (!target.ok()) return target.status().Within("--publish");
  target_ = *std::move(target);
  publisher_ = std::make_unique<Publisher>(engine_options.shards);
  engine_options.changes = publisher_.get();
  return {};
}

void LiveShop::Publish() {
  if (publisher_ == nullptr) return;
  catalog_->Watch([this](const Catalog& added) { publisher_->OnProducts(added); });
  flows_.publisher = publisher_.get();
  health_->Watch([this] { return publisher_->Troubles(); });
  publisher_->Start(*target_, *policies_, catalog_.get(), clock_);
}

Status LiveShop::Listen(const std::string& address, const ServeOptions& options) {
  Result<std::unique_ptr<HttpServer>> server = StartServer(address, options, router_, clock_);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  watch_->Start();
  history_->Start();
  return {};
}

Status LiveShop::OpenStreams(const ServeOptions& options) {
  for (const std::string& url : options.sources) {
    if (!IsStream(url)) continue;
    Followed followed;
    Result<std::unique_ptr<Stream>> stream = OpenStream(url, options.format, threads_, StreamUse::kEngine);
    if (!stream.ok()) return stream.status().Within("--source");
    followed.stream = *std::move(stream);
    Result<std::unique_ptr<TextSink>> dead_letters = OpenDeadLetters(url);
    if (!dead_letters.ok()) return dead_letters.status().Within("--source");
    followed.dead_letters = *std::move(dead_letters);
    TextSink& refused = followed.dead_letters != nullptr ? *followed.dead_letters : *quarantine_;
    followed.follower = std::make_unique<Follower>(*engine_, *followed.stream, catalog_.get(), clock_, refused);
    followed_.push_back(std::move(followed));
  }
  return {};
}

Status LiveShop::Follow() {
  for (const Followed& followed : followed_) {
    const Follower* const follower = followed.follower.get();
    ADIRECT_RETURN_IF_ERROR(followed.follower->Start().Within("--source"));
    flows_.followed.push_back({"Kafka", follower});
    health_->Watch([follower] { return follower->Troubles(); });
  }
  return {};
}

Status LiveShop::Archive(const ServeOptions& options) {
  if (options.archive.empty()) return {};
  for (const std::string& url : options.sources) {
    if (!IsStream(url)) continue;
    Result<std::unique_ptr<Stream>> stream = OpenStream(url, options.format, 1, StreamUse::kArchive);
    if (!stream.ok()) return stream.status().Within("--archive");
    ADIRECT_RETURN_IF_ERROR(Archive(*std::move(stream), options));
  }
  return Archive(std::make_unique<LogStream>(*store_), options);
}

Status LiveShop::Archive(std::unique_ptr<Stream> stream, const ServeOptions& options) {
  Archived archived;
  archived.stream = std::move(stream);
  Result<std::unique_ptr<ArchiveStore>> store = MakeArchive(options.archive);
  if (!store.ok()) return store.status().Within("--archive");
  archived.store = *std::move(store);
  const Result<ArchiveFormat> format = FindArchiveFormat(options.archive_files.as);
  if (!format.ok()) return format.status().Within("--archive-as");
  ArchiverOptions how;
  how.live_catalog = catalog_.get();
  how.keep_refused = false;  // the engine does
  SetRolls(options.archive_files, how);
  archived.archiver = std::make_unique<Archiver>(*archived.stream, *archived.store, *format, clock_, how);
  const Archiver* const archiver = archived.archiver.get();
  flows_.archives.push_back(archiver);
  health_->Watch([archiver] {
    std::vector<Health::Trouble> troubles;
    const ArchiverState state = archiver->state();
    if (!state.ended.empty()) troubles.push_back({"archive_failed", "the archive ended: " + state.ended});
    if (!state.trouble.empty()) troubles.push_back({"archive_waits", "the archive waits: " + state.trouble});
    return troubles;
  });
  archived.archiver->Start();
  archived_.push_back(std::move(archived));
  return {};
}

Status LiveShop::Close() {
  health_->Stop();
  for (const Followed& followed : followed_) followed.follower->Stop();
  if (server_ != nullptr) server_->Stop();
  Status archived;
  for (const Archived& each : archived_) {
    const Status stopped = each.archiver->Stop();
    if (archived.ok() && !stopped.ok()) archived = stopped.Within("--archive");
  }
  history_->Stop();
  watch_->Stop();
  if (publisher_ != nullptr) publisher_->Stop();
  const Status closed = engine_->Close();
  return closed.ok() ? archived : closed;
}

}  // namespace adirect
