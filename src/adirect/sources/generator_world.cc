#include "adirect/sources/generator_world.h"

#include "adirect/base/hash.h"

namespace adirect {

std::string EventIdPrefix(std::string_view region, uint64_t seed) {
  std::string prefix(region.empty() ? "users" : region);
  prefix += '-';
  prefix += std::to_string(seed);
  return prefix += ':';
}

uint64_t PrefixHash(std::string_view prefix) { return Hash64(prefix.substr(0, prefix.size() - 1)); }

}  // namespace adirect
