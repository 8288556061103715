#include "adirect/pipeline/follower.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"
#include "adirect/pipeline/stream_fake_test_support.h"

namespace adirect {
namespace {

constexpr const char* kPart = "clicks/0";

std::string Search(int user, int time, const std::string& product = "p1") {
  return R"({"type":"search","time":)" + std::to_string(time) + R"(,"user_id":"u)" + std::to_string(user) +
         R"(","category_id":"shoes","product_id":")" + product + R"("})";
}

class Letters : public TextSink {
 public:
  Status Write(std::string_view text) override {
    const std::lock_guard<std::mutex> lock(mutex);
    ++tries;
    if (!fails.ok()) return fails;
    waiting += text;
    return {};
  }
  Status Sync() override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!fails.ok()) return fails;
    safe += std::exchange(waiting, {});
    return {};
  }
  void Set(Status status) {
    const std::lock_guard<std::mutex> lock(mutex);
    fails = std::move(status);
  }
  std::string Safe() {
    const std::lock_guard<std::mutex> lock(mutex);
    return safe;
  }

  std::mutex mutex;
  Status fails;
  std::string waiting;
  std::string safe;
  int tries = 0;
};

class FollowerTest : public testing::Test {
 protected:
  ~FollowerTest() override { Close(); }

  void Open(EngineOptions options = {}) {
    options.checkpoint_every = Duration::Millis(3'600'000);
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    follower_ = std::make_unique<Follower>(*engine_, stream_, nullptr, clock_, letters_);
    const Status started = follower_->Start();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  void Close() {
    if (follower_ != nullptr) follower_->Stop();
    engine_.reset();
    follower_.reset();
  }
  // The process ends here and now: what no checkpoint has is gone.
  void Crash() {
    follower_->Stop();
    store_.commit_fails = Unavailable("crashed");
    engine_.reset();
    follower_.reset();
    store_.commit_fails = {};
  }
  static void Until(const std::function<bool()>& done) {
    for (int i = 0; i < 20'000 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_TRUE(done());
  }
  void AwaitPosition(uint64_t position) {
    Until([&] {
      const Positions positions = engine_->positions();
      return positions.contains(kPart) && positions.at(kPart) == position;
    });
  }
  size_t EventsOf(const std::string& user) {
    size_t events = 0;
    const Question question{.user_id = user, .category_id = std::nullopt, .as_of = std::nullopt};
    const auto take = [&](const Decided& decided) { events = decided.shopper.interests.size(); };
    EXPECT_TRUE(engine_->Decide(question, Policy(), take).ok());
    return events;
  }

  SetClock clock_;
  FakeStore store_;
  LinesStream stream_;
  Letters letters_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Follower> follower_;
};

TEST_F(FollowerTest, WhatComesIsInTheNextAnswer) {
  Open();
  for (int i = 0; i < 10; ++i) stream_.Append(kPart, Search(1, 1000 + i, "p" + std::to_string(i)));
  AwaitPosition(10);
  EXPECT_EQ(EventsOf("u1"), 10U);
  EXPECT_EQ(engine_->counts().accepted, 10U);
  Until([&] { return follower_->caught_up(); });
  EXPECT_TRUE(follower_->Troubles().empty());
}

TEST_F(FollowerTest, ACrashLosesNothingAndDoublesNothing) {
  Open();
  for (int i = 0; i < 5; ++i) stream_.Append(kPart, Search(1, 1000, "same"));  // five events: five places
  AwaitPosition(5);
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(stream_.told(), (Positions{{kPart, 5}}));
  for (int i = 0; i < 5; ++i) stream_.Append(kPart, Search(1, 1000, "same"));
  AwaitPosition(10);
  Crash();
  Open();
  AwaitPosition(10);
  EXPECT_EQ(EventsOf("u1"), 10U);
}

TEST_F(FollowerTest, ARowIsJudgedByWhenItCameAndNoClockAheadOfOurs) {
  clock_.now = 2'000'000;
  Open();
  stream_.Append(kPart, Search(1, 1'900'000), {1'000'000});  // later than it came: from the future then
  stream_.Append(kPart, Search(1, 1'900'000), {1'950'000});
  stream_.Append(kPart, Search(1, 9'000'000), {9'000'000});  // of a clock that is ahead
  AwaitPosition(3);
  EXPECT_EQ(EventsOf("u1"), 1U);
  EXPECT_EQ(engine_->counts().refused[static_cast<size_t>(RejectReason::kFuture)], 2U);
}

TEST_F(FollowerTest, WhatIsRefusedIsSafeBeforeACheckpointPassesIt) {
  Open();
  stream_.Append(kPart, "no event");
  stream_.Append(kPart, R"({"type":"erase","time":1000,"user_id":"u1"})");
  AwaitPosition(2);
  EXPECT_EQ(letters_.Safe(), "");
  letters_.Set(Unavailable("the broker is down"));
  EXPECT_FALSE(engine_->Checkpoint().ok());
  EXPECT_TRUE(stream_.told().empty());
  letters_.Set({});
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_NE(letters_.Safe().find(R"({"source":"clicks/0","position":0,"reason":"bad_json","raw":"no event"})"),
            std::string::npos)
      << letters_.Safe();
  EXPECT_NE(letters_.Safe().find(R"("position":1,"reason":"erase_not_allowed")"), std::string::npos);
  EXPECT_EQ(stream_.told(), (Positions{{kPart, 2}}));
  EXPECT_EQ(engine_->refused().Newest(RejectReason::kBadJson, 9).size(), 1U);
}

TEST_F(FollowerTest, WhereRefusedRowsCannotBeKeptItWaitsAndGoesOn) {
  letters_.Set(Unavailable("the broker is down"));
  Open();
  stream_.Append(kPart, "no event");
  Until([&] {
    const std::lock_guard<std::mutex> lock(letters_.mutex);
    return letters_.tries > 2;
  });
  EXPECT_TRUE(engine_->positions().empty());
  letters_.Set({});
  AwaitPosition(1);
  EXPECT_EQ(engine_->counts().refused[static_cast<size_t>(RejectReason::kBadJson)], 1U);
}

TEST_F(FollowerTest, WhereTheStateIsFullTheStreamWaits) {
  EngineOptions options;
  options.memory_bytes = 1;
  Open(options);
  stream_.Append(kPart, Search(1, 1000));
  Until([&] { return !follower_->Troubles().empty(); });
  EXPECT_TRUE(engine_->positions().empty());
}

TEST_F(FollowerTest, WhyTheStreamWaitsIsATrouble) {
  stream_.trouble = "kafka://nowhere: no broker answers";
  Open();
  ASSERT_EQ(follower_->Troubles().size(), 2U);
  EXPECT_EQ(follower_->Troubles()[0].sentence, "kafka://nowhere: no broker answers");
  EXPECT_EQ(follower_->Troubles()[1].name, "source_behind");
}

TEST_F(FollowerTest, AStreamThatCannotBeReadIsToldAtTheStart) {
  stream_.start_fails = InvalidArgument("no such thing");
  Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, {});
  Follower follower(**engine, stream_, nullptr, clock_, letters_);
  EXPECT_EQ(follower.Start().message(), "no such thing");
}

}  // namespace
}  // namespace adirect
