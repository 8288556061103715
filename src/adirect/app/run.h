// What batch and explain share: event files folded into a state under a policy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adirect/app/commands.h"
#include "adirect/model/catalog.h"
#include "adirect/pipeline/archiver.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/shards.h"
#include "adirect/targeting/policy.h"

namespace adirect {

struct FoldedInput {
  std::vector<Policy> policies;      // as asked for
  Settings settings;                 // those asked for and those of the states, whichever is smaller
  std::unique_ptr<Catalog> catalog;  // null: none was given
  unsigned threads = 1;
  std::unique_ptr<Shards> shards;
  DoorCounts counts;                // of the files
  std::optional<Timestamp> newest;  // event but an erase, of states and files
  Timestamp as_of;                  // as given, else the newest event, else the epoch
  std::vector<StateInput> inputs;   // what states and files hold; only where states are read or Keep::kState
  double state_seconds = 0;         // for the states
  double read_seconds = 0;          // for the files
};

// What will be asked of the state: only who is targeted by the policies at the as-of, for which a part of
// the events is enough; everything; or everything and where it came from, to be saved.
enum class Keep { kWhatPoliciesLookAt, kAll, kState };

// Reads states and files, folds and says what came. Refused rows go to `quarantine`.
Result<FoldedInput> FoldFiles(const InputOptions& options, Keep keep, TextSink& quarantine);

// For commands that count what is refused and keep none of it.
class NoQuarantine : public TextSink {
 public:
  Status Write(std::string_view) override { return {}; }
};

// As many threads as asked for; one per core for 0.
unsigned ThreadsOf(unsigned asked);

// M and R as the options ask for them.
Result<Settings> SettingsOf(const InputOptions& options);

// Prints the status as the command's last words on standard error; the exit code that fits it.
int Fail(const Status& status);
int ExitCode(const Status& status);

// SIGINT and SIGTERM set this; a second one ends the process at once.
const std::atomic<bool>& StopRequested();
void HandleSignals();

// Now, when rows without an arrival of their own arrive.
Timestamp WallClock();

// Seconds since some start, for measuring.
double Seconds();

// When the archive's files are finished.
void SetRolls(const ArchiveFiles& files, ArchiverOptions& options);

}  // namespace adirect
