#include "adirect/sources/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "adirect/sources/packed_test_support.h"

namespace adirect {
namespace {

// A row as a decoder told it.
struct Row {
  std::string input;
  uint64_t offset = 0;
  std::string raw;
  bool too_long = false;

  friend auto operator<=>(const Row&, const Row&) = default;
  friend void PrintTo(const Row& row, std::ostream* out) {
    *out << row.input << ":" << row.offset << " " << row.raw.substr(0, 80) << (row.too_long ? "..." : "");
  }
};

class Rows : public EventSink {
 public:
  explicit Rows(const Input* input) : input_(input) {}
  void OnEvent(const Event&, const RowPlace& place) override { Add(place, false); }
  void OnIgnored(const RowPlace& place) override { Add(place, false); }
  void OnRejected(RejectReason reason, const RowPlace& place) override {
    Add(place, reason == RejectReason::kLineTooLong);
  }
  std::vector<Row> rows;

 private:
  void Add(const RowPlace& place, bool too_long) {
    rows.push_back({input_->name, place.offset, std::string(place.raw), too_long});
  }
  const Input* input_;
};

class FileSourceTest : public testing::Test {
 protected:
  FileSourceTest() {
    char path[] = "/tmp/adirect-files-test-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~FileSourceTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string Write(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  std::unique_ptr<FileSource> Open(const std::vector<std::string>& paths) const {
    Result<std::unique_ptr<FileSource>> source =
        FileSource::Open(paths, [this](const std::string&) { return Result<Format>(format_); });
    EXPECT_TRUE(source.ok()) << source.status().message();
    return source.ok() ? *std::move(source) : nullptr;
  }

  // All rows of the source, block by block.
  static std::vector<Row> Read(FileSource& source) {
    std::vector<Row> rows;
    SourceBlock block;
    DecodeScratch scratch;
    for (;;) {
      const Result<bool> more = source.Next(block);
      EXPECT_TRUE(more.ok()) << more.status().message();
      if (!more.ok() || !*more) return rows;
      Rows sink(block.input);
      block.decoder->Decode(block.block, scratch, sink);
      rows.insert(rows.end(), sink.rows.begin(), sink.rows.end());
    }
  }

  std::vector<Row> Read(const std::vector<std::string>& paths) const { return Read(*Open(paths)); }

  std::string folder_;
  Format format_ = SeedFormat();
};

// A row of the seed's CSV, `size` bytes long with its line end.
std::string RowOf(size_t number, size_t size = 0) {
  std::string row = "2017-02-01 23:35:10,craig198," + std::to_string(number) + ",";
  const std::string end = ",1,search\n";
  row.append(size > row.size() + end.size() ? size - row.size() - end.size() : 1, 'p');
  return row + end;
}

// How much of a long line is kept is the quarantine's matter.
std::vector<Row> WithLongLinesCut(std::vector<Row> rows) {
  for (Row& row : rows) {
    if (row.too_long) row.raw.resize(std::min(row.raw.size(), kKeptOfLongLine));
  }
  return rows;
}

// What a reader must find: the lines of `text` with their offsets.
std::vector<Row> Lines(const std::string& input, const std::string& text) {
  std::vector<Row> rows;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t size = end > at && text[end - 1] == '\r' ? end - at - 1 : end - at;
    if (size > kMaxLineBytes) {
      rows.push_back({input, at, text.substr(at, kKeptOfLongLine), true});
    } else if (size > 0) {
      rows.push_back({input, at, text.substr(at, size), false});
    }
    at = end + 1;
  }
  return rows;
}

TEST_F(FileSourceTest, EveryRowComesOnceWithItsOffsetWhateverTheFilesSize) {
  for (const size_t count : {1u, 2u, 100u, 5000u, 30'000u}) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += RowOf(i, i % 150);
    const std::vector<Row> expected = Lines("events.csv", text);
    ASSERT_EQ(expected.size(), count);
    EXPECT_EQ(Read({Write("events.csv", text)}), expected) << count;
    text.pop_back();  // no last line end
    EXPECT_EQ(Read({Write("events.csv", text)}), expected) << count;
  }
}

TEST_F(FileSourceTest, CarriageReturnsEmptyLinesAndNoiseMoveNoOffset) {
  std::string text;
  for (size_t i = 0; i < 12'000; ++i) {
    std::string row = RowOf(i, i % 90);
    if (i % 3 == 0) row.insert(row.size() - 1, "\r");
    if (i % 7 == 0) row += i % 2 == 0 ? "\n" : "\r\n";
    if (i % 11 == 0) row = "\xff noise, " + row;
    text += row;
  }
  ASSERT_GT(text.size(), size_t{512} << 10);
  EXPECT_EQ(Read({Write("events.csv", text)}), Lines("events.csv", text));
}

TEST_F(FileSourceTest, BlocksAreNumberedLieInTheFileAndEndAtRowEnds) {
  std::string text;
  for (size_t i = 0; i < 30'000; ++i) text += RowOf(i);
  const std::unique_ptr<FileSource> source = Open({Write("events.csv", text)});
  EXPECT_EQ(source->total_bytes(), text.size());
  uint64_t end = 0;
  uint64_t count = 0;
  uint64_t input_bytes = 0;
  SourceBlock block;
  for (Result<bool> more = source->Next(block); *more; more = source->Next(block)) {
    EXPECT_EQ(block.sequence, count++);
    EXPECT_EQ(block.block.offset, end);
    EXPECT_EQ(block.block.bytes, text.substr(end, block.block.bytes.size()));
    EXPECT_EQ(block.block.bytes.back(), '\n');
    EXPECT_FALSE(block.block.overlong);
    EXPECT_LE(block.block.bytes.size(), size_t{256} << 10);
    const char* const behind = block.block.bytes.data() + block.block.bytes.size();
    EXPECT_GE(block.memory.data() + block.memory.size() - behind, static_cast<std::ptrdiff_t>(kBlockPadding));
    end += block.block.bytes.size();
    input_bytes += block.input_bytes;
  }
  EXPECT_EQ(end, text.size());
  EXPECT_EQ(input_bytes, text.size());
  EXPECT_GT(count, 3u);
}

TEST_F(FileSourceTest, AHeaderIsNoRowAndOffsetsCountIt) {
  const std::string header = "\xef\xbb\xbftime,user,userid,productid,categoryid,action\n";
  std::string text = header;
  for (size_t i = 0; i < 10; ++i) text += RowOf(i);
  std::vector<Row> expected = Lines("events.csv", text);
  expected.erase(expected.begin());
  EXPECT_EQ(Read({Write("events.csv", text)}), expected);
  EXPECT_TRUE(Read({Write("header.csv", header)}).empty());
}

TEST_F(FileSourceTest, ALineLongerThanABlockComesWhole) {
  for (const size_t size :
       {size_t{300} << 10, size_t{512} << 10, size_t{700} << 10, kMaxLineBytes, kMaxLineBytes + 1}) {
    for (const size_t before : {0u, 1u, 4000u}) {
      std::string text;
      for (size_t i = 0; i < before; ++i) text += RowOf(i);
      text += RowOf(77, size) + RowOf(78) + RowOf(79, size) + RowOf(80);
      EXPECT_EQ(Read({Write("events.csv", text)}), Lines("events.csv", text)) << size << " " << before;
    }
  }
}

TEST_F(FileSourceTest, ALineOverOneMiBIsSkippedAndMarkedAndTheRestIsRead) {
  for (const size_t size : {kMaxLineBytes + 2, kMaxLineBytes + 100, size_t{2} << 20, size_t{5} << 20}) {
    for (const bool last_line_end : {true, false}) {
      std::string text = RowOf(1, size) + RowOf(2) + RowOf(3, size) + RowOf(4, size) + RowOf(5) + RowOf(6, size);
      if (!last_line_end) text.pop_back();
      EXPECT_EQ(WithLongLinesCut(Read({Write("events.csv", text)})), Lines("events.csv", text)) << size;
    }
  }
}

TEST_F(FileSourceTest, BlocksAreSmallAgainBehindALongLine) {
  std::string text = RowOf(1, size_t{1} << 20);
  for (size_t i = 0; i < 100'000; ++i) text += RowOf(i);
  const std::unique_ptr<FileSource> source = Open({Write("events.csv", text)});
  SourceBlock block;
  ASSERT_TRUE(*source->Next(block));
  ASSERT_TRUE(*source->Next(block));
  ASSERT_TRUE(*source->Next(block));
  EXPECT_LE(block.block.bytes.size(), size_t{512} << 10);
}

// Rows as PeekEnds shows them.
std::vector<Row> Ends(const FileSource& source) {
  std::vector<Row> rows;
  DecodeScratch scratch;
  source.PeekEnds([&](const SourceBlock& block) {
    Rows sink(block.input);
    block.decoder->Decode(block.block, scratch, sink);
    rows.insert(rows.end(), sink.rows.begin(), sink.rows.end());
  });
  return rows;
}

TEST_F(FileSourceTest, TheEndsOfFilesAreShownAndNextStillBeginsAtTheFront) {
  std::string text;
  for (size_t i = 0; i < 20'000; ++i) text += RowOf(i, i % 90);
  const std::vector<Row> all = Lines("events.csv", text);
  const std::unique_ptr<FileSource> source = Open({Write("events.csv", text), Write("empty.csv", "")});
  const std::vector<Row> ends = Ends(*source);
  ASSERT_GT(ends.size(), 1000u);
  ASSERT_LT(ends.size(), all.size());
  EXPECT_EQ(ends, std::vector<Row>(all.end() - static_cast<std::ptrdiff_t>(ends.size()), all.end()));
  EXPECT_EQ(Read(*source), all);
}

TEST_F(FileSourceTest, TheEndOfASmallFileIsTheFileWithoutItsHeader) {
  format_ = AdirectFormat(Format::Kind::kCsv);
  const std::string row = "2017-02-01T23:35:10Z,search,1,1\n";
  const std::unique_ptr<FileSource> source = Open({Write("events.csv", "time,type,user_id,category_id\n" + row + row)});
  EXPECT_EQ(Ends(*source).size(), 2u);
}

TEST_F(FileSourceTest, WhatCannotBeReadFromBehindIsPassedBy) {
  const std::string pipe = Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string overlong = RowOf(1) + RowOf(2, size_t{512} << 10);
  const std::unique_ptr<FileSource> source = Open({pipe, Write("long.csv", overlong)});
  EXPECT_EQ(Ends(*source), std::vector<Row>());
}

TEST_F(FileSourceTest, APackedFileHasTheRowsAndOffsetsOfItsText) {
  std::string text;
  for (size_t i = 0; i < 20'000; ++i) text += RowOf(i, i % 150);
  text += RowOf(1, kMaxLineBytes + 500'000) + RowOf(2);
  const std::vector<Row> expected = Lines("events", text);
  ASSERT_GT(expected.size(), 20'000u);
  for (const std::string& packed : {Gzip(text), Zstd(text), Gzip(text.substr(0, 90'001)) + Gzip(text.substr(90'001))}) {
    const std::unique_ptr<FileSource> source = Open({Write("events", packed)});
    EXPECT_EQ(source->total_bytes(), packed.size());
    EXPECT_EQ(Ends(*source), std::vector<Row>()) << "its end cannot be looked at";
    EXPECT_EQ(WithLongLinesCut(Read(*source)), expected);
  }
}

TEST_F(FileSourceTest, BlocksOfAPackedFileCountTheBytesAsTheyAreStored) {
  std::string text;
  for (size_t i = 0; i < 30'000; ++i) text += RowOf(i);
  const std::string packed = Gzip(text);
  const std::unique_ptr<FileSource> source = Open({Write("events", packed)});
  SourceBlock block;
  uint64_t input_bytes = 0;
  size_t blocks = 0;
  for (; *source->Next(block); ++blocks) input_bytes += block.input_bytes;
  EXPECT_GT(blocks, 1u);
  EXPECT_EQ(input_bytes, packed.size());
}

TEST_F(FileSourceTest, APackedFileThatIsCutIsAnErrorForEveryThread) {
  const std::string packed = Gzip(RowOf(1) + RowOf(2));
  const std::unique_ptr<FileSource> source = Open({Write("cut.gz", packed.substr(0, packed.size() - 1))});
  SourceBlock block;
  for (int call = 0; call < 2; ++call) {
    const Status status = source->Next(block).status();
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_TRUE(status.message().starts_with(Path("cut.gz") + ": ends after ")) << status.message();
  }
}

TEST_F(FileSourceTest, ParquetWhereOnlyTextCanBeReadIsRefused) {
  for (const std::string& content : {std::string("PAR1 and more"), Gzip("PAR1 and more")}) {
    SourceBlock block;
    const Status status = Open({Write("events", content)})->Next(block).status();
    EXPECT_EQ(status.message(),
              Path("events") + ": is Parquet, which is read from its end; give an unpacked file by its name");
  }
}

TEST_F(FileSourceTest, AnEmptyFileHasNoRows) {
  EXPECT_TRUE(Read({Write("empty.csv", "")}).empty());
  EXPECT_TRUE(Read({Write("lines.csv", "\n\r\n\n")}).empty());
  EXPECT_TRUE(Read(std::vector<std::string>()).empty());
}

TEST_F(FileSourceTest, FilesAreReadInTheirOrderAndCalledByTheirNames) {
  std::filesystem::create_directory(Path("more"));
  const std::string a = RowOf(1) + RowOf(2);
  const std::string b = RowOf(3);
  const std::unique_ptr<FileSource> source = Open({Write("more/b.csv", b), Write("empty.csv", ""), Write("a.csv", a)});
  EXPECT_EQ(source->total_bytes(), a.size() + b.size());
  std::vector<Row> expected = Lines("b.csv", b);
  const std::vector<Row> rest = Lines("a.csv", a);
  expected.insert(expected.end(), rest.begin(), rest.end());
  SourceBlock block;
  ASSERT_TRUE(*source->Next(block));
  EXPECT_EQ(block.sequence, 0u);
  EXPECT_EQ(block.input->name, "b.csv");
  EXPECT_TRUE(block.input->may_erase);
  const Input* const first = block.input;
  ASSERT_TRUE(*source->Next(block));
  EXPECT_EQ(block.sequence, 1u);
  EXPECT_EQ(first->name, "b.csv");  // good as long as the source
  EXPECT_FALSE(*source->Next(block));
  EXPECT_FALSE(*source->Next(block));
  EXPECT_EQ(Read({Path("more/b.csv"), Path("empty.csv"), Path("a.csv")}), expected);
}

TEST_F(FileSourceTest, AMissingFileAndAFolderAreErrorsThatNameThem) {
  const auto open = [&](const std::string& path) {
    return FileSource::Open({Write("a.csv", RowOf(1)), path},
                            [](const std::string&) { return Result<Format>(SeedFormat()); })
        .status();
  };
  const Status missing = open(Path("no-such.csv"));
  EXPECT_EQ(missing.code(), Code::kNotFound);
  EXPECT_NE(missing.message().find(Path("no-such.csv")), std::string::npos) << missing.message();
  const Status folder = open(folder_);
  EXPECT_EQ(folder.code(), Code::kInvalidArgument);
  EXPECT_NE(folder.message().find(folder_ + ": is a folder"), std::string::npos) << folder.message();
}

TEST_F(FileSourceTest, AFormatThatCannotBeHadIsTheError) {
  const auto no_format = [](const std::string& path) { return Result<Format>(NotFound("no format for " + path)); };
  const std::string path = Write("a.csv", RowOf(1));
  EXPECT_EQ(FileSource::Open({path}, no_format).status().message(), "no format for " + path);
}

TEST_F(FileSourceTest, AHeaderThatDoesNotFitIsAnErrorForEveryCaller) {
  format_ = AdirectFormat(Format::Kind::kCsv);
  const std::unique_ptr<FileSource> source = Open({Write("a.csv", "colour,size\nred,1\n")});
  for (int caller = 0; caller < 3; ++caller) {
    SourceBlock block;
    const Result<bool> more = source->Next(block);
    ASSERT_FALSE(more.ok()) << caller;
    EXPECT_NE(more.status().message().find(Path("a.csv")), std::string::npos) << more.status().message();
  }
}

// A pipe that is opened again may never answer.
TEST_F(FileSourceTest, AFileThatFailedIsNotOpenedAgain) {
  format_ = AdirectFormat(Format::Kind::kCsv);
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(Path("pipe")) << "colour,size\nred,1\n"; });
  const std::unique_ptr<FileSource> source = Open({Path("pipe")});
  SourceBlock block;
  EXPECT_FALSE(source->Next(block).ok());
  writer.join();
  const int again = open(Path("pipe").c_str(), O_RDWR);  // as a writer it keeps a second open from waiting
  ASSERT_GE(fcntl(again, F_SETPIPE_SZ, 1 << 20), 1 << 20);
  std::string text = "type,time,user_id,category_id\n";
  while (text.size() < size_t{512} << 10) text += "search,2017-02-01T00:00:00Z,ana,shoes\n";
  ASSERT_EQ(write(again, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_FALSE(source->Next(block).ok());
  close(again);
}

TEST_F(FileSourceTest, AStopEndsTheWaitForAPipe) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const int writer = open(Path("pipe").c_str(), O_RDWR);
  const std::atomic<bool> stop = true;
  const Result<std::unique_ptr<FileSource>> source = FileSource::Open(
      {Path("pipe")}, [this](const std::string&) { return Result<Format>(format_); }, &stop);
  ASSERT_TRUE(source.ok());
  SourceBlock block;
  EXPECT_EQ((*source)->Next(block).status().code(), Code::kUnavailable);
  close(writer);
}

TEST_F(FileSourceTest, SeveralThreadsShareTheRows) {
  std::string text;
  for (size_t i = 0; i < 40'000; ++i) text += RowOf(i, i % 120);
  const std::string other = RowOf(1) + RowOf(2);
  const std::unique_ptr<FileSource> source = Open({Write("events.csv", text), Write("other.csv", other)});
  std::vector<std::vector<Row>> found(5);
  std::vector<std::thread> threads;
  for (std::vector<Row>& rows : found) {
    threads.emplace_back([&] { rows = Read(*source); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Row> all;
  for (const std::vector<Row>& rows : found) all.insert(all.end(), rows.begin(), rows.end());
  std::sort(all.begin(), all.end());
  std::vector<Row> expected = Lines("events.csv", text);
  const std::vector<Row> rest = Lines("other.csv", other);
  expected.insert(expected.end(), rest.begin(), rest.end());
  EXPECT_EQ(all, expected);
}

TEST_F(FileSourceTest, APipeIsReadHoweverItsBytesTrickle) {
  std::string text;
  for (size_t i = 0; i < 3000; ++i) text += RowOf(i, i % 100);
  text += RowOf(1, kMaxLineBytes + 500) + RowOf(2);
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    const int fd = open(path.c_str(), O_WRONLY);
    size_t size = 1;
    for (size_t at = 0; at < text.size(); at += size) {
      size = size * 7 % 9973 + 1;
      if (write(fd, text.data() + at, std::min(size, text.size() - at)) < 0) break;
    }
    close(fd);
  });
  const std::vector<Row> rows = WithLongLinesCut(Read({path}));
  writer.join();
  EXPECT_EQ(rows, Lines("pipe", text));
}

TEST_F(FileSourceTest, AMinusIsStandardInput) {
  const std::string text = RowOf(1) + RowOf(2);
  const int file = open(Write("events.csv", text).c_str(), O_RDONLY);
  const int before = dup(STDIN_FILENO);
  ASSERT_EQ(dup2(file, STDIN_FILENO), STDIN_FILENO);
  close(file);
  const Result<std::unique_ptr<FileSource>> source =
      FileSource::Open({"-"}, [](const std::string&) { return Result<Format>(SeedFormat()); });
  EXPECT_TRUE(source.ok()) << source.status().message();
  if (source.ok()) {
    EXPECT_EQ(Read(**source), Lines("-", text));
  }
  dup2(before, STDIN_FILENO);
  close(before);
}

class MultilineTest : public FileSourceTest {
 protected:
  MultilineTest() { format_.multiline = true; }
};

TEST_F(MultilineTest, LineEndsInQuotesDoNotEndARowNorABlock) {
  std::string text;
  std::vector<Row> expected;
  for (size_t i = 0; i < 10'000; ++i) {
    const std::string name = "\"a\n\"\"" + std::string(i % 50, '\n') + "b\"";
    const std::string row = "2017-02-01 23:35:10," + name + "," + std::to_string(i) + ",2,1,search";
    expected.push_back({"events.csv", text.size(), row, false});
    text += row + '\n';
  }
  ASSERT_GT(text.size(), size_t{512} << 10);
  EXPECT_EQ(Read({Write("events.csv", text)}), expected);
}

TEST_F(MultilineTest, RowsOverSeveralLinesHaveNoKnownEnd) {
  EXPECT_EQ(Ends(*Open({Write("events.csv", RowOf(1))})), std::vector<Row>());
}

TEST_F(MultilineTest, BehindAQuoteThatIsNeverClosedReadingGoesOn) {
  const std::string stray = "2017-02-01 23:35:10,\"open,1,2,3,search\n";
  std::string good;
  for (size_t i = 0; i < 50'000; ++i) good += RowOf(i);
  ASSERT_GT(good.size(), 2 * kMaxLineBytes);
  const std::string text = stray + good;
  const std::vector<Row> rows = Read({Write("events.csv", text)});
  ASSERT_FALSE(rows.empty());
  const std::vector<Row> rest(rows.begin() + 1, rows.end());
  const std::vector<Row> lines = Lines("events.csv", text);
  EXPECT_EQ(rest, std::vector<Row>(lines.begin() + 1, lines.end()));
  EXPECT_EQ(rows[0].offset, 0u);
  EXPECT_EQ(rows[0].raw.find(good.substr(0, 30)), std::string::npos) << "holds rows that are read again";
}

}  // namespace
}  // namespace adirect
