#include "adirect/base/wire.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

constexpr uint64_t kNumbers[] = {0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX};

TEST(Wire, NumbersAndTextsReadBack) {
  std::string out;
  for (const uint64_t n : kNumbers) {
    AppendVarint(n, out);
    AppendFixed64(n, out);
    AppendText(std::string(n % 200, 'x'), out);
  }
  WireReader in(out);
  for (const uint64_t n : kNumbers) {
    EXPECT_EQ(in.Varint(), n);
    EXPECT_EQ(in.Fixed64(), n);
    EXPECT_EQ(in.Text(), std::string(n % 200, 'x'));
  }
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.offset(), out.size());
}

TEST(Wire, TheBytesAreLittleEndian) {
  std::string out;
  AppendVarint(300, out);
  AppendFixed64(0x0102030405060708, out);
  AppendText("ab", out);
  EXPECT_EQ(out,
            "\xac\x02\x08\x07\x06\x05\x04\x03\x02\x01\x02"
            "ab");
}

TEST(Wire, ACutIsNoticedAtEveryByte) {
  std::string out;
  AppendVarint(UINT64_MAX, out);
  AppendFixed64(7, out);
  AppendText("shoes", out);
  for (size_t size = 0; size < out.size(); ++size) {
    WireReader in(std::string_view(out).substr(0, size));
    in.Varint();
    in.Fixed64();
    in.Text();
    EXPECT_FALSE(in.ok()) << size;
    EXPECT_TRUE(in.done());
  }
}

TEST(Wire, ANumberHasOneFormOnly) {
  for (const std::string_view bytes :
       {std::string_view("\x80\x00", 2), std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
        std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    WireReader in(bytes);
    EXPECT_EQ(in.Varint(), 0u);
    EXPECT_FALSE(in.ok());
  }
}

TEST(Wire, AfterAFailureNothingIsRead) {
  std::string out;
  AppendText("shoes", out);
  WireReader in(out);
  in.Fail();
  EXPECT_EQ(in.Text(), "");
  EXPECT_EQ(in.Bytes(1), "");
  EXPECT_FALSE(in.ok());
}

TEST(Wire, ALengthBeyondTheEndIsAFailureNotARead) {
  std::string out;
  AppendVarint(UINT64_MAX, out);
  out += "ab";
  WireReader in(out);
  EXPECT_EQ(in.Text(), "");
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace adirect
