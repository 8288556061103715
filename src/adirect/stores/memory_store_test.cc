#include "adirect/stores/memory_store.h"

#include "adirect/stores/store_contract_test_support.h"

namespace adirect {
namespace {

class MemoryHost : public StoreHost {
 public:
  explicit MemoryHost(size_t kept) : kept_(kept) {}
  Result<std::unique_ptr<Store>> Open() override { return OpenMemoryStore(disk_); }
  void Crash(std::unique_ptr<Store> store) override {
    store.reset();
    disk_->Crash(kept_);
  }
  void FillDisk(bool full) override { disk_->FailCalls(full ? Exhausted("the disk is full") : Status()); }

 private:
  const size_t kept_;
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

StoreCase Case(std::string name, size_t kept) {
  return {std::move(name), [kept] { return std::make_unique<MemoryHost>(kept); }};
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(Case("LosesPuts", 0), Case("KeepsSomePuts", 1000)),
                         StoreCaseName);

TEST(MemoryStore, TheCallThatIsToFailFailsOnceAndChangesNothing) {
  const auto disk = std::make_shared<MemoryDisk>();
  const std::unique_ptr<Store> store = OpenMemoryStore(disk);
  disk->FailCall(2, Unavailable("later"));
  const std::vector<std::string_view> one = {"a"};
  EXPECT_TRUE(store->Append(one).ok());
  EXPECT_EQ(store->Append(one).status().message(), "later");
  EXPECT_EQ(*store->Append(one), 2U);
  EXPECT_EQ(disk->calls(), 3U);
}

TEST(MemoryStore, ACrashKeepsTheFirstPutsOnly) {
  const auto disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Store> store = OpenMemoryStore(disk);
  ASSERT_TRUE(store->Put(std::vector<StoreEntry>{{"ana", "1"}, {"bob", "2"}}).ok());
  store.reset();
  disk->Crash(1);
  store = OpenMemoryStore(disk);
  EXPECT_EQ(store->stats().shoppers, 1U);
}

}  // namespace
}  // namespace adirect
