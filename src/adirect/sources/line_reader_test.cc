#include "adirect/sources/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <vector>

namespace adirect {
namespace {

class LineReaderTest : public testing::Test {
 protected:
  LineReaderTest() {
    path_ = testing::TempDir() + "adirect_lines_" + std::to_string(getpid()) +
            testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  ~LineReaderTest() override { std::remove(path_.c_str()); }

  std::unique_ptr<LineReader> Open(const std::string& text, const std::atomic<bool>* stop = nullptr) {
    std::ofstream(path_, std::ios::binary) << text;
    Result<std::unique_ptr<LineReader>> reader = LineReader::Open(path_, stop);
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    return *std::move(reader);
  }

  std::vector<std::string> Lines(const std::string& text) {
    const std::unique_ptr<LineReader> reader = Open(text);
    std::vector<std::string> lines;
    std::string_view line;
    for (Result<bool> more = reader->Next(line); more.ok() && *more; more = reader->Next(line))
      lines.emplace_back(line);
    return lines;
  }

  std::string path_;
};

using Strings = std::vector<std::string>;

TEST_F(LineReaderTest, LinesComeWithoutTheirEnds) {
  EXPECT_EQ(Lines("a\nb\r\n\nc"), (Strings{"a", "b", "", "c"}));
  EXPECT_EQ(Lines("a\n"), Strings{"a"});
  EXPECT_EQ(Lines("\n"), Strings{""});
  EXPECT_EQ(Lines(""), Strings{});
}

TEST_F(LineReaderTest, LinesOfAnySizeLieAcrossReads) {
  Strings expected;
  std::string text;
  for (const size_t size : {0, 1, 300'000, 5, 262'143, 262'144, 1'500'000, 7}) {
    expected.emplace_back(size, static_cast<char>('a' + expected.size()));
    text += expected.back() + "\n";
  }
  EXPECT_EQ(Lines(text), expected);
}

TEST_F(LineReaderTest, TheLineThatWasReadLastHasAPlace) {
  const std::unique_ptr<LineReader> reader = Open("a\nb\n");
  std::string_view line;
  ASSERT_TRUE(reader->Next(line).ok());
  ASSERT_TRUE(reader->Next(line).ok());
  EXPECT_EQ(reader->place(), path_ + ":2");
}

TEST_F(LineReaderTest, ALineWithoutEndIsAnErrorThatNamesItsPlace) {
  const std::unique_ptr<LineReader> reader = Open("a\n" + std::string(kMaxReadLineBytes + (1 << 20), 'x'));
  std::string_view line;
  ASSERT_TRUE(reader->Next(line).ok());
  const Result<bool> more = reader->Next(line);
  EXPECT_EQ(more.status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(more.status().message().starts_with(path_ + ":2: ")) << more.status().message();
}

TEST_F(LineReaderTest, AMissingFileAndAFolderAreErrorsThatNameThem) {
  EXPECT_EQ(LineReader::Open(path_ + "/none").status().code(), Code::kNotFound);
  const Status folder = LineReader::Open(testing::TempDir()).status();
  EXPECT_EQ(folder.code(), Code::kInvalidArgument);
  EXPECT_NE(folder.message().find(testing::TempDir()), std::string::npos);
}

TEST_F(LineReaderTest, AStopEndsTheReading) {
  const std::atomic<bool> stop = true;
  std::string_view line;
  EXPECT_EQ(Open("a\n", &stop)->Next(line).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace adirect
