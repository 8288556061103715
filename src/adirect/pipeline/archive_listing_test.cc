#include "adirect/pipeline/archive_listing.h"

#include <gtest/gtest.h>

#include "adirect/pipeline/archive_fake_test_support.h"

namespace adirect {
namespace {

std::string PathOf(const std::string& input, uint64_t first, uint64_t last, const std::string& day = "2026-11-24") {
  return ArchivePath(day, {input, first, last, "csv"});
}

class Listing : public testing::Test {
 protected:
  void Add(const std::string& path) { store_.files[path] = "x"; }
  ArchiveListing List() {
    Result<ArchiveListing> listing = ListArchive(store_);
    EXPECT_TRUE(listing.ok());
    return *std::move(listing);
  }
  Result<Positions> Next() { return ArchivePositions(List().files); }

  FakeArchiveStore store_;
};

TEST_F(Listing, OfAnEmptyArchiveIsEmpty) {
  EXPECT_TRUE(List().files.empty());
  EXPECT_TRUE(Next()->empty());
}

TEST_F(Listing, GoesOnBehindTheNewestFileOfEachInput) {
  Add(PathOf("web/0", 0, 9));
  Add(PathOf("web/0", 10, 10, "2026-11-25"));
  Add(PathOf("web/1", 500, 999));
  EXPECT_EQ(*Next(), (Positions{{"web/0", 11}, {"web/1", 1000}}));
}

TEST_F(Listing, OfFilesThatHoldARowTwiceNamesBoth) {
  Add(PathOf("web/0", 0, 9));
  Add(PathOf("web/0", 9, 12));
  const Result<Positions> next = Next();
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.status().code(), Code::kCorrupt);
  EXPECT_NE(next.status().message().find(PathOf("web/0", 0, 9)), std::string::npos);
  EXPECT_NE(next.status().message().find(PathOf("web/0", 9, 12)), std::string::npos);
}

TEST_F(Listing, OfTwoFilesThatBeginAlikeNamesBoth) {
  Add(PathOf("web/0", 0, 9));
  Add(PathOf("web/0", 0, 12));
  EXPECT_EQ(Next().status().code(), Code::kCorrupt);
}

TEST_F(Listing, OfFilesWithAGapBetweenNamesBoth) {
  Add(PathOf("web/0", 0, 9));
  Add(PathOf("web/0", 11, 12));
  EXPECT_NE(Next().status().message().find("leave rows out"), std::string::npos);
}

TEST_F(Listing, TellsForeignFilesAndPassesByWhatIsNotFinished) {
  Add("README.md");
  Add("2026-11-24/notes.txt");
  Add("other/file.csv");
  Add("2026-11-24/_SUCCESS");
  Add(".hidden/file.csv");
  Add(PathOf("web/0", 0, 9));
  const ArchiveListing listing = List();
  ASSERT_EQ(listing.files.size(), 1U);
  EXPECT_EQ(listing.foreign, (std::vector<std::string>{"2026-11-24/notes.txt", "README.md", "other/"}));
  EXPECT_EQ(ForeignFilesText("dir", listing.foreign),
            "dir: passes by 2026-11-24/notes.txt, README.md, other/, which no archive writes");
  EXPECT_EQ(ForeignFilesText("dir", {}), "");
}

TEST_F(Listing, KnowsWhatARunHasLeft) {
  const ArchiveName done{"web/0", 0, 9, "csv"};
  const ArchiveName lost{"web/0", 10, 19, "csv"};
  Add(ArchivePath("2026-11-24", done));
  Add(ArchiveQuarantinePath("2026-11-24", done));
  Add(ArchiveQuarantinePath("2026-11-24", lost));
  Add(TemporaryArchivePath(ArchivePath("2026-11-24", lost)));
  const ArchiveListing listing = List();
  EXPECT_TRUE(listing.foreign.empty());
  ASSERT_EQ(listing.leftovers.size(), 1U);
  EXPECT_EQ(listing.leftovers.at("web/0").size(), 2U);
}

}  // namespace
}  // namespace adirect
