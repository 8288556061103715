#include "adirect/api/policy_api.h"

#include <fmt/format.h>

#include "adirect/api/policy_answers.h"
#include "adirect/api/preview_stream.h"
#include "adirect/api/submitted.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

// A problem that also tells each mistake with its line and key.
Response RefusedPolicy(const Status& status, const std::vector<PolicyProblem>& problems) {
  Response response = Problem(400, "", status.message());
  std::string errors = "\"errors\":[";
  for (const PolicyProblem& problem : problems) {
    errors += errors.ends_with('[') ? "{" : ",{";
    if (problem.line > 0) errors += fmt::format("\"line\":{},", problem.line);
    if (!problem.key.empty()) errors += "\"key\":" + QuotedJson(problem.key) + ",";
    errors += "\"message\":" + QuotedJson(problem.message) + "}";
  }
  response.body.insert(1, errors + "],");
  return response;
}

}  // namespace

void PolicyApi::AddTo(Router& router) {
  router.Add("PUT /v1/policies/{name}", [this](const Request& r, Parameters p, Answer& a) { Put(r, p[0], a); });
  const Router::RouteOptions reads{.role = Role::kRead};
  router.Add(
      "POST /v1/policies/{name}/preview", [this](const Request& r, Parameters p, Answer& a) { Preview(r, p[0], a); },
      reads);
}

std::optional<Policy> PolicyApi::PolicyIn(const Request& request, std::string_view name, Answer& answer) const {
  if (request.body.empty()) {
    Refuse(answer, 400, "the body is empty: send a policy file");
    return std::nullopt;
  }
  std::vector<PolicyProblem> problems;
  const Result<Policy> policy = ParsePolicy(request.body, std::string(name) + ".toml", &problems);
  if (!policy.ok()) {
    answer.response() = RefusedPolicy(policy.status(), problems);
    return std::nullopt;
  }
  if (policy->name != name) {
    Refuse(answer, 400, "the policy's name is " + policy->name + ", the address says " + std::string(name), "name");
    return std::nullopt;
  }
  if (const Status fits = CheckAgainst(*policy, engine_.settings()); !fits.ok()) {
    Refuse(answer, 400, fits.message());
    return std::nullopt;
  }
  return *policy;
}

void PolicyApi::Put(const Request& request, std::string_view name, Answer& answer) {
  const std::optional<Policy> policy = PolicyIn(request, name, answer);
  if (!policy) return;
  if (const Status put = policies_.Put(*policy); !put.ok()) {
    answer.response() = Failed(put);
    return;
  }
  AnswerPolicy(policies_, name, answer);
}

void PolicyApi::Preview(const Request& request, std::string_view name, Answer& answer) {
  const std::optional<Policy> policy = PolicyIn(request, name, answer);
  if (!policy) return;
  answer.response().SetContentType("application/x-ndjson");
  answer.SendStream(std::make_unique<PreviewStream>(engine_, policies_.Find(name), *policy));
}

}  // namespace adirect
