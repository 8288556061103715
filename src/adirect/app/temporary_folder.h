// A folder of its own among the machine's temporary files.
#pragma once

#include <string>

#include "adirect/base/status.h"

namespace adirect {

// It goes, with all that is in it, with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  // The folder's name begins with `name`.
  Status Make(const std::string& name);
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace adirect
