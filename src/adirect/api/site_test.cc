#include "adirect/api/site.h"

#include <gtest/gtest.h>

#include <map>

#include "adirect/api/asked_request_test_support.h"

namespace adirect {
namespace {

class SiteTest : public testing::Test {
 protected:
  SiteTest() : site_([this](std::string_view path) { return Find(path); }) { site_.AddTo(router_); }

  std::optional<std::string> Find(std::string_view path) {
    asked_.emplace_back(path);
    const auto found = files_.find(path);
    if (found == files_.end()) return std::nullopt;
    return found->second;
  }

  Response Get(std::string_view raw, std::vector<HttpField> headers = {}) {
    AskedRequest asked(Method::kGet, raw);
    asked.request.headers = headers;
    Response response;
    Answer answer(response, nullptr, nullptr);
    router_.Handle(asked.request, answer);
    return response;
  }
  static bool Has(const Response& response, const std::string& header) {
    return response.headers().find(header + "\r\n") != std::string::npos;
  }
  static std::string TagOf(const Response& response) {
    const size_t at = response.headers().find("ETag: ") + 6;
    return response.headers().substr(at, response.headers().find('\r', at) - at);
  }

  std::map<std::string, std::string, std::less<>> files_ = {{"index.html", "<html>"},
                                                            {"index.html.gz", "\x1f\x8b page"},
                                                            {"assets/a-1.js", "run()"},
                                                            {"favicon.svg", "<svg>"}};
  std::vector<std::string> asked_;
  Router router_;
  Site site_;
};

TEST_F(SiteTest, EveryPageIsTheSameFile) {
  for (const char* page : {"/", "/searches?category=1", "/user", "/user/a%2Fb", "/user/a%2Fb/%3Cscript%3E", "/products",
                           "/products/1", "/audience", "/policies", "/quality", "/sign-in"}) {
    const Response response = Get(page);
    EXPECT_EQ(response.status, 200) << page;
    EXPECT_EQ(response.body, "<html>") << page;
    EXPECT_EQ(response.content_type(), "text/html; charset=utf-8");
  }
}

TEST_F(SiteTest, ThePageMayLoadNothingFromElsewhereAndIsAskedForAnew) {
  const Response page = Get("/");
  EXPECT_NE(page.headers().find("Content-Security-Policy: default-src 'self';"), std::string::npos);
  EXPECT_EQ(page.headers().find("unsafe"), std::string::npos);
  EXPECT_TRUE(Has(page, "Referrer-Policy: no-referrer"));
  EXPECT_TRUE(Has(page, "X-Content-Type-Options: nosniff"));
  EXPECT_TRUE(Has(page, "Cache-Control: no-cache"));
}

TEST_F(SiteTest, AFileByContentIsKeptForEver) {
  const Response script = Get("/assets/a-1.js");
  EXPECT_EQ(script.body, "run()");
  EXPECT_EQ(script.content_type(), "text/javascript; charset=utf-8");
  EXPECT_TRUE(Has(script, "Cache-Control: public, max-age=31536000, immutable"));
  EXPECT_EQ(Get("/favicon.svg").content_type(), "image/svg+xml");
}

TEST_F(SiteTest, WhoAcceptsGzipGetsIt) {
  const Response packed = Get("/", {{"accept-encoding", "br, gzip"}});
  EXPECT_EQ(packed.body, "\x1f\x8b page");
  EXPECT_TRUE(Has(packed, "Content-Encoding: gzip"));
  EXPECT_TRUE(Has(packed, "Vary: Accept-Encoding"));
  EXPECT_NE(TagOf(packed), TagOf(Get("/")));
  EXPECT_EQ(Get("/", {{"accept-encoding", "gzip;q=0"}}).body, "<html>");
  EXPECT_EQ(Get("/assets/a-1.js", {{"accept-encoding", "gzip"}}).body, "run()");  // there is none packed
}

TEST_F(SiteTest, WhatAClientHasIsNotSentAgain) {
  const std::string tag = TagOf(Get("/"));
  const Response again = Get("/", {{"if-none-match", "\"other\", W/" + tag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(TagOf(again), tag);
  files_["index.html"] = "<html lang=en>";
  EXPECT_EQ(Get("/", {{"if-none-match", tag}}).status, 200);
}

TEST_F(SiteTest, AddressesOf2017LeadToTheirSuccessors) {
  const std::map<std::string, std::string> former = {{"/index", "/"},
                                                     {"/searchestable", "/searches"},
                                                     {"/querysearches", "/searches"},
                                                     {"/queryuser", "/user"},
                                                     {"/queryproduct", "/products"}};
  for (const auto& [from, to] : former) {
    const Response moved = Get(from);
    EXPECT_EQ(moved.status, 308);
    EXPECT_TRUE(Has(moved, "Location: " + to));
  }
}

TEST_F(SiteTest, ABrowserIsToldInThePageThatThereIsNothing) {
  const Response page = Get("/nowhere", {{"accept", "text/html,*/*"}});
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.body, "<html>");
  EXPECT_EQ(Get("/v1/nowhere").content_type(), "application/problem+json");
}

TEST_F(SiteTest, NoPathLeavesTheFolder) {
  for (const char* path : {"/assets/..%2Findex.html", "/assets/%2E%2E%2F%2E%2E%2Fetc%2Fpasswd", "/assets/.hidden",
                           "/assets/a%00.js", "/assets/a%5C..%5Cb"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
  for (const std::string& path : asked_) EXPECT_EQ(path, "assets/none");
}

TEST_F(SiteTest, ABuildWithoutASiteSaysSo) {
  files_.clear();
  const Response none = Get("/");
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.content_type(), "application/problem+json");
}

}  // namespace
}  // namespace adirect
