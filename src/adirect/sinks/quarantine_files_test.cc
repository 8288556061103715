#include "adirect/sinks/quarantine_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>

namespace adirect {
namespace {

class TickingClock : public Clock {
 public:
  Timestamp Now() const override { return {now_ += 1000}; }

 private:
  mutable std::atomic<int64_t> now_ = 1'000'000;
};

class QuarantineFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "quarantine-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Writes the records one after the other and closes; what was counted.
  QuarantineSink::Counts Keep(const QuarantineFilesOptions& options, const std::vector<std::string>& records) {
    Result<std::unique_ptr<QuarantineFiles>> files = QuarantineFiles::Open(folder_, clock_, options);
    EXPECT_TRUE(files.ok()) << files.status().message();
    for (const std::string& record : records) {
      const QuarantineSink::Counts before = (*files)->counts();
      EXPECT_TRUE((*files)->Write(record).ok());
      while ((*files)->counts().kept_bytes + (*files)->counts().dropped_bytes ==
             before.kept_bytes + before.dropped_bytes) {
        std::this_thread::yield();
      }
    }
    return (*files)->counts();
  }

  // Content by name, in the order of the names.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(entry.path());
      files[entry.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
  }
  std::string AllText() const {
    std::string text;
    for (const auto& [name, content] : Files()) text += content;
    return text;
  }

  std::string folder_;
  TickingClock clock_;
};

TEST_F(QuarantineFilesTest, RecordsAreThereInTheirOrderAndNoFileIsMadeForNone) {
  EXPECT_EQ(Keep({}, {}).kept_bytes, 0u);
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(Keep({}, {"one\n", "two\nthree\n"}).kept_bytes, 14u);
  ASSERT_EQ(Files().size(), 1u);
  EXPECT_TRUE(Files().begin()->first.starts_with("quarantine-http-1970-01-01T00:16:41.000Z")) << Files().begin()->first;
  EXPECT_EQ(AllText(), "one\ntwo\nthree\n");
}

TEST_F(QuarantineFilesTest, AFullFileIsFollowedByTheNextAndNoRecordIsCut) {
  Keep({.file_bytes = 8}, {"aaa\nbbb\nccc\n", "a record that is longer than a file\nddd\n"});
  EXPECT_EQ(AllText(), "aaa\nbbb\nccc\na record that is longer than a file\nddd\n");
  EXPECT_GT(Files().size(), 2u);
  for (const auto& [name, content] : Files()) EXPECT_TRUE(content.ends_with('\n')) << content;
}

TEST_F(QuarantineFilesTest, TheOldestFilesGoWhereAllWouldTakeTooMuchAndThatIsCounted) {
  Keep({}, {"former\n"});
  std::vector<std::string> records;
  for (int i = 0; i < 10; ++i) records.push_back("row" + std::to_string(i) + "\n");
  const QuarantineSink::Counts counts = Keep({.total_bytes = 20, .file_bytes = 5}, records);
  EXPECT_EQ(AllText(), "row6\nrow7\nrow8\nrow9\n");
  EXPECT_EQ(counts.kept_bytes, 20u);
  EXPECT_EQ(counts.dropped_bytes, 7u + 30u);
}

TEST_F(QuarantineFilesTest, WhatCannotWaitOrBeWrittenIsDroppedAndCounted) {
  EXPECT_EQ(Keep({.waiting_bytes = 3}, {"four\n"}).dropped_bytes, 5u);
  Result<std::unique_ptr<QuarantineFiles>> files = QuarantineFiles::Open(folder_, clock_, {});
  ASSERT_TRUE(files.ok());
  std::filesystem::remove_all(folder_);
  ASSERT_TRUE((*files)->Write("one\n").ok());
  while ((*files)->counts().dropped_bytes == 0) std::this_thread::yield();
  EXPECT_EQ((*files)->counts().dropped_bytes, 4u);
  EXPECT_EQ((*files)->counts().kept_bytes, 0u);
  EXPECT_FALSE(QuarantineFiles::Open(folder_, clock_, {}).ok());
}

}  // namespace
}  // namespace adirect
