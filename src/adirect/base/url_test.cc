#include "adirect/base/url.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TEST(UrlTest, ItsPartsAreReadAndDecoded) {
  const Result<Url> url = ParseUrl("kafka://a:9092,b:9092/web%20activity?partitions=0-3&sasl.password=p%26q=r");
  ASSERT_TRUE(url.ok()) << url.status().message();
  EXPECT_EQ(url->scheme, "kafka");
  EXPECT_EQ(url->authority, "a:9092,b:9092");
  EXPECT_EQ(url->path, "/web activity");
  ASSERT_EQ(url->query.size(), 2U);
  EXPECT_EQ(url->query[0], (std::pair<std::string, std::string>("partitions", "0-3")));
  EXPECT_EQ(url->query[1], (std::pair<std::string, std::string>("sasl.password", "p&q=r")));
}

TEST(UrlTest, PathAndQueryMayBeMissing) {
  const Result<Url> url = ParseUrl("webhdfs://127.0.0.1:9870");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->authority, "127.0.0.1:9870");
  EXPECT_EQ(url->path, "");
  EXPECT_TRUE(url->query.empty());
  EXPECT_EQ(ParseUrl("file:///tmp/a.csv")->path, "/tmp/a.csv");
}

TEST(UrlTest, OnlyASchemeMakesAUrl) {
  EXPECT_EQ(UrlScheme("kafka://x"), "kafka");
  for (const char* text : {"", "events.csv", "://x", "C:/events", "a b://x", "kafka:/x"}) {
    EXPECT_EQ(UrlScheme(text), "") << text;
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
}

TEST(UrlTest, WhatIsWrongIsSaid) {
  EXPECT_NE(ParseUrl("kafka://x/t?a=%2").status().message().find("two hexadecimal digits"), std::string::npos);
  EXPECT_NE(ParseUrl("kafka://x/%zz").status().message().find("two hexadecimal digits"), std::string::npos);
  EXPECT_NE(ParseUrl("kafka://x/t?partitions").status().message().find("\"partitions\" behind the ?"),
            std::string::npos);
}

TEST(FilePathOf, IsTheNameOrWhatAFileUrlSays) {
  EXPECT_EQ(*FilePathOf("a%20b.csv"), "a%20b.csv");
  EXPECT_EQ(*FilePathOf("file:///tmp/a%20b.csv"), "/tmp/a b.csv");
  EXPECT_EQ(*FilePathOf("file://localhost/tmp/a.csv"), "/tmp/a.csv");
  for (const char* const url : {"file://other/a.csv", "file:///a%zz", "file://", "http:///a.csv", "file:///a?b=c"}) {
    EXPECT_EQ(FilePathOf(url).status().code(), Code::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace adirect
