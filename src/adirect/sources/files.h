// FileSource: event files as blocks of whole rows, in the order they are named; "-" is standard input.
//
// Files are read front to back in large reads and cut at row ends; each block goes to whichever thread
// asks. A file of any size needs a block of memory per thread (256 KiB; more only while a longer row lasts).
// What is packed by gzip or zstd, as its first bytes say, is unpacked (sources/inflate.h) by a thread of its
// own, 1 MiB ahead: its rows and their offsets are those of the text inside.
//
// Threads: Next may be called by any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/codec/format.h"
#include "adirect/pipeline/ports.h"
#include "adirect/sources/stored.h"

namespace adirect {

class FileSource : public StoredSource {
 public:
  // Opens nothing but looks at every path: a missing file or a folder is an error that names it.
  // `format_of` says how a file is read, by its name. Where `stop` is given and becomes true, a Next that
  // waits for a pipe ends with Unavailable.
  static Result<std::unique_ptr<FileSource>> Open(const std::vector<std::string>& paths,
                                                  const std::function<Result<Format>(const std::string&)>& format_of,
                                                  const std::atomic<bool>* stop = nullptr);
  ~FileSource() override;

  Result<bool> Next(SourceBlock& block) override;
  void KeepChecksums() override { checksums_ = true; }
  std::vector<StateInput> inputs() const override;

  // Of every regular file a block at most. Files that cannot
  // be cut from behind (pipes, packed files, rows over several lines, a very long last line) are passed by,
  // and so are those that cannot be read: Next says why.
  void PeekEnds(const std::function<void(const SourceBlock&)>& visit) const override;

  // Pipes aside.
  uint64_t total_bytes() const override { return total_bytes_; }

 private:
  struct File;
  FileSource() = default;
  Status OpenFile(File& file) const;
  Status PeekEnd(File& file, const std::function<void(const SourceBlock&)>& visit) const;
  Status Fill(File& file, size_t wanted, std::vector<char>& memory, size_t& filled) const;
  Status ReadMore(File& file, std::vector<char>& memory, size_t& filled) const;
  Result<size_t> ReadStored(File& file, char* to, size_t size) const;
  Status AwaitPipe(const File& file) const;
  Result<bool> NextOf(File& file, SourceBlock& block);
  Result<bool> SkipLine(File& file, SourceBlock& block, size_t filled);

  const std::atomic<bool>* stop_ = nullptr;
  bool checksums_ = false;
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::unique_ptr<File>> files_;
  size_t current_ = 0;
  uint64_t sequence_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace adirect
