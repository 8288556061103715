#include "adirect/codec/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

// The decoded text; "(half)" and "(none)" for what is none.
std::string Unescaped(std::string_view inner) {
  std::string out(inner.size(), '?');
  size_t size = 0;
  const JsonString kind = UnescapeJson(inner, out.data(), size);
  size_t checked = 0;
  EXPECT_EQ(UnescapeJson(inner, nullptr, checked), kind);
  EXPECT_EQ(checked, size);
  EXPECT_LE(size, inner.size());
  if (kind == JsonString::kNone) return "(none)";
  return kind == JsonString::kHalfSurrogate ? "(half)" : out.substr(0, size);
}

TEST(JsonText, IntegersAreTheirDigits) {
  for (const std::string_view good : {"0", "-0", "7", "-12", "123456789012345678901234567890"}) {
    EXPECT_EQ(ClassifyJsonNumber(good), JsonNumber::kInteger) << good;
  }
}

TEST(JsonText, OtherNumbersHaveAFractionOrAnExponent) {
  for (const std::string_view good : {"7.0", "-0.5", "1e3", "1E+3", "1.5e-10", "1e400", "0e0"}) {
    EXPECT_EQ(ClassifyJsonNumber(good), JsonNumber::kOther) << good;
  }
}

TEST(JsonText, WhatJsonDoesNotAllowIsNoNumber) {
  for (const std::string_view bad : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e3", "NaN", "Infinity",
                                     "0x10", "1 2", "1,", "--1", "1a"}) {
    EXPECT_EQ(ClassifyJsonNumber(bad), JsonNumber::kNone) << bad;
  }
}

TEST(JsonText, EscapesAreDecoded) {
  EXPECT_EQ(Unescaped(R"(plain)"), "plain");
  EXPECT_EQ(Unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Unescaped(R"(a\u0000b)"), std::string("a\0b", 3));
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20AC)"), "A\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(Unescaped(R"(\ud83d\ude00)"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(Unescaped(R"(\uDBFF\uDFFF)"), "\xf4\x8f\xbf\xbf");
}

TEST(JsonText, HalfASurrogatePairIsJsonButNoText) {
  for (const std::string_view half : {R"(\ud800)", R"(\udc00)", R"(a\ud800b)", R"(\ud800\ud800)", R"(\ud800\u0041)",
                                      R"(\udc00\ud800)", R"(\ud800\n)", R"(\ud800\\u)"}) {
    EXPECT_EQ(Unescaped(half), "(half)") << half;
  }
}

TEST(JsonText, UnknownEscapesAreNoJson) {
  for (const std::string_view bad : {R"(\x)", R"(\)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\U0041)", R"(a\'b)",
                                     R"(\ud800\u)", R"(\ud800\u00)", R"(\ud800\x)", R"(\ud800\)"}) {
    EXPECT_EQ(Unescaped(bad), "(none)") << bad;
  }
}

}  // namespace
}  // namespace adirect
