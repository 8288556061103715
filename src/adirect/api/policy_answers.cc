#include "adirect/api/policy_answers.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace adirect {

void AnswerPolicies(const PolicySet& policies, Answer& answer) {
  std::string& out = answer.response().body;
  out = "{\"policies\": [";
  for (const std::shared_ptr<const NamedPolicy>& named : policies.All()) {
    out += out.back() == '[' ? "" : ", ";
    out += fmt::format("{{\"name\": \"{}\", \"policy_version\": \"{}\"}}", named->policy.name, named->version);
  }
  out += "]}";
}

void AnswerPolicy(const PolicySet& policies, std::string_view name, Answer& answer) {
  const std::shared_ptr<const NamedPolicy> named = policies.Find(name);
  if (named == nullptr) return Refuse(answer, 404, "no policy is named " + std::string(name));
  answer.response().SetContentType("application/toml");
  answer.response().AddHeader("ETag", '"' + named->version + '"');
  answer.response().body = PrintPolicy(named->policy);
}

}  // namespace adirect
