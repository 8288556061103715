// FileStream: files of text as a stream, for who keeps events elsewhere: an archive of files.
//
//   Result<std::unique_ptr<FileStream>> stream = FileStream::Open({"monday.csv", "tuesday.csv.gz"}, format_of);
//
// An input is a file, by its name without folders; offsets are bytes of its text, as in its rows' identity. What is
// there when it is opened is read once, file after file; a file that has grown since a former run is gone on with. The
// stream has no more threads than its reader.
//
// Threads: one reader; state is for any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/codec/format.h"
#include "adirect/sources/files.h"

namespace adirect {

class FileStream : public Stream {
 public:
  // InvalidArgument: what can be read only once (a pipe), two files of one name. Unsupported: Parquet. And the errors
  // of FileSource::Open.
  static Result<std::unique_ptr<FileStream>> Open(const std::vector<std::string>& paths,
                                                  const std::function<Result<Format>(const std::string&)>& format_of);

  Status Start(const Positions& from) override;
  unsigned readers() const override { return 1; }
  Result<bool> Next(unsigned reader, std::chrono::milliseconds wait, SourceBlock& block) override;
  void Tell(const Positions&) override {}
  // An input's end is known when all are read.
  StreamState state() const override;

 private:
  FileStream() = default;

  std::unique_ptr<FileSource> source_;
  mutable std::mutex mutex_;  // guards all below
  Positions next_;
  bool read_ = false;
};

}  // namespace adirect
