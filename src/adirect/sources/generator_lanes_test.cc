#include "adirect/sources/generator_lanes.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace adirect {
namespace {

constexpr uint64_t kEvents = 100'000;

TEST(Lanes, TheEventsOfASessionAreCountedInOrderAndNoneIsMissing) {
  for (const int bits : {0, 5, 10}) {
    const Lanes lanes(RandomStream{3}, bits);
    std::map<uint64_t, std::vector<SessionPlace>> sessions;
    for (uint64_t i = 0; i < kEvents; ++i) {
      const SessionPlace place = lanes.PlaceOf(i);
      sessions[place.random.key].push_back(place);
    }
    ASSERT_GT(sessions.size(), kEvents / 5);
    uint64_t whole = 0;
    for (const auto& [key, places] : sessions) {
      for (size_t i = 1; i < places.size(); ++i) {
        ASSERT_EQ(places[i].at, places[i - 1].at + 1);
        ASSERT_EQ(places[i].size, places[0].size);
        ASSERT_EQ(places[i].first, places[0].first);
      }
      ASSERT_LE(places[0].size, kMostOfSession);
      ASSERT_LE(places.size(), places[0].size);
      whole += places.size() == places[0].size ? 1 : 0;
    }
    // Those that are not are cut by the begin or the end.
    EXPECT_GE(whole + (uint64_t{2} << bits), sessions.size());
  }
}

TEST(Lanes, ASessionHasFourEventsOnAverage) {
  const Lanes lanes(RandomStream{4}, 6);
  uint64_t begun = 0;
  for (uint64_t i = 0; i < kEvents; ++i) begun += lanes.PlaceOf(i).at == 0 ? 1 : 0;
  // 16 rounds have 1 + 15 * 3 / 16 sessions.
  EXPECT_NEAR(static_cast<double>(kEvents) / static_cast<double>(begun), 16 / (1 + 15 * 3.0 / 16), 0.1);
}

TEST(Lanes, TheirNumberGivesASessionItsPaceAndShoppersTheirTurn) {
  EXPECT_EQ(Lanes::BitsFor(1'000'000, 7 * 86'400'000, 50'000), 6);  // 74 at once: 64 lanes
  EXPECT_EQ(Lanes::BitsFor(1000, 7 * 86'400'000, 50'000), 0);       // one event every ten minutes
  EXPECT_EQ(Lanes::BitsFor(1'000'000'000, 1000, 50'000), 14);       // 16384 of 50,000 shoppers
  EXPECT_EQ(Lanes::BitsFor(1'000'000'000, 1000, 1), 0);
}

}  // namespace
}  // namespace adirect
