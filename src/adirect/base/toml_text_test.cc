#include "adirect/base/toml_text.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

std::string Refused(std::string_view text) { return CheckTomlText(text, "x.toml").message(); }

TEST(TomlText, QuotesAndCommentsHoldAnyCharacter) {
  for (const std::string_view text :
       {"", "# caf\xc3\xa9", "a = \"caf\xc3\xa9\"", "a = '\xc3\xa9' # \xc3\xa9\n", "a = \"\\\"\xc3\xa9\"",
        "a = \"\"\"\n\xc3\xa9 \" \"\" \\\"\"\" \xc3\xa9\"\"\"\"\" # x", "a = '''\n\xc3\xa9 '' \\'''",
        "a = \"\" # \xc3\xa9", "\"\xc3\xa9\" = 1",
        "\xef\xbb\xbf"
        "a = 1"}) {
    EXPECT_EQ(Refused(text), "") << text;
  }
}

TEST(TomlText, AnythingElseIsAscii) {
  EXPECT_EQ(Refused("a = 1\n\xc3\xa9 = 1\n"), "x.toml:2: not TOML: outside quotes and comments there is only ASCII");
  for (const std::string_view text :
       {"a = \xc3\xa9", "a = \"x\" \xc3\xa9", "a = ''\xc3\xa9", "a = 'x\\'\xc3\xa9", "a = \"\"\"x\"\"\"\xc3\xa9",
        "a = \"\"\"x\"\"\"\"\"\xc3\xa9", "a = [\"\xc3\xa9\", \xc3\xa9]", "a = 1\xef\xbb\xbf", "a = \xff",
        "a = \"\\\xc3\xa9\"", "a = \"\"\"\\ \n \xc3\xa9\"\"\""}) {
    EXPECT_NE(Refused(text), "") << text;
  }
}

TEST(TomlText, AQuoteBeginsAWord) {
  for (const std::string_view text :
       {"\"a\".\"b\" = 1", "a.'b' = {\"c\" = [\"d\",'e',\n\"f\"]}", "a=\"x\"", "\t'a'=1"}) {
    EXPECT_EQ(Refused(text), "") << text;
  }
  EXPECT_EQ(Refused("a = 1'x'"), "x.toml:1: not TOML: a quote stands in the middle of a word");
  for (const std::string_view text : {"a\"b\" = 1", "a = \"b\"\"c\"", "a = [1]'x'", "a = {}\"x\""}) {
    EXPECT_NE(Refused(text), "") << text;
  }
}

TEST(TomlText, AHeaderBeginsWithAKey) {
  for (const std::string_view text : {"[a]", "[[a]]", "[ a ]\n", "[\"a\"]", "['a']", "  [a]", "[]", "[", "[[", "[-]",
                                      "x = [[1]]", "x = [\n  [1],\n  [[2]]\n]\n[a]", "x = \"\n[[[\""}) {
    EXPECT_EQ(Refused(text), text.starts_with("x = \"") ? Refused("\n[[[") : "") << text;
  }
  EXPECT_EQ(Refused("a = 1\n[[[x]]]\n"), "x.toml:2: not TOML: a table's name is missing behind its bracket");
  for (const std::string_view text : {"[=", "[[[", "[ .a]", "[\n", "\t[#]", "a = [1]\n[=]"}) {
    EXPECT_NE(Refused(text), "") << text;
  }
}

}  // namespace
}  // namespace adirect
