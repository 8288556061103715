#include "adirect/sinks/archive_local.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "adirect/pipeline/archive_listing.h"
#include "adirect/pipeline/archive_store_contract_test_support.h"

namespace adirect {
namespace {

std::unique_ptr<ArchiveStore> MakeLocal(std::function<void()>& clean) {
  std::string folder = testing::TempDir() + "adirect-archive-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return nullptr;
  clean = [folder] { std::filesystem::remove_all(folder); };
  Result<std::unique_ptr<LocalArchive>> store = LocalArchive::Make(folder + "/below/archive");
  return store.ok() ? *std::move(store) : nullptr;
}

INSTANTIATE_TEST_SUITE_P(Local, ArchiveStoreContract, testing::Values(ArchiveStoreCase{"folder", MakeLocal}),
                         ArchiveStoreCaseName);

class LocalArchiveTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "archive-local-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  const std::string path_ = ArchivePath("2026-11-24", {"web/0", 0, 9, "csv"});
};

TEST_F(LocalArchiveTest, AFolderThatIsNotThereIsAnEmptyArchive) {
  LocalArchive archive(folder_ + "/none");
  EXPECT_TRUE(archive.List("")->empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/none"));
}

TEST_F(LocalArchiveTest, AFileIsNoArchive) {
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_EQ(LocalArchive::Make(folder_ + "/file").status().code(), Code::kNotFound);
  EXPECT_FALSE(LocalArchive(folder_ + "/file").List("").ok());
}

TEST_F(LocalArchiveTest, ALinkThatLeadsNowhereIsListedAsAFile) {
  std::filesystem::create_symlink("nowhere", folder_ + "/link");
  LocalArchive archive(folder_);
  ASSERT_TRUE(archive.List("").ok());
  EXPECT_FALSE(archive.List("")->front().folder);
}

// In a process of its own: a file may not become larger than the limit.
TEST_F(LocalArchiveTest, WhatDoesNotFitLeavesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status put = LocalArchive(folder_).Put(path_, std::string(2 << 20, 'x'));
    _exit(put.ok() ? 1 : 0);
  }
  int ended = -1;
  ASSERT_EQ(waitpid(child, &ended, 0), child);
  EXPECT_EQ(ended, 0);
  EXPECT_TRUE(LocalArchive(folder_).List("2026-11-24")->empty());
}

// A process is killed in the midst of its work again and again: what it leaves is whole, or has no name.
TEST_F(LocalArchiveTest, AKilledProcessLeavesWholeFilesOrNone) {
  const std::string content(1 << 20, 'x');
  uint64_t next = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      LocalArchive archive(folder_);
      for (uint64_t row = next;; ++row) {
        if (!archive.Put(ArchivePath("2026-11-24", {"web/0", row, row, "csv"}), content).ok()) _exit(1);
      }
    }
    usleep(static_cast<useconds_t>(3'000 + 700 * round));
    kill(child, SIGKILL);
    int ended = 0;
    ASSERT_EQ(waitpid(child, &ended, 0), child);
    ASSERT_TRUE(WIFSIGNALED(ended));
    LocalArchive archive(folder_);
    const Result<ArchiveListing> listing = ListArchive(archive);
    ASSERT_TRUE(listing.ok());
    EXPECT_TRUE(listing->foreign.empty());
    for (const ArchiveFile& file : listing->files) EXPECT_EQ(file.bytes, content.size()) << file.path;
    const Result<Positions> positions = ArchivePositions(listing->files);
    ASSERT_TRUE(positions.ok()) << positions.status().message();
    if (positions->contains("web/0")) next = positions->at("web/0");
  }
  EXPECT_GT(next, 0U);
}

}  // namespace
}  // namespace adirect
