// A fuzz target: what must hold for any bytes. Each fuzz/NAME.cc defines one:
//
//   ADIRECT_FUZZ(NAME) { ADIRECT_CHECK(...input...); }
//
// `make fuzz` runs it as the libFuzzer program fuzz_NAME; every build replays its kept inputs,
// fuzz/corpus/NAME, and small changes of them (tests/fuzz). A broken promise ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace adirect {

using FuzzTarget = void (*)(std::string_view input);

// The targets of this program by name: one in a libFuzzer program, all in the test.
inline std::map<std::string, FuzzTarget>& FuzzTargets() {
  static std::map<std::string, FuzzTarget> targets;
  return targets;
}

}  // namespace adirect

// libFuzzer's entry; nothing of ours calls it, hence `used`.
extern "C" [[gnu::used]] inline int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  adirect::FuzzTargets().begin()->second({reinterpret_cast<const char*>(data), size});
  return 0;
}

#define ADIRECT_FUZZ(name)                                                                            \
  static void Fuzz_##name(std::string_view input);                                                    \
  [[maybe_unused]] static const bool name##_added = FuzzTargets().emplace(#name, Fuzz_##name).second; \
  static void Fuzz_##name(std::string_view input)
