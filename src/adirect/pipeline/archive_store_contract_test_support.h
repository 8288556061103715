// The contract of pipeline/archive_store.h as tests. A test binary that includes them runs them for its implementation:
//
//   INSTANTIATE_TEST_SUITE_P(Local, ArchiveStoreContract, testing::Values(…), ArchiveStoreCaseName);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adirect/pipeline/archive_name.h"
#include "adirect/pipeline/archive_store.h"

namespace adirect {

struct ArchiveStoreCase {
  std::string name;
  // An empty archive, and what is to be done when the test is over.
  std::function<std::unique_ptr<ArchiveStore>(std::function<void()>& clean)> make;
};

class ArchiveStoreContract : public testing::TestWithParam<ArchiveStoreCase> {
 protected:
  ArchiveStoreContract() : store_(GetParam().make(clean_)) {}
  ~ArchiveStoreContract() override {
    if (clean_) clean_();
  }

  // Names with the size of files, and / behind folders.
  std::vector<std::string> List(const std::string& folder) {
    const Result<std::vector<ArchiveStore::Entry>> entries = store_->List(folder);
    EXPECT_TRUE(entries.ok()) << entries.status().message();
    std::vector<std::string> list;
    if (!entries.ok()) return list;
    for (const auto& entry : *entries) {
      list.push_back(entry.folder ? entry.name + "/" : entry.name + " " + std::to_string(entry.bytes));
    }
    return list;
  }
  std::string Read(const std::string& path) {
    std::string content;
    const Status read = store_->Read(path, [&](std::string_view piece) {
      content += piece;
      return Status();
    });
    EXPECT_TRUE(read.ok()) << read.message();
    return content;
  }
  void Put(const std::string& path, std::string_view content) {
    const Status put = store_->Put(path, content);
    EXPECT_TRUE(put.ok()) << put.message();
  }

  std::function<void()> clean_;
  std::unique_ptr<ArchiveStore> store_;
};

inline const std::string kPath = ArchivePath("2026-11-24", {"web_activity1/0", 0, 4710, "parquet"});

TEST_P(ArchiveStoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(List(""), std::vector<std::string>());
  EXPECT_EQ(List("2026-11-24"), std::vector<std::string>());
}

TEST_P(ArchiveStoreContract, WhatIsPutIsThereUnderItsNameAndNothingElse) {
  Put(kPath, "content");
  EXPECT_EQ(Read(kPath), "content");
  EXPECT_EQ(List(""), std::vector<std::string>{"2026-11-24/"});
  EXPECT_EQ(List("2026-11-24"), std::vector<std::string>{kPath.substr(11) + " 7"});
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
  EXPECT_EQ(List("2026-11-24"), std::vector<std::string>());
}

TEST_P(ArchiveStoreContract, ListsFoldersOfFolders) {
  const std::string refused = ArchiveQuarantinePath("2026-11-24", {"web_activity1/0", 0, 1, "csv"});
  Put(refused, "{}");
  EXPECT_EQ(List("_quarantine"), std::vector<std::string>{"2026-11-24/"});
  EXPECT_EQ(List("_quarantine/2026-11-24").size(), 1U);
}

TEST_P(ArchiveStoreContract, WhatIsRemovedIsGoneAndMayBeGoneAlready) {
  Put(kPath, "content");
  EXPECT_TRUE(store_->Remove(kPath).ok());
  EXPECT_TRUE(store_->Remove(kPath).ok());
  EXPECT_EQ(List("2026-11-24"), std::vector<std::string>());
  EXPECT_EQ(store_->Read(kPath, [](std::string_view) { return Status(); }).code(), Code::kNotFound);
}

TEST_P(ArchiveStoreContract, WhoReadsMayEndIt) {
  Put(kPath, std::string(5 << 20, 'x'));
  const Status read = store_->Read(kPath, [](std::string_view) { return Exhausted("enough"); });
  EXPECT_EQ(read.code(), Code::kExhausted);
  EXPECT_NE(read.message().find("enough"), std::string::npos);
}

inline std::string ArchiveStoreCaseName(const testing::TestParamInfo<ArchiveStoreCase>& info) {
  return info.param.name;
}

}  // namespace adirect
