// LiveApi: the engine over HTTP. api/openapi.json and docs/api.md are the contract of each route.
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
#include "adirect/api/router.h"
#include "adirect/pipeline/audience_watch.h"
#include "adirect/pipeline/engine.h"
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

  explicit LiveApi(const Parts& parts) : parts_(parts) {}
  void AddTo(Router& router);

 private:
  using Parameters = Router::Parameters;

  void PostEvents(const Request& request, Answer& answer);
  void GetUser(const Request& request, Parameters ids, Answer& answer);
  void GetRecommendations(const Request& request, Parameters ids, Answer& answer, bool explain);
  void DeleteUser(Parameters ids, Answer& answer);
  void GetAudience(const Request& request, Answer& answer);
  void GetAudienceChanges(const Request& request, Answer& answer);
  void PostProducts(const Request& request, Answer& answer);
  void GetProduct(Parameters ids, Answer& answer);
  void GetCategories(Answer& answer);
  void GetPopular(const Request& request, Parameters ids, Answer& answer);
  void GetSearches(const Request& request, Answer& answer);

  Parts parts_;
  Background background_;  // takes over posted products
};

}  // namespace adirect
