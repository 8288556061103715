#include <cstdio>
#include <string>
#include <vector>

#include "adirect/app/commands.h"
#include "adirect/app/load.h"
#include "adirect/targeting/policy.h"

namespace adirect {
namespace {

// A policy may carry another name than its file, but not among the policies of a folder.
std::string NameNote(const std::string& file, const std::string& name) {
  const std::string own = name + ".toml";
  const std::string base = file.substr(file.rfind('/') + 1);
  if (base == own || !base.ends_with(".toml")) return "";
  return "; in a folder of policies its file must be " + own;
}

bool Check(const std::string& file) {
  // A name without a slash is a file here too: only files are checked.
  const bool named_as_file = file.find('/') != std::string::npos || file.ends_with(".toml");
  const Result<Policy> policy = LoadPolicy(named_as_file ? file : "./" + file);
  if (!policy.ok()) {
    std::fprintf(stderr, "%s\n", policy.status().message().c_str());
    return false;
  }
  std::printf("%s: ok, policy %s, version %s%s\n", file.c_str(), policy->name.c_str(), PolicyVersion(*policy).c_str(),
              NameNote(file, policy->name).c_str());
  return true;
}

int Flushed() { return std::fflush(stdout) == 0 ? kExitDone : kExitWorldFailed; }

}  // namespace

int RunPolicyCheck(const std::vector<std::string>& files) {
  bool all_good = true;
  for (const std::string& file : files) all_good = Check(file) && all_good;
  return all_good ? Flushed() : kExitWrongUsage;
}

int RunPolicyShow(const std::vector<std::string>& names_or_files) {
  for (const std::string& name : names_or_files) {
    const Result<Policy> policy = LoadPolicy(name);
    if (!policy.ok()) {
      std::fprintf(stderr, "adirect: %s\n", policy.status().message().c_str());
      return kExitWrongUsage;
    }
    std::printf("%s# policy_version %s\n", PrintPolicy(*policy).c_str(), PolicyVersion(*policy).c_str());
  }
  return Flushed();
}

}  // namespace adirect
