#include "adirect/app/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "adirect/app/commands.h"
#include "adirect/app/operations_log.h"
#include "adirect/app/version.h"
#include "adirect/base/text.h"

namespace adirect {
namespace {

constexpr double kLeastPace = 0.001;  // rows a second
constexpr double kMostPace = 1e9;
constexpr unsigned kMaxThreads = 256;
constexpr unsigned kMaxBodyMib = 32;  // half of what may wait for the log
constexpr unsigned kMaxConnections = 1'000'000;
constexpr unsigned kMaxQuarantineMib = 1 << 20;
constexpr double kMaxTimeout = 86'400;
constexpr double kLeastRollMib = 0.01;
constexpr double kMostRollMib = 1024;
constexpr double kLeastRollMinutes = 0.01;
constexpr double kMostRollMinutes = 1440;

// Every long option of a command may also come from the environment: --as-of as ADIRECT_AS_OF.
void AllowEnvironment(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
    std::string name = "ADIRECT_" + option->get_lnames().front();
    for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    option->envname(name);
  }
}

CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& what, const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  command->get_formatter()->column_width(34);
  return command;
}

void AddAsOf(CLI::App& command, InputOptions& input) {
  command.add_option("--as-of", input.as_of, "the instant of the answer, RFC 3339 (default: the newest event)")
      ->type_name("TIME");
}

void AddStates(CLI::App& command, const std::string& option, InputOptions& input) {
  command.add_option(option, input.states, "go on from a saved state (batch --save-state); several are merged")
      ->allow_extra_args(false)
      ->type_name("FILE");
}

void AddInput(CLI::App& command, InputOptions& input, const std::string& state_option) {
  command
      .add_option("files", input.files,
                  "event files, plain, packed by gzip or zstd, or Parquet; archives: a folder, or "
                  "webhdfs://HOST:PORT/FOLDER; - is standard input")
      ->type_name("FILE");
  AddStates(command, state_option, input);
  command.add_flag("--again", input.again,
                   "fold a file although a state holds the same content under another name: rows without an event_id "
                   "then count twice");
  command
      .add_option("--format", input.format,
                  "how the files are read: seed (time,user,userid,productid,categoryid,action), adirect (the "
                  "canonical fields: NDJSON where the name ends in .ndjson, .jsonl or .json, Parquet, else CSV with a "
                  "header), a shipped format's name, or a .toml file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      .add_option("--policy", input.policies, "who is targeted, and with what: a shipped policy's name or a .toml file")
      ->allow_extra_args(false)
      ->type_name("NAME|FILE")
      ->default_str("default");
  command
      .add_option("--catalog", input.catalog,
                  "a folder with products.csv (and categories.csv): fills missing categories, leaves out what is not "
                  "available, gives titles")
      ->type_name("DIR");
  AddAsOf(command, input);
  command.add_option("--retention", input.retention, "events older than this, seen from the as-of, do not exist")
      ->type_name("DAYSd|forever")
      ->capture_default_str();
  command.add_option("--max-searches", input.max_searches, "searches kept per shopper, category and type")
      ->type_name("M")
      ->capture_default_str();
  command.add_option("--threads", input.threads, "threads (default: one per core)")
      ->check(CLI::Range(1u, kMaxThreads))
      ->type_name("N");
  command.add_flag("--quiet", input.quiet, "no progress and no summary on standard error");
}

void AddBatch(CLI::App& app, int& code) {
  const auto options = std::make_shared<BatchOptions>();
  CLI::App* command =
      AddCommand(app, "batch", "event files to audience, recommendations and popularity",
                 "  adirect batch --format seed --out out events.csv\n"
                 "  adirect batch --format shop.toml --dry-run events.csv\n"
                 "  adirect batch --policy my.toml --as-of 2026-11-24T00:00:00Z --out out *.ndjson\n"
                 "  adirect batch --from-state monday --save-state tuesday --out out tuesday.csv\n\n"
                 "Writes audience.csv, recommendations.csv, popular.csv (or .ndjson), quarantine.ndjson\n"
                 "and, last, summary.json into the folder; of several --policy each into a folder of\n"
                 "its name. Nothing is left of a run that fails or is cancelled.");
  AddInput(*command, options->input, "--from-state");
  command->get_option("--policy")
      ->description("who is targeted, and with what: shipped policies' names or .toml files");
  CLI::Option* save =
      command
          ->add_option("--save-state", options->save_state, "write what was folded, for --from-state, explain --state")
          ->type_name("FILE");
  command->add_option("--out", options->out, "the folder for the results (required but for --dry-run)")
      ->type_name("DIR");
  command
      ->add_option("--output", options->output,
                   "how audience, recommendations and popular are written: csv, ndjson, parquet")
      ->type_name("FORMAT")
      ->capture_default_str();
  CLI::Option* timings =
      command->add_option("--timings", options->timings, "write how long each part took, as JSON")->type_name("FILE");
  CLI::Option* strict = command->add_flag("--strict", options->strict, "exit with 3 when any row was quarantined");
  CLI::Option* json = command->add_flag("--json", options->json, "print the summary as JSON on standard output");
  command
      ->add_flag("--dry-run", options->dry_run,
                 "only print how the first 10 rows of each file are read, column by column")
      ->excludes(save)
      ->excludes(strict)
      ->excludes(json)
      ->excludes(timings);
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunBatch(*options); });
}

void AddExplain(CLI::App& app, int& code) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = AddCommand(app, "explain", "one shopper: every rule with its value, and when the answer flips",
                                 "  adirect explain --user 49723 --format seed events.csv\n"
                                 "  adirect explain --user ana --category shoes --json events.ndjson\n"
                                 "  adirect explain --user ana --state tuesday");
  AddInput(*command, options->input, "--state");
  command->get_option("--policy")->expected(1);
  command->add_option("--user", options->user, "the shopper's id")->required()->type_name("ID");
  command->add_option("--category", options->category, "only this category")->type_name("ID");
  command->add_flag("--json", options->json, "the decision as JSON");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunExplain(*options); });
}

void AddGenerate(CLI::App& app, int& code) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* command = AddCommand(app, "generate", "shopping events of an invented world",
                                 "  adirect generate --world seed2017 --events 1000000 -o events.csv\n"
                                 "  adirect generate --days 7 --rate 20 --format adirect -o week.ndjson\n"
                                 "  adirect generate --world seed2017 --events 1000000 --to "
                                 "kafka://127.0.0.1:9092/web_activity1\n\n"
                                 "The same --seed gives the same bytes, on any number of threads.");
  command->add_option("--world", options->world, "seed2017 (the producers of 2017) or realistic")
      ->capture_default_str();
  command->add_option("--events", options->events, "how many")->type_name("N");
  command->add_option("--seed", options->seed, "another seed is another world")->capture_default_str();
  command->add_option("--start", options->start, "time of the first event (default: 2017-02-01T00:00:00Z)")
      ->type_name("TIME");
  command->add_option("--days", options->days, "how long")->type_name("D");
  command->add_option("--rate", options->rate, "events a second")->type_name("R");
  command->add_option("--user-count", options->user_count, "shoppers")->capture_default_str();
  command->add_option("--region", options->region, "america, china, france, singapore or taiwan (default: all)");
  command->add_option("--users", options->users_file, "take the shoppers from userid,username rows")->type_name("FILE");
  command->add_option("--write-users", options->write_users_dir, "write <region>.csv with the shoppers")
      ->type_name("DIR");
  command
      ->add_option("--write-catalog", options->write_catalog_dir,
                   "write products.csv and categories.csv of what the shop sells")
      ->type_name("DIR");
  command->add_option("--format", options->format, "seed, or adirect (CSV where -o ends in .csv or is -, else NDJSON)")
      ->capture_default_str();
  command
      ->add_option("--mess", options->mess,
                   "replace or follow this share of the events by mess: repeats, late and future ones, refunds, "
                   "erases, bursts, odd ids, cut lines (needs --format adirect)")
      ->type_name("P%");
  command->add_option("--threads", options->threads, "threads (default: one per core)")
      ->check(CLI::Range(1u, kMaxThreads))
      ->type_name("N");
  CLI::Option* out =
      command->add_option("-o,--out", options->out, "the file, or - for standard output")->type_name("FILE");
  command
      ->add_option(
          "--to", options->to,
          "a topic, instead of a file: a message a row, its key the shopper, each there once (seed CSV or NDJSON)")
      ->excludes(out)
      ->type_name("URL");
  command->add_option("--pace", options->pace, "rows a second in real time (default: as fast as it goes)")
      ->check(CLI::Range(kLeastPace, kMostPace))
      ->type_name("N");
  command->add_flag("--quiet", options->quiet, "no progress");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunGenerate(*options); });
}

// `prefix`: "--", or what stands before the options' names.
void AddArchiveFiles(CLI::App& command, ArchiveFiles& files, const std::string& prefix) {
  command
      .add_option(prefix + "as", files.as,
                  "how the archive's files are written: parquet (default, if built in), csv or "
                  "csv.gz")
      ->type_name("FORMAT");
  command.add_option(prefix + "roll-mib", files.roll_mib, "a file of the archive is finished when it is so large")
      ->check(CLI::Range(kLeastRollMib, kMostRollMib))
      ->type_name("MIB")
      ->capture_default_str();
  command.add_option(prefix + "roll-minutes", files.roll_minutes, "or so many minutes after its first row")
      ->check(CLI::Range(kLeastRollMinutes, kMostRollMinutes))
      ->type_name("MIN")
      ->capture_default_str();
}

void AddArchive(CLI::App& app, int& code) {
  const auto options = std::make_shared<ArchiveOptions>();
  CLI::App* command = AddCommand(
      app, "archive", "a topic, or event files, to files in a folder or in HDFS, each event in one of them",
      "  adirect archive --source kafka://127.0.0.1:9092/web_activity1 --format seed --to archive\n"
      "  adirect archive --source 'kafka://127.0.0.1:9092/web_activity1?group=archive' --format seed\n"
      "      --to webhdfs://web@127.0.0.1:9870/user/web_logs\n"
      "  adirect archive --source monday.csv --source tuesday.csv --to archive\n"
      "  adirect batch --out out archive\n\n"
      "A finished file's name says which rows are in it, so that a new run goes on where the files end. Rows that\n"
      "cannot be read are kept in _quarantine. Ctrl-C finishes the open files and ends.");
  command
      ->add_option(
          "--source", options->sources,
          "a topic (kafka://HOST:PORT/TOPIC), or an event file (a name or a file:// URL); files may be several")
      ->allow_extra_args(false)
      ->required()
      ->type_name("URL|FILE");
  command->add_option("--format", options->format, "how the source is read: as --format of batch")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command->add_option("--to", options->to, "a folder, made where it is missing, or webhdfs://[USER@]HOST:PORT/FOLDER")
      ->required()
      ->type_name("DIR|URL");
  AddArchiveFiles(*command, options->files, "--");
  command
      ->add_option("--catalog", options->catalog,
                   "a folder with products.csv (and categories.csv): fills missing categories")
      ->type_name("DIR");
  command->add_flag("--once", options->once, "end when all is archived that was there at the start; files always do");
  command->add_flag("--json", options->json, "print the summary as JSON on standard output");
  command->add_flag("--quiet", options->quiet, "no progress and no summary on standard error, troubles only");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunArchive(*options); });
}

void AddPolicy(CLI::App& app, int& code) {
  CLI::App* policy = AddCommand(app, "policy", "check, show and compare policies",
                                "  adirect policy check policies/*.toml\n  adirect policy show default\n"
                                "  adirect policy diff default my.toml --state tuesday");
  policy->require_subcommand(1);
  const auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* check = policy->add_subcommand("check", "say whether policy files are right, and where they are not");
  check->add_option("files", *names, "policy files, or names of shipped ones")->required()->type_name("FILE");
  check->callback([names, &code] { code = RunPolicyCheck(*names); });
  CLI::App* show = policy->add_subcommand("show", "print a policy with every key, and its version");
  show->add_option("policies", *names, "policy files, or names of shipped ones")->required()->type_name("NAME|FILE");
  show->callback([names, &code] { code = RunPolicyShow(*names); });
  const auto options = std::make_shared<PolicyDiffOptions>();
  CLI::App* diff = policy->add_subcommand("diff", "who would enter and who would leave the audience");
  diff->add_option("policies", options->input.policies, "the policy of today and the one to come")
      ->required()
      ->expected(2)
      ->type_name("NAME|FILE");
  AddStates(*diff, "--state", options->input);
  diff->get_option("--state")->required();
  AddAsOf(*diff, options->input);
  diff->add_option("-o,--out", options->out, "write who enters and who leaves, as CSV")->type_name("FILE");
  diff->add_flag("--json", options->json, "the sizes as JSON");
  diff->callback([options, &code] { code = RunPolicyDiff(*options); });
}

void AddServeLimits(CLI::App& command, ServeOptions& options) {
  command.add_option("--max-body", options.max_body_mib, "of POST /v1/events, in MiB; above: 413")
      ->check(CLI::Range(1u, kMaxBodyMib))
      ->type_name("MIB")
      ->capture_default_str();
  command.add_option("--max-connections", options.max_connections, "open at once; above: 503")
      ->check(CLI::Range(1u, kMaxConnections))
      ->type_name("N")
      ->capture_default_str();
  const auto seconds = [&command](const char* name, double& value, const char* what) {
    command.add_option(name, value, what)->check(CLI::Range(0.1, kMaxTimeout))->type_name("S")->capture_default_str();
  };
  seconds("--header-timeout", options.header_timeout, "seconds for a request's complete head");
  seconds("--request-timeout", options.request_timeout, "seconds for a whole request; above: 408");
  seconds("--idle-timeout", options.idle_timeout, "seconds that a connection may wait between two requests");
  seconds("--write-timeout", options.write_timeout, "seconds for a client to take something of its answer");
  seconds("--drain-timeout", options.drain_timeout, "seconds for what is in flight when the server stops");
}

// Options of serve that only an engine has.
constexpr const char* kEngineOptions[] = {"--data",
                                          "--source",
                                          "--format",
                                          "--archive",
                                          "--archive-as",
                                          "--archive-roll-mib",
                                          "--archive-roll-minutes",
                                          "--publish",
                                          "--policies",
                                          "--catalog",
                                          "--import",
                                          "--retention",
                                          "--max-searches",
                                          "--memory-limit",
                                          "--checkpoint-every",
                                          "--audience-every",
                                          "--quarantine-limit"};

// Those of the options that were given: "--data, --source".
std::string GivenOf(const CLI::App& command, std::span<const char* const> options) {
  std::vector<std::string_view> given;
  for (const char* option : options) {
    if (command.count(option) > 0) given.push_back(option);
  }
  return Joined(given);
}

void AddServe(CLI::App& app, int& code) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* command = AddCommand(app, "serve", "events in and answers out over HTTP, durable in a data directory",
                                 "  adirect serve --data shop\n"
                                 "  adirect serve --data shop --source monday.ndjson --source tuesday.ndjson\n"
                                 "  adirect serve --data shop --source "
                                 "'kafka://127.0.0.1:9092/web_activity1?dead_letters=refused' --format seed\n"
                                 "  adirect serve --data shop --import tuesday.state --policies policies\n"
                                 "  adirect serve --data shop --listen 0.0.0.0:8080 --keys keys.txt\n"
                                 "  adirect serve --reader cassandra://127.0.0.1:9042/advertise\n"
                                 "  adirect --config examples/serve.toml serve\n\n"
                                 "Prints its address when it is ready. Ctrl-C ends it cleanly.");
  command->add_option("--data", options->data, "the data directory; made where it is missing")->type_name("DIR");
  command
      ->add_option(
          "--source", options->sources,
          "an event file (a name or a file:// URL), read before the first answer and, unless it changes, once; or a "
          "topic (kafka://HOST:PORT/TOPIC), followed for good; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FILE|URL");
  command
      ->add_option("--format", options->format,
                   "how --source is read: as --format of batch; in topics adirect is NDJSON")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      ->add_option(
          "--archive", options->archive,
          "keep all that comes in by HTTP and from topics, as files in a folder or in HDFS (webhdfs://HOST:PORT/PATH)")
      ->type_name("DIR|URL");
  AddArchiveFiles(*command, options->archive_files, "--archive-");
  command
      ->add_option("--publish", options->publish,
                   "write shoppers and lists to Cassandra, as they change (cassandra://HOST:PORT/KEYSPACE, made by "
                   "adirect admin schema init)")
      ->type_name("URL");
  command
      ->add_option("--reader", options->reader,
                   "no engine and no --data: answer from what an engine publishes to Cassandra "
                   "(cassandra://HOST:PORT/KEYSPACE)")
      ->type_name("URL");
  command->add_option("--listen", options->listen, "address and port; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  command
      ->add_option("--policies", options->policies, "the folder of policies (default: policies in the data directory)")
      ->type_name("DIR");
  command->add_option("--catalog", options->catalog, "a folder with products.csv (and categories.csv)")
      ->type_name("DIR");
  command
      ->add_option("--web-dir", options->web_dir, "a built web/, served as it is now (default: the one in the binary)")
      ->type_name("DIR");
  command->add_option("--import", options->import_state, "a state that batch --save-state wrote, taken over first")
      ->type_name("FILE");
  command->add_option("--retention", options->retention, "events older than this do not exist")
      ->type_name("DAYSd|forever")
      ->capture_default_str();
  command->add_option("--max-searches", options->max_searches, "searches kept per shopper, category and type")
      ->type_name("M")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "threads (default: one per core)")
      ->check(CLI::Range(1u, kMaxThreads))
      ->type_name("N");
  command->add_option("--memory-limit", options->memory_gb, "of the state, in GB; beyond it events are refused")
      ->type_name("GB")
      ->capture_default_str();
  command->add_option("--checkpoint-every", options->checkpoint_seconds, "seconds between two checkpoints")
      ->type_name("S")
      ->capture_default_str();
  command
      ->add_option("--compact-every", options->compact_seconds,
                   "seconds between two times that the disk is rid of erased shoppers")
      ->type_name("S")
      ->capture_default_str();
  command->add_option("--audience-every", options->audience_seconds, "seconds between two looks at the audience")
      ->type_name("S")
      ->capture_default_str();
  command
      ->add_option("--quarantine-limit", options->quarantine_mib,
                   "MiB of rows refused over HTTP, kept in the data directory; beyond it the oldest go")
      ->check(CLI::Range(1u, kMaxQuarantineMib))
      ->type_name("MIB")
      ->capture_default_str();
  command->add_option("--log-format", options->log_format, "how standard error tells what happens: text or json")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kLogFormats), std::end(kLogFormats))))
      ->type_name("FORMAT")
      ->capture_default_str();
  command->add_option("--log-level", options->log_level, "the least grave that is told: error, warning or info")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kLogLevels), std::end(kLogLevels))))
      ->type_name("LEVEL")
      ->capture_default_str();
  command->add_option("--keys", options->keys, "a file of keys (admin key new); without one everyone may do everything")
      ->type_name("FILE");
  command->add_flag("--insecure", options->insecure, "allow a public address although there are no keys");
  AddServeLimits(*command, *options);
  AllowEnvironment(*command);
  command->callback([options, command, &code] {
    options->beside_reader = GivenOf(*command, kEngineOptions);
    code = RunServe(*options);
  });
}

void AddDemo(CLI::App& app, int& code) {
  const auto options = std::make_shared<DemoOptions>();
  CLI::App* command =
      AddCommand(app, "demo", "an invented shop, live: a week of history, one shopper's story, the API",
                 "  adirect demo\n  adirect demo --rate 5000 --user-count 100000\n\n"
                 "Prints its address last. Ctrl-C ends it and removes its data, unless --data is given.\n"
                 "Without a terminal, or with CI=true, it ends after the story.");
  command->add_option("--rate", options->rate, "live events a second")->type_name("R")->capture_default_str();
  command->add_option("--user-count", options->user_count, "shoppers")->type_name("U")->capture_default_str();
  command
      ->add_option("--data", options->data,
                   "a data directory to keep, new or a former demo's (default: a temporary one)")
      ->type_name("DIR");
  command->add_flag("--once", options->once, "end after the story");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunDemo(*options); });
}

void AddStoreCommand(CLI::App& store, const std::string& name, const std::string& what, int (*run)(const StoreOptions&),
                     int& code) {
  const auto options = std::make_shared<StoreOptions>();
  CLI::App* command = AddCommand(
      store, name, what, "  adirect admin store " + name + " shop" + (name == "export" ? " -o shop.state" : ""));
  command->add_option("directory", options->data, "a data directory that nobody has open")
      ->required()
      ->type_name("DIR");
  if (name == "export") {
    command->add_option("-o,--out", options->out, "the file for the state")->required()->type_name("STATE");
  }
  if (name == "stats") command->add_flag("--json", options->json, "as JSON");
  command->add_option("--threads", options->threads, "threads (default: one per core)")
      ->check(CLI::Range(1u, kMaxThreads))
      ->type_name("N");
  AllowEnvironment(*command);
  command->callback([options, run, &code] { code = run(*options); });
}

void AddStoreCopy(CLI::App& store, const std::string& name, const std::string& what, const std::string& from,
                  const std::string& to, int (*run)(const StoreCopyOptions&), int& code) {
  const auto options = std::make_shared<StoreCopyOptions>();
  CLI::App* command = AddCommand(
      store, name, what, "  adirect admin store " + name + (name == "backup" ? " shop monday" : " monday shop"));
  command->add_option("from", options->from, from)->required()->type_name("DIR");
  command->add_option("to", options->to, to)->required()->type_name("DIR");
  AllowEnvironment(*command);
  command->callback([options, run, &code] { code = run(*options); });
}

void AddStore(CLI::App& admin, int& code) {
  CLI::App* store = AddCommand(admin, "store", "a data directory of serve: look at it, back it up",
                               "  adirect admin store check shop\n"
                               "  adirect admin store export shop -o shop.state");
  store->require_subcommand(1);
  AddStoreCommand(*store, "check", "read everything, and name what is damaged", RunStoreCheck, code);
  AddStoreCommand(*store, "stats", "how much it holds, how new, by which settings", RunStoreStats, code);
  AddStoreCommand(*store, "export", "write a saved state, as batch --save-state does", RunStoreExport, code);
  AddStoreCopy(*store, "backup", "a copy of it, also while serve works in it", "the data directory",
               "the copy, which must not be there yet", RunStoreBackup, code);
  AddStoreCopy(*store, "restore", "make a data directory of such a copy", "the copy",
               "the data directory, missing or empty", RunStoreRestore, code);
}

void AddSchemaCommand(CLI::App& schema, const std::string& name, const std::string& what,
                      int (*run)(const SchemaOptions&), int& code) {
  const auto options = std::make_shared<SchemaOptions>();
  CLI::App* command = AddCommand(schema, name, what,
                                 "  adirect admin schema " + name +
                                     " cassandra://127.0.0.1:9042/advertise\n"
                                     "  adirect admin schema " +
                                     name + " 'cassandra://a,b/shop?replication=3&config=secret.conf'");
  command->add_option("url", options->url, "the keyspace: cassandra://HOST:PORT/KEYSPACE")
      ->required()
      ->type_name("URL");
  AllowEnvironment(*command);
  command->callback([options, run, &code] { code = run(*options); });
}

void AddSchema(CLI::App& admin, int& code) {
  CLI::App* schema = AddCommand(admin, "schema", "a keyspace of Cassandra that serve --publish writes",
                                "  adirect admin schema init cassandra://127.0.0.1:9042/advertise\n"
                                "  adirect admin schema check cassandra://127.0.0.1:9042/advertise");
  schema->require_subcommand(1);
  AddSchemaCommand(*schema, "init", "make the keyspace and its tables where they are missing", RunSchemaInit, code);
  AddSchemaCommand(*schema, "check", "say whether they are there, and of this version", RunSchemaCheck, code);
}

void AddQuarantineList(CLI::App& quarantine, int& code) {
  const auto options = std::make_shared<QuarantineListOptions>();
  CLI::App* list = AddCommand(quarantine, "list", "how many rows, why, and the first of them",
                              "  adirect admin quarantine list out/quarantine.ndjson\n"
                              "  adirect admin quarantine list --reason bad_time --json out/quarantine.ndjson");
  list->add_option("file", options->file, "a quarantine file, or - for standard input")->required()->type_name("FILE");
  list->add_option("--reason", options->reason, "only rows with this reason")->type_name("R");
  list->add_option("--limit", options->limit, "rows shown (default: 20; with --json all)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  list->add_flag("--json", options->json, "the records as they stand");
  AllowEnvironment(*list);
  list->callback([options, &code] { code = RunQuarantineList(*options); });
}

void AddQuarantineRetry(CLI::App& quarantine, int& code) {
  const auto options = std::make_shared<QuarantineRetryOptions>();
  CLI::App* retry =
      AddCommand(quarantine, "retry", "read the rows again, perhaps mended in the file, and keep what passes now",
                 "  adirect admin quarantine retry --format shop.toml -o mended.ndjson out/quarantine.ndjson\n"
                 "  adirect admin quarantine retry -o mended.ndjson --rest rest.ndjson out/quarantine.ndjson\n\n"
                 "What passes is written in the adirect format with its identity, so that it can be read beside the\n"
                 "files that it came from.");
  retry->add_option("file", options->file, "a quarantine file, or - for standard input")->required()->type_name("FILE");
  retry->add_option("--format", options->format, "the format of the files that the rows came from")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  retry->add_option("-o,--out", options->out, "the file for rows that pass, or - for standard output")
      ->required()
      ->type_name("FILE");
  retry->add_option("--rest", options->rest, "a quarantine file for rows that still fail")->type_name("FILE");
  retry->add_flag("--strict", options->strict, "exit with 3 when any row still fails");
  AllowEnvironment(*retry);
  retry->callback([options, &code] { code = RunQuarantineRetry(*options); });
}

void AddNewKey(CLI::App& admin, int& code) {
  CLI::App* key =
      AddCommand(admin, "key", "keys of the API", "  adirect admin key new --name shop --role ingest >> keys.txt");
  key->require_subcommand(1);
  const auto options = std::make_shared<NewKeyOptions>();
  CLI::App* made = AddCommand(*key, "new", "a new random key, told once, and the line for serve --keys",
                              "  adirect admin key new --name shop --role ingest >> keys.txt\n\n"
                              "Prints the line for the file on standard output and the key on standard error.");
  made->add_option("--name", options->name, "of the key: letters, digits, - and _")->required()->type_name("NAME");
  made->add_option("--role", options->roles, "what it may do: ingest, read, admin, or several with commas")
      ->required()
      ->type_name("R");
  AllowEnvironment(*made);
  made->callback([options, &code] { code = RunNewKey(*options); });
}

void AddAdmin(CLI::App& app, int& code) {
  CLI::App* admin = AddCommand(app, "admin", "look after what adirect keeps",
                               "  adirect admin quarantine list out/quarantine.ndjson\n"
                               "  adirect admin store check shop\n"
                               "  adirect admin schema init cassandra://127.0.0.1:9042/advertise\n"
                               "  adirect admin key new --name shop --role ingest >> keys.txt");
  admin->require_subcommand(1);
  AddStore(*admin, code);
  AddSchema(*admin, code);
  CLI::App* quarantine = AddCommand(*admin, "quarantine", "rows that could not be read",
                                    "  adirect admin quarantine list out/quarantine.ndjson\n"
                                    "  adirect admin quarantine retry -o mended.ndjson out/quarantine.ndjson");
  quarantine->require_subcommand(1);
  AddQuarantineList(*quarantine, code);
  AddQuarantineRetry(*quarantine, code);
  AddNewKey(*admin, code);
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App app("Who keeps searching and has not bought, and what to show them.", "adirect");
  app.set_version_flag("--version", VersionText());
  app.set_config("--config", "", "a TOML file of options, in a table per command")->envname("ADIRECT_CONFIG");
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer(
      "adirect COMMAND --help shows a command's options with examples. Options also come from the environment\n"
      "(--as-of as ADIRECT_AS_OF) and from a file (--config FILE).");
  int code = kExitDone;
  AddGenerate(app, code);
  AddBatch(app, code);
  AddExplain(app, code);
  AddServe(app, code);
  AddArchive(app, code);
  AddDemo(app, code);
  AddPolicy(app, code);
  AddAdmin(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitWrongUsage;
  }
  return code;
}

}  // namespace adirect
