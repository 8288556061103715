#include "adirect/pipeline/health.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class HealthTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.checkpoint_every = Duration::Millis(60'000'000);  // the tests checkpoint by themselves
    Open();
  }

  void Open() {
    health_.reset();
    watch_.reset();
    engine_.reset();
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options_);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    AudienceWatchOptions watch;
    watch.every = Duration::Millis(2);
    watch_ = std::make_unique<AudienceWatch>(*engine_, policies_, watch);
    health_ = std::make_unique<Health>(*engine_, *watch_, clock_);
  }

  // The names of all troubles, with commas.
  std::string Troubles() const {
    std::string names;
    for (const Health::Trouble& trouble : health_->Troubles()) {
      EXPECT_FALSE(trouble.sentence.empty());
      names += (names.empty() ? "" : ",") + std::string(trouble.name);
    }
    return names;
  }

  bool Submit() {
    return SubmitAndWait(*engine_, R"({"type":"search","time":1000,"user_id":"ana","category_id":"shoes"})", false)
        .ok();
  }

  FakeStore store_;
  SetClock clock_;
  PolicySet policies_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<AudienceWatch> watch_;
  std::unique_ptr<Health> health_;
};

TEST_F(HealthTest, AnEngineThatStopsSaysSo) {
  EXPECT_EQ(Troubles(), "");
  health_->Stop();
  EXPECT_EQ(Troubles(), "stopping");
}

TEST_F(HealthTest, ALogThatTookNothingIsTroubleUntilTheStoreTakesSomething) {
  store_.append_fails = Exhausted("no space left");
  EXPECT_FALSE(Submit());
  EXPECT_EQ(Troubles(), "disk_full");
  store_.append_fails = {};
  EXPECT_TRUE(Submit());
  EXPECT_EQ(Troubles(), "");
  store_.append_fails = Exhausted("no space left");
  EXPECT_FALSE(Submit());
  EXPECT_EQ(Troubles(), "disk_full");
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(Troubles(), "");
}

TEST_F(HealthTest, ACheckpointThatFailsOrIsOldIsTrouble) {
  store_.commit_fails = Exhausted("no space left");
  EXPECT_FALSE(engine_->Checkpoint().ok());
  EXPECT_EQ(engine_->counts().checkpoint_failures, 1u);
  EXPECT_EQ(Troubles(), "checkpoint_failed");
  store_.commit_fails = {};
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(Troubles(), "");
  clock_.now += options_.checkpoint_every.millis() * Health::kLateCheckpoints;
  EXPECT_EQ(Troubles(), "");
  ++clock_.now;
  EXPECT_EQ(Troubles(), "checkpoint_late");
}

TEST_F(HealthTest, AStateBeyondItsMemoryIsTrouble) {
  options_.memory_bytes = 1;
  Open();
  EXPECT_FALSE(Submit());
  EXPECT_EQ(Troubles(), "memory_full");
}

TEST_F(HealthTest, ALookThatDoesNotMoveIsTroubleUntilItDoes) {
  policies_.Add(Policy());
  EXPECT_TRUE(Submit());
  {
    const auto held = engine_->shards().Lock(0);
    watch_->Start();
    while (Troubles().empty()) std::this_thread::yield();
    EXPECT_EQ(Troubles(), "audience_stuck");
  }
  while (!watch_->Sizes("default")) std::this_thread::yield();
  watch_->Stop();
  EXPECT_EQ(watch_->still().count(), 0);
  EXPECT_EQ(Troubles(), "");
}

}  // namespace
}  // namespace adirect
