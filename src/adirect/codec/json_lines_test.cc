#include "adirect/codec/json_lines.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

std::string Lines(std::string_view body) {
  const Result<std::string> lines = JsonToLines(body);
  return lines.ok() ? *lines : "refused";
}

TEST(JsonLines, AnObjectIsOneLineAndAnArrayALineEach) {
  EXPECT_EQ(Lines(R"( {"a": 1} )"), "{\"a\": 1} \n");
  EXPECT_EQ(Lines(R"([{"a":1},{"b":[1,2]}])"), "{\"a\":1}\n{\"b\":[1,2]}\n");
  EXPECT_EQ(Lines("[]"), "");
}

TEST(JsonLines, LineEndsBetweenTokensBecomeSpaces) {
  EXPECT_EQ(Lines("[\n  {\n    \"a\":\r\n 1\n  }\n]\n"), "{     \"a\":   1   } \n");
}

TEST(JsonLines, WhatIsNoObjectStaysAnElement) { EXPECT_EQ(Lines(R"([1,{"a":1}])"), "0\n{\"a\":1}\n"); }

TEST(JsonLines, WhatIsNoJsonIsRefused) {
  for (const std::string_view body : {"", "  ", "[", "[{\"a\":1}", "[{\"a\":1}] x", "[{\"a\":1},]", "[,]"}) {
    EXPECT_EQ(Lines(body), "refused") << body;
  }
}

}  // namespace
}  // namespace adirect
