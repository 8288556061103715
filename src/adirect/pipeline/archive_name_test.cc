#include "adirect/pipeline/archive_name.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

constexpr std::string_view kDay = "2026-11-24";

std::string PathOf(const std::string& input, uint64_t first = 0, uint64_t last = 4710) {
  return ArchivePath(kDay, {input, first, last, "csv.gz"});
}

TEST(ArchiveName, SaysDayTopicPartitionAndRange) {
  EXPECT_EQ(PathOf("web_activity1/0"), "2026-11-24/web_activity1-0-00000000000000000000-00000000000000004710.csv.gz");
}

TEST(ArchiveName, ReadsBackWhateverTheInputIsCalled) {
  for (const std::string input : {"web_activity1/0", "log/0", "a-b.c/12", "_hidden/3", ".dot/0", "events.csv", "day-7",
                                  "day-7/1", "day-07", "a/b/c", "ümlaut/0", "50%", "-", "x-", "/0", "a b:c"}) {
    const ArchiveName name{input, 7, INT64_MAX, "parquet"};
    const std::string path = ArchivePath(kDay, name);
    EXPECT_EQ(ParseArchivePath(path), name) << path;
    EXPECT_EQ(path.find_first_of(" :", 11), std::string::npos) << path;
    EXPECT_NE(path[11], '_');
    EXPECT_NE(path[11], '.');
  }
}

TEST(ArchiveName, OfAPartitionIsNoOtherInputs) {
  EXPECT_NE(PathOf("day-7"), PathOf("day/7"));
  EXPECT_NE(PathOf("a/1"), PathOf("a%2F1"));
}

TEST(ArchiveName, IsNotReadFromForeignFiles) {
  for (const char* const path : {"", "README.md", "2026-11-24", "2026-11-24/", "2026-11-24/notes.csv",
                                 "2026-13-24/log-0-00000000000000000000-00000000000000000001.csv",
                                 "log-0-00000000000000000000-00000000000000000001.csv",
                                 "2026-11-24/log-0-00000000000000000002-00000000000000000001.csv",
                                 "2026-11-24/log-0-00000000000000000000-99999999999999999999.csv",
                                 "2026-11-24/log-0-0000000000000000000-00000000000000000001.csv",
                                 "2026-11-24/log-0-00000000000000000000-00000000000000000001.txt",
                                 "2026-11-24/log-0-00000000000000000000-00000000000000000001.ndjson",
                                 "2026-11-24/_log-0-00000000000000000000-00000000000000000001.csv",
                                 "2026-11-24/l%6Fg-0-00000000000000000000-00000000000000000001.csv",
                                 "2026-11-24/more/log-0-00000000000000000000-00000000000000000001.csv"}) {
    EXPECT_FALSE(ParseArchivePath(path)) << path;
  }
}

TEST(ArchiveName, LeftoversSayWhoseTheyAre) {
  const ArchiveName name{"web_activity1/0", 5, 9, "csv"};
  const std::string path = ArchivePath(kDay, name);
  EXPECT_EQ(ParseLeftoverPath(TemporaryArchivePath(path)), name);
  EXPECT_EQ(TemporaryArchivePath(path).substr(0, 12), "2026-11-24/_");
  const std::string refused = ArchiveQuarantinePath(kDay, name);
  EXPECT_EQ(refused, "_quarantine/2026-11-24/web_activity1-0-00000000000000000005-00000000000000000009.ndjson");
  for (const std::string& leftover : {refused, TemporaryArchivePath(refused)}) {
    const std::optional<ArchiveName> read = ParseLeftoverPath(leftover);
    ASSERT_TRUE(read) << leftover;
    EXPECT_EQ(read->input, name.input);
    EXPECT_EQ(read->first, name.first);
  }
  EXPECT_FALSE(ParseLeftoverPath(path));
  EXPECT_FALSE(ParseLeftoverPath("2026-11-24/_SUCCESS"));
}

}  // namespace
}  // namespace adirect
