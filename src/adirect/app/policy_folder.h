// A folder of policies as a PolicySet: the folder is the truth, a policy that is put replaces its file.
#pragma once

#include <memory>
#include <string>

#include "adirect/base/status.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

// Makes the folder where it is missing. Every *.toml must be a good policy that is named as its file and fits the
// settings; the first that is not is the error. The shipped default stands in where there is no default.toml.
Result<std::unique_ptr<PolicySet>> OpenPolicyFolder(const std::string& folder, const Settings& settings);

}  // namespace adirect
