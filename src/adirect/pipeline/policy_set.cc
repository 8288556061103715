#include "adirect/pipeline/policy_set.h"

namespace adirect {

std::shared_ptr<const NamedPolicy> PolicySet::Find(std::string_view name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = policies_.find(name);
  return found == policies_.end() ? nullptr : found->second;
}

bool PolicySet::empty() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policies_.empty();
}

std::vector<std::shared_ptr<const NamedPolicy>> PolicySet::All() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::shared_ptr<const NamedPolicy>> all;
  for (const auto& [name, policy] : policies_) all.push_back(policy);
  return all;
}

void PolicySet::Add(const Policy& policy) {
  auto made = std::make_shared<const NamedPolicy>(NamedPolicy{policy, PolicyVersion(policy)});
  const std::lock_guard<std::mutex> lock(mutex_);
  policies_[policy.name] = std::move(made);
}

void PolicySet::Replace(std::span<const Policy> policies) {
  std::map<std::string, std::shared_ptr<const NamedPolicy>, std::less<>> made;
  for (const Policy& policy : policies) {
    made[policy.name] = std::make_shared<const NamedPolicy>(NamedPolicy{policy, PolicyVersion(policy)});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  policies_.swap(made);
}

Status PolicySet::Put(const Policy& policy) {
  const std::lock_guard<std::mutex> one(keeping_);
  if (keep_ != nullptr) ADIRECT_RETURN_IF_ERROR(keep_(policy));
  Add(policy);
  return {};
}

}  // namespace adirect
