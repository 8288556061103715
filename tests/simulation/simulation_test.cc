#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "history.h"

namespace adirect {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// ADIRECT_HISTORIES says how many, ADIRECT_HISTORIES_FROM the first seed. CI runs 500 on the release build.
TEST(Simulation, NoAcknowledgedEventIsLostAndNoneCountsTwice) {
  const uint64_t first = FromEnvironment("ADIRECT_HISTORIES_FROM", 0);
  const uint64_t count = FromEnvironment("ADIRECT_HISTORIES", 20);
  HistoryReport all;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const HistoryReport report = RunHistory(seed);
    EXPECT_EQ(report.broken, "") << "again with\nADIRECT_HISTORIES=1 ADIRECT_HISTORIES_FROM=" << seed
                                 << " build/release/simulation_test --gtest_filter='*NoAcknowledged*'";
    all.stops += report.stops;
    all.bodies += report.bodies;
    all.failed += report.failed;
    all.events += report.events;
  }
  fmt::print("{} histories: {} stops of the machine, {} bodies, {} of them not acknowledged, {} events that count\n",
             count, all.stops, all.bodies, all.failed, all.events);
}

class MissingSync : public testing::TestWithParam<const char*> {};

TEST_P(MissingSync, IsFound) {
  constexpr uint64_t kMost = 100;
  uint64_t seed = 0;
  std::string found;
  while (seed < kMost && (found = RunHistory(seed, GetParam()).broken).empty()) ++seed;
  EXPECT_LT(seed, kMost) << "a disk that syncs no " << GetParam() << " was not noticed";
  fmt::print("found by history {}: {}\n", seed, found);
}

// Of the write-ahead log, of tables, of RocksDB's manifest, of directories.
INSTANTIATE_TEST_SUITE_P(Of, MissingSync, testing::Values(".log", ".sst", "MANIFEST", "/"));

}  // namespace
}  // namespace adirect
