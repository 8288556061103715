// A store in memory: the fake for tests, with a handle on what goes wrong.
//
//   auto disk = std::make_shared<MemoryDisk>();
//   std::unique_ptr<Store> store = OpenMemoryStore(disk);
//   disk->FailCall(2, Exhausted("the disk is full"));   // the second call from now on
//   …
//   store.reset();
//   disk->Crash();                                      // what was not durable is gone
//   store = OpenMemoryStore(disk);
//
// Threads: the handle may be used beside a running store.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adirect/base/status.h"
#include "adirect/pipeline/store.h"

namespace adirect {

// What a store in memory holds. It outlives the store, as a disk does.
class MemoryDisk {
 public:
  // The n-th call of the store from now on (1 is the next) changes nothing and returns `status`.
  void FailCall(uint64_t n, Status status);
  // Every call does so, until the status is ok again.
  void FailCalls(Status status);
  // Drops what was put since the last checkpoint, but for the first `kept` entries: those had become durable.
  void Crash(size_t kept = 0);
  // Calls of the store so far.
  uint64_t calls() const;

 private:
  friend class MemoryStore;
  using Shoppers = std::map<std::string, std::string, std::less<>>;
  // Counts a call; its failure, where one was ordered.
  Status Begin();
  Status BeginOrLosePuts();
  void Settle(size_t count);

  mutable std::mutex mutex_;
  uint64_t calls_ = 0;
  std::map<uint64_t, Status> failures_;  // by number of the call
  Status failure_;                       // of every call
  uint64_t log_first_ = 0;
  std::vector<std::string> log_;  // the record at log_first_ first
  std::optional<StoreCheckpoint> checkpoint_;
  Shoppers shoppers_;
  std::vector<std::pair<std::string, std::string>> put_;  // since the last checkpoint
  std::map<std::string, Shoppers, std::less<>> tables_;
};

std::unique_ptr<Store> OpenMemoryStore(std::shared_ptr<MemoryDisk> disk);

}  // namespace adirect
