#include "adirect/pipeline/health.h"

#include <fmt/format.h>

#include <optional>

namespace adirect {
namespace {

std::optional<Health::Trouble> CheckpointTrouble(const EngineCounts& counts, Duration every, Timestamp now) {
  if (!counts.checkpoint_error.empty()) {
    return Health::Trouble{"checkpoint_failed",
                           "the last checkpoint failed, and the log grows: " + counts.checkpoint_error};
  }
  const int64_t age = now.ms - counts.checkpoint_at.ms;
  if (age <= every.millis() * Health::kLateCheckpoints) return std::nullopt;
  return Health::Trouble{
      "checkpoint_late",
      fmt::format("the last checkpoint is {} s old, and one is due every {:.1f} s; is the disk slow?", age / 1000,
                  static_cast<double>(every.millis()) / 1e3)};
}

}  // namespace

std::vector<Health::Trouble> Health::Troubles() const {
  const EngineCounts counts = engine_.counts();
  const EngineOptions& options = engine_.options();
  std::vector<Trouble> troubles;
  if (stopping_) troubles.push_back({"stopping", "the server is stopping"});
  if (!counts.append_error.empty()) {
    troubles.push_back({"disk_full", "the log did not take the last events: " + counts.append_error});
  }
  if (counts.memory_bytes > options.memory_bytes) {
    troubles.push_back({"memory_full", fmt::format("the state takes {} MiB of the {} MiB that it may, and events are "
                                                   "refused; raise --memory-limit or lower --retention",
                                                   counts.memory_bytes >> 20, options.memory_bytes >> 20)});
  }
  if (std::optional<Trouble> late = CheckpointTrouble(counts, options.checkpoint_every, clock_.Now())) {
    troubles.push_back(*std::move(late));
  }
  if (watch_.still() > std::chrono::milliseconds(watch_.every().millis() * kStuckLooks)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(watch_.still()).count();
    troubles.push_back({"audience_stuck", fmt::format("the look at the audience has not moved for {} s", seconds)});
  }
  for (const auto& part : parts_) {
    for (Trouble& trouble : part()) troubles.push_back(std::move(trouble));
  }
  return troubles;
}

}  // namespace adirect
