#include "adirect/codec/separators.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

struct Found {
  std::vector<uint32_t> marks;
  std::vector<uint32_t> lines;
  bool quotes, carriage_returns, non_ascii, controls;

  friend bool operator==(const Found&, const Found&) = default;
};

Found Find(internal::SeparatorKernel kernel, std::string_view text, char delimiter) {
  const PaddedText padded(text);
  Separators out;
  internal::FindSeparators(kernel, padded.view(), delimiter, out);
  return {{out.marks.begin(), out.marks.end()},
          {out.lines.begin(), out.lines.end()},
          out.quotes,
          out.carriage_returns,
          out.non_ascii,
          out.controls};
}

Found FindBest(std::string_view text) { return Find(internal::SeparatorKernels().front(), text, ','); }

// Byte by byte, from the header's words.
Found FindNaively(std::string_view text, char delimiter) {
  Found found{{UINT32_MAX}, {}, false, false, false, false};
  for (size_t i = 0; i <= text.size(); ++i) {
    const bool end = i == text.size();
    const auto byte = static_cast<unsigned char>(end ? 0 : text[i]);
    const bool line_end = end ? !text.empty() && text.back() != '\n' : byte == '\n';
    if (line_end || (!end && text[i] == delimiter)) {
      if (line_end) found.lines.push_back(static_cast<uint32_t>(found.marks.size()));
      found.marks.push_back(static_cast<uint32_t>(i));
      continue;
    }
    if (end) continue;
    found.quotes |= byte == '"';
    found.carriage_returns |= byte == '\r';
    found.non_ascii |= byte >= 0x80;
    const bool line_ends = i + 1 == text.size() || text[i + 1] == '\n';
    const bool c1 = byte >= 0x80 && byte < 0xa0 && i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xc2;
    found.controls |= byte == '\r' ? !line_ends : byte < 0x20 || byte == 0x7f || c1;
  }
  return found;
}

TEST(Separators, MarksEncloseColumnsAndLinesEndRows) {
  const Found found = FindBest("a,b\nc,d\n");
  EXPECT_EQ(found.marks, (std::vector<uint32_t>{UINT32_MAX, 1, 3, 5, 7}));
  EXPECT_EQ(found.lines, (std::vector<uint32_t>{2, 4}));
  EXPECT_FALSE(found.quotes || found.carriage_returns || found.non_ascii || found.controls);
}

TEST(Separators, LastLineNeedsNoEnd) {
  EXPECT_EQ(FindBest("a,b\nc").marks, (std::vector<uint32_t>{UINT32_MAX, 1, 3, 5}));
  EXPECT_EQ(FindBest("a,b\nc").lines, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(FindBest("").marks, std::vector<uint32_t>{UINT32_MAX});
  EXPECT_TRUE(FindBest("").lines.empty());
}

TEST(Separators, CarriageReturnsOfLineEndsAreNoControls) {
  EXPECT_FALSE(FindBest("a\r\nb\r\n").controls);
  EXPECT_FALSE(FindBest("a\r\nb\r").controls);
  EXPECT_TRUE(FindBest("a\rb\r\n").controls);
  EXPECT_TRUE(FindBest("a\r\r\n").controls);
}

// Every kernel at every length around its steps, on texts where every byte matters.
TEST(Separators, AllKernelsFindTheSame) {
  const auto kernels = internal::SeparatorKernels();
  ASSERT_FALSE(kernels.empty());
  std::mt19937 random(20260105);
  size_t compared = 0;
  size_t with_controls = 0;
  for (size_t size = 0; size < 300; ++size) {
    for (const std::string_view alphabet :
         {std::string_view("ab,\n"), std::string_view("a,,\n\n"), std::string_view("abcdefghij,\n\r"),
          std::string_view("a,\n\"\r"), std::string_view("aaaaaaaaaaaaaaaaaaaaaaaa,\n\xc2\x85\xa9"),
          std::string_view("aaaaaaaaaaaaaaaaaaa\x7f\x1f\0\t\n", 24)}) {
      std::string text;
      for (size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
      const char delimiter = size % 2 == 0 ? ',' : '\t';
      const Found wanted = FindNaively(text, delimiter);
      with_controls += wanted.controls ? 1 : 0;
      for (const internal::SeparatorKernel kernel : kernels) {
        EXPECT_EQ(Find(kernel, text, delimiter), wanted) << testing::PrintToString(text);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 300 * 6 * kernels.size());
  EXPECT_GT(with_controls, 100U);
}

TEST(Separators, MemoryIsReusedForShorterTexts) {
  Separators out;
  const PaddedText longer(std::string(5000, ','));
  FindSeparators(longer.view(), ',', out);
  EXPECT_EQ(out.marks.size(), 5002U);
  const uint32_t* const memory = out.memory.get();
  const PaddedText shorter("a,b\n");
  FindSeparators(shorter.view(), ',', out);
  EXPECT_EQ(out.marks.size(), 3U);
  EXPECT_EQ(out.memory.get(), memory);
}

}  // namespace
}  // namespace adirect
