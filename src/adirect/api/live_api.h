// LiveApi: the engine over HTTP: what only the engine does, and all of ReadingApi. api/openapi.json and docs/api.md are
// the contract of each route.
//
//   LiveApi api({engine, policies, catalog, watch, clock});
//   Router router;
//   api.AddTo(router);
//   HttpServer::Start(options, router);
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adirect/api/background.h"
#include "adirect/api/reading_api.h"
#include "adirect/api/router.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/engine_reader.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

class LiveApi {
 public:
  static constexpr size_t kMaxEventsBody = 16 << 20;
  static constexpr size_t kMaxProductsBody = 16 << 20;

  // All must outlive the API.
  struct Parts {
    Engine& engine;
    const PolicySet& policies;
    LiveCatalog& catalog;
    const AudienceWatch& watch;
    const Clock& clock;
    std::string_view openapi = {};              // what GET /openapi.json answers
    size_t events_body_bytes = kMaxEventsBody;  // of POST /v1/events; above: 413
  };

  explicit LiveApi(const Parts& parts)
      : parts_(parts),
        reader_(parts.engine, parts.policies, parts.catalog),
        reading_({.shop = reader_, .openapi = parts.openapi}) {}
  void AddTo(Router& router);

  // The engine, as what only reads asks it.
  ShopReader& reader() { return reader_; }

 private:
  using Parameters = Router::Parameters;

  void PostEvents(const Request& request, Answer& answer);
  void DeleteUser(Parameters ids, Answer& answer);
  void GetAudienceChanges(const Request& request, Answer& answer);
  void PostProducts(const Request& request, Answer& answer);

  Parts parts_;
  EngineReader reader_;
  ReadingApi reading_;
  Background background_;  // takes over posted products
};

}  // namespace adirect
