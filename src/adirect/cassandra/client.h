// CassandraClient: statements to a cluster and their answers, by the crate scylla on a thread of its own. Private to
// cassandra; everything above speaks through ports.
//
//   Result<std::unique_ptr<CassandraClient>> client = CassandraClient::Connect(*address);
//   Result<CassandraStatement> insert = (*client)->Prepare("INSERT INTO advertise.meta (name, value) VALUES (?, ?)");
//   (*client)->Execute({&*insert, values}, [](Result<CassandraPage> page) { … });
//
// Errors: Unavailable where nobody answered or who answered cannot now, the only one that may be tried again;
// InvalidArgument for wrong credentials or rights, and for a statement that the cluster does not take.
//
// Threads: every member on any number; a statement must live until its last answer came. `done` is called once, on the
// client's thread or the one that destroys the client: it neither blocks nor throws.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/cassandra/address.h"

struct AdirectCqlSession;
struct AdirectCqlStatement;

namespace adirect {

// A prepared statement.
class CassandraStatement {
 public:
  struct Forget {
    void operator()(AdirectCqlStatement* statement) const;
  };
  explicit CassandraStatement(AdirectCqlStatement* statement) : statement_(statement) {}
  const AdirectCqlStatement* get() const { return statement_.get(); }

 private:
  std::unique_ptr<AdirectCqlStatement, Forget> statement_;
};

// One page of a statement's rows. Valid during the call it is given to.
struct CassandraPage {
  uint64_t rows = 0;
  std::string_view cells;      // row by row, see CellReader
  std::string_view next_page;  // where to go on; empty: there is no more
};

// A statement and the values of its places (cells.h), in their order. Views, copied by the call.
struct BoundStatement {
  const CassandraStatement* statement;
  std::string_view values;
};

class CassandraClient {
 public:
  using Done = std::function<void(const Result<CassandraPage>&)>;

  // Waits for the cluster at most twice the address's connect_timeout. A node that goes away later is looked for in the
  // background, for ever.
  static Result<std::unique_ptr<CassandraClient>> Connect(const KeyspaceAddress& address);
  // Ends what still runs as Unavailable.
  ~CassandraClient();

  // Waits. A page of its rows has so many at most; 0: 5000.
  Result<CassandraStatement> Prepare(std::string_view text, uint32_t page_rows = 0);
  // A statement without places, for once. Waits. Gives the cells of all its rows.
  Result<std::string> Query(std::string_view text);

  void Execute(const BoundStatement& bound, Done done) { Execute(bound, {}, std::move(done)); }
  void Execute(const BoundStatement& bound, std::string_view page, Done done);
  // All of them at once, where they are of one partition. At least one.
  void Batch(std::span<const BoundStatement> bound, Done done);

  const KeyspaceAddress& address() const { return address_; }

 private:
  explicit CassandraClient(KeyspaceAddress address) : address_(std::move(address)) {}

  const KeyspaceAddress address_;
  AdirectCqlSession* session_ = nullptr;
};

}  // namespace adirect
