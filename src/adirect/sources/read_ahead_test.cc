#include "adirect/sources/read_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace adirect {
namespace {

std::string Text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

// Gives the text in pieces, then the end.
ReadAhead::ReadText From(const std::string& text, size_t piece, Status end = {}) {
  return [&text, piece, end, at = size_t{0}](char* to, size_t size) mutable -> Result<size_t> {
    if (at == text.size() && !end.ok()) return end;
    const size_t got = text.copy(to, std::min(size, piece), at);
    at += got;
    return got;
  };
}

std::string ReadAll(ReadAhead& ahead, size_t size, Status& end) {
  std::string all;
  std::string memory(size, 0);
  for (;;) {
    const Result<size_t> got = ahead.Read(memory.data(), size);
    if (!got.ok()) end = got.status();
    if (!got.ok() || *got == 0) return all;
    all.append(memory, 0, *got);
  }
}

TEST(ReadAhead, TheTextComesInOrderWhateverTheSizesOfReads) {
  for (const size_t size : {0u, 1u, 3'000'000u}) {
    const std::string text = Text(size);
    for (const size_t piece : {999u, 1u << 20}) {
      for (const size_t wanted : {777u, 1u << 20}) {
        ReadAhead ahead(From(text, piece));
        Status end;
        ASSERT_TRUE(ReadAll(ahead, wanted, end) == text) << size << " " << piece << " " << wanted;
        EXPECT_TRUE(end.ok());
      }
    }
  }
}

TEST(ReadAhead, AnErrorComesBehindTheBytesBeforeItAndStays) {
  const std::string text = Text(500'000);
  ReadAhead ahead(From(text, 1000, Corrupt("broken")));
  Status end;
  EXPECT_TRUE(ReadAll(ahead, 4096, end) == text);
  EXPECT_EQ(end.message(), "broken");
  char byte = 0;
  EXPECT_EQ(ahead.Read(&byte, 1).status().message(), "broken");
}

TEST(ReadAhead, AnEndlessTextIsReadOnlySomePiecesAhead) {
  std::atomic<uint64_t> read = 0;
  uint64_t taken = 0;
  {
    ReadAhead ahead([&](char* to, size_t size) -> Result<size_t> {
      std::fill_n(to, size, 'x');
      read += size;
      return size;
    });
    std::string memory(100'000, 0);
    for (int i = 0; i < 100; ++i) taken += *ahead.Read(memory.data(), memory.size());
  }
  EXPECT_GE(read, taken);
  EXPECT_LE(read, taken + (uint64_t{2} << 20));
}

}  // namespace
}  // namespace adirect
