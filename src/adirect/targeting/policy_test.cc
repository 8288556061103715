#include "adirect/targeting/policy.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace adirect {
namespace {

Policy Parsed(std::string_view text, std::string_view place = "x.toml") {
  Result<Policy> policy = ParsePolicy(text, place);
  EXPECT_TRUE(policy.ok()) << policy.status().message();
  return policy.ok() ? *std::move(policy) : Policy();
}

std::string Refused(std::string_view text, std::string_view place = "policies/x.toml") {
  const Result<Policy> policy = ParsePolicy(text, place);
  if (policy.ok()) return "not refused";
  EXPECT_EQ(policy.status().code(), Code::kInvalidArgument);
  return policy.status().message();
}

constexpr std::string_view kDefaultPrint = R"(name = "default"

[interest]
events = ["search", "view"]
min_searches = 3
window = "7d"
min_distinct_days = 1
last_within = "3d"

[purchase]
suppress_for = "30d"

[products]
recent = 5
popular = 5
popular_window = "30d"
exclude_purchased = true
limit = 10
)";

TEST(Policy, AnEmptyTextIsTheDefaultPolicyNamedByItsFile) {
  EXPECT_EQ(PrintPolicy(Parsed("", "policies/default.toml")), kDefaultPrint);
  EXPECT_EQ(Parsed("", "policies/sale-2026_1.toml").name, "sale-2026_1");
  EXPECT_EQ(Parsed("", "sale.toml").name, "sale");
}

TEST(Policy, ANameKeyCountsMoreThanTheFilesName) {
  EXPECT_EQ(Parsed("name = \"case\"", "policies/x.toml").name, "case");
  EXPECT_EQ(Parsed("name = \"case\"", "/tmp/My Case.toml").name, "case");
}

TEST(Policy, ATextFromNoTomlFileIsNamedDefaultUnlessItSaysOtherwise) {
  EXPECT_EQ(Parsed("", "request body").name, "default");
  EXPECT_EQ(Parsed("name = \"case\"", "request body").name, "case");
}

TEST(Policy, AFileWhoseNameIsNoPolicyNameNeedsANameKey) {
  EXPECT_EQ(Refused("", "My Case.toml"),
            "My Case.toml: the file's name is no policy name; give it a name key, or rename it");
}

TEST(Policy, EveryKeyIsRead) {
  const Policy policy = Parsed(R"(
name = "all"
[interest]
events = ["favorite", "search"]
min_searches = 1
window = "90m"
min_distinct_days = 2
last_within = "forever"
[purchase]
suppress_for = "1500ms"
[products]
recent = 0
popular = 10000
popular_window = "48h"
exclude_purchased = false
limit = 1
)");
  EXPECT_EQ(policy.name, "all");
  EXPECT_EQ(policy.interest.events, (std::vector<EventType>{EventType::kSearch, EventType::kFavorite}));
  EXPECT_EQ(policy.interest.min_searches, 1);
  EXPECT_EQ(policy.interest.window, Duration::Millis(90 * kMillisPerMinute));
  EXPECT_EQ(policy.interest.min_distinct_days, 2);
  EXPECT_TRUE(policy.interest.last_within.forever());
  EXPECT_EQ(policy.purchase.suppress_for, Duration::Millis(1500));
  EXPECT_EQ(policy.products.recent, 0);
  EXPECT_EQ(policy.products.popular, 10'000);
  EXPECT_EQ(policy.products.popular_window, Duration::Days(2));
  EXPECT_FALSE(policy.products.exclude_purchased);
  EXPECT_EQ(policy.products.limit, 1);
}

TEST(Policy, OnlyTheTypesThatItNamesCount) {
  const Policy policy = Parsed("interest.events = [\"cart\"]");
  EXPECT_TRUE(policy.Counts(EventType::kCart));
  EXPECT_FALSE(policy.Counts(EventType::kSearch));
  EXPECT_FALSE(policy.Counts(EventType::kPurchase));
}

TEST(Policy, ThePrintParsesBackToItself) {
  const Policy policy = Parsed("interest.window = \"25h\"\nproducts.exclude_purchased = false");
  const std::string print = PrintPolicy(policy);
  EXPECT_NE(print.find("window = \"25h\""), std::string::npos);
  EXPECT_EQ(PrintPolicy(Parsed(print)), print);
}

TEST(Policy, EqualPoliciesHaveOneVersionHoweverTheyAreWritten) {
  const std::string version = PolicyVersion(Parsed("", "default.toml"));
  EXPECT_EQ(version.size(), 16u);
  EXPECT_EQ(version.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(version, PolicyVersion(Parsed(R"(
# the same
interest = { events = ["view", "search"], window = "168h" }
name = "default"
)")));
  EXPECT_NE(version, PolicyVersion(Parsed("interest.window = \"8d\"", "default.toml")));
}

TEST(Policy, WindowOfMinusOneDayIsRefused) {
  EXPECT_EQ(Refused("[interest]\n\nwindow = \"-1d\"\n"),
            "policies/x.toml:3: interest.window: \"-1d\" is no duration; use a whole number > 0 "
            "with ms, s, m, h or d (e.g. \"7d\"), or \"forever\"");
}

TEST(Policy, EveryMistakeIsToldWithItsLineAndKey) {
  std::vector<PolicyProblem> problems;
  EXPECT_FALSE(ParsePolicy("[products]\nlimit = 0\nrecnt = 1\n[interest]\nwindow = 7\n", "x.toml", &problems).ok());
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].line, 2u);
  EXPECT_EQ(problems[0].key, "products.limit");
  EXPECT_EQ(problems[1].line, 3u);
  EXPECT_EQ(problems[1].key, "");
  EXPECT_EQ(problems[2].line, 5u);
  EXPECT_EQ(problems[2].message.substr(0, 16), "7 is no duration");
  EXPECT_FALSE(ParsePolicy("[interest", "x.toml", &problems).ok());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].line, 1u);
}

TEST(Policy, WhatIsNoDurationIsRefused) {
  for (const std::string_view value :
       {"\"0d\"", "\"7\"", "\"d\"", "\"1.5d\"", "\"7 d\"", "\"7D\"", "\"1w\"", "\"+7d\"", "\"\"", "\"Forever\"",
        "\"99999999999999999999d\"", "\"9999999999d\"", "7", "true", "[\"7d\"]"}) {
    for (const std::string_view key : {"interest.window", "interest.last_within", "purchase.suppress_for"}) {
      const std::string text = std::string(key) + " = " + std::string(value);
      EXPECT_NE(Refused(text).find(std::string(key) + ": "), std::string::npos) << text;
      EXPECT_NE(Refused(text).find(" is no duration; use a whole number > 0"), std::string::npos);
    }
  }
}

TEST(Policy, PopularWindowIsWholeDaysOrForever) {
  EXPECT_EQ(Parsed("products.popular_window = \"24h\"").products.popular_window, Duration::Days(1));
  EXPECT_TRUE(Parsed("products.popular_window = \"forever\"").products.popular_window.forever());
  EXPECT_EQ(Refused("products.popular_window = \"36h\""),
            "policies/x.toml:1: products.popular_window: \"36h\" is not whole days; use whole days "
            "(e.g. \"30d\"), or \"forever\"");
  EXPECT_NE(Refused("products.popular_window = \"x\"").find("is no duration"), std::string::npos);
}

TEST(Policy, MinSearchesOfZeroIsRefused) {
  EXPECT_EQ(Refused("[interest]\nmin_searches = 0\n"),
            "policies/x.toml:2: interest.min_searches: 0 is not possible; use a whole number, "
            "1 or more");
}

TEST(Policy, CountsOutsideTheirRangeAreRefused) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kImpossible = {
      {{"interest.min_searches", "-1"},
       {"interest.min_searches", "2147483648"},
       {"interest.min_searches", "3.0"},
       {"interest.min_searches", "\"3\""},
       {"interest.min_distinct_days", "0"},
       {"products.recent", "-1"},
       {"products.recent", "10001"},
       {"products.popular", "-1"},
       {"products.limit", "0"},
       {"products.limit", "10001"}}};
  for (const auto& [key, value] : kImpossible) {
    const std::string text = std::string(key) + " = " + std::string(value);
    const std::string expected =
        "policies/x.toml:1: " + std::string(key) + ": " + std::string(value) + " is not possible; use a whole number, ";
    EXPECT_EQ(Refused(text).substr(0, expected.size()), expected);
  }
}

TEST(Policy, AFlagIsTrueOrFalse) {
  EXPECT_EQ(Refused("products.exclude_purchased = \"yes\""),
            "policies/x.toml:1: products.exclude_purchased: \"yes\" is neither true nor false; use "
            "one of them");
  EXPECT_NE(Refused("products.exclude_purchased = 1"), "not refused");
}

TEST(Policy, EventsAreAListOfKindsOfInterestEachOnce) {
  EXPECT_EQ(Refused("interest.events = []"),
            "policies/x.toml:1: interest.events: the list is empty; name at least one of search, "
            "view, cart, favorite");
  EXPECT_EQ(Refused("interest.events = \"search\""),
            "policies/x.toml:1: interest.events: \"search\" is no list; name at least one of "
            "search, view, cart, favorite");
  EXPECT_EQ(Refused("[interest]\nevents = [\n  \"view\",\n  \"serch\",\n]"),
            "policies/x.toml:4: interest.events: \"serch\" shows no interest; did you mean search? "
            "allowed: search, view, cart, favorite");
  EXPECT_EQ(Refused("interest.events = [\"view\", \"view\"]"),
            "policies/x.toml:1: interest.events: \"view\" is named twice; name it once");
  EXPECT_NE(Refused("interest.events = [\"purchase\"]"), "not refused");
  EXPECT_NE(Refused("interest.events = [1]"), "not refused");
}

TEST(Policy, AnUnknownKeyIsRefusedWithTheAllowedOnesAndTheNearest) {
  EXPECT_EQ(Refused("name = \"x\"\n[interest]\nmin_serches = 3\n"),
            "policies/x.toml:3: unknown key \"min_serches\" under [interest]; did you mean "
            "min_searches? allowed: events, min_searches, window, min_distinct_days, last_within");
  EXPECT_EQ(Refused("colour = 1"),
            "policies/x.toml:1: unknown key \"colour\"; allowed: name, interest, purchase, "
            "products");
}

TEST(Policy, AnUnknownTableIsRefusedWithTheNearest) {
  EXPECT_EQ(Refused("\n[purchases]\nsuppress_for = \"1d\"\n"),
            "policies/x.toml:2: unknown table \"purchases\"; did you mean purchase? allowed: name, "
            "interest, purchase, products");
}

TEST(Policy, AKeyInTheWrongPlaceIsToldWhereItBelongs) {
  EXPECT_EQ(Refused("window = \"1d\""), "policies/x.toml:1: unknown key \"window\"; it belongs under [interest]");
  EXPECT_EQ(Refused("[interest]\nname = \"x\""),
            "policies/x.toml:2: unknown key \"name\" under [interest]; it belongs above all "
            "tables");
}

TEST(Policy, ATableThatIsAValueIsRefused) {
  EXPECT_EQ(Refused("interest = 3"), "policies/x.toml:1: interest: 3 is no table; write [interest] and its keys below");
  EXPECT_NE(Refused("[[products]]\nlimit = 1").find("products: an array is no table"), std::string::npos);
}

TEST(Policy, ANameHasOneTo64OfTheAllowedLetters) {
  EXPECT_EQ(Parsed("name = \"" + std::string(64, 'a') + "\"").name, std::string(64, 'a'));
  EXPECT_EQ(Refused("name = \"Sale\""),
            "policies/x.toml:1: name: \"Sale\" is no policy name; use 1 to 64 of a-z, 0-9, _ and "
            "-");
  for (const std::string& name :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("../x"), std::string("caf\xc3\xa9")}) {
    EXPECT_NE(Refused("name = \"" + name + "\"").find("is no policy name"), std::string::npos);
  }
  EXPECT_NE(Refused("name = 3").find("name: 3 is no policy name"), std::string::npos);
}

TEST(Policy, AllThatIsWrongIsSaidAtOnceInTheOrderOfLines) {
  EXPECT_EQ(Refused("[products]\nlimit = 0\n[interest]\nwindow = \"x\"\nevents = []\n", "x.toml"),
            "x.toml:2: products.limit: 0 is not possible; use a whole number, 1 to 10000\n"
            "x.toml:4: interest.window: \"x\" is no duration; use a whole number > 0 with ms, s, "
            "m, h or d (e.g. \"7d\"), or \"forever\"\n"
            "x.toml:5: interest.events: the list is empty; name at least one of search, view, "
            "cart, favorite");
}

TEST(Policy, WhatIsNoTomlIsRefusedWithItsLine) {
  for (const std::string_view text :
       {"[interest]\nwindow = \n", "[interest]\nwindow = 7d\n", "[interest]\nwindow = \"7d\n",
        "[interest]\nwindow = \"\xff\"\n", "name = \"a\"\nname = \"b\"\n"}) {
    const std::string message = Refused(text);
    EXPECT_EQ(message.substr(0, 28), "policies/x.toml:2: not TOML:") << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(Policy, AHostileTextIsRefusedLikeAnyOther) {
  const std::string deep(100'000, '[');
  EXPECT_NE(Refused("x = " + deep).find("not TOML"), std::string::npos);
  EXPECT_NE(Refused(deep).find("not TOML"), std::string::npos);
  EXPECT_NE(Refused(std::string("name = \"a\0\"", 12)).find("not TOML"), std::string::npos);
  EXPECT_NE(Refused("\"a\\nb\" = 1").find("unknown key \"a\\u000ab\""), std::string::npos);
}

TEST(Policy, AByteOrderMarkAndCarriageReturnsAreGood) {
  EXPECT_EQ(Parsed("\xef\xbb\xbfname = \"a\"\r\n[interest]\r\nwindow = \"2d\"\r\n").interest.window, Duration::Days(2));
}

TEST(Policy, ADurationLongerThanTheRetentionIsRefused) {
  const Settings thirty_days{32, Duration::Days(30)};
  EXPECT_TRUE(CheckAgainst(Parsed(""), thirty_days).ok());
  EXPECT_TRUE(CheckAgainst(Parsed("interest.window = \"forever\""), thirty_days).ok());
  EXPECT_TRUE(CheckAgainst(Parsed("interest.window = \"31d\""), Settings()).ok());
  EXPECT_EQ(CheckAgainst(Parsed("interest.window = \"31d\""), thirty_days).message(),
            "interest.window: \"31d\" is longer than events are kept (retention 30d); use at most "
            "\"30d\", or \"forever\" for all that is kept");
  for (const std::string_view key : {"interest.last_within", "purchase.suppress_for", "products.popular_window"}) {
    const Status status = CheckAgainst(Parsed(std::string(key) + " = \"31d\""), thirty_days);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_EQ(status.message().substr(0, key.size()), key);
  }
}

TEST(Policy, MoreSearchesThanAreKeptAreRefused) {
  const Settings four{4, Duration::Forever()};
  EXPECT_TRUE(CheckAgainst(Parsed("interest.min_searches = 4"), four).ok());
  EXPECT_EQ(CheckAgainst(Parsed("interest.min_searches = 5"), four).message(),
            "interest.min_searches: 5 is more than the 4 newest searches that are kept; lower it, "
            "or keep more (max_searches)");
  EXPECT_FALSE(CheckAgainst(Parsed("interest.min_distinct_days = 5"), four).ok());
  EXPECT_TRUE(CheckAgainst(Parsed("products.recent = 5"), four).ok());
}

}  // namespace
}  // namespace adirect
