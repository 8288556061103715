#include "adirect/codec/arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace adirect {
namespace {

TEST(Arena, TextsStayWhileOthersAreAdded) {
  Arena arena;
  std::vector<std::string_view> texts;
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < 2000; ++i) {
      const std::string text(i % 300, static_cast<char>('a' + i % 26));
      char* at = arena.Allocate(text.size());
      text.copy(at, text.size());
      texts.emplace_back(at, text.size());
    }
    for (size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(texts[i], std::string(i % 300, static_cast<char>('a' + i % 26)));
    }
    arena.Clear();
    texts.clear();
  }
}

TEST(Arena, TextLongerThanAChunkHasItsOwn) {
  Arena arena;
  char* small = arena.Allocate(3);
  char* large = arena.Allocate(1 << 20);
  std::memset(small, 'a', 3);
  std::memset(large, 'b', 1 << 20);
  EXPECT_EQ(std::string_view(small, 3), "aaa");
}

TEST(Arena, MemoryIsUsedAgain) {
  Arena arena;
  char* const first = arena.Allocate(10);
  arena.Clear();
  EXPECT_EQ(arena.Allocate(10), first);
}

}  // namespace
}  // namespace adirect
