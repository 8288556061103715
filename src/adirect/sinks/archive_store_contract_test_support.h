// The contract of pipeline/archive_store.h as tests (archive_store_contract_test.cc), run for every implementation:
//
//   INSTANTIATE_TEST_SUITE_P(Local, ArchiveStoreContract, testing::Values(…), ArchiveStoreCaseName);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

inline std::string ArchiveStoreCaseName(const testing::TestParamInfo<ArchiveStoreCase>& info) {
  return info.param.name;
}

}  // namespace adirect
