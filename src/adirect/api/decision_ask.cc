#include "adirect/api/decision_ask.h"

#include <functional>

#include "adirect/api/submitted.h"
#include "adirect/pipeline/decision_json.h"

namespace adirect {

std::shared_ptr<const NamedPolicy> AskedPolicy(const Request& request, const PolicySet& policies, Answer& answer) {
  const std::string_view name = request.Query("policy").value_or(kDefaultPolicy);
  std::shared_ptr<const NamedPolicy> policy = policies.Find(name);
  if (policy != nullptr) return policy;
  if (policies.empty()) {
    answer.response() = Failed(Unavailable("no policy is known yet; GET /readyz says why"));
  } else {
    Refuse(answer, 404, "no policy is named " + std::string(name) + "; GET /v1/policies lists them", "policy");
  }
  return nullptr;
}

std::optional<DecisionAsk> ReadDecisionAsk(const Request& request, std::string_view user_id, const PolicySet& policies,
                                           Answer& answer) {
  DecisionAsk ask;
  ask.policy = AskedPolicy(request, policies, answer);
  if (ask.policy == nullptr) return std::nullopt;
  ask.question.user_id = user_id;
  ask.question.category_id = request.Query("category");
  if (ask.question.category_id && ask.question.category_id->empty()) {
    Refuse(answer, 400, "category is empty; leave it out to ask for all", "category");
    return std::nullopt;
  }
  if (const std::optional<std::string_view> as_of = request.Query("as_of")) {
    ask.question.as_of = ParseRfc3339(*as_of);
    if (!ask.question.as_of) {
      Refuse(answer, 400, "as_of is no instant; use RFC 3339 with a zone", "as_of");
      return std::nullopt;
    }
  }
  if (const std::optional<std::string_view> text = request.Query("limit")) {
    const std::optional<uint32_t> number = ParseWhole(*text);
    if (!number || *number == 0) {
      Refuse(answer, 400, "limit is a whole number from 1 on", "limit");
      return std::nullopt;
    }
    ask.limit = *number;
  }
  return ask;
}

Status AppendAnswer(ShopReader& shop, const DecisionAsk& ask, bool clauses, std::optional<Timestamp> as_of,
                    std::string& out) {
  const auto tell = [&](const Decided& told) {
    DecisionContext context{ask.question.user_id,
                            as_of.value_or(told.as_of),
                            ask.policy->policy,
                            told.dictionary,
                            ask.question.category_id.value_or(""),
                            told.catalog};
    context.policy_version = ask.policy->version;
    context.limit = ask.limit;
    context.clauses = clauses;
    AppendDecisionJson(told.decision, context, out);
  };
  return shop.Decide(ask.question, ask.policy->policy, std::cref(tell));
}

}  // namespace adirect
