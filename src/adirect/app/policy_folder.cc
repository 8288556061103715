#include "adirect/app/policy_folder.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "adirect/app/load.h"
#include "adirect/base/text.h"
#include "adirect/sinks/files.h"

namespace adirect {
namespace {

Status Keep(const std::string& folder, const Policy& policy) {
  const Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(folder + "/" + policy.name + ".toml");
  if (!file.ok()) return file.status();
  ADIRECT_RETURN_IF_ERROR((*file)->Write(PrintPolicy(policy)));
  return (*file)->CommitDurably();
}

Result<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return FromErrno(error.value(), folder);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
  }
  if (error) return FromErrno(error.value(), folder);
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<std::unique_ptr<PolicySet>> OpenPolicyFolder(const std::string& folder, const Settings& settings) {
  const Result<std::vector<std::string>> files = FilesOf(folder);
  if (!files.ok()) return files.status();
  auto set = std::make_unique<PolicySet>([folder](const Policy& policy) { return Keep(folder, policy); });
  const Result<Policy> shipped = LoadPolicy(std::string(kDefaultPolicy));
  if (!shipped.ok()) return shipped.status();
  set->Add(*shipped);
  for (const std::string& file : *files) {
    const Result<Policy> policy = LoadPolicy(file);
    if (!policy.ok()) return policy.status();
    if (std::filesystem::path(file).stem() != policy->name) {
      return InvalidArgument(file + ": its policy is named " + Quoted(policy->name) + "; name both alike");
    }
    if (const Status fits = CheckAgainst(*policy, settings); !fits.ok()) return fits.Within(file);
    set->Add(*policy);
  }
  return set;
}

}  // namespace adirect
