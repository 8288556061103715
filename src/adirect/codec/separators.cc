#include "adirect/codec/separators.h"

#include <array>
#include <bit>

#include "adirect/base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace adirect::internal {
namespace {

constexpr size_t kWord = 64;    // bytes a step
constexpr size_t kSlack = 128;  // entries that a step may write too many

// Of 64 bytes, bit i for byte i.
struct Masks {
  uint64_t delimiters = 0;
  uint64_t line_ends = 0;
  uint64_t specials = 0;  // all bytes of the masks below; those are filled only where there is one
  uint64_t quotes = 0;
  uint64_t carriage_returns = 0;
  uint64_t controls = 0;  // ASCII's other than delimiters, LF and CR
  uint64_t non_ascii = 0;
  uint64_t c1_leads = 0;  // C2, the first byte of U+0080-00BF
  uint64_t c1_tails = 0;  // 80-9F, the second one of U+0080-009F behind a C2
};

}  // namespace

struct SeparatorWriter {
  uint32_t* marks = nullptr;  // the next one is written here
  uint32_t* lines = nullptr;
  uint32_t mark_count = 0;
  uint32_t position = 0;
  uint64_t quotes = 0;  // not 0 where one was seen; so the next three
  uint64_t carriage_returns = 0;
  uint64_t non_ascii = 0;
  uint64_t controls = 0;
  uint64_t after_carriage_return = 0;  // 1 where the byte before this step was CR
  uint64_t after_c1_lead = 0;          // 1 where it was C2 (of which UTF-8 makes the next step special)
};

namespace {

// Writes eight at a time: too many cost less than a loop's end, and the next step overwrites them.
[[gnu::always_inline]] inline void TakePositions(SeparatorWriter& writer, uint64_t bits) {
  const int count = std::popcount(bits);
  for (int done = 0; done < count; done += 8) {
    for (int i = 0; i < 8; ++i) {
      writer.marks[done + i] = writer.position + static_cast<uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
  }
  writer.marks += count;
}

[[gnu::always_inline]] inline void TakeLines(SeparatorWriter& writer, uint64_t marks, uint64_t line_ends) {
  const int count = std::popcount(line_ends);
  for (int done = 0; done < count; done += 2) {
    for (int i = 0; i < 2; ++i) {
      const uint64_t before = marks & (line_ends ^ (line_ends - 1)) >> 1;
      writer.lines[done + i] = writer.mark_count + static_cast<uint32_t>(std::popcount(before));
      line_ends &= line_ends - 1;
    }
  }
  writer.lines += count;
  writer.mark_count += static_cast<uint32_t>(std::popcount(marks));
}

[[gnu::always_inline]] inline void TakeSpecials(SeparatorWriter& writer, const Masks& masks, uint64_t inside) {
  writer.quotes |= masks.quotes & inside;
  writer.carriage_returns |= masks.carriage_returns & inside;
  writer.non_ascii |= masks.non_ascii & inside;
  writer.controls |= masks.controls & inside;
  writer.controls |= (masks.carriage_returns << 1 | writer.after_carriage_return) & ~masks.line_ends & inside;
  writer.controls |= (masks.c1_leads << 1 | writer.after_c1_lead) & masks.c1_tails & inside;
  writer.after_carriage_return = masks.carriage_returns >> 63;
  writer.after_c1_lead = masks.c1_leads >> 63;
}

[[gnu::always_inline]] inline void Take(SeparatorWriter& writer, Masks masks, size_t left) {
  const uint64_t inside = left < kWord ? (uint64_t{1} << left) - 1 : ~uint64_t{0};
  if (left < kWord) {
    masks.delimiters &= inside;
    masks.line_ends &= inside;
  }
  if ((masks.specials | writer.after_carriage_return) != 0) TakeSpecials(writer, masks, inside);
  const uint64_t marks = masks.delimiters | masks.line_ends;
  TakeLines(writer, marks, masks.line_ends);
  TakePositions(writer, marks);
  writer.position += kWord;
}

// Controls, quotes, DEL and non-ASCII bytes.
bool IsSpecial(unsigned char byte) { return byte < 0x20 || byte == '"' || byte >= 0x7f; }

Masks MasksScalar(const char* at, char delimiter) {
  Masks masks;
  for (size_t i = 0; i < kWord; ++i) {
    const auto byte = static_cast<unsigned char>(at[i]);
    masks.delimiters |= uint64_t{at[i] == delimiter} << i;
    masks.line_ends |= uint64_t{byte == '\n'} << i;
    masks.specials |= uint64_t{IsSpecial(byte)} << i;
  }
  masks.specials &= ~(masks.delimiters | masks.line_ends);
  if (masks.specials == 0) return masks;
  for (size_t i = 0; i < kWord; ++i) {
    const auto byte = static_cast<unsigned char>(at[i]);
    masks.quotes |= uint64_t{byte == '"'} << i;
    masks.carriage_returns |= uint64_t{byte == '\r'} << i;
    masks.non_ascii |= uint64_t{byte >= 0x80} << i;
    masks.c1_leads |= uint64_t{byte == 0xc2} << i;
    masks.c1_tails |= uint64_t{byte >= 0x80 && byte < 0xa0} << i;
  }
  masks.controls = masks.specials & ~(masks.quotes | masks.carriage_returns | masks.non_ascii);
  return masks;
}

void ScanScalar(std::string_view text, char delimiter, SeparatorWriter& writer) {
  for (size_t at = 0; at < text.size(); at += kWord) {
    Take(writer, MasksScalar(text.data() + at, delimiter), text.size() - at);
  }
}

#if defined(__x86_64__)

struct Sse2 {
  __m128i part[4];
};

inline Sse2 LoadSse2(const char* at) {
  Sse2 bytes;
  for (int i = 0; i < 4; ++i) {
    bytes.part[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + i);
  }
  return bytes;
}

template <typename Lanes>
inline uint64_t MaskSse2(const Sse2& bytes, const Lanes& lanes) {
  uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(lanes(bytes.part[i])))) << (16 * i);
  }
  return mask;
}

inline uint64_t EqualSse2(const Sse2& bytes, unsigned char byte) {
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(byte));
  return MaskSse2(bytes, [wanted](__m128i part) { return _mm_cmpeq_epi8(part, wanted); });
}

Masks MasksSse2(const char* at, char delimiter) {
  const Sse2 bytes = LoadSse2(at);
  Masks masks;
  masks.delimiters = EqualSse2(bytes, static_cast<unsigned char>(delimiter));
  masks.line_ends = EqualSse2(bytes, '\n');
  const __m128i last_control = _mm_set1_epi8(0x1f);
  // Controls, quotes, DEL and non-ASCII bytes, whose sign bit is their mask.
  masks.specials = MaskSse2(bytes,
                            [=](__m128i part) {
                              const __m128i below_space = _mm_cmpeq_epi8(_mm_min_epu8(part, last_control), part);
                              const __m128i quote = _mm_cmpeq_epi8(part, _mm_set1_epi8('"'));
                              const __m128i del = _mm_cmpeq_epi8(part, _mm_set1_epi8(0x7f));
                              return _mm_or_si128(_mm_or_si128(below_space, quote), _mm_or_si128(del, part));
                            }) &
                   ~(masks.delimiters | masks.line_ends);
  if (masks.specials == 0) return masks;
  masks.quotes = EqualSse2(bytes, '"');
  masks.carriage_returns = EqualSse2(bytes, '\r');
  masks.non_ascii = MaskSse2(bytes, [](__m128i part) { return part; });
  masks.controls = masks.specials & ~(masks.quotes | masks.carriage_returns | masks.non_ascii);
  masks.c1_leads = EqualSse2(bytes, 0xc2);
  masks.c1_tails = MaskSse2(bytes, [](__m128i part) {
    const __m128i high_bits = _mm_and_si128(part, _mm_set1_epi8(static_cast<char>(0xe0)));
    return _mm_cmpeq_epi8(high_bits, _mm_set1_epi8(static_cast<char>(0x80)));
  });
  return masks;
}

void ScanSse2(std::string_view text, char delimiter, SeparatorWriter& writer) {
  for (size_t at = 0; at < text.size(); at += kWord) {
    Take(writer, MasksSse2(text.data() + at, delimiter), text.size() - at);
  }
}

#define ADIRECT_AVX2 gnu::target("avx2,bmi,popcnt")

[[ADIRECT_AVX2, gnu::always_inline]] inline uint64_t MaskAvx2(__m256i low, __m256i high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

[[ADIRECT_AVX2, gnu::always_inline]] inline __m256i EqualAvx2(__m256i bytes, unsigned char byte) {
  return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(static_cast<char>(byte)));
}

[[ADIRECT_AVX2, gnu::always_inline]] inline uint64_t EqualAvx2(__m256i low, __m256i high, unsigned char byte) {
  return MaskAvx2(EqualAvx2(low, byte), EqualAvx2(high, byte));
}

// Controls, quotes, DEL and non-ASCII bytes, whose sign bit is their mask.
[[ADIRECT_AVX2, gnu::always_inline]] inline __m256i SpecialsAvx2(__m256i bytes) {
  const __m256i below_space = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
  return _mm256_or_si256(_mm256_or_si256(below_space, EqualAvx2(bytes, '"')),
                         _mm256_or_si256(EqualAvx2(bytes, 0x7f), bytes));
}

[[ADIRECT_AVX2, gnu::always_inline]] inline Masks MasksAvx2(const char* at, char delimiter) {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
  Masks masks;
  masks.delimiters = EqualAvx2(low, high, static_cast<unsigned char>(delimiter));
  masks.line_ends = EqualAvx2(low, high, '\n');
  masks.specials = MaskAvx2(SpecialsAvx2(low), SpecialsAvx2(high)) & ~(masks.delimiters | masks.line_ends);
  if (masks.specials == 0) return masks;
  masks.quotes = EqualAvx2(low, high, '"');
  masks.carriage_returns = EqualAvx2(low, high, '\r');
  masks.non_ascii = MaskAvx2(low, high);
  masks.controls = masks.specials & ~(masks.quotes | masks.carriage_returns | masks.non_ascii);
  masks.c1_leads = EqualAvx2(low, high, 0xc2);
  const __m256i high_bits = _mm256_set1_epi8(static_cast<char>(0xe0));
  masks.c1_tails = EqualAvx2(_mm256_and_si256(low, high_bits), _mm256_and_si256(high, high_bits), 0x80);
  return masks;
}

[[ADIRECT_AVX2]] void ScanAvx2(std::string_view text, char delimiter, SeparatorWriter& writer) {
  for (size_t at = 0; at < text.size(); at += kWord) {
    Take(writer, MasksAvx2(text.data() + at, delimiter), text.size() - at);
  }
}

#endif  // __x86_64__

}  // namespace

std::span<const SeparatorKernel> SeparatorKernels() {
#if defined(__x86_64__)
  static const bool kAvx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  static constexpr std::array<SeparatorKernel, 3> kKernels = {ScanAvx2, ScanSse2, ScanScalar};
  return std::span(kKernels).subspan(kAvx2 ? 0 : 1);
#else
  static constexpr std::array<SeparatorKernel, 1> kKernels = {ScanScalar};
  return kKernels;
#endif
}

void FindSeparators(SeparatorKernel kernel, std::string_view text, char delimiter, Separators& out) {
  ADIRECT_CHECK(text.size() < UINT32_MAX - kSlack, text.size());
  const size_t half = text.size() + kSlack;  // of the memory: marks, then lines
  if (out.capacity < 2 * half) {
    out.memory = std::make_unique_for_overwrite<uint32_t[]>(2 * half);
    out.capacity = 2 * half;
  }
  uint32_t* const marks = out.memory.get();
  uint32_t* const lines = marks + half;
  marks[0] = UINT32_MAX;
  SeparatorWriter writer;
  writer.marks = marks + 1;
  writer.lines = lines;
  writer.mark_count = 1;
  kernel(text, delimiter, writer);
  if (!text.empty() && text.back() != '\n') {
    *writer.marks++ = static_cast<uint32_t>(text.size());
    *writer.lines++ = writer.mark_count;
  }
  out.marks = {marks, writer.marks};
  out.lines = {lines, writer.lines};
  out.quotes = writer.quotes != 0;
  out.carriage_returns = writer.carriage_returns != 0;
  out.non_ascii = writer.non_ascii != 0;
  out.controls = writer.controls != 0;
}

}  // namespace adirect::internal

namespace adirect {

void FindSeparators(std::string_view text, char delimiter, Separators& out) {
  internal::FindSeparators(internal::SeparatorKernels().front(), text, delimiter, out);
}

}  // namespace adirect
