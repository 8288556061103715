// KeyspaceAddress: which Cassandra, and which keyspace in it.
//
//   cassandra://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/KEYSPACE]?config=FILE&consistency=…&datacenter=…&
//       replication=…&connect_timeout=…&request_timeout=…
//
//   KEYSPACE         default advertise
//   config           a file of the parameters here, and of user and password, one key=value a line; # begins a comment.
//                    For secrets
//   consistency      of reads and writes: one, local_one, local_quorum (default), quorum, all
//   datacenter       whose nodes are asked first, and local ones; default: any
//   replication      of a keyspace that `init` makes: a number of copies (default 1), or DATACENTER:COPIES,…
//   connect_timeout  for a node to take a connection; default 5s
//   request_timeout  for one request; default 10s
//
// Threads: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/base/time.h"

namespace adirect {

inline constexpr std::string_view kDefaultKeyspace = "advertise";

struct KeyspaceAddress {
  std::string hosts;  // "127.0.0.1:9042,127.0.0.1:9043"
  std::string keyspace{kDefaultKeyspace};
  std::string user;  // empty: none is given
  std::string password;
  std::string datacenter;
  std::string replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";  // as CQL
  uint16_t consistency = 6;                                                          // as the protocol numbers them
  Duration connect_timeout = Duration::Millis(5'000);
  Duration request_timeout = Duration::Millis(10'000);

  // For people: without user and password.
  std::string place() const { return "cassandra://" + hosts + "/" + keyspace; }
};

// InvalidArgument, with what is wrong; also for a config file that cannot be read.
Result<KeyspaceAddress> ParseKeyspaceAddress(std::string_view url);

}  // namespace adirect
