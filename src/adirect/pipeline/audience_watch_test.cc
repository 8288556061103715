#include "adirect/pipeline/audience_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"
#include "adirect/targeting/decision.h"

namespace adirect {
namespace {

class AudienceWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    EngineOptions options;
    options.shards = 4;
    options.checkpoint_every = Duration::Days(1);
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    Policy policy;
    policy.name = "one";
    policy.interest.min_searches = 1;
    policies_.Add(policy);
    watch_ = std::make_unique<AudienceWatch>(*engine_, policies_, options_);
  }

  void Submit(const std::string& body) {
    const Result<SubmitReport> report = SubmitAndWait(*engine_, body);
    ASSERT_TRUE(report.ok());
    ASSERT_TRUE(report->refused.empty());
  }

  void Event(std::string_view type, std::string_view user, std::string_view category = "shoes") {
    Submit(fmt::format("{{\"type\":\"{}\",\"time\":{},\"user_id\":\"{}\",\"category_id\":\"{}\"}}\n", type,
                       clock_.now.load(), user, category));
  }

  // "+ana/shoes -bob/hats" of all changes told, in order of their texts; "too old", "no look".
  std::string Told(std::optional<Timestamp> since) {
    const AudienceChanges changes = watch_->ChangesSince("one", since);
    if (changes.found == AudienceChanges::Found::kNoLook) return "no look";
    if (changes.found == AudienceChanges::Found::kTooOld) return "too old";
    std::vector<std::string> lines;
    const auto tell = [&](char sign, std::string_view user, CategoryIndex category) {
      lines.push_back(fmt::format("{}{}/{}", sign, user, engine_->dictionary().category_id(category)));
    };
    for (const auto& look : changes.looks) {
      for (const AudienceChange& change : look->changes) {
        tell(change.entered ? '+' : '-', change.user_id, change.category);
      }
    }
    for (const auto& shard : changes.all) {
      for (const ShardAudience::Pair& pair : shard->pairs()) tell('+', shard->user_id(pair), pair.category);
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, " "));
  }

  Timestamp LastLook() { return watch_->ChangesSince("one", std::nullopt).as_of; }

  FakeStore store_;
  SetClock clock_;
  PolicySet policies_;
  AudienceWatchOptions options_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AudienceWatch> watch_;
};

TEST_F(AudienceWatchTest, ALookFindsWhoEnteredAndWhoLeft) {
  EXPECT_EQ(Told(std::nullopt), "no look");
  EXPECT_FALSE(watch_->Sizes("one"));
  Event("search", "ana");
  Event("search", "bob", "hats");
  watch_->Look();
  const Timestamp first = LastLook();
  EXPECT_EQ(Told(std::nullopt), "+ana/shoes +bob/hats");
  EXPECT_EQ(Told(first), "");
  Event("search", "ana", "hats");
  Event("purchase", "bob", "hats");
  Event("search", "cem");
  watch_->Look();
  EXPECT_EQ(Told(first), "+ana/hats +cem/shoes -bob/hats");
  EXPECT_EQ(Told(std::nullopt), "+ana/hats +ana/shoes +cem/shoes");
  const std::optional<AudienceSizes> sizes = watch_->Sizes("one");
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->users, 2u);
  EXPECT_EQ(sizes->pairs, 3u);
  EXPECT_EQ(sizes->entered, 2u);
  EXPECT_EQ(sizes->left, 1u);
  ASSERT_EQ(sizes->by_category.size(), 2u);
  EXPECT_EQ(engine_->dictionary().category_id(sizes->by_category[0].first), "shoes");
  EXPECT_EQ(sizes->by_category[0].second, 2u);
  EXPECT_EQ(Told(LastLook()), "");
}

TEST_F(AudienceWatchTest, TimeAloneTakesShoppersOut) {
  Event("search", "ana");
  watch_->Look();
  const Timestamp first = LastLook();
  clock_.now += kMillisPerDay * 60;
  watch_->Look();
  EXPECT_EQ(Told(first), "-ana/shoes");
}

TEST_F(AudienceWatchTest, AnErasedShopperLeavesAlsoWhereAnotherTakesHisPlace) {
  Event("search", "ana");
  watch_->Look();
  const Timestamp first = LastLook();
  Submit(fmt::format("{{\"type\":\"erase\",\"time\":{},\"user_id\":\"ana\"}}\n", clock_.now.load()));
  for (int i = 0; i < 20; ++i) Event("search", fmt::format("u{}", i));
  watch_->Look();
  const std::string told = Told(first);
  EXPECT_NE(told.find("-ana/shoes"), std::string::npos) << told;
  EXPECT_EQ(std::count(told.begin(), told.end(), '+'), 20) << told;
}

TEST_F(AudienceWatchTest, LooksHaveInstantsOfTheirOwnAlsoWhereNowStandsStill) {
  watch_->Look();
  const Timestamp first = LastLook();
  Event("search", "ana");
  watch_->Look();
  EXPECT_GT(LastLook(), first);
  EXPECT_EQ(Told(first), "+ana/shoes");
}

TEST_F(AudienceWatchTest, KeptChangesAreBoundedAndWhatIsDroppedIsSaid) {
  options_.kept_changes = 3;
  watch_ = std::make_unique<AudienceWatch>(*engine_, policies_, options_);
  watch_->Look();
  std::vector<Timestamp> looks = {LastLook()};
  for (int i = 0; i < 5; ++i) {
    Event("search", fmt::format("u{}", i));
    watch_->Look();
    looks.push_back(LastLook());
  }
  EXPECT_EQ(Told(looks[1]), "too old");
  EXPECT_EQ(Told(looks[2]), "+u2/shoes +u3/shoes +u4/shoes");
  for (int i = 5; i < 10; ++i) Event("search", fmt::format("u{}", i));
  watch_->Look();  // more than is kept, at once
  EXPECT_EQ(Told(looks.back()), "too old");
  EXPECT_EQ(Told(LastLook()), "");
}

// What a client has who begins with all and follows the changes is the audience.
TEST_F(AudienceWatchTest, FollowingTheChangesGivesTheAudienceThroughoutAMessyLife) {
  std::mt19937 random(11);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::set<std::string> followed;
  std::optional<Timestamp> since;
  size_t most = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 10; ++i) {
      const std::string user = fmt::format("u{}", pick(30));
      if (pick(15) == 0) {
        Submit(fmt::format("{{\"type\":\"erase\",\"time\":{},\"user_id\":\"{}\"}}\n", clock_.now.load(), user));
      } else {
        Event(pick(4) == 0 ? "purchase" : "search", user, fmt::format("c{}", pick(4)));
      }
    }
    clock_.now += pick(3) * kMillisPerDay;
    watch_->Look();
    const AudienceChanges changes = watch_->ChangesSince("one", since);
    for (const auto& shard : changes.all) {
      for (const auto& pair : shard->pairs()) {
        followed.insert(fmt::format("{}/{}", shard->user_id(pair), pair.category.value));
      }
    }
    for (const auto& look : changes.looks) {
      for (const AudienceChange& change : look->changes) {
        const std::string pair = fmt::format("{}/{}", change.user_id, change.category.value);
        EXPECT_EQ(change.entered ? followed.insert(pair).second : followed.erase(pair) == 1, true) << pair;
      }
    }
    since = changes.as_of;
    std::set<std::string> wanted;
    for (int u = 0; u < 30; ++u) {
      const std::string user = fmt::format("u{}", u);
      const auto policy = policies_.Find("one");
      ASSERT_TRUE(engine_
                      ->Decide({user, std::nullopt, since}, policy->policy,
                               [&](const Decided& told) {
                                 for (const CategoryDecision& decision : told.decision.categories) {
                                   if (decision.verdict.targeted)
                                     wanted.insert(fmt::format("{}/{}", user, decision.category.value));
                                 }
                               })
                      .ok());
    }
    ASSERT_EQ(followed, wanted) << round;
    most = std::max(most, wanted.size());
  }
  EXPECT_GT(most, 20u);
}

TEST_F(AudienceWatchTest, ItLooksByItselfWhileEventsComeInAndStopsAtOnce) {
  options_.every = Duration::Millis(1);
  AudienceWatch watch(*engine_, policies_, options_);
  watch.Start();
  for (int i = 0; i < 200; ++i) Event("search", fmt::format("u{}", i));
  while (watch.Sizes("one").value_or(AudienceSizes()).users < 200) std::this_thread::yield();
  watch.Stop();
}

}  // namespace
}  // namespace adirect
