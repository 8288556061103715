#include "adirect/app/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "adirect/app/commands.h"
#include "adirect/app/version.h"

namespace adirect {
namespace {

constexpr unsigned kMaxThreads = 256;

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

void AddInput(CLI::App& command, InputOptions& input) {
  command
      .add_option("files", input.files, "event files, plain, packed by gzip or zstd, or Parquet; - is standard input")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--format", input.format,
                  "how the files are read: seed (time,user,userid,productid,categoryid,action), adirect (the "
                  "canonical fields: NDJSON where the name ends in .ndjson, .jsonl or .json, Parquet, else CSV with a "
                  "header), a shipped format's name, or a .toml file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      .add_option("--policy", input.policy, "who is targeted, and with what: a shipped policy's name or a .toml file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command.add_option("--as-of", input.as_of, "the instant of the answer, RFC 3339 (default: the newest event)")
      ->type_name("TIME");
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
  CLI::App* command = AddCommand(app, "batch", "event files to audience, recommendations and popularity",
                                 "  adirect batch --format seed --out out events.csv\n"
                                 "  adirect batch --policy my.toml --as-of 2026-11-24T00:00:00Z --out out *.ndjson\n\n"
                                 "Writes audience.csv, recommendations.csv, popular.csv, quarantine.ndjson and, last,\n"
                                 "summary.json into the folder. Nothing is left of a run that fails or is cancelled.");
  AddInput(*command, options->input);
  command->add_option("--out", options->out, "the folder for the results")->required()->type_name("DIR");
  command->add_option("--timings", options->timings, "write how long each part took, as JSON")->type_name("FILE");
  command->add_flag("--strict", options->strict, "exit with 3 when any row was quarantined");
  command->add_flag("--json", options->json, "print the summary as JSON on standard output");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunBatch(*options); });
}

void AddExplain(CLI::App& app, int& code) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = AddCommand(app, "explain", "one shopper: every rule with its value, and when the answer flips",
                                 "  adirect explain --user 49723 --format seed events.csv\n"
                                 "  adirect explain --user ana --category shoes --json events.ndjson");
  AddInput(*command, options->input);
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
                                 "  adirect generate --days 7 --rate 20 --format adirect -o week.ndjson\n\n"
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
  command->add_option("-o,--out", options->out, "the file, or - for standard output")->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "no progress");
  AllowEnvironment(*command);
  command->callback([options, &code] { code = RunGenerate(*options); });
}

void AddPolicy(CLI::App& app, int& code) {
  CLI::App* policy = AddCommand(app, "policy", "check and show policies",
                                "  adirect policy check policies/*.toml\n  adirect policy show default");
  policy->require_subcommand(1);
  const auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* check = policy->add_subcommand("check", "say whether policy files are right, and where they are not");
  check->add_option("files", *names, "policy files, or names of shipped ones")->required()->type_name("FILE");
  check->callback([names, &code] { code = RunPolicyCheck(*names); });
  CLI::App* show = policy->add_subcommand("show", "print a policy with every key, and its version");
  show->add_option("policies", *names, "policy files, or names of shipped ones")->required()->type_name("NAME|FILE");
  show->callback([names, &code] { code = RunPolicyShow(*names); });
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
  AddPolicy(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitWrongUsage;
  }
  return code;
}

}  // namespace adirect
