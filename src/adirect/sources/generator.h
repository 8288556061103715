// Generator: the shopping events of an invented world, in time order, the same for the same
// settings.
//
// Stability. Events depend on the settings alone: not on threads, machine, compiler or library
// (whole numbers only; generator_random.h). Within a version of adirect the same settings give the
// same bytes; a version that changes them says so in CHANGELOG.md. Golden hashes in the tests hold
// this.
//
//   GeneratorSettings settings;
//   settings.world = WorldKind::kSeed2017;
//   settings.events = 1000;
//   Result<Generator> generator = Generator::Make(settings);
//   GeneratorStream stream(*generator);
//   EventBatch batch;
//   while (stream.Read(batch)) Use(batch.events());
//
// generator_text.h writes them as text, on many threads.
//
// Threads: a Generator is immutable and shared; a stream and its batch belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/sources/generator_world.h"

namespace adirect {

enum class WorldKind { kSeed2017, kRealistic };

std::optional<WorldKind> ParseWorldKind(std::string_view name);  // "seed2017", "realistic"

struct GeneratorSettings {
  WorldKind world = WorldKind::kRealistic;
  uint64_t seed = 1;
  Timestamp start{1485907200000};  // 2017-02-01T00:00:00Z
  // How many events in how many days at how many a second: any two decide the third. Days default
  // to 7, the rate to a million events in 7 days. All three must agree.
  std::optional<uint64_t> events;
  std::optional<double> days;
  std::optional<double> rate;
  // Who shops: a fifth of `user_count` generated shoppers in each of the five regions, all of them
  // or the one that is named; or the rows of a file of `userid,username`, one group, that live in
  // the named region, else in the one that the file is named after ("china.csv"), else in none.
  uint64_t user_count = 50'000;
  std::string region;
  std::string users_file;
};

class Generator {
 public:
  // Errors say which settings are impossible, and what would do: kInvalidArgument, but for a file
  // of users that cannot be read.
  static Result<Generator> Make(const GeneratorSettings& settings);

  uint64_t events() const { return frame_->events; }
  Timestamp start() const { return frame_->start; }
  int64_t span_ms() const { return frame_->span_ms; }
  const WorldFrame& frame() const { return *frame_; }
  const World& world() const { return *world_; }

 private:
  Generator(std::unique_ptr<WorldFrame> frame, std::unique_ptr<World> world)
      : frame_(std::move(frame)), world_(std::move(world)) {}

  std::unique_ptr<WorldFrame> frame_;
  std::unique_ptr<World> world_;
};

// All events of a generator, on one thread.
class GeneratorStream {
 public:
  explicit GeneratorStream(const Generator& generator) : world_(generator.world()) {}

  // Clears the batch and fills it with the next events; false behind the last one.
  bool Read(EventBatch& batch);

 private:
  const World& world_;
  ChunkPlace place_;
  std::unique_ptr<ChunkReader> chunk_;
};

}  // namespace adirect
