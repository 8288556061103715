// ArchiveStore: where an archive's files lie, a folder here or on another machine; and ArchiveEncoder: what is in them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/model/event.h"

namespace adirect {

// Paths are relative to the archive, with / between folders.
//
// Errors say what to do next. Unavailable: the same call may work later (a server that is down, starting or in safe
// mode). Exhausted: likewise, when somebody has made room. InvalidArgument, NotFound: it may work when somebody has
// mended the address or the permissions. Corrupt: it must not be tried again. Messages name the place.
//
// Threads: one call at a time.
class ArchiveStore {
 public:
  struct Entry {
    std::string name;
    uint64_t bytes = 0;
    bool folder = false;
  };
  virtual ~ArchiveStore() = default;

  // For people: "webhdfs://127.0.0.1:9870/user/web_logs".
  virtual const std::string& place() const = 0;

  // What is in a folder ("": the archive itself), by name. A folder that is not there is empty.
  virtual Result<std::vector<Entry>> List(std::string_view folder) = 0;

  // When it returns ok the file is there under its name, whole, as it was read back, and a crash takes it no more.
  // Until then there is nothing under that name: it is written under TemporaryArchivePath. Folders are made. After an
  // error the file may be there all the same, if only the answer was lost: to call again with the same content is right
  // in any case. Corrupt where the name has other content already; it is left as it is.
  virtual Status Put(const std::string& path, std::string_view content) = 0;

  // The content, piece by piece. NotFound where there is no such file.
  virtual Status Read(const std::string& path, const std::function<Status(std::string_view piece)>& take) = 0;

  // A file that is not there is gone already.
  virtual Status Remove(const std::string& path) = 0;
};

// Makes one file of events. All of it is in memory until it is finished.
class ArchiveEncoder {
 public:
  virtual ~ArchiveEncoder() = default;
  // Takes an event as it is to be read again: with its event_id and arrival, and the category that it has.
  virtual Status Add(const Event& event) = 0;
  // The size of the file if it ended here, as well as can be said.
  virtual uint64_t bytes() const = 0;
  // What is held in memory, likewise.
  virtual uint64_t memory_bytes() const { return bytes(); }
  // The file. The last call.
  virtual Result<std::string> Finish() = 0;
};

struct ArchiveFormat {
  std::string_view ending;                    // of the files' names: "parquet"
  std::unique_ptr<ArchiveEncoder> (*make)();  // null: this build does without
};

}  // namespace adirect
