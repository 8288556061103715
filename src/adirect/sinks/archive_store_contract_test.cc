#include <stdlib.h>

#include <filesystem>

#include "adirect/pipeline/archive_fake_test_support.h"
#include "adirect/pipeline/archive_listing.h"
#include "adirect/sinks/archive_local.h"
#include "adirect/sinks/archive_store_contract_test_support.h"

namespace adirect {
namespace {

using Names = std::vector<std::string>;

const std::string kPath = ArchivePath("2026-11-24", {"web_activity1/0", 0, 4710, "parquet"});

TEST_P(ArchiveStoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(List(""), Names());
  EXPECT_EQ(List("2026-11-24"), Names());
}

TEST_P(ArchiveStoreContract, WhatIsPutIsThereUnderItsNameAndNothingElse) {
  Put(kPath, "content");
  EXPECT_EQ(Read(kPath), "content");
  EXPECT_EQ(List(""), Names{"2026-11-24/"});
  EXPECT_EQ(List("2026-11-24"), Names{kPath.substr(11) + " 7"});
}

TEST_P(ArchiveStoreContract, TakesAnyBytes) {
  std::string content;
  for (uint64_t i = 0; i < 5'000'000; ++i) content += static_cast<char>(i * i >> 3);
  Put(kPath, content);
  EXPECT_TRUE(Read(kPath) == content);
  const std::string other = ArchivePath("2026-11-24", {"web_activity1/0", 4711, 4711, "csv"});
  Put(other, "");
  EXPECT_EQ(Read(other), "");
}

TEST_P(ArchiveStoreContract, ToPutAgainIsRight) {
  Put(kPath, "content");
  Put(kPath, "content");
  EXPECT_EQ(List("2026-11-24").size(), 1U);
}

TEST_P(ArchiveStoreContract, OtherContentIsRefusedAndLeftAsItIs) {
  Put(kPath, "content");
  for (const char* const other : {"c0ntent", "conten", "content ", ""}) {
    EXPECT_EQ(store_->Put(kPath, other).code(), Code::kCorrupt) << other;
  }
  EXPECT_EQ(Read(kPath), "content");
}

TEST_P(ArchiveStoreContract, WhatACrashLeftUnderTheTemporaryNameIsWrittenOver) {
  Put(TemporaryArchivePath(kPath), "longer than what is to come");
  Put(kPath, "content");
  EXPECT_EQ(Read(kPath), "content");
}

TEST_P(ArchiveStoreContract, NamesMayHoldWhateverAnInputsNameHolds) {
  for (const std::string input : {"web.activity_1-x/0", "50% off & more?#", "_ü/1"}) {
    const std::string path = ArchivePath("2026-11-24", {input, 0, 1, "csv.gz"});
    Put(path, input);
    EXPECT_EQ(Read(path), input);
    EXPECT_TRUE(store_->Remove(path).ok());
  }
  EXPECT_EQ(List("2026-11-24"), Names());
}

TEST_P(ArchiveStoreContract, ListsFoldersOfFolders) {
  const std::string refused = ArchiveQuarantinePath("2026-11-24", {"web_activity1/0", 0, 1, "csv"});
  Put(refused, "{}");
  EXPECT_EQ(List("_quarantine"), Names{"2026-11-24/"});
  EXPECT_EQ(List("_quarantine/2026-11-24").size(), 1U);
}

TEST_P(ArchiveStoreContract, WhatIsRemovedIsGoneAndMayBeGoneAlready) {
  Put(kPath, "content");
  EXPECT_TRUE(store_->Remove(kPath).ok());
  EXPECT_TRUE(store_->Remove(kPath).ok());
  EXPECT_EQ(List("2026-11-24"), Names());
  EXPECT_EQ(store_->Read(kPath, [](std::string_view) { return Status(); }).code(), Code::kNotFound);
}

TEST_P(ArchiveStoreContract, WhoReadsMayEndIt) {
  Put(kPath, std::string(5 << 20, 'x'));
  const Status read = store_->Read(kPath, [](std::string_view) { return Exhausted("enough"); });
  EXPECT_EQ(read.code(), Code::kExhausted);
  EXPECT_NE(read.message().find("enough"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Fake, ArchiveStoreContract,
                         testing::Values(ArchiveStoreCase{
                             "memory", [](std::function<void()>&) { return std::make_unique<FakeArchiveStore>(); }}),
                         ArchiveStoreCaseName);

std::unique_ptr<ArchiveStore> MakeLocal(std::function<void()>& clean) {
  std::string folder = testing::TempDir() + "adirect-archive-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return nullptr;
  clean = [folder] { std::filesystem::remove_all(folder); };
  Result<std::unique_ptr<LocalArchive>> store = LocalArchive::Make(folder + "/below/archive");
  return store.ok() ? *std::move(store) : nullptr;
}

INSTANTIATE_TEST_SUITE_P(Local, ArchiveStoreContract, testing::Values(ArchiveStoreCase{"folder", MakeLocal}),
                         ArchiveStoreCaseName);

}  // namespace
}  // namespace adirect
