// Store: what an engine keeps on disk. A log of what it accepted, and its shoppers as of a position in it.
//
// Recovery is Load, then Replay from the checkpoint's position. The state is a value that takes every event
// any number of times (docs/internals.md), so a shopper on disk may be newer than the position: replaying
// what he already holds changes nothing. That is why a checkpoint needs no pause and no snapshot.
//
//   Result<std::unique_ptr<Store>> store = …;
//   uint64_t next = *store->Append({"first", "second"});       // durable now
//   store->Put({{"ana", bytes}});                              // durable at the latest with
//   store->Commit({.meta = …, .log_position = next});          // … this, which also drops the log before it
//
// Contract, which every implementation's test runs (stores/store_contract_test.cc): what a call returned for is
// there after a crash, in whole records; what it did not return for may be there or not, in whole records and
// without gaps. A failed call changes nothing that a reader could see half of.
//
// Threads: Append, Put and PutTable may run at the same time: Put on any number of threads, PutTable on one a table,
// Append on one.
// Commit when no Put runs. Load, Replay and Verify before them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adirect/base/status.h"

namespace adirect {

// A key of a table and its value; an empty value removes the key.
struct StoreEntry {
  std::string_view key;
  std::string_view value;
};

// Where a checkpoint stands.
struct StoreCheckpoint {
  std::string meta;           // the engine's own: settings, newest time, erases, positions of sources
  uint64_t log_position = 0;  // all records before it are in the shoppers
};

struct StoreStats {
  uint64_t log_first = 0;  // position of the oldest record kept
  uint64_t log_next = 0;   // position of the next one
  uint64_t shoppers = 0;   // an estimate where the exact number is dear
  uint64_t bytes = 0;      // on disk
};

class Store {
 public:
  virtual ~Store() = default;

  // The last checkpoint; absent in a new store.
  virtual Result<std::optional<StoreCheckpoint>> Checkpoint() = 0;

  // Hands every shopper to visit(thread, user_id, bytes), from `threads` threads at once, in no order. A
  // failure of visit ends it and is returned.
  virtual Status Load(unsigned threads,
                      const std::function<Status(unsigned, std::string_view, std::string_view)>& visit) = 0;

  // Hands the records from `position` on, or from the oldest kept, to visit(position, record), in their order.
  virtual Status Replay(uint64_t position, const std::function<Status(uint64_t, std::string_view)>& visit) = 0;

  // The same while the engine lives, for who follows the log: until visit returns false. Begins with the oldest record
  // there is where that is newer. What is appended meanwhile may be missed. Threads: beside Append, Put and Commit.
  virtual Status ReadLog(uint64_t position, const std::function<bool(uint64_t, std::string_view)>& visit) = 0;

  // From now on Commit keeps the records from `position` on, though the checkpoint covers them. Threads: any.
  virtual void KeepLog(uint64_t position) = 0;

  // Appends the records, one behind the other, as one group; returns, when they are durable, the position
  // behind the last. Exhausted where the disk is full: then none of them is there.
  virtual Result<uint64_t> Append(std::span<const std::string_view> records) = 0;

  // Puts shoppers' bytes by user id, durable at the latest with the next Commit; an empty value removes one. Any
  // number of calls. Where it, or Commit, fails, some of what was put since the last Commit may be there, each shopper
  // whole: all of it has to be put again.
  virtual Status Put(std::span<const StoreEntry> shoppers) = 0;
  // Makes the checkpoint the last one, atomically, durable on return, and drops the log before its position
  // but for what KeepLog names.
  virtual Status Commit(const StoreCheckpoint& checkpoint) = 0;

  // Writes all that is there anew, so that what was removed, replaced, or dropped from the log is on the disk no more,
  // not even as bytes that nobody reads. Takes as long as reading and writing the whole store. Threads: as Commit, but
  // beside Put it is fine too.
  virtual Status Compact() = 0;

  // A small table beside the shoppers (the catalog), durable on return, all or nothing.
  virtual Status PutTable(std::string_view table, std::span<const StoreEntry> entries) = 0;
  virtual Status LoadTable(std::string_view table,
                           const std::function<Status(std::string_view, std::string_view)>& visit) = 0;

  // Reads every file whole. Corrupt, with a line for each file that is damaged.
  virtual Status Verify() = 0;

  virtual StoreStats stats() = 0;
};

}  // namespace adirect
