#include "adirect/api/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace adirect {
namespace {

using Texts = std::vector<std::string>;

// The segments, "?" and the query's names and values in turn; or what is wrong.
Texts Parsed(std::string_view raw) {
  Target target;
  const std::string_view fault = target.Parse(raw);
  if (!fault.empty()) return {"wrong", std::string(fault)};
  Texts texts(target.segments().begin(), target.segments().end());
  texts.push_back("?");
  for (const HttpField& field : target.query()) {
    texts.emplace_back(field.name);
    texts.emplace_back(field.value);
  }
  return texts;
}

TEST(TargetTest, APathIsCutAtItsSlashesAndThenDecoded) {
  EXPECT_EQ(Parsed("/v1/users/a%2Fb"), (Texts{"v1", "users", "a/b", "?"}));
  EXPECT_EQ(Parsed("/v1/users/jo%20e%c3%A9"), (Texts{"v1", "users", "jo e\xc3\xa9", "?"}));
  EXPECT_EQ(Parsed("/a+b"), (Texts{"a+b", "?"}));
  EXPECT_EQ(Parsed("/"), (Texts{"?"}));
  EXPECT_EQ(Parsed("/v1/"), (Texts{"v1", "", "?"}));
  EXPECT_EQ(Parsed("//"), (Texts{"", "", "?"}));
}

TEST(TargetTest, AQueryIsCutAndThenDecoded) {
  EXPECT_EQ(Parsed("/?a=1&b=x%26y&c&=d&&e=f=g"), (Texts{"?", "a", "1", "b", "x&y", "c", "", "", "d", "e", "f=g"}));
  EXPECT_EQ(Parsed("/p?q=a+b%2B"), (Texts{"p", "?", "q", "a b+"}));
  EXPECT_EQ(Parsed("/p?"), (Texts{"p", "?"}));
}

TEST(TargetTest, AUrlIsItsPath) {
  EXPECT_EQ(Parsed("http://shop.example:8080/v1/x?a=b"), (Texts{"v1", "x", "?", "a", "b"}));
  EXPECT_EQ(Parsed("https://shop.example"), (Texts{"?"}));
  EXPECT_EQ(Parsed("http://shop.example?a=b"), (Texts{"?", "a", "b"}));
  EXPECT_EQ(Parsed("*"), (Texts{"?"}));
}

TEST(TargetTest, WhatIsNoTargetIsSaid) {
  for (const char* wrong : {"/%", "/a%2", "/a%zz/b", "/a?b=%1", "/a?%=b", "v1/users", "shop.example:80", "/a#b", "",
                            "/%ff", "/a?b=%c3", "/a?%ed%a0%80"}) {
    EXPECT_EQ(Parsed(wrong).front(), "wrong") << wrong;
  }
  EXPECT_NE(Parsed("/%").back().find("%25"), std::string::npos);
}

TEST(TargetTest, AnotherTargetLeavesNothingOfTheFirst) {
  Target target;
  EXPECT_EQ(target.Parse("/a%20b/c?d=e"), "");
  EXPECT_EQ(target.Parse("/x"), "");
  EXPECT_EQ(target.segments().size(), 1U);
  EXPECT_EQ(target.segments().front(), "x");
  EXPECT_TRUE(target.query().empty());
}

}  // namespace
}  // namespace adirect
