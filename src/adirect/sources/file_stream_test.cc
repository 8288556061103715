#include "adirect/sources/file_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

constexpr std::chrono::milliseconds kNoWait{0};

std::string Row(size_t i) { return "2017-02-01 00:00:00,ana,7,p" + std::to_string(i) + ",1,search\n"; }

class FileStreamTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, size_t rows) const {
    std::ofstream file(folder_ + name);
    for (size_t i = 0; i < rows; ++i) file << Row(i);
    return folder_ + name;
  }
  static Result<std::unique_ptr<FileStream>> Open(const std::vector<std::string>& paths) {
    return FileStream::Open(paths, [](const std::string&) { return Result<Format>(SeedFormat()); });
  }
  // The products, with the offsets checked.
  static std::vector<std::string> Read(FileStream& stream, Positions* end = nullptr) {
    std::vector<std::string> products;
    DecodeScratch scratch;
    SourceBlock block;
    while (*stream.Next(0, kNoWait, block)) {
      SeenRows seen;
      block.decoder->Decode(block.block, scratch, seen);
      for (const SeenRow& row : seen.rows) {
        EXPECT_EQ(row.identity, IdentityHash(block.input->name + ":" + std::to_string(row.offset)));
        products.push_back(row.product);
      }
      if (end != nullptr) (*end)[block.input->name] = block.end;
    }
    return products;
  }

  const std::string folder_ = testing::TempDir() + "adirect_file_stream_" + std::to_string(getpid()) + "/";
};

TEST_F(FileStreamTest, ReadsWhatIsThereFileAfterFile) {
  const auto stream = *Open({Write("a.csv", 2), Write("b.csv", 1)});
  ASSERT_TRUE(stream->Start({}).ok());
  EXPECT_EQ(stream->state().lag(), 2U);
  EXPECT_EQ(Read(*stream), (std::vector<std::string>{"p0", "p1", "p0"}));
  EXPECT_EQ(stream->state().lag(), 0U);
}

TEST_F(FileStreamTest, GoesOnWhereItIsTold) {
  constexpr size_t kRows = 30'000;  // several blocks
  const std::string path = Write("a.csv", kRows);
  uint64_t position = 0;
  for (size_t i = 0; i < 12'345; ++i) position += Row(i).size();
  const auto stream = *Open({path});
  ASSERT_TRUE(stream->Start({{"a.csv", position}, {"other.csv", 7}}).ok());
  const std::vector<std::string> products = Read(*stream);
  ASSERT_EQ(products.size(), kRows - 12'345);
  EXPECT_EQ(products.front(), "p12345");
}

TEST_F(FileStreamTest, GoesOnWithAFileThatHasGrown) {
  Positions end;
  const auto before = *Open({Write("a.csv", 3)});
  ASSERT_TRUE(before->Start({}).ok());
  Read(*before, &end);
  const auto after = *Open({Write("a.csv", 5)});
  ASSERT_TRUE(after->Start(end).ok());
  EXPECT_EQ(Read(*after), (std::vector<std::string>{"p3", "p4"}));
}

TEST_F(FileStreamTest, RefusesWhatItCannotGoOnWith) {
  std::filesystem::create_directories(folder_ + "more");
  EXPECT_EQ(Open({"-"}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Open({"/dev/null"}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Open({folder_ + "none.csv"}).status().code(), Code::kNotFound);
  EXPECT_EQ(Open({Write("a.csv", 1), Write("more/a.csv", 1)}).status().code(), Code::kInvalidArgument);
  const auto parquet = FileStream::Open(
      {folder_ + "a.csv"}, [](const std::string&) { return Result<Format>(AdirectFormat(Format::Kind::kParquet)); });
  EXPECT_EQ(parquet.status().code(), Code::kUnsupported);
}

}  // namespace
}  // namespace adirect
