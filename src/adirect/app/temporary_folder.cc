#include "adirect/app/temporary_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

namespace adirect {

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status TemporaryFolder::Make(const std::string& name) {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / (name + ".XXXXXX")).string();
  if (error || mkdtemp(path.data()) == nullptr) return FromErrno(error ? error.value() : errno, path);
  path_ = path;
  return {};
}

}  // namespace adirect
