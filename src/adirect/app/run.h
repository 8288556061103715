// What batch and explain share: event files folded into a state under a policy.
#pragma once

#include <memory>
#include <string>

#include "adirect/app/commands.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/ports.h"
#include "adirect/pipeline/shards.h"
#include "adirect/targeting/policy.h"

namespace adirect {

struct FoldedInput {
  Policy policy;
  Settings settings;
  unsigned threads = 1;
  std::unique_ptr<Shards> shards;
  DoorCounts counts;
  Timestamp as_of;  // as given, else the newest event past the door, else the epoch
  double read_seconds = 0;
};

// What will be asked of the state: everything, or only who is targeted by the policy at the as-of, for
// which a part of the events is enough.
enum class Keep { kAll, kWhatThePolicyLooksAt };

// Reads, folds and says what came. Refused rows go to `quarantine`.
Result<FoldedInput> FoldFiles(const InputOptions& options, Keep keep, TextSink& quarantine);

// Prints the status as the command's last words on standard error; the exit code that fits it.
int Fail(const Status& status);

// SIGINT and SIGTERM set this; a second one ends the process at once.
const std::atomic<bool>& StopRequested();
void HandleSignals();

// Now, when rows without an arrival of their own arrive.
Timestamp WallClock();

// Seconds since some start, for measuring.
double Seconds();

}  // namespace adirect
