// Archiver: a stream to the files of an archive, so that every row is accounted for in exactly one finished file.
//
//   Archiver archiver(stream, store, format, clock, {});
//   Status ended = archiver.Run(stop);       // on this thread, until `stop` or what cannot be tried again
//   archiver.Start(); … archiver.Stop();     // or on a thread of its own
//
// It reads on from where the finished files end, and keeps no other position. Rows pass a door of its own; those that
// pass are written as it made them, with their identity as `event_id` and their arrival. What is refused goes into a
// file of the same name under _quarantine, which is put before the other. A file is finished when it is large enough,
// old enough, or at the stop; it is told to the stream then. A file of refused rows alone holds no event, and says that
// they were read.
//
// A store that fails is asked again, ever more rarely up to a limit; nothing is read meanwhile. So memory is bounded by
// what is open: roll_bytes for each input, memory_bytes in all, a block beyond either, and the file at hand once more
// while it is put.
//
// Threads: one runs it; state() and done() may be called by any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adirect/pipeline/archive_listing.h"
#include "adirect/pipeline/archive_store.h"
#include "adirect/pipeline/clock.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/live_catalog.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

struct ArchiverOptions {
  uint64_t roll_bytes = uint64_t{20} << 20;                       // of a file
  Duration roll_after = Duration::Millis(10 * kMillisPerMinute);  // after its first row was read
  uint64_t memory_bytes = uint64_t{512} << 20;                    // of all open files; beyond: the largest is put
  std::chrono::milliseconds first_retry = std::chrono::milliseconds(100);  // then twice as long each time …
  std::chrono::milliseconds last_retry = std::chrono::seconds(30);         // … up to this
  Duration future_tolerance = kFutureTolerance;
  const Catalog* catalog = nullptr;           // as DoorRules has it
  const LiveCatalog* live_catalog = nullptr;  // instead, of an engine: as it is when a row comes
  bool keep_refused = true;                   // false: they are counted only, for who keeps them elsewhere
  bool once = false;                          // ends when all is finished that there was when it began
};

// What has been done so far, and what hinders it.
struct ArchiverState {
  uint64_t files = 0;                    // finished ones
  uint64_t bytes = 0;                    // theirs
  uint64_t rows = 0;                     // events in them
  uint64_t refused = 0;                  // rows that the door refused, and their files are finished
  uint64_t ignored = 0;                  // likewise, of a type that the format ignores
  uint64_t retries = 0;                  // of what failed and was tried again
  std::string trouble;                   // a sentence: why nothing is finished at present; empty: no trouble
  std::string ended;                     // a sentence: why it ended for good; empty: it has not, or was stopped
  std::string foreign;                   // a sentence on files that are no archive's; empty: there are none
  uint64_t waiting_rows = 0;             // that were read, and whose file is not finished
  std::optional<Timestamp> waits_since;  // when the first of them was read
  Positions next;                        // by input: all before it is in finished files
};

class Archiver {
 public:
  // All of them must outlive it. The stream is nobody else's, and has not been started.
  Archiver(Stream& stream, ArchiveStore& store, const ArchiveFormat& format, const Clock& clock,
           const ArchiverOptions& options);
  // Stops.
  ~Archiver();

  // Returns ok after a stop and, with `once`, at the end. Open files are finished first. Errors: Unavailable or
  // Exhausted where that did not succeed at once (what is not in a finished file is read again next time); Corrupt
  // where another archive writes the same inputs, or has; what the stream can never read; at the start, what the
  // store says of a wrong address or permission. Called once.
  Status Run(const std::atomic<bool>& stop);

  // The same on a thread of its own; Stop returns what Run did.
  void Start();
  Status Stop();
  // Whether that thread has nothing more to do.
  bool done() const { return done_; }

  ArchiverState state() const;

 private:
  class OpenFile;

  Status Begin(const std::atomic<bool>& stop);
  Status Follow(const std::atomic<bool>& stop);
  Status Take(const SourceBlock& block, const std::atomic<bool>& stop);
  Result<OpenFile*> FileOf(const SourceBlock& block, const std::atomic<bool>& stop);
  Status RollFull(const std::atomic<bool>& stop);
  Status FinishAll(const std::atomic<bool>& stop);
  Status Finish(OpenFile& file, const std::atomic<bool>& stop);
  Status Put(const OpenFile& file, const std::string& content);
  Status CheckAlone(const std::string& path, const ArchiveName& name);
  bool CaughtUp();
  void Count(const OpenFile& file, uint64_t bytes);
  void ShowWaiting();

  // Calls until it succeeds, fails for good or is stopped.
  Status Insist(const std::function<Status()>& call, bool (*is_for_good)(const Status&), const std::atomic<bool>& stop);
  void Tell(const Status& trouble);

  Stream& stream_;
  ArchiveStore& store_;
  const ArchiveFormat format_;
  const Clock& clock_;
  const ArchiverOptions options_;

  DecodeScratch scratch_;
  std::map<std::string, std::unique_ptr<OpenFile>, std::less<>> open_;
  std::map<std::string, std::vector<std::string>, std::less<>> leftovers_;
  Positions next_;
  std::optional<Positions> ends_;  // with `once`: where it is done

  mutable std::mutex mutex_;
  ArchiverState state_;  // guarded by mutex_

  std::atomic<bool> stop_ = false;  // for Start
  std::atomic<bool> done_ = false;  // likewise
  Status ended_;                    // of the thread
  std::thread thread_;
};

}  // namespace adirect
