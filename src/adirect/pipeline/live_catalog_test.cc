#include "adirect/pipeline/live_catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

constexpr Timestamp kNow{1'000'000};

class LiveCatalogTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open(std::unique_ptr<Catalog> configured = nullptr, uint64_t max_bytes = kDefaultCatalogBytes) {
    Result<std::unique_ptr<LiveCatalog>> live = LiveCatalog::Open(store_, std::move(configured), max_bytes);
    ASSERT_TRUE(live.ok()) << live.status().message();
    live_ = *std::move(live);
  }

  Status Add(const Product& product) {
    Catalog posted;
    posted.Add(product);
    return live_->Add(posted, kNow);
  }

  std::string TitleOf(std::string_view id) { return std::string(live_->Read()->TitleOf(id)); }

  FakeStore store_;
  std::unique_ptr<LiveCatalog> live_;
};

TEST_F(LiveCatalogTest, WhatIsAddedIsReadAndIsThereAgainWhenItIsOpenedAgain) {
  EXPECT_EQ(live_->Read().get(), nullptr);
  const Product runner{"p1", "shoes", "Runner", "89.90", "EUR", "https://a/1", "https://a/1.jpg", false, kNow};
  const Product bare{.product_id = "p2"};
  ASSERT_TRUE(Add(runner).ok());
  ASSERT_TRUE(Add(bare).ok());
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(live_->Read()->Find("p1"), runner);
    EXPECT_EQ(live_->Read()->Find("p2"), bare);
    EXPECT_EQ(live_->Read()->product_count(), 2u);
    Open();
  }
}

TEST_F(LiveCatalogTest, TheNewestHoldsWhereverItCameFrom) {
  ASSERT_TRUE(Add({.product_id = "p1", .title = "second", .updated_at = Timestamp{2}}).ok());
  ASSERT_TRUE(Add({.product_id = "p1", .title = "first", .updated_at = Timestamp{1}}).ok());
  EXPECT_EQ(TitleOf("p1"), "second");
  auto configured = std::make_unique<Catalog>();
  configured->Add({.product_id = "p1", .title = "third", .updated_at = Timestamp{3}});
  configured->Add({.product_id = "p2", .title = "other"});
  configured->AddCategory("shoes", "Shoes");
  Open(std::move(configured));
  EXPECT_EQ(TitleOf("p1"), "third");
  EXPECT_EQ(TitleOf("p2"), "other");
  EXPECT_EQ(live_->Read()->CategoryName("shoes"), "Shoes");
  Open();
  EXPECT_EQ(TitleOf("p1"), "second");
}

TEST_F(LiveCatalogTest, ATimeInTheFutureIsRefusedWithAllThatCameWithIt) {
  Catalog posted;
  posted.Add({.product_id = "p1", .updated_at = kNow});
  posted.Add({.product_id = "p2", .updated_at = kNow + Duration::Millis(300'001)});
  const Status added = live_->Add(posted, kNow);
  EXPECT_EQ(added.code(), Code::kInvalidArgument);
  EXPECT_NE(added.message().find("\"p2\": updated_at 1970-01-01T00:21:40.001Z is in the future"), std::string::npos)
      << added.message();
  EXPECT_EQ(live_->Read()->product_count(), 0u);
  EXPECT_TRUE(store_.tables["products"].empty());
  EXPECT_TRUE(Add({.product_id = "p2", .updated_at = kNow + Duration::Millis(300'000)}).ok());
}

TEST_F(LiveCatalogTest, AFullCatalogOrDiskTakesNothing) {
  Open(nullptr, 1000);
  EXPECT_EQ(Add({.product_id = "p1"}).code(), Code::kExhausted);
  Open();
  store_.put_table_fails = Exhausted("no space left");
  EXPECT_EQ(Add({.product_id = "p1"}).code(), Code::kExhausted);
  EXPECT_EQ(live_->Read()->product_count(), 0u);
}

TEST_F(LiveCatalogTest, AProductThatDoesNotReadBackIsNamed) {
  store_.tables["products"]["p7"] = "\x05";
  const Result<std::unique_ptr<LiveCatalog>> live = LiveCatalog::Open(store_, nullptr);
  EXPECT_EQ(live.status().code(), Code::kCorrupt);
  EXPECT_NE(live.status().message().find("\"p7\" does not read"), std::string::npos);
}

TEST_F(LiveCatalogTest, ReplacedRowsDoNotPileUp) {
  auto configured = std::make_unique<Catalog>();
  configured->AddCategory("shoes", "Shoes");
  Open(std::move(configured));
  for (int64_t round = 1; round <= 100; ++round) {
    Catalog posted;
    for (int i = 0; i < 100; ++i) {
      const std::string id = fmt::format("p{}", i);
      const std::string title = fmt::format("{}", round) + std::string(1000, 'x');
      posted.Add({.product_id = id, .title = title, .updated_at = Timestamp{round}});
    }
    ASSERT_TRUE(live_->Add(posted, kNow).ok());
  }
  EXPECT_LT(live_->Read()->memory_bytes(), 8u << 20);  // all rows together were 10 MiB
  EXPECT_EQ(TitleOf("p99").substr(0, 4), "100x");
  EXPECT_EQ(live_->Read()->CategoryName("shoes"), "Shoes");
}

TEST_F(LiveCatalogTest, ManyReadWhileProductsAreAdded) {
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const LiveCatalog::View view = live_->Read();
        const std::string_view title = view->TitleOf("p1");
        EXPECT_TRUE(title.empty() || title.size() == 8) << title;
      }
    });
  }
  for (int64_t i = 0; i < 3000; ++i) {
    const std::string title = fmt::format("{:08}", i);
    const std::string id = fmt::format("p{}", i % 2 == 0 ? 1 : i);
    ASSERT_TRUE(Add({.product_id = id, .title = title, .updated_at = Timestamp{i}}).ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(TitleOf("p1"), "00002998");
}

}  // namespace
}  // namespace adirect
