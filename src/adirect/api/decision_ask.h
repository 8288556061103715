// What a client asks when he asks for a decision, read from a request, and the answer as JSON.
//
// Threads: functions of their arguments.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/api/http.h"
#include "adirect/pipeline/policy_set.h"
#include "adirect/pipeline/shop_reader.h"

namespace adirect {

struct DecisionAsk {
  Question question;  // views into the request
  std::shared_ptr<const NamedPolicy> policy;
  size_t limit = SIZE_MAX;
};

// The policy that `?policy=` names; null after answering 404, or 503 where none is known yet.
std::shared_ptr<const NamedPolicy> AskedPolicy(const Request& request, const PolicySet& policies, Answer& answer);

// `?category=&policy=&limit=&as_of=`; absent after answering what is wrong.
std::optional<DecisionAsk> ReadDecisionAsk(const Request& request, std::string_view user_id, const PolicySet& policies,
                                           Answer& answer);

// Appends the decision. `as_of`: said to be of this instant instead of its own, so that two answers can be compared.
Status AppendAnswer(ShopReader& shop, const DecisionAsk& ask, bool clauses, std::optional<Timestamp> as_of,
                    std::string& out);

}  // namespace adirect
