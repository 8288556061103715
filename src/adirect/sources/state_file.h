// A saved state from a file (docs/state.md, "State bytes").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/shards.h"

namespace adirect {

// A file's bytes, mapped: not copied, so it must not be cut short meanwhile (adirect replaces its files, it never
// writes into them).
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

// Merges the file's state into the shards and appends its inputs. A file that is damaged, is no state or is
// of a newer version changes nothing and is an error that names it.
Status ReadStateFile(const std::string& path, unsigned threads, Shards& shards, std::vector<StateInput>& inputs);

}  // namespace adirect
