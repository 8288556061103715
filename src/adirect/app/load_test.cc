#include "adirect/app/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "adirect/app/commands.h"

namespace adirect {
namespace {

class Load : public testing::Test {
 protected:
  Load() { std::filesystem::create_directories(folder_); }
  ~Load() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name, std::ios::binary) << text;
    return folder_ + name;
  }

  static std::string Name() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }
  const std::string folder_ = testing::TempDir() + "adirect_" + std::to_string(getpid()) + Name() + "/";
};

TEST_F(Load, AShippedPolicyIsFoundByName) {
  const Result<Policy> policy = LoadPolicy("default");
  ASSERT_TRUE(policy.ok()) << policy.status().message();
  EXPECT_EQ(PrintPolicy(*policy), PrintPolicy(Policy()));
  EXPECT_EQ(LoadPolicy("seed")->interest.min_searches, 1);
}

TEST_F(Load, AnUnknownNameListsTheShippedOnesAndTheNearest) {
  const Status status = LoadPolicy("defualt").status();
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_EQ(status.message(),
            "no policy is named \"defualt\"; did you mean default? there are default, seed; a "
            "file's name ends in .toml or contains a /");
  EXPECT_FALSE(LoadPolicy("").ok());
  EXPECT_FALSE(LoadPolicy("taobao").ok()) << "a format is no policy";
}

TEST_F(Load, APathOrATomlNameIsAFile) {
  const std::string file = Write("case.toml", "interest.min_searches = 7\n");
  const Result<Policy> policy = LoadPolicy(file);
  ASSERT_TRUE(policy.ok()) << policy.status().message();
  EXPECT_EQ(policy->name, "case");
  EXPECT_EQ(policy->interest.min_searches, 7);
  EXPECT_EQ(LoadPolicy("default.toml").status().code(), Code::kNotFound) << "not the shipped one";
}

TEST_F(Load, AMissingFileAFolderAndAHugeFileAreSentences) {
  EXPECT_EQ(LoadPolicy(folder_ + "none.toml").status().message(),
            folder_ + "none.toml: No such file or directory; check the name");
  EXPECT_EQ(LoadPolicy(folder_).status().message(), folder_ + ": Is a directory; give a file");
  const std::string huge = Write("huge.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(LoadPolicy(huge).status().message(), huge + ": larger than 1 MiB; is it the right file?");
}

TEST_F(Load, AMistakeInAFileNamesFileAndLine) {
  const std::string file = Write("x.toml", "\nlimt = 3\n");
  EXPECT_EQ(LoadPolicy(file).status().message().substr(0, file.size() + 3), file + ":2:");
}

TEST_F(Load, TheInputsNameDecidesWhichKindOfAdirectItIs) {
  for (const std::string input : {"a.ndjson", "dir.csv/a.jsonl", "a.json", "a.ndjson.gz", "a.json.zst"}) {
    EXPECT_EQ(LoadFormat("adirect", input)->kind, Format::Kind::kNdjson) << input;
  }
  for (const std::string input : {"a.csv", "a", "-", "a.ndjson.txt", "a.csv.gz", "a.gz"}) {
    EXPECT_EQ(LoadFormat("adirect", input)->kind, Format::Kind::kCsv) << input;
  }
  EXPECT_EQ(LoadFormat("seed", "a.ndjson")->kind, Format::Kind::kCsv);
}

TEST_F(Load, AnUnknownFormatListsTheBuiltInAndTheShippedOnes) {
  const std::string message = LoadFormat("sead", "a.csv").status().message();
  EXPECT_NE(message.find("no format is named \"sead\"; did you mean seed? there are adirect, seed"), std::string::npos)
      << message;
}

TEST_F(Load, EveryShippedFormatReads) {
  for (const std::string name : {"taobao", "alibaba"}) {
    const Result<Format> format = LoadFormat(name, "a.csv");
    EXPECT_TRUE(format.ok()) << format.status().message();
  }
}

TEST_F(Load, CheckingPoliciesSaysWhichAreGood) {
  const std::string good = Write("good.toml", "");
  const std::string named = Write("named.toml", "name = \"case\"");
  const std::string bad = Write("bad.toml", "interest.window = \"-1d\"");
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunPolicyCheck({good, named}), kExitDone);
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(out.substr(0, good.size() + 27), good + ": ok, policy good, version ");
  EXPECT_NE(out.find("; in a folder of policies its file must be case.toml\n"), std::string::npos);

  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunPolicyCheck({bad, good}), kExitWrongUsage);
  EXPECT_NE(testing::internal::GetCapturedStdout().find(good + ": ok"), std::string::npos);
  EXPECT_EQ(testing::internal::GetCapturedStderr().substr(0, bad.size() + 3), bad + ":1:");
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunPolicyCheck({folder_ + "none.toml"}), kExitWrongUsage);
  testing::internal::GetCapturedStderr();
}

TEST_F(Load, ShowingAPolicyPrintsItCanonicallyWithItsVersion) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunPolicyShow({"default"}), kExitDone);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            PrintPolicy(Policy()) + "# policy_version " + PolicyVersion(Policy()) + "\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunPolicyShow({"nobody"}), kExitWrongUsage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("no policy is named \"nobody\""), std::string::npos);
}

}  // namespace
}  // namespace adirect
