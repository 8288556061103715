// LocalArchive: an archive in a folder of this machine.
//
// Put writes beside the file's place, waits for the disk, reads back and renames; a crash of the machine takes nothing
// that Put has returned for. A file that is there is never replaced.
//
// Threads: one call at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adirect/pipeline/archive_store.h"

namespace adirect {

class LocalArchive final : public ArchiveStore {
 public:
  // Makes the folder, and those above it, where they are missing.
  static Result<std::unique_ptr<LocalArchive>> Make(const std::string& folder);
  // The folder as it is: one that is not there is an empty archive.
  explicit LocalArchive(std::string folder) : folder_(std::move(folder)) {}

  const std::string& place() const override { return folder_; }
  Result<std::vector<Entry>> List(std::string_view folder) override;
  Status Put(const std::string& path, std::string_view content) override;
  Status Read(const std::string& path, const std::function<Status(std::string_view piece)>& take) override;
  Status Remove(const std::string& path) override;

 private:
  std::string Place(std::string_view path) const { return folder_ + '/' + std::string(path); }

  const std::string folder_;
};

}  // namespace adirect
