#include "adirect/pipeline/shards.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

FoldRow Search(Shards& shards, const std::string& user, int64_t time) {
  FoldRow row;
  row.user = user.data();
  row.user_size = static_cast<uint8_t>(user.size());
  row.user_hash = UserHash(user);
  row.time = {time};
  row.item = shards.dictionary().Intern("p", "shoes");
  row.category = shards.dictionary().category(row.item);
  return row;
}

void Fold(Shards& shards, const std::string& user, int64_t time) {
  const FoldRow row = Search(shards, user, time);
  shards.Fold(ShardOf(row.user_hash, shards.size()), {&row, 1});
}

TEST(Shards, WithoutEventsThereIsNoNewestTime) {
  const Shards shards(3, {});
  EXPECT_EQ(shards.size(), 3u);
  EXPECT_EQ(shards.tables().size(), 3u);
  EXPECT_EQ(shards.newest(), std::nullopt);
}

TEST(Shards, TheNewestTimeIsThatOfAllShards) {
  Shards shards(8, {});
  Fold(shards, "ana", 30);
  for (int i = 0; i < 20; ++i) Fold(shards, "user-" + std::to_string(i), i);
  EXPECT_EQ(shards.newest(), Timestamp{30});
}

TEST(Shards, AUsersTableHoldsHimAndNoOtherDoes) {
  Shards shards(7, {});
  for (int i = 0; i < 50; ++i) Fold(shards, "user-" + std::to_string(i), i);
  size_t shoppers = 0;
  for (const ShopperTable* table : shards.tables()) shoppers += table->size();
  EXPECT_EQ(shoppers, 50u);
  for (int i = 0; i < 50; ++i) {
    const std::string user = "user-" + std::to_string(i);
    EXPECT_TRUE(shards.TableOf(user).Find(user).has_value()) << user;
  }
}

TEST(Shards, AStateIsSavedAndTakenOverOnAnyNumberOfThreads) {
  Shards shards(7, {});
  for (int i = 0; i < 10'000; ++i) Fold(shards, "user-" + std::to_string(i), i);
  std::string saved;
  const std::vector<StateInput> inputs = {{"a.csv", 1, 2}};
  const auto append = [&](std::string_view piece) {
    saved += piece;
    return Status();
  };
  ASSERT_TRUE(shards.Save(inputs, 4, append).ok());
  Shards others(3, {5, Duration::Days(30)});
  std::vector<StateInput> read;
  ASSERT_TRUE(others.Merge(saved, 4, read).ok());
  EXPECT_EQ(read, inputs);
  EXPECT_EQ(others.settings(), (Settings{5, Duration::Days(30)}));
  EXPECT_EQ(others.newest(), Timestamp{9999});
  size_t shoppers = 0;
  for (const ShopperTable* table : others.tables()) shoppers += table->size();
  EXPECT_EQ(shoppers, 10'000u);
  EXPECT_EQ(others.Merge("no state", 4, read).code(), Code::kCorrupt);
}

TEST(Shards, AFailedWriteEndsTheSaving) {
  Shards shards(2, {});
  for (int i = 0; i < 10'000; ++i) Fold(shards, "user-" + std::to_string(i), i);
  int calls = 0;
  const Status saved = shards.Save({}, 2, [&](std::string_view) {
    ++calls;
    return Exhausted("full");
  });
  EXPECT_EQ(saved.code(), Code::kExhausted);
  EXPECT_EQ(calls, 1);
}

TEST(Shards, SettingsHoldInEveryShard) {
  const Settings settings{5, Duration::Days(3)};
  const Shards shards(4, settings);
  for (const ShopperTable* table : shards.tables()) EXPECT_EQ(table->settings(), settings);
}

TEST(Shards, SeveralThreadsMayFoldAtOnce) {
  constexpr int kUsers = 300;
  std::vector<std::string> users;
  for (int i = 0; i < kUsers; ++i) users.push_back("user-" + std::to_string(i));
  Shards alone(1, {});
  Shards shared(3, {});
  for (int64_t time = 0; time < 20; ++time) {
    for (const std::string& user : users) Fold(alone, user, time);
  }
  std::vector<std::thread> threads;
  for (int64_t thread = 0; thread < 5; ++thread) {
    threads.emplace_back([&, thread] {
      for (int64_t time = thread * 4; time < thread * 4 + 4; ++time) {
        for (const std::string& user : users) Fold(shared, user, time);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(StateBytes(shared.tables(), shared.dictionary()), StateBytes(alone.tables(), alone.dictionary()));
  EXPECT_EQ(shared.newest(), Timestamp{19});
}

}  // namespace
}  // namespace adirect
