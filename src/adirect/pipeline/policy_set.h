// PolicySet: the policies of a running engine, by name. Answers take one as it is; a new one acts on the next.
//
// Threads: every member may be called from any number of threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/targeting/policy.h"

namespace adirect {

// The policy that answers where none is named.
inline constexpr std::string_view kDefaultPolicy = "default";

// A policy with what is told of it in every answer.
struct NamedPolicy {
  Policy policy;
  std::string version;
};

class PolicySet {
 public:
  // `keep` makes a policy durable before it is put; without it, policies live as long as the set.
  explicit PolicySet(std::function<Status(const Policy&)> keep = nullptr) : keep_(std::move(keep)) {}

  // Null where there is none of that name.
  std::shared_ptr<const NamedPolicy> Find(std::string_view name) const;
  bool empty() const;
  // By name.
  std::vector<std::shared_ptr<const NamedPolicy>> All() const;
  // Checked by the caller. Acts on the next answer when it returns; changes nothing where it fails.
  Status Put(const Policy& policy);
  // The same without making it durable: for policies that are so already.
  void Add(const Policy& policy);
  // From now on there are these and no others.
  void Replace(std::span<const Policy> policies);

 private:
  const std::function<Status(const Policy&)> keep_;
  std::mutex keeping_;  // one Put at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const NamedPolicy>, std::less<>> policies_;  // guarded by mutex_
};

}  // namespace adirect
