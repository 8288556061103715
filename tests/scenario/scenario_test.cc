#include "scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <sstream>

namespace adirect {
namespace {

constexpr const char* kFolder = "tests/scenario";

// A scenario of a file, or the reason why the file has none.
struct Written {
  std::string name;
  Scenario scenario;
  std::string error;
  friend std::ostream& operator<<(std::ostream& out, const Written& written) {
    return out << '"' << written.scenario.title << '"';
  }
};

std::string Identifier(std::string_view title) {
  std::string name;
  bool start = true;
  for (const char c : title) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0) name += static_cast<char>(start ? std::toupper(letter) : letter);
    start = std::isalnum(letter) == 0;
  }
  return name;
}

void AddFile(const std::filesystem::path& path, std::vector<Written>& all) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string stem = Identifier(path.stem().string());
  const Result<std::vector<Scenario>> scenarios = ParseScenarios(text.str(), path.string());
  if (!scenarios.ok()) return all.push_back({stem, {}, scenarios.status().message()});
  for (const Scenario& scenario : *scenarios) {
    all.push_back({stem + "_" + Identifier(scenario.title), scenario, ""});
  }
}

std::vector<Written> AllScenarios() {
  std::vector<std::filesystem::path> paths;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, none)) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Written> all;
  for (const std::filesystem::path& path : paths) AddFile(path, all);
  return all;
}

class Scenarios : public testing::TestWithParam<Written> {};

TEST_P(Scenarios, Holds) {
  ASSERT_EQ(GetParam().error, "");
  ASSERT_FALSE(GetParam().scenario.expectations.empty()) << "expects nothing";
  for (const std::string& failure : RunScenario(GetParam().scenario)) ADD_FAILURE() << failure;
}

INSTANTIATE_TEST_SUITE_P(All, Scenarios, testing::ValuesIn(AllScenarios()),
                         [](const auto& test) { return test.param.name; });

TEST(ScenarioLanguage, FindsTheScenariosOfTheFolder) {
  const std::vector<Written> all = AllScenarios();
  std::set<std::string> names;
  for (const Written& written : all) names.insert(written.name);
  EXPECT_GE(all.size(), 70u) << "run from the root of the repository";
  EXPECT_EQ(names.size(), all.size()) << "titles differ";
}

std::string ErrorOf(const std::string& lines) {
  const auto scenarios = ParseScenarios("scenario s\n" + lines, "x.scenario");
  return scenarios.ok() ? "no error" : scenarios.status().message();
}

TEST(ScenarioLanguage, AMistakeNamesFileAndLine) {
  EXPECT_EQ(ErrorOf("\n# prose\n10:00 ana searhces shoes/p\n"),
            "x.scenario:4: \"searhces\" is nothing that a shopper does; allowed: searches, views, "
            "carts, favorites, buys, returns, is erased");
  EXPECT_EQ(ErrorOf("25:00 ana searches shoes/p\n"),
            "x.scenario:2: \"25:00\" is no time (10:00, 10:00:30 or 10:00:30.001)");
  EXPECT_EQ(ErrorOf("10:00 ana searches shoes/p twice\n"),
            "x.scenario:2: expected the end of the line, found \"twice\"");
  EXPECT_EQ(ErrorOf("10:00 ana\n"), "x.scenario:2: expected what the shopper does, found the end");
  EXPECT_EQ(ErrorOf("at 10:00 expect ana in shoes <- p until noon\n"),
            "x.scenario:2: \"noon\" is no time (10:00, 10:00:30 or 10:00:30.001)");
  EXPECT_EQ(ErrorOf("policy window=-1d\n"),
            "x.scenario:2: policy:1: interest.window: \"-1d\" is no duration; use a whole number > "
            "0 with ms, s, m, h or d (e.g. \"7d\"), or \"forever\"");
  EXPECT_NE(ErrorOf("policy limt=2\n").find("did you mean limit?"), std::string::npos);
  EXPECT_NE(ErrorOf("settings retention=1\n"), "no error");
  EXPECT_NE(ErrorOf("settings retention=10d\nat 10:00 expect ana <- nothing to show\n").find("suppress_for"),
            std::string::npos);
  EXPECT_EQ(ParseScenarios("10:00 ana searches shoes\n", "y").status().message(),
            "y:1: a file starts with `scenario TITLE`");
}

std::vector<std::string> FailuresOf(const std::string& lines) {
  const auto scenarios = ParseScenarios("scenario s\npolicy min_searches=1 window=1h\n" + lines, "x");
  EXPECT_TRUE(scenarios.ok()) << scenarios.status().message();
  return scenarios.ok() ? RunScenario(scenarios->at(0)) : std::vector<std::string>();
}

TEST(ScenarioLanguage, AnExpectationThatDoesNotHoldIsTold) {
  const std::string event = "10:00 ana searches shoes/p\n";
  EXPECT_TRUE(FailuresOf(event + "at 10:01 expect ana in shoes <- p until 11:00\n").empty());
  const std::vector<std::string> failures =
      FailuresOf(event + "at 10:01 expect ana in shoes <- q with 2 searches for good\n");
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_EQ(failures[0],
            "x:4: expected `q with 2 searches for good`, got `p with 1 searches until "
            "2026-01-05T11:00:00.000Z` (as written)");
  EXPECT_FALSE(FailuresOf(event + "at 10:01 expect ana in shoes <- nothing to show\n").empty());
  EXPECT_FALSE(FailuresOf(event + "at 11:00 expect ana in shoes <- nothing because stale\n").empty());
  EXPECT_FALSE(FailuresOf(event + "at 10:01 expect ana <- bags/p\n").empty());
  EXPECT_FALSE(FailuresOf(event + "at 10:01 expect categories of ana: none\n").empty());
  EXPECT_FALSE(FailuresOf(event + "at 10:01 expect popular in shoes: p x1\n").empty());
  EXPECT_FALSE(FailuresOf(event + "at 10:01 expect audience of shoes: nobody\n").empty());
}

TEST(ScenarioLanguage, AnExpectationKnowsOnlyTheLinesAboveIt) {
  EXPECT_TRUE(FailuresOf("10:00 ana searches shoes/p\n"
                         "at 10:01 expect ana in shoes <- p\n"
                         "10:05 ana is erased\n"
                         "at 10:01 expect ana in shoes <- nothing because unknown_user\n")
                  .empty());
}

TEST(ScenarioLanguage, ADayMayBeNamedInThreeWays) {
  EXPECT_TRUE(FailuresOf("day 2 10:00 ana searches shoes/p\n"
                         "at Jan 6 10:59 expect ana in shoes <- p until 2026-01-06 11:00\n")
                  .empty());
}

}  // namespace
}  // namespace adirect
