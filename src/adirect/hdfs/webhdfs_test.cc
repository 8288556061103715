#include "adirect/hdfs/webhdfs.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "adirect/hdfs/webhdfs_fake_test_support.h"
#include "adirect/pipeline/archive_listing.h"
#include "adirect/pipeline/archive_store_contract_test_support.h"

namespace adirect {
namespace {

std::unique_ptr<ArchiveStore> MakeFake(std::function<void()>& clean) {
  const auto hdfs = std::make_shared<FakeHdfs>();
  clean = [hdfs] {};
  return *WebHdfs::Open(hdfs->url());
}

std::vector<ArchiveStoreCase> Cases() {
  std::vector<ArchiveStoreCase> cases = {{"fake", MakeFake}};
  // A folder of a real one: what tests/integration runs these tests over.
  if (const char* const url = getenv("ADIRECT_TEST_WEBHDFS"); url != nullptr) {
    cases.push_back({"real", [url = std::string(url)](std::function<void()>&) {
                       static int count = 0;
                       const std::string folder = std::to_string(getpid()) + "-" + std::to_string(++count);
                       return std::unique_ptr<ArchiveStore>(*WebHdfs::Open(url + "/contract-" + folder));
                     }});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(WebHdfs, ArchiveStoreContract, testing::ValuesIn(Cases()), ArchiveStoreCaseName);

class WebHdfsTest : public testing::Test {
 protected:
  Status Put(const std::string& content = "content") { return store_->Put(path_, content); }

  FakeHdfs hdfs_;
  const std::unique_ptr<WebHdfs> store_ = *WebHdfs::Open(hdfs_.url());
  const std::string path_ = ArchivePath("2026-11-24", {"web/0", 0, 9, "csv"});
};

TEST(WebHdfsAddress, SaysUserHostPortAndFolder) {
  EXPECT_EQ((*WebHdfs::Open("webhdfs://web@nn:9870/user/web_logs/"))->place(), "webhdfs://web@nn:9870/user/web_logs");
  EXPECT_EQ((*WebHdfs::Open("webhdfs://[::1]:9870"))->place(), "webhdfs://[::1]:9870");
  for (const char* const url : {"webhdfs://nn/user", "webhdfs://:9870/x", "webhdfs://nn:port/x", "webhdfs:///x",
                                "webhdfs://nn:9870/x?op=DELETE", "webhdfs://nn:9870/%zz"}) {
    EXPECT_EQ(WebHdfs::Open(url).status().code(), Code::kInvalidArgument) << url;
  }
}

TEST_F(WebHdfsTest, PutReadsBackBeforeItRenames) {
  ASSERT_TRUE(Put().ok());
  EXPECT_EQ(hdfs_.asked, (std::vector<std::string>{"GETFILESTATUS", "CREATE", "CREATE*", "OPEN", "OPEN*", "RENAME"}));
}

TEST_F(WebHdfsTest, WhateverAnswerIsLostTheNextTryEndsWell) {
  const std::vector<std::string> operations = {"GETFILESTATUS", "CREATE", "CREATE*", "OPEN", "OPEN*", "RENAME"};
  for (const std::string& operation : operations) {
    hdfs_.files.clear();
    bool lost = false;
    hdfs_.lose = [&](const std::string& asked) { return asked == operation && !std::exchange(lost, true); };
    EXPECT_EQ(Put().code(), Code::kUnavailable) << operation;
    EXPECT_TRUE(Put().ok()) << operation;
    EXPECT_EQ(hdfs_.files.size(), 1U) << operation;
    EXPECT_EQ(hdfs_.files["/web logs/x/" + path_], "content");
  }
}

TEST_F(WebHdfsTest, WhatWasNotWrittenWholeGetsNoName) {
  hdfs_.instead = [&](const std::string& operation) -> std::optional<FakeHdfs::Reply> {
    if (operation == "OPEN*") return FakeHdfs::Reply{200, "cont"};
    return std::nullopt;
  };
  EXPECT_EQ(Put().code(), Code::kUnavailable);
  hdfs_.instead = [&](const std::string& operation) -> std::optional<FakeHdfs::Reply> {
    if (operation == "OPEN*") return FakeHdfs::Reply{200, "c0ntent"};
    return std::nullopt;
  };
  EXPECT_EQ(Put().code(), Code::kUnavailable);
  EXPECT_FALSE(hdfs_.files.contains("/web logs/x/" + path_));
}

TEST_F(WebHdfsTest, ARenameThatIsRefusedIsTriedAgain) {
  hdfs_.instead = [](const std::string& operation) -> std::optional<FakeHdfs::Reply> {
    if (operation == "RENAME") return FakeHdfs::Reply{200, R"({"boolean":false})"};
    return std::nullopt;
  };
  EXPECT_EQ(Put().code(), Code::kUnavailable);
}

TEST_F(WebHdfsTest, SaysWhatTheNameNodeSays) {
  struct Saying {
    const char* exception;
    const char* message;
    Code code;
    const char* told;
  };
  for (const Saying& said : {
           Saying{"SafeModeException", "Cannot create file", Code::kUnavailable, "safe mode"},
           Saying{"StandbyException", "Operation category READ is not supported", Code::kUnavailable, "standby"},
           Saying{"DSQuotaExceededException", "The DiskSpace quota is exceeded", Code::kExhausted, "quota"},
           Saying{"IOException", "File x could only be written to 0 of the 1 minReplication nodes", Code::kExhausted,
                  "no data node takes the file"},
           Saying{"AccessControlException", "Permission denied: user=dr.who", Code::kInvalidArgument, "USER@HOST"},
           Saying{"RetriableException", "later", Code::kUnavailable, "later"},
       }) {
    hdfs_.instead = [&](const std::string&) { return FakeHdfs::Exception(403, said.exception, said.message); };
    const Status put = Put();
    EXPECT_EQ(put.code(), said.code) << put.message();
    EXPECT_NE(put.message().find(said.told), std::string::npos) << put.message();
    EXPECT_NE(put.message().find(said.message), std::string::npos) << put.message();
    EXPECT_TRUE(put.message().starts_with(hdfs_.url() + '/' + path_)) << put.message();
    EXPECT_EQ(store_->List("").status().code(), said.code);
  }
}

TEST_F(WebHdfsTest, NoticesThatItIsNoWebHdfs) {
  hdfs_.instead = [](const std::string&) {
    return FakeHdfs::Reply{404, "It looks like you are making an HTTP request"};
  };
  EXPECT_EQ(store_->List("").status().code(), Code::kInvalidArgument);
  EXPECT_NE(store_->List("").status().message().find("dfs.namenode.http-address"), std::string::npos);
  hdfs_.instead = [](const std::string&) { return FakeHdfs::Reply{200, "<html>"}; };
  EXPECT_EQ(store_->List("").status().code(), Code::kUnavailable);
  hdfs_.instead = [](const std::string&) { return FakeHdfs::Reply{502, "bad gateway"}; };
  EXPECT_EQ(store_->List("").status().code(), Code::kUnavailable);
  hdfs_.instead = [](const std::string&) { return FakeHdfs::Reply{401, ""}; };
  EXPECT_EQ(store_->List("").status().code(), Code::kInvalidArgument);
}

TEST_F(WebHdfsTest, DoesNotFollowACircle) {
  hdfs_.instead = [&](const std::string&) {
    return FakeHdfs::Reply{307, "", "http://" + hdfs_.url("").substr(10) + "/webhdfs/v1/x?op=LISTSTATUS"};
  };
  EXPECT_EQ(store_->List("").status().code(), Code::kInvalidArgument);
  EXPECT_LT(hdfs_.asked.size(), 10U);
}

TEST_F(WebHdfsTest, AFileIsNoArchive) {
  hdfs_.instead = [](const std::string&) {
    return FakeHdfs::Reply{200, R"({"FileStatuses":{"FileStatus":[{"pathSuffix":"","type":"FILE","length":3}]}})"};
  };
  EXPECT_EQ(store_->List("").status().code(), Code::kInvalidArgument);
}

TEST(WebHdfsDown, IsUnavailable) {
  const std::unique_ptr<WebHdfs> store = *WebHdfs::Open("webhdfs://127.0.0.1:1/x");
  EXPECT_EQ(store->List("").status().code(), Code::kUnavailable);
  EXPECT_EQ(store->Put("2026-11-24/x", "").code(), Code::kUnavailable);
}

}  // namespace
}  // namespace adirect
