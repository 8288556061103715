// QuarantineFiles: what a running engine refuses, as quarantine-http-TIME.ndjson in its data directory.
//
//   Result<std::unique_ptr<QuarantineFiles>> files = QuarantineFiles::Open("shop", clock, {});
//   (*files)->Write(records);      // written soon, by a thread of its own
//
// A flood of bad events neither blocks nor fills the disk: a file that is full is followed by the next, and of all such
// files, those of former runs included, the oldest are removed where they would take more than total_bytes. What
// comes faster than the disk takes it, or does not fit on it, is dropped. All that is lost is counted. A power cut may
// take the last records.
//
// Threads: every member may be called from any number of threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "adirect/base/status.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/refused_events.h"

namespace adirect {

struct QuarantineFilesOptions {
  uint64_t total_bytes = uint64_t{256} << 20;
  uint64_t file_bytes = uint64_t{16} << 20;
  uint64_t waiting_bytes = uint64_t{64} << 20;  // in memory; beyond: dropped
};

class QuarantineFiles : public QuarantineSink {
 public:
  // The clock must outlive it.
  static Result<std::unique_ptr<QuarantineFiles>> Open(const std::string& folder, const Clock& clock,
                                                       const QuarantineFilesOptions& options);
  // Writes what waits.
  ~QuarantineFiles() override;

  // Whole records.
  Status Write(std::string_view records) override;
  Counts counts() const override;

 private:
  struct File {
    std::string path;
    uint64_t bytes = 0;
  };

  QuarantineFiles(std::string folder, const Clock& clock, const QuarantineFilesOptions& options)
      : folder_(std::move(folder)), clock_(clock), options_(options) {}
  Status FindFiles();
  void Run();
  void WriteAll(std::string_view records);
  // The front of `records` that the file at hand takes; a new file where that one is full.
  std::string_view NextPiece(std::string_view records);
  Status WritePiece(std::string_view piece);
  Status Append(std::string_view piece);
  void MakeRoom(uint64_t bytes);
  void Close();

  const std::string folder_;
  const Clock& clock_;
  const QuarantineFilesOptions options_;

  std::deque<File> files_;  // of the thread; oldest first
  int fd_ = -1;             // of files_.back(), where one is open

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable wakes_;
  std::string waiting_;
  Counts counts_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adirect
