#include "adirect/sources/generator_plan.h"

#include <gtest/gtest.h>

#include <cmath>

namespace adirect {
namespace {

WorldFrame Plan(const GeneratorSettings& settings) {
  WorldFrame frame;
  const Status planned = PlanTime(settings, frame);
  EXPECT_TRUE(planned.ok()) << planned.message();
  return frame;
}

GeneratorSettings With(std::optional<uint64_t> events, std::optional<double> days, std::optional<double> rate) {
  GeneratorSettings settings;
  settings.events = events;
  settings.days = days;
  settings.rate = rate;
  return settings;
}

TEST(GeneratorPlan, ByDefaultAMillionEventsInAWeek) {
  const WorldFrame frame = Plan(With({}, {}, {}));
  EXPECT_EQ(frame.events, 1'000'000U);
  EXPECT_EQ(frame.span_ms, 7 * kMillisPerDay);
  EXPECT_EQ(FormatRfc3339(frame.start), "2017-02-01T00:00:00.000Z");
}

TEST(GeneratorPlan, TwoOfEventsDaysAndRateDecideTheThird) {
  EXPECT_EQ(Plan(With({}, 2, 3)).events, 2U * 86'400 * 3);
  EXPECT_EQ(Plan(With({}, 2, 3)).span_ms, 2 * kMillisPerDay);
  EXPECT_EQ(Plan(With(600, {}, 10)).span_ms, 60'000);
  EXPECT_EQ(Plan(With(600, 1, {})).span_ms, kMillisPerDay);
  EXPECT_EQ(Plan(With(259'200, 1, 3)).events, 259'200U);
}

TEST(GeneratorPlan, OneOfThemTakesTheWeekOrItsRate) {
  EXPECT_EQ(Plan(With(5, {}, {})).span_ms, 7 * kMillisPerDay);
  EXPECT_EQ(Plan(With({}, 14, {})).events, 2'000'000U);
  EXPECT_EQ(Plan(With({}, {}, 2)).events, 7U * 86'400 * 2);
}

TEST(GeneratorPlan, ImpossibleTimesAreRefusedWithARemedy) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const GeneratorSettings& settings :
       {With(0, {}, {}), With({}, -1.0, {}), With({}, 0.0, {}), With({}, std::nan(""), {}), With({}, {}, infinity),
        With(10, 2, 3), With({}, 4e6, {}), With({}, 1e-9, 1e-9), With({}, 1e6, 1e12), With(1, {}, 1e-20)}) {
    WorldFrame frame;
    const Status planned = PlanTime(settings, frame);
    EXPECT_EQ(planned.code(), Code::kInvalidArgument);
    EXPECT_FALSE(planned.message().empty());
  }
}

TEST(GeneratorPlan, TheThreeThatDisagreeAreNamed) {
  WorldFrame frame;
  EXPECT_EQ(PlanTime(With(10, 2, 3), frame).message(),
            "--days 2 at --rate 3 make 518400 events, not --events 10; leave one of the three out");
}

TEST(GeneratorPlan, AllRegionsShopOrTheOneThatIsNamed) {
  GeneratorSettings settings;
  WorldFrame all;
  ASSERT_TRUE(PlanShoppers(settings, all).ok());
  ASSERT_EQ(all.shoppers.size(), kRegionCount);
  settings.region = "singapore";
  WorldFrame one;
  ASSERT_TRUE(PlanShoppers(settings, one).ok());
  ASSERT_EQ(one.shoppers.size(), 1U);
  EXPECT_EQ(one.shoppers[0].Csv(), all.shoppers[3].Csv());
}

TEST(GeneratorPlan, AnUnknownRegionIsRefusedWithTheNearestName) {
  GeneratorSettings settings;
  settings.region = "chinna";
  WorldFrame frame;
  EXPECT_EQ(PlanShoppers(settings, frame).message(),
            "--region: \"chinna\" is none of america, china, france, singapore, taiwan; did you mean "
            "china?");
}

TEST(GeneratorPlan, TooFewUsersAreRefusedWithTheNumberThatWouldDo) {
  GeneratorSettings settings;
  settings.world = WorldKind::kSeed2017;
  settings.user_count = 24;
  WorldFrame frame;
  EXPECT_EQ(PlanShoppers(settings, frame).message(),
            "--user-count 24 leaves 4 users to taiwan, which needs 5; give 25 or more");
  settings.world = WorldKind::kRealistic;
  WorldFrame enough;
  EXPECT_TRUE(PlanShoppers(settings, enough).ok());
}

TEST(GeneratorPlan, AFileOfUsersThatIsNotThereIsNotFound) {
  GeneratorSettings settings;
  settings.users_file = "no/such/file.csv";
  WorldFrame frame;
  EXPECT_EQ(PlanShoppers(settings, frame).code(), Code::kNotFound);
}

}  // namespace
}  // namespace adirect
