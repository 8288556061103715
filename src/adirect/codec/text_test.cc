#include "adirect/codec/text.h"

#include <gtest/gtest.h>

#include <utility>

namespace adirect {
namespace {

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string Csv(std::string_view text) {
  std::string out;
  AppendCsvField(text, out);
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string out;
  AppendBase64(bytes, out);
  return out;
}

TEST(CodecText, Base64GivesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, base64] : vectors) EXPECT_EQ(Base64(bytes), base64);
}

TEST(CodecText, Base64UsesItsWholeAlphabet) {
  EXPECT_EQ(Base64("\x14\xfb\x9c\x03\xd9\x7e"), "FPucA9l+");  // RFC 3548, section 7
  EXPECT_EQ(Base64("\xff\xff\xfe"), "///+");
  EXPECT_EQ(Base64(std::string_view("\0\0\0\0", 4)), "AAAAAA==");
}

TEST(CodecText, Base64IsReadBackAndNothingElseIs) {
  for (size_t size = 0; size < 70; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 151 + size * 7);
    EXPECT_EQ(DecodeBase64(Base64(bytes)), bytes);
  }
  for (const std::string_view bad :
       {"Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zg==Zg==", "\xff"}) {
    EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
  }
}

TEST(CodecText, AJsonStringEscapesQuotesBackslashesAndControls) {
  EXPECT_EQ(Json(""), "\"\"");
  EXPECT_EQ(Json("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
  EXPECT_EQ(Json("\n\r\t"), "\"\\n\\r\\t\"");
  EXPECT_EQ(Json(std::string_view("\0\x01\x1f", 3)), "\"\\u0000\\u0001\\u001f\"");
  EXPECT_EQ(Json("\b\f"), "\"\\u0008\\u000c\"");
}

TEST(CodecText, AJsonStringLeavesAllOtherCharactersAsTheyAre) {
  const std::string_view text = "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x91\x9f\x7f";
  EXPECT_EQ(Json(text), '"' + std::string(text) + '"');
}

TEST(CodecText, ACsvFieldIsQuotedOnlyWhereItMustBe) {
  for (const std::string_view plain : {"", "shoes", " a b ", "a;b", "caf\xc3\xa9", "it's", "\ta"}) {
    EXPECT_EQ(Csv(plain), plain);
  }
  EXPECT_EQ(Csv("a,b"), "\"a,b\"");
  EXPECT_EQ(Csv("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Csv("\""), "\"\"\"\"");
  EXPECT_EQ(Csv("a\nb"), "\"a\nb\"");
  EXPECT_EQ(Csv("a\rb"), "\"a\rb\"");
}

TEST(CodecText, TextIsAppendedBehindWhatIsThere) {
  std::string out = "a,";
  AppendCsvField("b", out);
  out += ',';
  AppendCsvField("c,", out);
  AppendJsonString("d", out);
  AppendBase64("f", out);
  EXPECT_EQ(out, "a,b,\"c,\"\"d\"Zg==");
}

TEST(CodecText, Utf8IsKnownFromOtherBytes) {
  for (const std::string_view good :
       {std::string_view(""), std::string_view("shoes"), std::string_view("\0a", 2), std::string_view("\xc2\x80"),
        std::string_view("\xe0\xa0\x80"), std::string_view("\xed\x9f\xbf"), std::string_view("\xf4\x8f\xbf\xbf")}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\x80", "a\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x91",  // a lone, an impossible and missing bytes
        "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80",       // longer than need be
        "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {                // a surrogate, beyond U+10FFFF
    EXPECT_FALSE(IsUtf8(bad)) << Base64(bad);
  }
}

}  // namespace
}  // namespace adirect
