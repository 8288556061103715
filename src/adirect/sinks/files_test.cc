#include "adirect/sinks/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace adirect {
namespace {

namespace fs = std::filesystem;

class OutputTest : public testing::Test {
 protected:
  OutputTest() {
    char path[] = "/tmp/adirect-output-test-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~OutputTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string Content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name), std::ios::binary).rdbuf();
    return text.str();
  }

  // The names in the folder, sorted.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // Makes the name's temporary file one on a full disk.
  void FillDiskOf(const std::string& name) const {
    fs::create_symlink("/dev/full", Path(name) + ".part-" + std::to_string(getpid()));
  }

  std::unique_ptr<OutputFile> Create(const std::string& name) const {
    Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(Path(name));
    EXPECT_TRUE(file.ok()) << file.status().message();
    return *std::move(file);
  }

  std::string folder_;
};

using Strings = std::vector<std::string>;

TEST_F(OutputTest, AFileHasItsNameOnlyWhenCommitted) {
  const std::unique_ptr<OutputFile> file = Create("a.csv");
  EXPECT_EQ(file->path(), Path("a.csv"));
  EXPECT_TRUE(file->Write("one\n").ok());
  EXPECT_TRUE(file->Write("two\n").ok());
  EXPECT_FALSE(fs::exists(Path("a.csv")));
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Content("a.csv"), "one\ntwo\n");
  EXPECT_EQ(Names(), Strings{"a.csv"});
}

TEST_F(OutputTest, AnEmptyFileIsAFileToo) {
  ASSERT_TRUE(Create("a.csv")->Commit().ok());
  EXPECT_EQ(Names(), Strings{"a.csv"});
}

TEST_F(OutputTest, WithoutACommitNothingIsLeft) {
  EXPECT_TRUE(Create("a.csv")->Write(std::string(3 << 20, 'x')).ok());
  EXPECT_TRUE(Names().empty());
}

TEST_F(OutputTest, WhatWasThereStaysUntilTheCommit) {
  std::ofstream(Path("a.csv")) << "old";
  EXPECT_TRUE(Create("a.csv")->Write("never").ok());
  EXPECT_EQ(Content("a.csv"), "old");
  const std::unique_ptr<OutputFile> file = Create("a.csv");
  EXPECT_TRUE(file->Write("new").ok());
  EXPECT_EQ(Content("a.csv"), "old");
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Content("a.csv"), "new");
  EXPECT_EQ(Names(), Strings{"a.csv"});
}

TEST_F(OutputTest, TextOfAnySizeKeepsItsOrder) {
  const std::unique_ptr<OutputFile> file = Create("a.csv");
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<size_t>(i * i % 30'000), static_cast<char>('a' + i % 26));
    EXPECT_TRUE(file->Write(piece).ok());
    expected += piece;
  }
  const std::string large(5 << 20, 'z');
  EXPECT_TRUE(file->Write(large).ok());
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(Content("a.csv"), expected + large);
}

TEST_F(OutputTest, AMissingFolderIsAnErrorThatNamesThePath) {
  const Status status = OutputFile::Create(Path("no-such/a.csv")).status();
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_NE(status.message().find(Path("no-such/a.csv")), std::string::npos) << status.message();
}

TEST_F(OutputTest, AFullDiskIsAnErrorThatNamesThePathAndLeavesNothing) {
  FillDiskOf("a.csv");
  {
    const std::unique_ptr<OutputFile> file = Create("a.csv");
    EXPECT_TRUE(file->Write("waits in memory").ok());
    const Status status = file->Commit();
    EXPECT_EQ(status.code(), Code::kExhausted);
    EXPECT_NE(status.message().find(Path("a.csv")), std::string::npos) << status.message();
  }
  EXPECT_TRUE(Names().empty());

  FillDiskOf("b.csv");
  {
    const std::unique_ptr<OutputFile> file = Create("b.csv");
    EXPECT_EQ(file->Write(std::string(2 << 20, 'x')).code(), Code::kExhausted);
  }
  EXPECT_TRUE(Names().empty());
}

TEST_F(OutputTest, AFolderOfThatNameIsAnErrorThatNamesIt) {
  fs::create_directory(Path("a.csv"));
  {
    const std::unique_ptr<OutputFile> file = Create("a.csv");
    EXPECT_TRUE(file->Write("x").ok());
    const Status status = file->Commit();
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find(Path("a.csv")), std::string::npos) << status.message();
  }
  EXPECT_EQ(Names(), Strings{"a.csv"});
  EXPECT_TRUE(fs::is_directory(Path("a.csv")));
}

// -o /dev/null, as root: the device must still be one afterwards.
TEST_F(OutputTest, APipeOrADeviceIsWrittenToAndNotReplaced) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const int reader = open(Path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  {
    const std::unique_ptr<OutputFile> file = Create("pipe");
    EXPECT_TRUE(file->Write("x").ok());
    EXPECT_TRUE(file->Commit().ok());
  }
  EXPECT_TRUE(fs::is_fifo(Path("pipe")));
  char got = 0;
  EXPECT_EQ(read(reader, &got, 1), 1);
  EXPECT_EQ(got, 'x');
  close(reader);
}

TEST_F(OutputTest, AMinusIsStandardOutput) {
  testing::internal::CaptureStdout();
  {
    const Result<std::unique_ptr<OutputFile>> file = OutputFile::Create("-");
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->Write("one\n").ok());
    EXPECT_TRUE((*file)->Commit().ok());
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one\n");
  EXPECT_FALSE(fs::exists("-"));
}

TEST_F(OutputTest, AFolderIsMadeAndItsFilesAppearTogether) {
  const Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(Path("out/2017/"));
  ASSERT_TRUE(folder.ok()) << folder.status().message();
  OutputFile* const a = *(*folder)->Add("a.csv");
  OutputFile* const b = *(*folder)->Add("b.csv");
  EXPECT_TRUE(a->Write("a").ok());
  EXPECT_TRUE(b->Write("b").ok());
  EXPECT_FALSE(fs::exists(Path("out/2017/a.csv")));
  ASSERT_TRUE((*folder)->Commit().ok());
  EXPECT_EQ(Content("out/2017/a.csv"), "a");
  EXPECT_EQ(Content("out/2017/b.csv"), "b");
}

TEST_F(OutputTest, ANewFolderGoesWithoutACommit) {
  for (const std::string name : {"out", "out/"}) {
    {
      const Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(Path(name));
      ASSERT_TRUE(folder.ok());
      EXPECT_TRUE((*(*folder)->Add("a.csv"))->Write("a").ok());
    }
    EXPECT_TRUE(Names().empty()) << name;
    fs::remove(Path("out"));
  }
}

TEST_F(OutputTest, FoldersThatWereMadeAboveItGoToo) {
  { EXPECT_TRUE(OutputFolder::Create(Path("a/b/c")).ok()); }
  EXPECT_TRUE(Names().empty());
}

TEST_F(OutputTest, AFolderThatWasThereStaysWithWhatItHolds) {
  fs::create_directory(Path("empty"));
  { EXPECT_TRUE(OutputFolder::Create(Path("empty")).ok()); }
  EXPECT_TRUE(fs::exists(Path("empty")));
  fs::create_directory(Path("out"));
  std::ofstream(Path("out/a.csv")) << "old";
  std::ofstream(Path("out/notes.txt")) << "mine";
  {
    const Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(Path("out"));
    EXPECT_TRUE((*(*folder)->Add("a.csv"))->Write("new").ok());
  }
  EXPECT_EQ(Content("out/a.csv"), "old");
  EXPECT_EQ(Content("out/notes.txt"), "mine");
}

TEST_F(OutputTest, AFileInTheFoldersPlaceIsAnErrorThatNamesIt) {
  std::ofstream(Path("out")) << "x";
  for (const std::string name : {"out", "out/deeper"}) {
    const Status status = OutputFolder::Create(Path(name)).status();
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find(Path(name)), std::string::npos) << status.message();
  }
}

// Most outputs are smaller than the buffer, so a full disk is met in the commit.
TEST_F(OutputTest, WhereOneFileCannotBeWrittenNoneGetsItsName) {
  fs::create_directory(Path("out"));
  std::ofstream(Path("out/a.csv")) << "old";
  {
    const Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::Create(Path("out"));
    ASSERT_TRUE(folder.ok());
    FillDiskOf("out/b.csv");
    OutputFile* const a = *(*folder)->Add("a.csv");
    OutputFile* const b = *(*folder)->Add("b.csv");
    EXPECT_TRUE(a->Write("new").ok());
    EXPECT_TRUE(b->Write("new").ok());
    const Status status = (*folder)->Commit();
    EXPECT_EQ(status.code(), Code::kExhausted);
    EXPECT_NE(status.message().find(Path("out/b.csv")), std::string::npos) << status.message();
  }
  EXPECT_EQ(Content("out/a.csv"), "old");
  EXPECT_FALSE(fs::exists(Path("out/b.csv")));
}

}  // namespace
}  // namespace adirect
