#include "adirect/sources/generator.h"

#include "adirect/sources/generator_plan.h"
#include "adirect/sources/world_realistic.h"
#include "adirect/sources/world_seed2017.h"

namespace adirect {

std::optional<WorldKind> ParseWorldKind(std::string_view name) {
  if (name == "seed2017") return WorldKind::kSeed2017;
  if (name == "realistic") return WorldKind::kRealistic;
  return std::nullopt;
}

Result<Generator> Generator::Make(const GeneratorSettings& settings) {
  auto frame = std::make_unique<WorldFrame>();
  frame->seed = settings.seed;
  ADIRECT_RETURN_IF_ERROR(PlanTime(settings, *frame));
  ADIRECT_RETURN_IF_ERROR(PlanShoppers(settings, *frame));
  std::unique_ptr<World> world =
      settings.world == WorldKind::kSeed2017 ? MakeSeed2017World(*frame) : MakeRealisticWorld(*frame);
  return Generator(std::move(frame), std::move(world));
}

bool GeneratorStream::Read(EventBatch& batch) {
  batch.Clear();
  while (place_.index < world_.chunks()) {
    if (chunk_ == nullptr) chunk_ = world_.Open(place_);
    if (chunk_->Read(batch)) return true;
    chunk_.reset();
    world_.Advance(place_);
  }
  return false;
}

}  // namespace adirect
