// The commands of the binary, each behind a struct of its options. app/cli.cc fills the structs; the
// commands themselves know no command line. Every command returns the process's exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace adirect {

// Exit codes (contract).
inline constexpr int kExitDone = 0;
inline constexpr int kExitWorldFailed = 1;
inline constexpr int kExitWrongUsage = 2;   // or a bad configuration
inline constexpr int kExitQuarantined = 3;  // done, but some input was quarantined and --strict was given

struct GenerateOptions {
  std::string world = "realistic";  // seed2017 | realistic
  std::optional<uint64_t> events;   // how many; absent: as many as --days at --rate make
  uint64_t seed = 1;
  std::string start;  // RFC 3339 or a date; empty: 2017-02-01T00:00:00Z
  std::optional<double> days;
  std::optional<double> rate;  // events per second
  uint64_t user_count = 50'000;
  std::string region;             // america | china | france | singapore | taiwan; empty: all five
  std::string users_file;         // userid,username rows to use instead of generated users
  std::string write_users_dir;    // writes <region>.csv per region
  std::string write_catalog_dir;  // writes products.csv and categories.csv
  std::string format = "seed";    // seed | adirect
  std::string mess;               // a share ("5%") of events that are replaced or followed by mess; needs adirect
  unsigned threads = 0;           // 0: one per core
  std::string out;                // a file, "-": standard output
  std::string to;                 // a topic's URL, instead
  std::optional<double> pace;     // rows a second, in real time; absent: as fast as it goes
  bool quiet = false;             // no progress
};
int RunGenerate(const GenerateOptions& options);

// How an archive's files are made.
struct ArchiveFiles {
  std::string as;            // parquet | csv | csv.gz; empty: the best that this build writes
  double roll_mib = 20;      // a file is finished when it is so large
  double roll_minutes = 10;  // or so old
};

struct ArchiveOptions {
  std::vector<std::string> sources;  // one topic's URL, or event files, names or file:// URLs
  std::string format = "adirect";    // of the sources
  std::string to;                    // a folder or webhdfs://[USER@]HOST:PORT/FOLDER
  ArchiveFiles files;
  std::string catalog;  // a folder; empty: none
  bool once = false;    // ends when all is archived that was there at the start
  bool json = false;    // the summary on standard output
  bool quiet = false;   // tells troubles only
};
int RunArchive(const ArchiveOptions& options);

// What batch and explain read, and how.
struct InputOptions {
  std::vector<std::string> files;                   // also archives: folders, webhdfs://…
  std::vector<std::string> states;                  // saved ones, to go on from
  bool again = false;                               // fold an input that a state already holds under another name
  std::string format = "adirect";                   // seed | adirect | a shipped format | a .toml file
  std::vector<std::string> policies = {"default"};  // shipped policies' names or .toml files
  std::string catalog;                              // a folder; empty: none
  std::string as_of;                                // empty: the newest event past the door
  std::string retention = "forever";                // whole days ("400d") or forever
  int max_searches = 32;                            // M
  unsigned threads = 0;                             // 0: one per core
  bool quiet = false;
};

struct BatchOptions {
  InputOptions input;
  std::string out;             // folder; with several policies a folder of each below it
  std::string output = "csv";  // csv | ndjson | parquet
  std::string save_state;      // file; empty: none
  std::string timings;         // file; empty: none
  bool strict = false;
  bool json = false;     // the summary on standard output
  bool dry_run = false;  // shows how the first rows are read, and writes nothing
};
int RunBatch(const BatchOptions& options);
// What RunBatch does for a dry run.
int RunDryRun(const InputOptions& options);

struct ExplainOptions {
  InputOptions input;
  std::string user;
  std::string category;  // empty: all
  bool json = false;
};
int RunExplain(const ExplainOptions& options);

int RunPolicyCheck(const std::vector<std::string>& files);
int RunPolicyShow(const std::vector<std::string>& names_or_files);

struct PolicyDiffOptions {
  InputOptions input;  // states, the two policies, the as-of
  std::string out;     // a CSV file of who enters and who leaves; empty: none
  bool json = false;
};
int RunPolicyDiff(const PolicyDiffOptions& options);

struct ServeOptions {
  std::string data;                  // the data directory; empty with `reader`
  std::vector<std::string> sources;  // event files to read before the first answer; topics to follow (IsStream)
  std::string format = "adirect";    // of the sources
  std::string archive;               // a folder or webhdfs://…, for all that comes in from now on; empty: none
  ArchiveFiles archive_files;
  std::string publish;                    // a keyspace's URL, that everything is published into; empty: none
  std::string reader;                     // a keyspace's URL: no engine, answers from there; empty: an engine
  std::string beside_reader;              // options that were given and that a reader does not have: "--data, --source"
  std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0: any free one
  std::string policies;                   // a folder of policies; empty: "policies" in the data directory
  std::string catalog;                    // a folder; empty: none
  std::string web_dir;                    // the site's files as they are now; empty: those in the binary
  std::string import_state;               // a saved state, taken over before the first event
  std::string retention = "400d";
  int max_searches = 32;
  unsigned threads = 0;  // 0: one per core
  double memory_gb = 16;
  double checkpoint_seconds = 30;
  double compact_seconds = 21'600;
  double audience_seconds = 60;
  unsigned quarantine_mib = 256;  // of rows refused over HTTP
  std::string keys;               // a file of keys; empty: everyone may do everything
  bool insecure = false;          // may listen on a public address without keys
  unsigned max_body_mib = 16;
  unsigned max_connections = 10'000;
  double header_timeout = 10;  // seconds, as all of them
  double request_timeout = 30;
  double idle_timeout = 60;
  double write_timeout = 5;
  double drain_timeout = 10;
  std::string log_format = "text";  // see OperationsLog
  std::string log_level = "info";
};
int RunServe(const ServeOptions& options);

struct NewKeyOptions {
  std::string name;
  std::string roles;
};
int RunNewKey(const NewKeyOptions& options);

struct DemoOptions {
  std::string data;            // the data directory, a new one or a former demo's; empty: a temporary one
  double rate = 200;           // live events a second
  uint64_t user_count = 2000;  // shoppers
  bool once = false;           // ends after the story
};
int RunDemo(const DemoOptions& options);

struct StoreOptions {
  std::string data;      // a data directory that nobody has open
  std::string out;       // StoreExport: the file for the state
  unsigned threads = 0;  // 0: one per core
  bool json = false;     // StoreStats
};
int RunStoreCheck(const StoreOptions& options);
int RunStoreStats(const StoreOptions& options);
int RunStoreExport(const StoreOptions& options);

struct StoreCopyOptions {
  std::string from;
  std::string to;
};
int RunStoreBackup(const StoreCopyOptions& options);
int RunStoreRestore(const StoreCopyOptions& options);

struct SchemaOptions {
  std::string url;  // of a keyspace
};
int RunSchemaInit(const SchemaOptions& options);
int RunSchemaCheck(const SchemaOptions& options);

inline constexpr uint64_t kQuarantineShown = 20;  // rows of a listing, unless it says otherwise

struct QuarantineListOptions {
  std::string file;
  std::string reason;             // only these; empty: all
  std::optional<uint64_t> limit;  // of the rows; absent: kQuarantineShown, as JSON all
  bool json = false;              // the records as they stand
};
int RunQuarantineList(const QuarantineListOptions& options);

struct QuarantineRetryOptions {
  std::string file;
  std::string format = "adirect";
  std::string out;   // rows that pass, as `adirect` NDJSON
  std::string rest;  // a new quarantine for those that fail; empty: none
  bool strict = false;
};
int RunQuarantineRetry(const QuarantineRetryOptions& options);

}  // namespace adirect
