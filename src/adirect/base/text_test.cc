#include "adirect/base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace adirect {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"events", "min_searches", "window", "name"};

TEST(Text, AQuotedTextStaysOnOneLine) {
  EXPECT_EQ(Quoted("shoes"), "\"shoes\"");
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("a\n\"b\\"), "\"a\\u000a\\\"b\\\\\"");
  EXPECT_EQ(Quoted(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Text, ALongTextIsCutBetweenCharacters) {
  const std::string a(79, 'a');
  EXPECT_EQ(Quoted(a + "b"), "\"" + a + "b\"");
  EXPECT_EQ(Quoted(a + "bc"), "\"" + a + "b...\"");
  EXPECT_EQ(Quoted(a + "\xc3\xa9"), "\"" + a + "...\"");
}

TEST(Text, WordsAreJoinedByCommas) {
  EXPECT_EQ(Joined(kKnown), "events, min_searches, window, name");
  EXPECT_EQ(Joined({}), "");
}

TEST(Text, ASlipFindsTheWordThatWasMeant) {
  EXPECT_EQ(Nearest("min_serches", kKnown), "min_searches");
  EXPECT_EQ(Nearest("windwo", kKnown), "window");
  EXPECT_EQ(Nearest("event", kKnown), "events");
  EXPECT_EQ(Nearest("name", kKnown), "name");
}

TEST(Text, AFarWordFindsNone) {
  EXPECT_EQ(Nearest("colour", kKnown), std::nullopt);
  EXPECT_EQ(Nearest("", kKnown), std::nullopt);
  EXPECT_EQ(Nearest(std::string(1000, 'x'), kKnown), std::nullopt);
  EXPECT_EQ(Nearest("name", {}), std::nullopt);
}

TEST(Text, OfTwoWordsAtTheSameDistanceTheFirstIsOffered) {
  constexpr std::array<std::string_view, 2> kTwins = {"cart", "card"};
  EXPECT_EQ(Nearest("carx", kTwins), "cart");
}

TEST(Text, AnOfferIsASentenceOrNothing) {
  EXPECT_EQ(DidYouMean("windwo", kKnown), "; did you mean window?");
  EXPECT_EQ(DidYouMean("colour", kKnown), "");
}

}  // namespace
}  // namespace adirect
