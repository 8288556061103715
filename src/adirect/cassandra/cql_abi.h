// The C interface of the Cassandra client, which is the crate scylla in cassandra/. Private to the module: client.h is
// what C++ uses.
//
// Values and cells are bytes of Cassandra's native protocol: a 32-bit length, big endian, and so many bytes, each; the
// length -1 is null. Who calls knows the statement's types; what does not fit comes back as kCqlInvalid.
//
// Ends: every `done` is called exactly once, with an answer that is valid during the call: by connect and prepare on
// the thread of the caller, before they return; by the others on the session's own thread, of which there is one, or on
// the thread that closes the session. It must neither block nor throw. No function panics or throws; one that has
// failed in itself answers kCqlUnavailable.
//
// Ownership: arguments are copied. A session lives until it is closed, a statement until it is forgotten, which may be
// as soon as nobody starts anything with it any more.
//
// Threads: all functions on any, close aside.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct AdirectCqlSession AdirectCqlSession;
typedef struct AdirectCqlStatement AdirectCqlStatement;

typedef struct {
  const uint8_t* data;
  size_t size;
} AdirectCqlBytes;

enum {
  kCqlOk = 0,
  kCqlInvalid = 1,      // the statement or its values are wrong
  kCqlUnavailable = 2,  // nobody answered, or not in time, or who answered cannot now: may be tried again
  kCqlDenied = 3,       // user or password are wrong, or may not do it
  kCqlInternal = 4,     // an answer that does not read
};

typedef struct {
  int32_t code;
  AdirectCqlBytes message;  // where code is not kCqlOk: why, in the server's or the client's words
  uint64_t rows;
  uint64_t columns;
  AdirectCqlBytes cells;      // row by row
  AdirectCqlBytes next_page;  // where to go on; size 0: there is no more
} AdirectCqlAnswer;

typedef void (*AdirectCqlDone)(void* context, const AdirectCqlAnswer* answer);

typedef struct {
  AdirectCqlBytes hosts;  // "127.0.0.1:9042,127.0.0.1:9043"
  AdirectCqlBytes user;   // empty: none is given
  AdirectCqlBytes password;
  AdirectCqlBytes datacenter;  // whose nodes are asked first; empty: any
  uint16_t consistency;        // as the native protocol numbers them
  uint32_t connect_ms;         // for one connection; for the whole connect twice as long
  uint32_t request_ms;         // for one request with its tries
} AdirectCqlOptions;

// A statement and the values of its places, in their order.
typedef struct {
  const AdirectCqlStatement* statement;
  AdirectCqlBytes values;
} AdirectCqlBound;

// Null where it fails. A node that goes away later is looked for in the background, for ever.
AdirectCqlSession* adirect_cql_connect(const AdirectCqlOptions* options, AdirectCqlDone done, void* context);
// Ends what still runs as kCqlUnavailable.
void adirect_cql_close(AdirectCqlSession* session);

// Null where it fails. A page of its result has so many rows at most; 0: 5000.
AdirectCqlStatement* adirect_cql_prepare(const AdirectCqlSession* session, AdirectCqlBytes text, uint32_t page_rows,
                                         AdirectCqlDone done, void* context);
void adirect_cql_forget(AdirectCqlStatement* statement);

// A statement without places, for once: the schema's. All its rows in one answer. What changes the schema ends when all
// nodes know of it.
void adirect_cql_query(const AdirectCqlSession* session, AdirectCqlBytes text, AdirectCqlDone done, void* context);

// One page of the result: the first where `page` has no bytes.
void adirect_cql_execute(const AdirectCqlSession* session, AdirectCqlBound bound, AdirectCqlBytes page,
                         AdirectCqlDone done, void* context);

// All of them, in one unlogged batch: at once where they are of one partition. At least one.
void adirect_cql_batch(const AdirectCqlSession* session, const AdirectCqlBound* bound, size_t count,
                       AdirectCqlDone done, void* context);

#ifdef __cplusplus
}
#endif
