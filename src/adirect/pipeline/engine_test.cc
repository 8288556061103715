#include "adirect/pipeline/engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

#include "adirect/base/hash.h"
#include "adirect/codec/format.h"
#include "adirect/pipeline/audience.h"
#include "adirect/pipeline/decision_json.h"
#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

// A file of `adirect` NDJSON, in one block, whose rows have its places as identities.
class TextSource : public Source {
 public:
  TextSource(std::string name, std::string text) : input_{std::move(name), true}, text_(std::move(text)) {
    Result<std::unique_ptr<Decoder>> decoder = MakeDecoder(AdirectFormat(Format::Kind::kNdjson), input_.name, text_);
    if (decoder.ok()) decoder_ = *std::move(decoder);
  }

  Result<bool> Next(SourceBlock& block) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (done_) return fails.ok() ? Result<bool>(false) : Result<bool>(fails);
    done_ = true;
    block.memory.assign(text_.begin(), text_.end());
    block.memory.resize(text_.size() + kBlockPadding);
    block.block = {{block.memory.data(), text_.size()}, 0, false};
    block.input = &input_;
    block.decoder = decoder_.get();
    return true;
  }
  std::vector<StateInput> inputs() const override { return {{input_.name, text_.size(), Hash64(text_)}}; }

  Status fails;  // behind the block

 private:
  std::mutex mutex_;
  Input input_;
  std::string text_;
  std::unique_ptr<Decoder> decoder_;
  bool done_ = false;
};

class Refused : public TextSink {
 public:
  Status Write(std::string_view records) override {
    text += records;
    return {};
  }
  std::string text;
};

class EngineTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    engine_.reset();
    options_.checkpoint_every = Duration::Days(1);  // the tests checkpoint by themselves
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, options_);
    ASSERT_TRUE(engine.ok()) << engine.status().message();
    engine_ = *std::move(engine);
  }

  Result<SubmitReport> Submit(const std::string& body, bool may_erase = true) {
    return SubmitAndWait(*engine_, body, may_erase);
  }

  Result<DoorCounts> Read(TextSource& source, const std::string& mark) {
    return engine_->Read(source, refused_, {.inputs = {{"monday", mark}}, .before_saving = [&](const DoorCounts&) {
                                              saved_before_ = store_.shoppers.size();
                                              return Status();
                                            }});
  }

  static std::string Event(std::string_view type, int64_t time, std::string_view user, std::string_view product,
                           std::string_view more = "") {
    return fmt::format(
        "{{\"type\":\"{}\",\"time\":{},\"user_id\":\"{}\",\"category_id\":\"shoes\",\"product_id\":\"{}\"{}}}\n", type,
        time, user, product, more);
  }

  // "targeted runner-3 trail-1", or the reason.
  std::string Told(std::string_view user, std::optional<Timestamp> as_of = std::nullopt) {
    std::string told;
    const Status asked = engine_->Decide({user, std::nullopt, as_of}, policy_, [&](const Decided& answer) {
      told = ReasonName(answer.decision.reason);
      for (const Recommendation& product : answer.decision.list) {
        told += " " + std::string(answer.dictionary.product(product.item));
      }
    });
    return asked.ok() ? told : asked.message();
  }

  // "ana runner, bo boot": the newest searches.
  std::string Newest(std::optional<std::string_view> category, size_t limit = 100) {
    std::string told;
    engine_->Searches(category, limit, [&](const Engine::FoundSearch& found) {
      told += (told.empty() ? "" : ", ") + found.search.user_id + " " +
              std::string(engine_->dictionary().product(found.search.item));
    });
    return told;
  }

  FakeStore store_;
  SetClock clock_;
  EngineOptions options_;
  Policy policy_;
  Refused refused_;
  size_t saved_before_ = 0;  // shoppers in the store when a Read was about to be saved
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, APurchaseAheadOfTheWallClockIsPopularAndItsRefundTakesItBack) {
  const auto popular = [&] {
    size_t products = 0;
    engine_->Popular("shoes", Duration::Days(30), [&](std::span<const PopularProduct> of) { products = of.size(); });
    return products;
  };
  const int64_t ahead = clock_.now + 60'000;
  ASSERT_TRUE(Submit(Event("purchase", ahead, "ana", "runner", ",\"order_id\":\"o1\"")).ok());
  EXPECT_EQ(popular(), 1u);
  ASSERT_TRUE(Submit(Event("refund", ahead + 1000, "ana", "runner", ",\"order_id\":\"o1\"")).ok());
  EXPECT_EQ(popular(), 0u);
}

TEST_F(EngineTest, AnEventThatComesAgainIsADuplicateAlsoAfterACrash) {
  const std::string search = Event("search", 1000, "ana", "runner-3", ",\"event_id\":\"e1\"");
  const std::string other = Event("search", 1000, "ana", "runner-3", ",\"event_id\":\"e2\"");
  const auto counted = [](const Result<SubmitReport>& report) {
    return report.ok() ? std::pair(report->accepted, report->duplicates) : std::pair(UINT64_MAX, UINT64_MAX);
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(counted(Submit(search + other + search)), Pair(2, 1));
  EXPECT_EQ(counted(Submit(other)), Pair(0, 1));
  EXPECT_EQ(engine_->counts().accepted, 2u);
  EXPECT_EQ(engine_->counts().duplicates, 2u);
  EXPECT_EQ(engine_->counts().by_type[static_cast<size_t>(EventType::kSearch)], 2u);
  FakeStore crashed;  // without the checkpoint of the end
  crashed.checkpoint = store_.checkpoint;
  crashed.shoppers = store_.shoppers;
  crashed.log = store_.log;
  crashed.next = store_.next;
  Result<std::unique_ptr<Engine>> again = Engine::Open(crashed, nullptr, clock_, options_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->counts().log_waiting, 2u);
  engine_ = *std::move(again);
  EXPECT_EQ(counted(Submit(search + Event("search", 2000, "ana", "runner-3"))), Pair(1, 1));
  engine_.reset();
}

TEST_F(EngineTest, WhatTheLogDidNotTakeIsNoDuplicateLater) {
  const std::string search = Event("search", 1000, "ana", "runner-3", ",\"event_id\":\"e1\"");
  store_.append_fails = Exhausted("no space left");
  EXPECT_FALSE(Submit(search).ok());
  EXPECT_EQ(engine_->counts().append_failures, 1u);
  EXPECT_EQ(engine_->counts().append_error, "no space left");
  store_.append_fails = {};
  EXPECT_EQ(Submit(search)->accepted, 1u);
  EXPECT_EQ(engine_->counts().append_error, "");
}

TEST_F(EngineTest, HowLongEventsTookUntilTheyWereVisibleIsCountedByKind) {
  const auto count = [](const Histogram& histogram) {
    uint64_t sum = 0;
    for (size_t i = 0; i <= Histogram::kBounds.size(); ++i) sum += histogram.bucket(i);
    return sum;
  };
  ASSERT_TRUE(Submit(Event("search", 1000, "ana", "a") + Event("view", 1000, "ana", "a") + "x\n").ok());
  EXPECT_EQ(count(engine_->times().others_visible), 2u);
  EXPECT_EQ(count(engine_->times().purchases_visible), 0u);
  ASSERT_TRUE(Submit(Event("purchase", 2000, "ana", "a")).ok());
  EXPECT_EQ(count(engine_->times().others_visible), 2u);
  EXPECT_EQ(count(engine_->times().purchases_visible), 1u);
  EXPECT_EQ(engine_->counts().log_waiting, 2u);
  EXPECT_EQ(engine_->shoppers().shoppers, 1u);
  EXPECT_EQ(engine_->shoppers().changed, 1u);
  const uint64_t checkpoints = count(engine_->times().checkpoints);
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(count(engine_->times().checkpoints), checkpoints + 1);
  EXPECT_EQ(engine_->counts().log_waiting, 0u);
  EXPECT_EQ(engine_->shoppers().changed, 0u);
}

TEST_F(EngineTest, WhatABodyHadThatIsNoEventGoesToTheQuarantineWithItsHeader) {
  class Kept : public QuarantineSink {
   public:
    Status Write(std::string_view records) override {
      text += records;
      return {};
    }
    Counts counts() const override { return {text.size(), 0}; }
    std::string text;
  };
  Kept kept;
  options_.quarantine = &kept;
  Open();
  std::promise<bool> done;
  engine_->Submit(AdirectFormat(Format::Kind::kCsv), "type,time,user_id,category_id\nsearch,soon,ana,shoes\n", false,
                  [&](const Result<SubmitReport>& report) { done.set_value(report.ok()); });
  EXPECT_TRUE(done.get_future().get());
  EXPECT_EQ(kept.text, R"({"source":"http.csv","position":30,"reason":"bad_time","raw":"search,soon,ana,shoes",)"
                       R"("header":"type,time,user_id,category_id"})"
                       "\n");
  EXPECT_EQ(engine_->refused().kept().kept_bytes, kept.text.size());
  ASSERT_EQ(engine_->refused().Newest(RejectReason::kBadTime, 5).size(), 1u);
  engine_.reset();
}

TEST_F(EngineTest, ASearchActsOnTheNextAnswerAndSoDoesAPurchaseAndItsRefund) {
  EXPECT_EQ(Told("ana"), "unknown_user");
  const Result<SubmitReport> report =
      Submit(Event("search", 1000, "ana", "runner-3") + Event("search", 2000, "ana", "trail-1") +
             Event("view", 3000, "ana", "runner-3"));
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->accepted, 3u);
  EXPECT_EQ(Told("ana"), "targeted runner-3 trail-1");
  ASSERT_TRUE(Submit(Event("purchase", 4000, "ana", "runner-3", ",\"order_id\":\"o1\"")).ok());
  EXPECT_EQ(Told("ana"), "purchased");
  ASSERT_TRUE(Submit("{\"type\":\"refund\",\"time\":5000,\"user_id\":\"ana\",\"order_id\":\"o1\"}\n").ok());
  EXPECT_EQ(Told("ana"), "targeted runner-3 trail-1");
  ASSERT_TRUE(Submit("{\"type\":\"erase\",\"time\":6000,\"user_id\":\"ana\"}\n").ok());
  EXPECT_EQ(Told("ana"), "unknown_user");
}

TEST_F(EngineTest, WhatWasRefusedIsNamedByItsPlaceInTheBody) {
  const Result<SubmitReport> report = Submit(
      Event("search", 1000, "ana", "a") + "nonsense\n" + Event("sell", 1, "bob", "b") +
          Event("search", 1'000'000 + 300'001, "cid", "c") + "{\"type\":\"erase\",\"time\":6000,\"user_id\":\"ana\"}\n",
      /*may_erase=*/false);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->accepted, 1u);
  std::string refused;
  for (const SubmitReport::Refused& row : report->refused)
    refused += fmt::format("{}:{} ", row.index, RejectReasonName(row.reason));
  EXPECT_EQ(refused, "1:bad_json 2:bad_type 3:future 4:erase_not_allowed ");
}

TEST_F(EngineTest, WhatWasAcknowledgedIsThereAfterACrashWithAndWithoutACheckpoint) {
  for (const bool checkpoint : {false, true}) {
    const std::string user = checkpoint ? "bob" : "ana";
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Submit(Event("search", 1000 + i, user, fmt::format("p{}", i))).ok());
    if (checkpoint) {
      ASSERT_TRUE(engine_->Checkpoint().ok());
    }
    ASSERT_TRUE(Submit(Event("search", 2000, user, "late")).ok());
    FakeStore crashed;  // a copy of what is durable, taken without a clean close
    crashed.checkpoint = store_.checkpoint;
    crashed.shoppers = store_.shoppers;
    crashed.log = store_.log;
    crashed.next = store_.next;
    Result<std::unique_ptr<Engine>> again = Engine::Open(crashed, nullptr, clock_, options_);
    ASSERT_TRUE(again.ok()) << again.status().message();
    int searches = 0;
    ASSERT_TRUE(
        (*again)
            ->Decide({user, std::nullopt, std::nullopt}, policy_,
                     [&](const Decided& answer) { searches = answer.decision.categories.front().verdict.searches; })
            .ok());
    EXPECT_EQ(searches, 4);
  }
}

TEST_F(EngineTest, ACleanCloseLeavesNoLogToReplay) {
  ASSERT_TRUE(Submit(Event("search", 1000, "ana", "a") + Event("purchase", 900, "bob", "a")).ok());
  ASSERT_TRUE(engine_->Close().ok());
  EXPECT_TRUE(store_.log.empty());
  EXPECT_EQ(store_.shoppers.size(), 2u);
  Open();
  EXPECT_EQ(Told("ana"), "few_searches");
  EXPECT_EQ(engine_->Now(), Timestamp{1'000'000});
}

TEST_F(EngineTest, AnErasedShopperIsGoneFromTheStoreToo) {
  ASSERT_TRUE(Submit(Event("search", 1000, "ana", "a")).ok());
  ASSERT_TRUE(engine_->Checkpoint().ok());
  ASSERT_EQ(store_.shoppers.count("ana"), 1u);
  ASSERT_TRUE(Submit("{\"type\":\"erase\",\"time\":2000,\"user_id\":\"ana\"}\n").ok());
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(store_.shoppers.count("ana"), 0u);
  Open();
  ASSERT_TRUE(Submit(Event("search", 1500, "ana", "late")).ok());
  EXPECT_EQ(Told("ana"), "unknown_user");
}

TEST_F(EngineTest, WhatACheckpointThatFailedHadIsInTheNextOne) {
  ASSERT_TRUE(Submit(Event("search", 1000, "eva", "a")).ok());
  ASSERT_TRUE(engine_->Checkpoint().ok());
  ASSERT_TRUE(
      Submit(Event("search", 1000, "ana", "a") + "{\"type\":\"erase\",\"time\":2000,\"user_id\":\"eva\"}\n").ok());
  store_.commit_fails = Exhausted("no space left");
  EXPECT_FALSE(engine_->Checkpoint().ok());
  EXPECT_FALSE(engine_->Checkpoint().ok());
  ASSERT_EQ(store_.shoppers.count("eva"), 1u);
  store_.commit_fails = {};
  ASSERT_TRUE(Submit(Event("search", 1000, "bob", "a")).ok());
  ASSERT_TRUE(engine_->Checkpoint().ok());
  std::string saved;
  for (const auto& [user, bytes] : store_.shoppers) saved += user + " ";
  EXPECT_EQ(saved, "ana bob ");
}

TEST_F(EngineTest, WhoIsErasedIsOnDiskUntilACompactionSucceeds) {
  ASSERT_TRUE(Submit(Event("search", 1000, "ana", "a")).ok());
  ASSERT_TRUE(Submit("{\"type\":\"erase\",\"time\":2000,\"user_id\":\"ana\"}\n").ok());
  EXPECT_EQ(engine_->counts().erased_on_disk, 1u);
  store_.compact_fails = Exhausted("no space left");
  EXPECT_EQ(engine_->Compact().code(), Code::kExhausted);
  EXPECT_EQ(engine_->counts().compaction_failures, 1u);
  EXPECT_EQ(engine_->counts().erased_on_disk, 1u);
  store_.compact_fails = {};
  EXPECT_TRUE(engine_->Compact().ok());
  EXPECT_EQ(store_.compactions, 2u);
  EXPECT_EQ(engine_->counts().compactions, 1u);
  EXPECT_EQ(engine_->counts().erased_on_disk, 0u);
}

TEST_F(EngineTest, AFailedWriteIsToldAndNothingIsVisible) {
  store_.append_fails = Exhausted("no space left");
  const Result<SubmitReport> report = Submit(Event("search", 1000, "ana", "a"));
  EXPECT_EQ(report.status().code(), Code::kExhausted);
  EXPECT_EQ(Told("ana"), "unknown_user");
  store_.append_fails = {};
  EXPECT_TRUE(Submit(Event("search", 1000, "ana", "a")).ok());
  EXPECT_EQ(Told("ana"), "few_searches");
}

TEST_F(EngineTest, AnAsOfBeforeTheNewestEventIsRefusedAndALaterOneAnswered) {
  ASSERT_TRUE(
      Submit(Event("search", 1000, "ana", "a") + Event("search", 2000, "ana", "b") + Event("search", 3000, "ana", "c"))
          .ok());
  EXPECT_NE(Told("ana", Timestamp{2999}).find("before the newest event"), std::string::npos);
  EXPECT_EQ(Told("ana", Timestamp{3000}), "targeted c b a");
  EXPECT_EQ(Told("ana", Timestamp{kMillisPerDay * 4}), "stale");
}

TEST_F(EngineTest, BodiesWithoutEventIdsAreDifferentEventsAndRepeatedIdsOne) {
  const std::string body = Event("search", 1000, "ana", "a", ",\"event_id\":\"e1\"");
  ASSERT_TRUE(Submit(body).ok());
  ASSERT_TRUE(Submit(body).ok());
  EXPECT_EQ(Told("ana"), "few_searches");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Submit(Event("search", 1000, "ana", "a")).ok());
  EXPECT_EQ(Told("ana"), "targeted a");
}

TEST_F(EngineTest, TheKeptPopularityEqualsARebuildThroughoutAMessyLife) {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int checked = 0;
  for (int round = 0; round < 60; ++round) {
    std::string body;
    for (int i = 0; i < 8; ++i) {
      const std::string user = fmt::format("u{}", pick(6));
      const int64_t time = pick(40) * kMillisPerDay / 8;
      const std::string order = fmt::format(",\"order_id\":\"o{}\"", pick(4));
      if (pick(12) == 0) {
        body += fmt::format("{{\"type\":\"erase\",\"time\":{},\"user_id\":\"{}\"}}\n", time / 4, user);
      } else {
        body += Event(pick(4) == 0   ? "refund"
                      : pick(3) == 0 ? "search"
                                     : "purchase",
                      time, user, fmt::format("p{}", pick(4)), order);
      }
    }
    clock_.now = 5 * kMillisPerDay + round * kMillisPerDay / 10;
    ASSERT_TRUE(Submit(body).ok());
    for (const Duration window : {Duration::Days(2), Duration::Days(30), Duration::Forever()}) {
      policy_.products.popular_window = window;
      const AudiencePass pass{policy_, engine_->settings(), engine_->Now()};
      const Popularity rebuilt = CountPopularity(engine_->shards(), pass);
      const auto text = [&](std::span<const PopularProduct> products) {
        std::string out;
        for (const PopularProduct& p : products)
          out += fmt::format("{}:{} ", engine_->dictionary().product(p.item), p.purchases);
        return out;
      };
      const CategoryIndex shoes = engine_->dictionary().FindCategory("shoes");
      engine_->Popular("shoes", window, [&](std::span<const PopularProduct> kept) {
        const std::string wanted = shoes.valid() ? text(rebuilt.Of(shoes)) : "";
        EXPECT_EQ(text(kept), wanted) << round;
        checked += wanted.empty() ? 0 : 1;
      });
    }
  }
  EXPECT_GT(checked, 100);
}

TEST_F(EngineTest, ACheckpointInTheMomentOfTheFirstEventsSavesThemWhole) {
  const int shoppers = 300;
  for (int round = 0; round < 20; ++round) {
    engine_.reset();
    FakeStore store;
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store, nullptr, clock_, options_);
    ASSERT_TRUE(engine.ok());
    engine_ = *std::move(engine);
    std::atomic<bool> done = false;
    std::thread saver([&] {
      while (!done) EXPECT_TRUE(engine_->Checkpoint().ok());
    });
    std::string body;
    for (int i = 0; i < shoppers; ++i) body += Event("search", 1000, fmt::format("u{}", i), "a");
    EXPECT_TRUE(Submit(body).ok());
    done = true;
    saver.join();
    ASSERT_TRUE(engine_->Close().ok());
    engine = Engine::Open(store, nullptr, clock_, options_);
    ASSERT_TRUE(engine.ok());
    engine_ = *std::move(engine);
    int found = 0;
    for (int i = 0; i < shoppers; ++i) found += Told(fmt::format("u{}", i)) == "few_searches" ? 1 : 0;
    EXPECT_EQ(found, shoppers) << round;
    engine_.reset();  // before its store
  }
}

TEST_F(EngineTest, ALiveCatalogGivesMissingCategoriesAndTakesOutOfListsAtOnce) {
  const Result<std::unique_ptr<LiveCatalog>> catalog = LiveCatalog::Open(store_, nullptr);
  ASSERT_TRUE(catalog.ok());
  engine_.reset();
  Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, catalog->get(), clock_, options_);
  ASSERT_TRUE(engine.ok());
  engine_ = *std::move(engine);
  const std::string search = "{\"type\":\"search\",\"time\":1000,\"user_id\":\"ana\",\"product_id\":\"p1\"}\n";
  EXPECT_EQ(Submit(search)->refused.size(), 1u);
  const auto add = [&](bool available, int64_t time) {
    Catalog posted;
    posted.Add({.product_id = "p1", .category_id = "shoes", .available = available, .updated_at = Timestamp{time}});
    return (*catalog)->Add(posted, clock_.Now());
  };
  ASSERT_TRUE(add(true, 1).ok());
  EXPECT_EQ(Submit(search + search + search)->accepted, 3u);
  EXPECT_EQ(Told("ana"), "targeted p1");
  ASSERT_TRUE(add(false, 2).ok());
  EXPECT_EQ(Told("ana"), "targeted");
  engine_.reset();  // before the catalog
}

std::string Searches(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += fmt::format(
        "{{\"type\":\"search\",\"time\":{},\"user_id\":\"ana\",\"category_id\":\"shoes\",\"product_id\":\"p{}\"}}\n",
        1000 + i, i);
  }
  return text;
}

TEST_F(EngineTest, WhatIsReadFromASourceIsDurableWithoutTheLogAndSoIsThatItWasRead) {
  TextSource source("monday", Searches(3) + "no event\n");
  const Result<DoorCounts> read = Read(source, "as it was");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->accepted, 3u);
  EXPECT_EQ(engine_->counts().accepted, 3u);
  EXPECT_NE(refused_.text.find("no event"), std::string::npos);
  EXPECT_EQ(saved_before_, 0u);
  EXPECT_TRUE(store_.log.empty());
  EXPECT_EQ(Told("ana"), "targeted p2 p1 p0");
  Open();
  EXPECT_EQ(Told("ana"), "targeted p2 p1 p0");
  EXPECT_EQ(engine_->finished(), (std::map<std::string, std::string>{{"monday", "as it was"}}));
  ASSERT_EQ(engine_->inputs().size(), 1u);
  EXPECT_EQ(engine_->inputs().front().name, "monday");
}

TEST_F(EngineTest, ASourceThatIsReadAgainLongerAddsOnlyWhatIsNew) {
  TextSource first("monday", Searches(2));
  TextSource longer("monday", Searches(3));
  ASSERT_TRUE(Read(first, "short").ok());
  ASSERT_TRUE(Read(longer, "long").ok());
  EXPECT_EQ(Told("ana"), "targeted p2 p1 p0");
  EXPECT_EQ(engine_->finished().at("monday"), "long");
  Shopper shopper;
  ASSERT_TRUE(engine_->Decide({"ana", {}, {}}, policy_, [&](const Decided& told) { shopper = told.shopper; }).ok());
  EXPECT_EQ(shopper.interests.size(), 3u);
}

TEST_F(EngineTest, ThePurchasesOfASourceMakeProductsPopular) {
  TextSource source("monday", Event("purchase", 1000, "bob", "runner", ",\"order_id\":\"1\"") + Searches(3));
  ASSERT_TRUE(Read(source, "").ok());
  EXPECT_EQ(Told("ana"), "targeted p2 p1 p0 runner");
}

TEST_F(EngineTest, ASourceThatFailsOnItsWayLeavesTheStoreAsItWas) {
  TextSource source("monday", Searches(3));
  source.fails = Internal("the disk is gone");
  EXPECT_EQ(Read(source, "").status().message(), "the disk is gone");
  EXPECT_EQ(engine_->Checkpoint().code(), Code::kUnavailable);
  EXPECT_FALSE(engine_->Close().ok());
  Open();
  EXPECT_EQ(Told("ana"), "unknown_user");
  EXPECT_TRUE(engine_->finished().empty());
}

TEST_F(EngineTest, TheSameContentUnderAnotherNameIsRefused) {
  TextSource source("monday", Searches(3));
  TextSource copy("copy", Searches(3));
  ASSERT_TRUE(Read(source, "").ok());
  const Result<DoorCounts> read = Read(copy, "");
  EXPECT_EQ(read.status().code(), Code::kInvalidArgument);
  EXPECT_NE(read.status().message().find("monday"), std::string::npos);
}

TEST_F(EngineTest, AStateLargerThanTheMemoryIsExhaustedAndNotKept) {
  options_.memory_bytes = 1;
  Open();
  TextSource source("monday", Searches(3));
  EXPECT_EQ(Read(source, "").status().code(), Code::kExhausted);
  Open();
  EXPECT_EQ(Told("ana"), "unknown_user");
}

TEST_F(EngineTest, AReadOnlyEngineAnswersAndSavesNothing) {
  ASSERT_TRUE(Submit(Searches(3)).ok());
  ASSERT_EQ(store_.log.size(), 1u);
  FakeStore crashed;
  crashed.checkpoint = store_.checkpoint;
  crashed.log = store_.log;
  crashed.next = store_.next;
  options_.read_only = true;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(crashed, nullptr, clock_, options_);
  ASSERT_TRUE(engine.ok());
  EXPECT_EQ((*engine)->shards().TableOf("ana").size(), 1u);
  engine->reset();
  EXPECT_EQ(crashed.log.size(), 1u);
  EXPECT_TRUE(crashed.shoppers.empty());
}

TEST_F(EngineTest, ANewStoreKnowsItsSettingsFromTheFirstMoment) {
  FakeStore store;
  EXPECT_EQ(StoredSettings(store)->max_searches, kDefaultMaxSearches);
  options_.settings = {7, Duration::Days(9)};
  const Result<std::unique_ptr<Engine>> engine = Engine::Open(store, nullptr, clock_, options_);
  ASSERT_TRUE(engine.ok());
  EXPECT_EQ(StoredSettings(store)->max_searches, 7);
  EXPECT_EQ(StoredSettings(store)->retention, Duration::Days(9));
}

TEST_F(EngineTest, ManyThreadsSubmitAndAskAtOnce) {
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const Result<SubmitReport> report = Submit(
            Event(i % 10 == 0 ? "purchase" : "search", 1000 + i, fmt::format("u{}", i % 7), fmt::format("p{}", t)));
        if (report.ok()) accepted += static_cast<int>(report->accepted);
        EXPECT_NE(Told(fmt::format("u{}", i % 7)), "");
        if (i % 20 == 0) {
          EXPECT_TRUE(engine_->Checkpoint().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 200);
  EXPECT_EQ(engine_->counts().accepted, 200u);
}

TEST_F(EngineTest, WhatComesWhileTooMuchWaitsIsUnavailableAndLaterTaken) {
  options_.queued_bytes = 10;
  Open();
  std::promise<Result<SubmitReport>> first;
  {
    const std::lock_guard<std::mutex> slow_disk(store_.mutex);
    engine_->Submit(AdirectFormat(Format::Kind::kNdjson), Event("search", 1000, "ana", "a"), false,
                    [&](const Result<SubmitReport>& report) { first.set_value(report); });
    EXPECT_EQ(Submit(Event("search", 2000, "ana", "b")).status().code(), Code::kUnavailable);
  }
  EXPECT_TRUE(first.get_future().get().ok());  // one body is always taken
  EXPECT_TRUE(Submit(Event("search", 2000, "ana", "b")).ok());
}

TEST_F(EngineTest, TheNewestSearchesAreOfWhoHasNotBoughtSince) {
  ASSERT_TRUE(Submit(Event("search", 100, "ana", "runner") + Event("search", 300, "bo", "boot") +
                     Event("view", 200, "cy", "trail") + Event("search", 250, "ana", "trail"))
                  .ok());
  EXPECT_EQ(Newest("shoes"), "bo boot, ana trail, cy trail, ana runner");
  EXPECT_EQ(Newest(std::nullopt, 1), "bo boot");
  EXPECT_EQ(Newest("hats"), "");
  ASSERT_TRUE(Submit(Event("purchase", 250, "ana", "boot", ",\"order_id\":\"o1\"")).ok());
  EXPECT_EQ(Newest("shoes"), "bo boot, cy trail");
  ASSERT_TRUE(Submit(Event("refund", 400, "ana", "boot", ",\"order_id\":\"o1\"")).ok());
  EXPECT_EQ(Newest("shoes"), "bo boot, ana trail, cy trail, ana runner");
  ASSERT_TRUE(Submit(fmt::format("{{\"type\":\"erase\",\"time\":500,\"user_id\":\"bo\"}}\n")).ok());
  EXPECT_EQ(Newest("shoes", 2), "ana trail, cy trail");
}

TEST_F(EngineTest, TheNewestSearchesAreFoundAgainAfterAStart) {
  std::string body;
  for (int64_t i = 0; i < 1000; ++i) body += Event("search", 100 + i, fmt::format("u{}", i), "boot");
  ASSERT_TRUE(Submit(body).ok());
  const std::string before = Newest("shoes");
  ASSERT_EQ(before.substr(0, 22), "u999 boot, u998 boot, ");
  ASSERT_TRUE(engine_->Close().ok());
  Open();
  while (Newest("shoes") != before) std::this_thread::yield();
}

}  // namespace
}  // namespace adirect
