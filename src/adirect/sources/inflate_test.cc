#include "adirect/sources/inflate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "adirect/sources/packed_test_support.h"

namespace adirect {
namespace {

struct Unpacked {
  std::string text;
  Status status;
  uint64_t stored_bytes = 0;
};

// Reads pieces of `piece` bytes from stored bytes that come `stored_piece` at a time.
Unpacked Unpack(const std::string& packed, size_t piece = 1000, size_t stored_piece = 777) {
  const size_t head = std::min(packed.size(), kPackedMagicBytes);
  size_t at = head;
  const auto read = [&](char* to, size_t size) -> Result<size_t> {
    const size_t got = packed.copy(to, std::min(size, stored_piece), at);
    at += got;
    return got;
  };
  const std::unique_ptr<Inflater> inflater = Inflater::For("in", std::string_view(packed).substr(0, head), read);
  Unpacked unpacked;
  EXPECT_NE(inflater, nullptr);
  std::string memory(piece, 0);
  while (inflater != nullptr) {
    const Result<size_t> got = inflater->Read(memory.data(), piece);
    unpacked.stored_bytes += inflater->TakeStoredBytes();
    if (!got.ok()) unpacked.status = got.status();
    if (!got.ok() || *got == 0) break;
    unpacked.text.append(memory, 0, *got);
  }
  return unpacked;
}

// Packs badly enough to fill several buffers.
std::string Text(size_t size) {
  std::string text;
  for (uint64_t i = 1; text.size() < size; ++i) text += std::to_string(i * 0x9e3779b97f4a7c15ULL) + "\n";
  text.resize(size);
  return text;
}

struct Packer {
  std::string name;
  std::function<std::string(std::string_view)> pack;
};

class InflaterTest : public testing::TestWithParam<Packer> {
 protected:
  static std::string Pack(std::string_view text) { return GetParam().pack(text); }
};

INSTANTIATE_TEST_SUITE_P(Packers, InflaterTest,
                         testing::Values(Packer{"gzip", Gzip}, Packer{"zstd", [](auto text) { return Zstd(text); }}),
                         [](const auto& packer) { return packer.param.name; });

TEST_P(InflaterTest, GivesTheTextWhateverTheSizesOfReads) {
  for (const size_t size : {0u, 1u, 5000u, 700'000u}) {
    const std::string text = Text(size);
    const std::string packed = Pack(text);
    for (const size_t piece : {7u, 1000u, 1u << 20}) {
      for (const size_t stored_piece : {1u, 4099u, 1u << 20}) {
        const Unpacked unpacked = Unpack(packed, piece, stored_piece);
        ASSERT_TRUE(unpacked.status.ok()) << unpacked.status.message();
        ASSERT_EQ(unpacked.text, text) << size << " " << piece << " " << stored_piece;
        ASSERT_EQ(unpacked.stored_bytes, packed.size());
      }
    }
  }
}

TEST_P(InflaterTest, MembersBehindEachOtherAreOneText) {
  const Unpacked unpacked = Unpack(Pack("one\n") + Pack("") + Pack("two\n") + Pack(Text(200'000)));
  EXPECT_TRUE(unpacked.status.ok()) << unpacked.status.message();
  EXPECT_EQ(unpacked.text, "one\ntwo\n" + Text(200'000));
}

TEST_P(InflaterTest, WhatIsCutAnywhereIsAnError) {
  const std::string packed = Pack(Text(3000)) + Pack("more");
  const size_t first = Pack(Text(3000)).size();
  for (size_t size = kPackedMagicBytes; size < packed.size(); ++size) {
    const Unpacked unpacked = Unpack(packed.substr(0, size));
    if (size == first) continue;  // nothing is missing from the first member
    ASSERT_EQ(unpacked.status.code(), Code::kCorrupt) << size;
    ASSERT_EQ(unpacked.status.message(), "in: ends after " + std::to_string(size) +
                                             " bytes in the middle of what was packed; copy the file again, or pack "
                                             "it again");
  }
}

TEST_P(InflaterTest, ADamagedByteIsFoundByTheChecksum) {
  const std::string text = Text(100'000);
  const std::string packed = Pack(text);
  for (const size_t at : {packed.size() / 2, packed.size() - 6, packed.size() - 1}) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Unpacked unpacked = Unpack(damaged);
    EXPECT_EQ(unpacked.status.code(), Code::kCorrupt) << at;
    EXPECT_NE(unpacked.status.message().find("copy the file again"), std::string::npos) << unpacked.status.message();
  }
}

TEST_P(InflaterTest, OtherBytesBehindAreAnErrorThatSaysWhere) {
  const std::string packed = Pack("text\n");
  const Unpacked unpacked = Unpack(packed + "garbage");
  EXPECT_EQ(unpacked.text, "text\n");
  EXPECT_EQ(unpacked.status.code(), Code::kCorrupt);
  EXPECT_TRUE(unpacked.status.message().starts_with("in: other bytes behind what was packed, at byte "));
}

TEST_P(InflaterTest, AReadErrorIsHandedOn) {
  const std::string packed = Pack(Text(100'000));
  const auto inflater = Inflater::For("in", std::string_view(packed).substr(0, 100),
                                      [](char*, size_t) -> Result<size_t> { return Unavailable("cancelled"); });
  std::string memory(200'000, 0);
  Result<size_t> got = inflater->Read(memory.data(), memory.size());
  while (got.ok() && *got > 0) got = inflater->Read(memory.data(), memory.size());
  EXPECT_EQ(got.status().message(), "cancelled");
}

TEST(Inflater, TextIsNotPacked) {
  for (const std::string_view head : {"", "\x1f", "time,user", "{\"a\":1}", "\x28\xb5", "PAR1"}) {
    EXPECT_EQ(Inflater::For("in", head, nullptr), nullptr) << head;
  }
}

TEST(Inflater, ASkippableFrameInFrontHoldsNoText) {
  const std::string frame("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  EXPECT_EQ(Unpack(frame + Zstd("text\n")).text, "text\n");
}

TEST(Inflater, AWindowOverTheLimitIsRefusedAndOneAtTheLimitIsNot) {
  EXPECT_EQ(Unpack(Zstd("text\n", kMaxZstdWindowLog)).text, "text\n");
  const Unpacked refused = Unpack(Zstd("text\n", kMaxZstdWindowLog + 1));
  EXPECT_EQ(refused.status.code(), Code::kExhausted);
  EXPECT_EQ(refused.status.message(),
            "in: was packed with a zstd window of more than 128 MiB; pack it again with --long=27 or less");
}

}  // namespace
}  // namespace adirect
