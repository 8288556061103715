/* adirect's core as a library, libadirect.so: events to states, states to audiences, without any input or output.
 *
 *   adirect_state_new(NULL, 1, &state);
 *   adirect_reader_new(state, format, &options, &reader);
 *   adirect_read_columns(reader, &schema, &batch, 0);      // for every batch
 *   adirect_audience(state, policy, as_of_ms, NULL, &stream);
 *
 * Rows come in and go out by the Arrow C data interface (https://arrow.apache.org/docs/format/CDataInterface.html),
 * whose structs are declared below: no libarrow is needed.
 *
 * Errors: a function that can fail returns an adirect_code and never throws; adirect_message() then is a sentence that
 * names place and remedy. What failed has changed nothing, and `out` is untouched; but where memory ran
 * out (ADIRECT_EXHAUSTED) a state may hold a part, and is to be freed. Bad rows are no errors: they are counted and
 * come out of adirect_refused.
 *
 * Ownership: what a function writes to `out` is the caller's, to be freed by the function of its name (NULL is freed
 * too). Texts that are returned belong to the handle. An ArrowSchema or ArrowArray that is given is consumed: it is
 * released exactly once, also where the function fails, and reads as released when the function returns. A stream
 * that comes out is released by the caller; what it gives out is valid beyond the stream.
 *
 * Threads: policies, formats and catalogs that are complete are immutable and may be used by any number of threads. A
 * state, its readers and its streams together belong to one thread at a time. While a stream is open its state is not
 * changed; it may be freed before the stream.
 *
 * Times are milliseconds since 1970-01-01T00:00:00Z. Ids are UTF-8 of 1 to 128 bytes.
 */
#ifndef ADIRECT_ADIRECT_H
#define ADIRECT_ADIRECT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define ADIRECT_NOEXCEPT noexcept
extern "C" {
#else
#define ADIRECT_NOEXCEPT
#endif

#define ADIRECT_API __attribute__((visibility("default")))

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

/* ---- of the library itself */

/* Grows when a function or struct changes; what was built against another one must not go on. */
#define ADIRECT_ABI 1

typedef enum adirect_code {
  ADIRECT_OK = 0,
  ADIRECT_INVALID_ARGUMENT = 1, /* asked for something impossible: a policy, a column, an as-of */
  ADIRECT_NOT_FOUND = 2,
  ADIRECT_CORRUPT = 3, /* bytes of a state that do not read */
  ADIRECT_UNAVAILABLE = 4,
  ADIRECT_EXHAUSTED = 5, /* no memory, or a named limit */
  ADIRECT_UNSUPPORTED = 6,
  ADIRECT_INTERNAL = 7
} adirect_code;

/* No instant: an option that is not given, an answer that there is none. */
#define ADIRECT_NO_TIME INT64_MIN

ADIRECT_API int32_t adirect_abi(void) ADIRECT_NOEXCEPT;
ADIRECT_API const char* adirect_version(void) ADIRECT_NOEXCEPT; /* "0.1.0" */
/* Why the last call of this thread that failed did; valid until the thread's next call. */
ADIRECT_API const char* adirect_message(void) ADIRECT_NOEXCEPT;

/* ---- policies: who is targeted, and with what */

typedef struct adirect_policy adirect_policy;

/* A policy file's text. `place` is what errors call it, mostly its path; a missing name is the file's. The message has
 * every mistake, a line each. */
ADIRECT_API int32_t adirect_policy_parse(const char* toml, size_t size, const char* place,
                                         adirect_policy** out) ADIRECT_NOEXCEPT;
ADIRECT_API void adirect_policy_free(adirect_policy* policy) ADIRECT_NOEXCEPT;
ADIRECT_API const char* adirect_policy_name(const adirect_policy* policy) ADIRECT_NOEXCEPT;
ADIRECT_API const char* adirect_policy_version(const adirect_policy* policy) ADIRECT_NOEXCEPT; /* 16 hex digits */
ADIRECT_API const char* adirect_policy_text(const adirect_policy* policy) ADIRECT_NOEXCEPT;    /* all keys, as TOML */

/* ---- formats: which column of a feed means what */

typedef struct adirect_format adirect_format;

/* A format file's text. */
ADIRECT_API int32_t adirect_format_parse(const char* toml, size_t size, const char* place,
                                         adirect_format** out) ADIRECT_NOEXCEPT;
/* "seed", the six columns of 2017, or "adirect", our own fields, as `kind` "csv", "ndjson" or "columns". */
ADIRECT_API int32_t adirect_format_named(const char* name, const char* kind, adirect_format** out) ADIRECT_NOEXCEPT;
ADIRECT_API void adirect_format_free(adirect_format* format) ADIRECT_NOEXCEPT;
/* "csv", "ndjson" or "columns" (of Parquet files, of Arrow tables): which adirect_read_… its rows are for. */
ADIRECT_API const char* adirect_format_kind(const adirect_format* format) ADIRECT_NOEXCEPT;
/* The column that holds our field ("user_id"); NULL where the format has none. */
ADIRECT_API const char* adirect_format_column(const adirect_format* format, const char* field) ADIRECT_NOEXCEPT;

/* ---- catalogs: what a shop knows of its products; optional everywhere (NULL) */

typedef struct adirect_catalog adirect_catalog;

ADIRECT_API int32_t adirect_catalog_new(adirect_catalog** out) ADIRECT_NOEXCEPT;
ADIRECT_API void adirect_catalog_free(adirect_catalog* catalog) ADIRECT_NOEXCEPT;
/* Whole texts of products.csv and categories.csv; the first bad row is an error. To be called before any other use. */
ADIRECT_API int32_t adirect_catalog_add_products(adirect_catalog* catalog, const char* csv, size_t size,
                                                 const char* place) ADIRECT_NOEXCEPT;
ADIRECT_API int32_t adirect_catalog_add_categories(adirect_catalog* catalog, const char* csv, size_t size,
                                                   const char* place) ADIRECT_NOEXCEPT;

/* ---- states: what is kept of all shoppers */

/* Mergeable in any order and as often as one likes: the same events make the same state. */
typedef struct adirect_state adirect_state;

typedef struct adirect_settings {
  int32_t max_searches; /* M: the newest searches kept per shopper, category and type */
  int64_t retention_ms; /* R: whole days; 0: for ever */
} adirect_settings;

/* The most buckets of a state; each takes up to some megabytes of its own. */
#define ADIRECT_MAX_BUCKETS 1024

/* An empty one. `settings` NULL: M 32, R for ever. Its shoppers lie in so many buckets by the hash of their ids, the
 * same in every process with this version of the library: states of several processes are merged bucket by bucket. */
ADIRECT_API int32_t adirect_state_new(const adirect_settings* settings, uint32_t buckets,
                                      adirect_state** out) ADIRECT_NOEXCEPT;
ADIRECT_API void adirect_state_free(adirect_state* state) ADIRECT_NOEXCEPT;
/* As merged: the smaller of both. */
ADIRECT_API adirect_settings adirect_state_settings(const adirect_state* state) ADIRECT_NOEXCEPT;
/* T: the time of the newest event; ADIRECT_NO_TIME before the first. */
ADIRECT_API int64_t adirect_state_newest(const adirect_state* state) ADIRECT_NOEXCEPT;
/* Takes over a state's bytes: a bucket of adirect_state_buckets, or a file of `adirect batch --save-state`. Bytes that
 * are damaged, or of a newer version, change nothing. */
ADIRECT_API int32_t adirect_state_merge(adirect_state* state, const void* bytes, size_t size) ADIRECT_NOEXCEPT;
/* The canonical bytes (docs/state.md), one row a bucket that holds anything: bucket int32, state binary. */
ADIRECT_API int32_t adirect_state_buckets(const adirect_state* state, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;
/* One row a shopper, by id: user_id string, state binary: his section of the canonical bytes. */
ADIRECT_API int32_t adirect_state_shoppers(const adirect_state* state, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;

/* What is kept, a row an event, in the columns of adirect_accepted: searches, purchases, refunds; of a shopper with a
 * name also one of type "name" at the time of it, and of an erased one one of type "erase", whose user_id is the
 * 128-bit hash of his id as 32 hex digits. In no order. */
ADIRECT_API int32_t adirect_state_events(const adirect_state* state, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;

/* ---- readers: rows of one input, through the door, into a state */

typedef struct adirect_reader adirect_reader;

typedef struct adirect_reader_options {
  const char* name;       /* the input's: with a row's offset it is the identity of an event without event_id */
  const char* head;       /* text: the front of the input, at least its first line, for the header; else NULL */
  size_t head_size;       /* of it */
  int64_t arrival_ms;     /* now: a row without an arrival that lies more than 5 minutes after it is refused */
  int64_t as_of_ms;       /* later events are counted and left out; ADIRECT_NO_TIME: none are */
  int32_t may_erase;      /* 0: erase rows are refused */
  int32_t gives_events;   /* not 0: what is accepted comes out of adirect_accepted too */
  int32_t skips_searches; /* not 0: the state keeps purchases, refunds and erases alone */
  size_t policy_count; /* with as_of_ms: searches that none of these policies look at then are not kept; 0: all are */
  const adirect_policy* const* policies;
  const adirect_catalog* catalog; /* gives events without a category that of their product; NULL: none */
} adirect_reader_options;

typedef struct adirect_counts {
  uint64_t rows; /* = accepted + ignored + after_as_of + refused */
  uint64_t accepted;
  uint64_t ignored;
  uint64_t after_as_of;
  uint64_t refused;
  uint64_t erases;   /* of `accepted` */
  int64_t newest_ms; /* the time of the newest accepted event but an erase; ADIRECT_NO_TIME: none */
} adirect_counts;

/* All but the state is copied or may be freed; the catalog must outlive the reader, which keeps the state alive. */
ADIRECT_API int32_t adirect_reader_new(adirect_state* state, const adirect_format* format,
                                       const adirect_reader_options* options, adirect_reader** out) ADIRECT_NOEXCEPT;
ADIRECT_API void adirect_reader_free(adirect_reader* reader) ADIRECT_NOEXCEPT;
/* A record batch (a struct) for a format of kind "columns"; `offset` is the number of its first row in the input.
 * Columns are found by name, others are not looked at. Texts: string, large_string, binary, large_binary, with a
 * dictionary or without. Ids and times: also int32, int64. Times: timestamp, with a zone or in the format's. Prices:
 * also float, double, decimal128. A column of type null has no values. An error, which takes nothing of the batch: a
 * column that is missing, there twice, or of another type. */
ADIRECT_API int32_t adirect_read_columns(adirect_reader* reader, struct ArrowSchema* schema, struct ArrowArray* batch,
                                         uint64_t offset) ADIRECT_NOEXCEPT;
/* A record batch of one binary or string column: whole lines, without their LF and without nulls, which follow each
 * other in the input; `offset` is where the first begins, in bytes of the decompressed text. The header's line may be
 * among them. A row that is longer than 1 MiB is refused. An error: a format whose quoted fields may hold line ends. */
ADIRECT_API int32_t adirect_read_lines(adirect_reader* reader, struct ArrowSchema* schema, struct ArrowArray* lines,
                                       uint64_t offset) ADIRECT_NOEXCEPT;
/* A record batch of a topic's messages, of one partition, in its order: value binary or string, offset int64,
 * arrival_ms int64, none of them null. Each message is one row of a format of text; a line end behind it is not part of
 * it. Of its arrival and the reader's the earlier one counts. The reader's name is TOPIC/PARTITION, as adirect's own
 * stream has it. */
ADIRECT_API int32_t adirect_read_records(adirect_reader* reader, struct ArrowSchema* schema,
                                         struct ArrowArray* records) ADIRECT_NOEXCEPT;
/* Of all that was read. */
ADIRECT_API adirect_counts adirect_reader_counts(const adirect_reader* reader) ADIRECT_NOEXCEPT;
/* The rows that cannot be events, since the last call: source string, position int64 (the row's offset), reason string,
 * record string: a line as of quarantine.ndjson (docs/reference.md, "Quarantine"). */
ADIRECT_API int32_t adirect_refused(adirect_reader* reader, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;

/* The events that passed the door since the last call, of a reader that gives_events: type, user_id, user_name,
 * category_id, product_id string, time_ms int64, order_hash and identity int64: 64-bit hashes whose top bit is turned,
 * so that they sort as unsigned numbers do. What is absent is empty; of an order the hash 0 with its bit turned. */
ADIRECT_API int32_t adirect_accepted(adirect_reader* reader, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;

/* ---- answers: at one instant, which is no earlier than the state's newest event */

/* The purchases that stand: category_id string, product_id string, day int32 (UTC, since 1970), purchases int64;
 * unsorted, each (category, product, day) once. Those of several states add up. */
ADIRECT_API int32_t adirect_purchases(const adirect_state* state, int64_t as_of_ms,
                                      struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;
/* Such a batch, of whatever states: what is popular from now on is what was added. Repeats add up. */
ADIRECT_API int32_t adirect_add_purchases(adirect_state* state, struct ArrowSchema* schema,
                                          struct ArrowArray* batch) ADIRECT_NOEXCEPT;
/* `as_of_ms` below may be ADIRECT_NO_TIME: the newest event's time. A policy that asks for more than the state keeps is
 * an error. */

/* What is popular under the policy: category_id string, rank int64, product_id string, purchases int64, with a catalog
 * title string, which may be null; by category and rank. Of the purchases added; where none ever were, of the state's
 * own. */
ADIRECT_API int32_t adirect_popular(const adirect_state* state, const adirect_policy* policy, int64_t as_of_ms,
                                    const adirect_catalog* catalog, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;
/* Who is targeted, a row for each shopper and category, by user id, then category id (bytes): user_id string,
 * category_id string, searches int64, last_search_at timestamp[ms, UTC], next_change_at the same, null: never, products
 * list of struct (rank int64, product_id string, source string "recent_search" or "popular", with a catalog title
 * string, may be null). What is popular is as for adirect_popular. A catalog leaves out what is not available and must
 * outlive the stream. */
ADIRECT_API int32_t adirect_audience(const adirect_state* state, const adirect_policy* policy, int64_t as_of_ms,
                                     const adirect_catalog* catalog, struct ArrowArrayStream* out) ADIRECT_NOEXCEPT;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ADIRECT_ADIRECT_H */
