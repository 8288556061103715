#include "adirect/model/dictionary.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adirect/model/event.h"

namespace adirect {
namespace {

TEST(Dictionary, APairHasOneNumberAndGivesItsIdsBack) {
  Dictionary dictionary;
  const ItemIndex item = dictionary.Intern("11100042", "1");
  EXPECT_EQ(dictionary.Intern("11100042", "1"), item);
  EXPECT_EQ(dictionary.product(item), "11100042");
  EXPECT_EQ(dictionary.category_id(item), "1");
  EXPECT_EQ(dictionary.category_id(dictionary.category(item)), "1");
  EXPECT_EQ(dictionary.item_count(), 1u);
  EXPECT_EQ(dictionary.category_count(), 1u);
}

TEST(Dictionary, OneProductInTwoCategoriesIsTwoItems) {
  Dictionary dictionary;
  const ItemIndex shoes = dictionary.Intern("sock-5", "shoes");
  const ItemIndex bags = dictionary.Intern("sock-5", "bags");
  EXPECT_NE(shoes, bags);
  EXPECT_NE(dictionary.category(shoes), dictionary.category(bags));
  EXPECT_EQ(dictionary.category(dictionary.Intern("boot-9", "shoes")), dictionary.category(shoes));
}

TEST(Dictionary, WhereAnIdEndsIsPartOfThePair) {
  Dictionary dictionary;
  std::set<ItemIndex> items = {dictionary.Intern("ab", "c"), dictionary.Intern("a", "bc"), dictionary.Intern("abc", ""),
                               dictionary.Intern("", "abc"), dictionary.Intern("", "")};
  EXPECT_EQ(items.size(), 5u);
}

TEST(Dictionary, IdsAreBytes) {
  Dictionary dictionary;
  std::set<ItemIndex> items = {dictionary.Intern("7", "c"),        dictionary.Intern("07", "c"),
                               dictionary.Intern("Ana", "c"),      dictionary.Intern("ana", "c"),
                               dictionary.Intern("\xc3\xa9", "c"), dictionary.Intern("e", "c")};
  EXPECT_EQ(items.size(), 6u);
}

TEST(Dictionary, LongIdsAreWhole) {
  Dictionary dictionary;
  std::vector<ItemIndex> items;
  for (size_t size = 0; size <= kMaxIdBytes; ++size) {
    items.push_back(dictionary.Intern(std::string(size, 'p'), std::string(kMaxIdBytes - size, 'c')));
  }
  for (size_t size = 0; size <= kMaxIdBytes; ++size) {
    EXPECT_EQ(dictionary.product(items[size]), std::string(size, 'p'));
    EXPECT_EQ(dictionary.category_id(items[size]), std::string(kMaxIdBytes - size, 'c'));
  }
}

TEST(Dictionary, ACategoryIsFoundOnceARowHasNamedIt) {
  Dictionary dictionary;
  EXPECT_FALSE(dictionary.FindCategory("shoes").valid());
  const ItemIndex item = dictionary.Intern("", "shoes");
  EXPECT_EQ(dictionary.FindCategory("shoes"), dictionary.category(item));
  EXPECT_FALSE(dictionary.FindCategory("shoe").valid());
  EXPECT_FALSE(dictionary.FindCategory("").valid());
}

TEST(Dictionary, InStepsItDoesTheSame) {
  Dictionary dictionary;
  const uint64_t hash = Dictionary::HashOf("runner-3", "shoes");
  for (int known = 0; known < 2; ++known) {
    dictionary.PrefetchSlot(hash);
    dictionary.PrefetchItem(hash);
    EXPECT_EQ(dictionary.Intern("runner-3", "shoes", hash).value, 0u);
  }
  EXPECT_EQ(dictionary.Intern("runner-3", "shoes").value, 0u);
}

TEST(Dictionary, EqualHashesDoNotMakeEqualItems) {
  Dictionary dictionary;
  const ItemIndex first = dictionary.Intern("a", "shoes", 42);
  const ItemIndex second = dictionary.Intern("b", "shoes", 42);
  EXPECT_NE(first, second);
  EXPECT_EQ(dictionary.Intern("b", "shoes", 42), second);
}

TEST(Dictionary, GrowsAndKeepsItsNumbersAndViews) {
  Dictionary dictionary;
  const std::string_view first = dictionary.product(dictionary.Intern("p0", "c0"));
  const auto product = [](int i) { return "p" + std::to_string(i); };
  const auto category = [](int i) { return "c" + std::to_string(i % 10'000); };
  for (int i = 0; i < 200'000; ++i) {
    ASSERT_EQ(dictionary.Intern(product(i), category(i)).value, static_cast<uint32_t>(i));
  }
  EXPECT_EQ(first, "p0");
  EXPECT_EQ(dictionary.item_count(), 200'000u);
  EXPECT_EQ(dictionary.category_count(), 10'000u);
  for (int i = 0; i < 200'000; i += 777) {
    const ItemIndex item = dictionary.Intern(product(i), category(i));
    ASSERT_EQ(item.value, static_cast<uint32_t>(i));
    ASSERT_EQ(dictionary.product(item), product(i));
    ASSERT_EQ(dictionary.category_id(item), category(i));
  }
  EXPECT_GT(dictionary.memory_bytes(), 200'000u * 32);
}

TEST(Dictionary, AnyNumberOfThreadsAgreeOnTheNumbers) {
  constexpr int kThreads = 4;
  constexpr int kItems = 20'011;  // a prime: every stride below meets every item
  Dictionary dictionary;
  std::atomic<int> waiting{kThreads};
  std::vector<std::vector<ItemIndex>> seen(kThreads, std::vector<ItemIndex>(kItems));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      // Every thread walks the same items in another order, and reads each one back at once.
      for (int i = 0; i < kItems; ++i) {
        const int n = static_cast<int>((int64_t{i} * (2 * t + 1) * 7919) % kItems);
        const std::string product = "product-" + std::to_string(n);
        const std::string category = "category-" + std::to_string(n % 300);
        const ItemIndex item = dictionary.Intern(product, category);
        if (dictionary.product(item) == product && dictionary.category_id(item) == category) {
          seen[static_cast<size_t>(t)][static_cast<size_t>(n)] = item;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<ItemIndex> distinct(seen[0].begin(), seen[0].end());
  EXPECT_EQ(distinct.size(), static_cast<size_t>(kItems));
  EXPECT_FALSE(distinct.contains(ItemIndex()));
  for (const std::vector<ItemIndex>& one : seen) EXPECT_EQ(one, seen[0]);
  EXPECT_EQ(dictionary.item_count(), static_cast<size_t>(kItems));
  EXPECT_EQ(dictionary.category_count(), 300u);
}

}  // namespace
}  // namespace adirect
