// KeyspaceWatch: the keyspace that is read: connects to it, and looks every kLook at what all answers rest on: M, R, T
// and the policies. Private to cassandra.
//
//   Result<std::unique_ptr<KeyspaceWatch>> watch = KeyspaceWatch::Start(address, counts);
//   Result<Asking> asking = (*watch)->Ask();
//
// Where nobody answers it waits and looks again, for good, and Ask says so meanwhile. Once it has looked, Ask goes on
// though a look fails: the question will see for itself.
//
// Threads: every member on any number of threads; it has one of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adirect/cassandra/reads.h"
#include "adirect/pipeline/policy_set.h"

namespace adirect {

class KeyspaceWatch {
 public:
  static constexpr std::chrono::milliseconds kLook{500};

  // Waits for one look. Errors: wrong credentials; a keyspace that is missing, not adirect's or of another version. Not
  // that nobody answers, or that nothing is published yet. `counts` must outlive it.
  static Result<std::unique_ptr<KeyspaceWatch>> Start(const KeyspaceAddress& address, RemoteShop::Counts& counts);
  ~KeyspaceWatch();  // waits for a look that runs; NOLINT(bugprone-exception-escape): throws only without memory

  // Unavailable, with why, where nothing can be asked. The watch must outlive what it gives.
  Result<Asking> Ask() const;
  std::string place() const { return address_.place(); }
  const PolicySet& policies() const { return policies_; }
  // kMinEventTime before the first look.
  Timestamp newest() const;
  std::optional<Timestamp> published_until() const;
  // Of the last look; ok where it saw all.
  Status status() const;
  // Whether all that is wrong is that its engine has not published all yet.
  bool is_filling() const;

 private:
  struct Meta {
    std::optional<Settings> settings;
    Timestamp newest = kMinEventTime;
    std::optional<Timestamp> published_until;
  };

  KeyspaceWatch(KeyspaceAddress address, RemoteShop::Counts& counts) : address_(std::move(address)), counts_(counts) {}
  Status Look();
  Status Connect();
  Status LookAt(const ReadKeyspace& keyspace);
  Status TakeMeta(std::string_view cells);
  Status TakePolicies(std::string_view cells);
  void Watch();

  const KeyspaceAddress address_;
  RemoteShop::Counts& counts_;
  PolicySet policies_;
  std::string policy_versions_;  // of the thread that looks

  mutable std::mutex mutex_;  // guards all below but thread_
  std::condition_variable wakes_;
  std::unique_ptr<const ReadKeyspace> keyspace_;  // made once
  std::optional<Meta> meta_;
  Status status_;
  bool filling_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adirect
