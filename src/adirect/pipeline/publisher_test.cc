#include "adirect/pipeline/publisher.h"

#include <gtest/gtest.h>

#include <thread>

#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/publish_fake_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class PublisherTest : public testing::Test {
 protected:
  void SetUp() override {
    policies_.Add(Policy());
    clock_.now = 100 * kMillisPerDay;
    Open();
  }
  void TearDown() override { Close(); }

  void Open() {
    EngineOptions options;
    options.checkpoint_every = Duration::Days(1);  // the tests checkpoint by themselves
    publisher_ = std::make_unique<Publisher>(options.shards);
    options.changes = publisher_.get();
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
    ASSERT_TRUE(publisher_->Attach(*engine_, store_).ok());
    target_ = std::make_unique<FakeTarget>(engine_->dictionary());
  }
  void Start() { publisher_->Start(*target_, policies_, nullptr, clock_); }
  void Close() {
    publisher_->Stop();
    engine_.reset();
  }
  // As after a crash: nothing is saved that was not before.
  void Crash() {
    const auto checkpoint = store_.checkpoint;
    const auto shoppers = store_.shoppers;
    const auto log = store_.log;
    const auto tables = store_.tables;
    Close();
    store_.checkpoint = checkpoint;
    store_.shoppers = shoppers;
    store_.log = log;
    store_.tables = tables;
    Open();
  }

  std::string Event(const std::string& type, const std::string& user, const std::string& product, int64_t time) {
    const std::string order = type == "purchase" ? ", \"order_id\": \"o\"" : "";
    const std::string what = type == "erase" ? "" : ", \"category_id\": \"shoes\", \"product_id\": \"" + product + "\"";
    return "{\"type\": \"" + type + "\", \"time\": " + std::to_string(time) + ", \"user_id\": \"" + user + "\"" + what +
           order + "}\n";
  }
  void Submit(const std::string& body) {
    const Result<SubmitReport> report = SubmitAndWait(*engine_, body);
    ASSERT_TRUE(report.ok()) << report.status().message();
    ASSERT_TRUE(report->refused.empty());
  }
  void Search(const std::string& user, const std::string& product = "a") {
    Submit(Event("search", user, product, clock_.now));
  }

  template <typename Holds>
  testing::AssertionResult Soon(Holds holds) {
    for (int i = 0; i < 3'000; ++i) {
      {
        const std::lock_guard<std::mutex> lock(target_->mutex);
        if (holds()) return testing::AssertionSuccess();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return testing::AssertionFailure() << "not within 30 s";
  }
  bool AllIsThere() { return publisher_->state().waiting == 0; }
  size_t Found(const std::string& user) {
    return target_->tables.Find(user, engine_->settings(), kReadAtOnce).interests.size();
  }

  SetClock clock_;
  FakeStore store_;
  PolicySet policies_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<FakeTarget> target_;
};

TEST_F(PublisherTest, WhatIsAcceptedIsPublished) {
  Start();
  Search("ana");
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
  EXPECT_TRUE(Soon([&] { return AllIsThere(); }));
  EXPECT_GE(publisher_->state().rows, 3u);
  EXPECT_TRUE(publisher_->Troubles().empty());
}

TEST_F(PublisherTest, APlaceThatIsNewGetsAllShoppers) {
  Search("ana");
  Search("bob");
  Start();
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1 && Found("bob") == 1; }));
}

TEST_F(PublisherTest, APlaceThatHasThemIsNotGivenThemAgain) {
  Search("ana");
  Start();
  ASSERT_TRUE(Soon([&] { return Found("ana") == 1 && !publisher_->state().walking && AllIsThere(); }));
  ASSERT_TRUE(engine_->Checkpoint().ok());
  Crash();
  Start();
  Search("bob");
  EXPECT_TRUE(Soon([&] { return Found("bob") == 1; }));
  EXPECT_EQ(target_->shoppers.count("ana"), 0u);
}

TEST_F(PublisherTest, APlaceGetsAllAfterATimeWithoutAPublisher) {
  Search("ana");
  Start();
  ASSERT_TRUE(Soon([&] { return Found("ana") == 1 && !publisher_->state().walking && AllIsThere(); }));
  Crash();
  ASSERT_TRUE(engine_->Checkpoint().ok());
  ASSERT_TRUE(Publisher::Forget(store_).ok());
  Crash();
  Start();
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
}

TEST_F(PublisherTest, WhoIsNotPublishedAtACheckpointIsSoAfterACrash) {
  Start();
  ASSERT_TRUE(Soon([&] { return target_->begun > 0 && !publisher_->state().walking; }));
  ASSERT_TRUE(engine_->Checkpoint().ok());
  target_->Fail(Unavailable("away"));
  Search("ana");
  ASSERT_TRUE(Soon([&] { return target_->refused > 0; }));
  ASSERT_TRUE(engine_->Checkpoint().ok());
  Crash();
  EXPECT_EQ(publisher_->state().waiting, 1u);
  Start();
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
}

TEST_F(PublisherTest, WhatTheLogHoldsIsPublishedAfterACrash) {
  Start();
  ASSERT_TRUE(Soon([&] { return target_->begun > 0 && !publisher_->state().walking; }));
  ASSERT_TRUE(engine_->Checkpoint().ok());
  target_->Fail(Unavailable("away"));
  Search("ana");
  Crash();
  Start();
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
}

TEST_F(PublisherTest, ATargetThatIsAwayIsTriedAgainAndToldOf) {
  target_->Fail(Unavailable("the cluster is away"));
  Start();
  Search("ana");
  ASSERT_TRUE(Soon([&] { return target_->begun > 1; }));
  const auto troubles = publisher_->Troubles();
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_EQ(troubles[0].name, "publish_waits");
  EXPECT_EQ(troubles[0].sentence, "publishing waits: the cluster is away");
  EXPECT_LT(target_->begun, 20);
  target_->Fail({});
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
  EXPECT_TRUE(Soon([&] { return publisher_->Troubles().empty(); }));
}

TEST_F(PublisherTest, WhoComesWhileATargetIsAwayIsPutOnce) {
  constexpr size_t kShoppers = 2 * Publisher::kWalkAhead;
  target_->Fail(Unavailable("the cluster is away"));
  Start();
  std::string body;
  for (size_t i = 0; i < kShoppers; ++i) body += Event("search", "user" + std::to_string(i), "a", clock_.now);
  Submit(body);
  target_->Fail({});
  EXPECT_TRUE(Soon([&] { return !publisher_->state().walking && AllIsThere(); }));
  EXPECT_EQ(publisher_->state().shoppers, kShoppers);
}

TEST_F(PublisherTest, APutThatFailsIsMadeAgain) {
  Start();
  ASSERT_TRUE(Soon([&] { return target_->begun > 0; }));
  target_->Fail(Unavailable("overloaded"));
  for (int i = 0; i < 50; ++i) Search("user" + std::to_string(i));
  ASSERT_TRUE(Soon([&] { return target_->refused > 1; }));
  target_->Fail({});
  EXPECT_TRUE(Soon([&] { return target_->shoppers.size() == 50; }));
  EXPECT_TRUE(Soon([&] { return AllIsThere(); }));
}

TEST_F(PublisherTest, AnEraseTakesWhatIsNotLater) {
  Start();
  Search("ana");
  ASSERT_TRUE(Soon([&] { return Found("ana") == 1; }));
  Submit(Event("erase", "ana", "", clock_.now));
  EXPECT_TRUE(Soon([&] { return Found("ana") == 0; }));
  clock_.now += 1000;
  Search("ana", "b");
  EXPECT_TRUE(Soon([&] { return Found("ana") == 1; }));
}

TEST_F(PublisherTest, PopularProductsAndNewestSearchesFollow) {
  Start();
  Search("ana", "a");
  Submit(Event("purchase", "bob", "b", clock_.now));
  EXPECT_TRUE(Soon([&] { return target_->newest["shoes"].size() == 1 && target_->newest[""].size() == 1; }));
  EXPECT_TRUE(Soon([&] { return target_->popular[{"shoes", 30}].products.size() == 1; }));
  EXPECT_EQ(target_->categories.count("shoes"), 1u);
  EXPECT_EQ(target_->policies.size(), 1u);
  clock_.now += 1000;
  Submit(Event("purchase", "ana", "b", clock_.now));
  EXPECT_TRUE(Soon([&] { return target_->newest["shoes"].empty() && target_->newest[""].empty(); }));
  EXPECT_TRUE(Soon([&] {
    const auto& products = target_->popular[{"shoes", 30}].products;
    return products.size() == 1 && products[0].purchases == 2;
  }));
}

TEST_F(PublisherTest, ANewDayRanksAnew) {
  Start();
  Submit(Event("purchase", "bob", "b", clock_.now));
  ASSERT_TRUE(Soon([&] { return target_->popular[{"shoes", 30}].products.size() == 1; }));
  clock_.now += 31 * kMillisPerDay;
  EXPECT_TRUE(Soon([&] { return target_->popular[{"shoes", 30}].products.empty(); }));
}

TEST_F(PublisherTest, APolicyThatIsPutIsPublishedWithItsRanks) {
  Start();
  Submit(Event("purchase", "bob", "b", clock_.now));
  ASSERT_TRUE(Soon([&] { return target_->policies.size() == 1; }));
  Policy other;
  other.name = "week";
  other.products.popular_window = Duration::Days(7);
  ASSERT_TRUE(policies_.Put(other).ok());
  EXPECT_TRUE(Soon([&] { return target_->policies.size() == 2; }));
  EXPECT_TRUE(Soon([&] { return target_->popular[{"shoes", 7}].products.size() == 1; }));
}

TEST_F(PublisherTest, ProgressSaysHowFarAllIsThere) {
  Start();
  Submit(Event("search", "ana", "a", clock_.now - 5));
  EXPECT_TRUE(Soon([&] { return target_->progress.newest.ms == clock_.now - 5; }));
  EXPECT_TRUE(Soon([&] { return target_->progress.until && target_->progress.until->ms <= clock_.now; }));
}

}  // namespace
}  // namespace adirect
