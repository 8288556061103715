// Output files: written under temporary names, renamed when all is well, gone when it is not.
//
//   Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create("out");
//   Result<OutputFile*> audience = (*folder)->Add("audience.csv");
//   (*audience)->Write("user_id,…\n");
//   (*folder)->Commit();    // without it, nothing is left
//
// Threads: a file belongs to one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

// A file under a temporary name beside its own. Commit renames it; a file that was not committed is
// removed with the object. "-" is standard output; that, a pipe or a device is written to as it is and
// knows no undo.
class OutputFile : public TextSink {
 public:
  static Result<std::unique_ptr<OutputFile>> Create(const std::string& path);
  ~OutputFile() override;

  Status Write(std::string_view text) override;
  // Writes what is still in memory and closes the file; Commit does it too.
  Status Close();
  Status Commit();
  // The same, and when it returns the file is there after a power cut too.
  Status CommitDurably();
  const std::string& path() const { return path_; }

 private:
  OutputFile(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
  Status Flush();

  std::string path_;
  std::string temporary_;
  int fd_;
  std::string buffer_;
};

class OutputFolder {
 public:
  // Makes the folder, and those above it, where they are missing; they go again if nothing is committed.
  static Result<std::unique_ptr<OutputFolder>> Create(const std::string& path);
  ~OutputFolder();

  // A file in the folder, or ("name/file") in one below it, which is made where it is missing. Owned by the
  // folder.
  Result<OutputFile*> Add(std::string_view name);
  // Closes all files and, if the disk took everything, renames them in the order they were added, so
  // that the last one says that all are there.
  Status Commit();

 private:
  OutputFolder(std::string path, std::vector<std::string> made) : path_(std::move(path)), made_(std::move(made)) {}

  std::string path_;
  std::vector<std::string> made_;  // folders that were not there, the outermost first
  bool committed_ = false;
  std::vector<std::unique_ptr<OutputFile>> files_;
};

}  // namespace adirect
