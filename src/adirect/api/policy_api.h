// PolicyApi: the policies over HTTP: preview and replace (ReadingApi reads them). api/openapi.json and docs/api.md are
// the contract of each route.
//
//   PolicyApi api(engine, policies);
//   api.AddTo(router);
//
// Threads: the handlers run on any number of the server's threads.
#pragma once

#include <optional>

#include "adirect/api/router.h"
#include "adirect/pipeline/engine.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

class PolicyApi {
 public:
  // Both must outlive the API.
  PolicyApi(Engine& engine, PolicySet& policies) : engine_(engine), policies_(policies) {}
  void AddTo(Router& router);

 private:
  using Parameters = Router::Parameters;

  void Put(const Request& request, std::string_view name, Answer& answer);
  void Preview(const Request& request, std::string_view name, Answer& answer);

  // The policy that the body is, for the engine at hand; absent after answering 400 with every mistake.
  std::optional<Policy> PolicyIn(const Request& request, std::string_view name, Answer& answer) const;

  Engine& engine_;
  PolicySet& policies_;
};

}  // namespace adirect
