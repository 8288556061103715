#include "adirect/base/toml_text.h"

#include <gtest/gtest.h>

#include <string>

namespace adirect {
namespace {

std::string Refused(std::string_view text) { return CheckTomlText(text, "x.toml").message(); }

constexpr std::string_view kOnlyAscii = "outside quotes and comments there is only ASCII";

TEST(TomlText, QuotesAndCommentsHoldAnyCharacter) {
  for (const std::string_view text :
       {"", "# caf\xc3\xa9", "a = \"caf\xc3\xa9\"", "a = '\xc3\xa9' # \xc3\xa9\n", "a = \"\\\"\xc3\xa9\"",
        "a = \"\"\"\n\xc3\xa9 \" \"\" \\\"\"\" \xc3\xa9\"\"\"\"\" # x", "a = '''\n\xc3\xa9 '' \\'''",
        "a = \"\" # \xc3\xa9", "\"\xc3\xa9\" = 1", "'\xc3\xa9'.b = {\"\xc3\xa9\" = ['\xc3\xa9']}",
        "\xef\xbb\xbf"
        "a = 1",
        "a = '\\\xc3\xa9'", "a = \"\"\"\\\n b \xc3\xa9\"\"\""}) {
    EXPECT_EQ(Refused(text), "") << text;
  }
}

TEST(TomlText, AnythingElseIsAscii) {
  EXPECT_EQ(Refused("a = 1\n\xc3\xa9 = 1\n"), "x.toml:2: not TOML: " + std::string(kOnlyAscii));
  EXPECT_TRUE(Refused("a = 1\n\nb = \xc3\xa9 # @").ends_with("; " + std::string(kOnlyAscii)));
  for (const std::string_view text :
       {"a = \"x\" \xc3\xa9", "a = ''\xc3\xa9", "a = 'x\\'\xc3\xa9", "a = \"\"\"x\"\"\"\xc3\xa9",
        "a = \"\"\"x\"\"\"\"\"\xc3\xa9", "a = [\"\xc3\xa9\", \xc3\xa9]", "a = 1\xef\xbb\xbf", "a = \xff",
        "a = \"\\\xc3\xa9\"", "a = 1\"\xc3\xa9\"", "a = 2d=\"\xc3\xa9\"", "a = 1979='\"\xc3\x84\"", "[\xc3\xa9]"}) {
    EXPECT_NE(Refused(text), "") << text;
  }
}

TEST(TomlText, ABackslashDoesNotJoinALineThatBeginsBeyondAscii) {
  EXPECT_EQ(Refused("a = \"\"\"\\ \n \xc3\xa9\"\"\""),
            "x.toml:2: not TOML: behind a backslash and blanks there is only ASCII");
}

TEST(TomlText, OtherMistakesAreToldByTheParser) {
  EXPECT_EQ(Refused("a = 1\nb @ 1 # \n").substr(0, 20), "x.toml:2: not TOML: ");
  for (const std::string_view text :
       {"a@ = 1", "a\"b\" = 1", "[=", "[[[x]]]", "[ .a]", "[\n", "a = [[}[1]]", "a = 1979-05-27T@:37", "a ="}) {
    const std::string message = Refused(text);
    EXPECT_NE(message, "") << text;
    EXPECT_EQ(message.find(kOnlyAscii), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace adirect
