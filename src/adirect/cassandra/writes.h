// Writes: statements that end together. Private to cassandra.
//
//   const auto writes = std::make_shared<Writes>(client, std::move(done));
//   writes->Batch(bound);
//   writes->Execute(statement, values);
//   writes->End();                       // `done` comes when all are done, with the first failure
//
// Threads: one adds, the answers come on the client's.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/cassandra/client.h"

namespace adirect {

class Writes : public std::enable_shared_from_this<Writes> {
 public:
  static constexpr size_t kStatementsPerBatch = 64;
  static constexpr size_t kBytesPerBatch = size_t{36} << 10;  // of values; Cassandra refuses batches of 50 KiB

  using Done = std::function<void(const Status&)>;
  Writes(CassandraClient& client, Done done) : client_(client), done_(std::move(done)) {}

  void Execute(const CassandraStatement& statement, std::string_view values);
  // Of one partition; in batches of at most so many statements and of kBytesPerBatch. A batch is seen at once.
  void Batch(std::span<const BoundStatement> bound, size_t statements = kStatementsPerBatch);
  // What else is to end before `done`: to be called once.
  Done Also();
  void End() { Finish({}); }

 private:
  void Send(std::span<const BoundStatement> bound);
  void Finish(const Status& status);

  CassandraClient& client_;
  const Done done_;
  std::atomic<size_t> left_ = 1;  // End is one of them
  std::mutex mutex_;
  Status status_;  // guarded by mutex_
};

// The statements of one partition, with their values. Used again and again.
class PartitionWrites {
 public:
  void clear();
  bool empty() const { return all_.empty(); }
  // What is appended to the text that it gives is the values of the statement, until the next Add.
  std::string& Add(const CassandraStatement& statement);
  void SendTo(Writes& writes, size_t statements = Writes::kStatementsPerBatch);

 private:
  struct One {
    const CassandraStatement* statement;
    size_t begin;
  };
  std::string values_;
  std::vector<One> all_;
  std::vector<BoundStatement> bound_;
};

}  // namespace adirect
