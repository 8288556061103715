// Separators: where the delimiters and line ends of CSV text stand, found 64 bytes at a time, and
// what else the text holds, so that plain text needs no look at its bytes again.
//
//   Separators found;
//   FindSeparators("a,b\nc,d\n", ',', found);
//   found.marks     // -1 (as uint32_t), 1, 3, 5, 7: the row before the first ends at -1
//   found.lines     // 2, 4: the marks that are line ends
//
// Threads: one per Separators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace adirect {

struct Separators {
  // The positions of delimiters and line ends, ascending, behind a first one of UINT32_MAX. A text
  // that does not end with LF gets a line end at its size.
  std::span<uint32_t> marks;
  // The indexes in `marks` of the line ends.
  std::span<const uint32_t> lines;

  bool quotes = false;
  bool carriage_returns = false;
  bool non_ascii = false;
  // Holds a control character (U+0000-001F, U+007F-009F) other than LF, a CR before LF or at the
  // end, and the delimiter. Exact for valid UTF-8.
  bool controls = false;

  // Memory of the spans, kept for the next text.
  std::unique_ptr<uint32_t[]> memory;
  size_t capacity = 0;
};

// `text`: less than 4 GiB, followed by kBlockPadding bytes that may be read; quotes mean nothing
// here. Replaces what `out` held.
void FindSeparators(std::string_view text, char delimiter, Separators& out);

namespace internal {

struct SeparatorWriter;
using SeparatorKernel = void (*)(std::string_view text, char delimiter, SeparatorWriter& writer);

// The kernels that this machine can run, the best one first; all find the same.
std::span<const SeparatorKernel> SeparatorKernels();
void FindSeparators(SeparatorKernel kernel, std::string_view text, char delimiter, Separators& out);

}  // namespace internal
}  // namespace adirect
