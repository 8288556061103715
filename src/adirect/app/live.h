// LiveShop: store, policies, engine, API and site put together, as serve and demo run them.
//
//   Result<std::unique_ptr<LiveShop>> shop = LiveShop::Open(options, std::move(catalog));
//   ReadSources(options, (*shop)->engine(), log);  // --source: files
//   (*shop)->Publish();                          // --publish
//   (*shop)->Follow();                           // and topics
//   (*shop)->Archive(options);                   // --archive
//   (*shop)->Listen("127.0.0.1:8080", options);  // answers from now on
//   (*shop)->Close();                        // ends what is in flight and saves
//
// Threads: one; the engine and the API have threads of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adirect/api/counted_router.h"
#include "adirect/api/http_server.h"
#include "adirect/api/live_api.h"
#include "adirect/api/policy_api.h"
#include "adirect/api/segment_api.h"
#include "adirect/api/session_api.h"
#include "adirect/api/site.h"
#include "adirect/api/stats_api.h"
#include "adirect/app/commands.h"
#include "adirect/app/operations_log.h"
#include "adirect/app/wall_clock.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/flows.h"
#include "adirect/pipeline/health.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/policy_set.h"
#include "adirect/pipeline/publisher.h"
#include "adirect/sinks/quarantine_files.h"

namespace adirect {

class LiveShop {
 public:
  // Opens the data directory, or makes it, and recovers. The catalog may be null.
  static Result<std::unique_ptr<LiveShop>> Open(const ServeOptions& options, std::unique_ptr<Catalog> catalog);
  ~LiveShop();

  // Begins to publish, where options.publish of Open says so.
  void Publish();
  // Follows the topics among the options' sources, from where the engine is.
  Status Follow();
  // Keeps an archive of those topics and of what comes by HTTP, where options.archive says so.
  Status Archive(const ServeOptions& options);
  // Listens on HOST:PORT within the limits of the options, and watches the audience; port 0 takes a free one.
  Status Listen(const std::string& address, const ServeOptions& options);
  uint16_t port() const { return server_->port(); }
  // Listens no more, answers what is in flight, saves.
  Status Close();

  Engine& engine() { return *engine_; }
  const Health& health() const { return *health_; }
  const PolicySet& policies() const { return *policies_; }
  const LiveCatalog& catalog() const { return *catalog_; }
  const Clock& clock() const { return clock_; }

 private:
  // A stream that is followed.
  struct Followed {
    std::unique_ptr<Stream> stream;
    std::unique_ptr<TextSink> dead_letters;  // null: the quarantine's files
    std::unique_ptr<Follower> follower;
  };

  // A stream that is archived, read apart from the engine: an archive that cannot write stops nobody.
  struct Archived {
    std::unique_ptr<Stream> stream;
    std::unique_ptr<ArchiveStore> store;
    std::unique_ptr<Archiver> archiver;
  };

  LiveShop() = default;
  Status OpenStreams(const ServeOptions& options);
  Status OpenPublisher(const ServeOptions& options, EngineOptions& engine_options);
  Status Archive(std::unique_ptr<Stream> stream, const ServeOptions& options);

  WallClockPort clock_;
  unsigned threads_ = 1;
  std::unique_ptr<Store> store_;
  std::unique_ptr<QuarantineFiles> quarantine_;
  std::unique_ptr<LiveCatalog> catalog_;
  std::unique_ptr<PolicySet> policies_;
  std::unique_ptr<PublishTarget> target_;  // null, as the next: nothing is published
  std::unique_ptr<Publisher> publisher_;   // the engine tells it of changes: it outlives him
  std::unique_ptr<Engine> engine_;
  std::vector<Followed> followed_;
  std::vector<Archived> archived_;
  Flows flows_;
  std::unique_ptr<AudienceWatch> watch_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<LiveApi> api_;
  std::unique_ptr<SegmentApi> segment_;
  std::unique_ptr<PolicyApi> policy_api_;
  std::unique_ptr<SessionApi> session_;
  std::unique_ptr<History> history_;
  std::unique_ptr<StatsApi> stats_;
  std::unique_ptr<Site> site_;
  std::optional<KeyRing> keys_;
  CountedRouter router_;
  std::unique_ptr<HttpServer> server_;
};

// Reads the event files of options.sources into the engine, each once: one that was read for good and has not changed
// since is passed by. What is refused goes to a file in the data directory. Tells the log what was read.
Status ReadSources(const ServeOptions& options, Engine& engine, const OperationsLog& log);

}  // namespace adirect
