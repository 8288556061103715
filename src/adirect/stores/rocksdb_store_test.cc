#include "adirect/stores/rocksdb_store.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "adirect/stores/crash_file_system_test_support.h"
#include "adirect/stores/rocksdb_file_system.h"
#include "adirect/stores/store_contract_test_support.h"

namespace adirect {
namespace {

namespace fs = std::filesystem;

// A folder of its own for a test, gone with it.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "adirect-store-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string path() const { return path_; }
  std::string data() const { return path_ + "/data"; }

 private:
  std::string path_;
};

// Small buffers, so that files are written and dropped here too.
RocksDbOptions SmallOptions() {
  RocksDbOptions options;
  options.limits.write_buffer_bytes = 64 << 10;
  options.limits.write_ahead_bytes = 1 << 20;
  return options;
}

RocksDbOptions OptionsOn(std::shared_ptr<CrashFileSystem> disk) {
  RocksDbOptions options = SmallOptions();
  options.file_system = std::make_shared<RocksDbFileSystem>(RocksDbFileSystem{std::move(disk)});
  return options;
}

class RocksDbHost : public StoreHost {
 public:
  explicit RocksDbHost(double kept) : kept_(kept) {}

  Result<std::unique_ptr<Store>> Open() override {
    disk_ = std::make_shared<CrashFileSystem>();
    return OpenRocksDbStore(folder_.data(), OptionsOn(disk_));
  }
  void Crash(std::unique_ptr<Store> store) override {
    disk_->Stop();
    store.reset();
    disk_->Forget(kept_);
  }
  void FillDisk(bool full) override { disk_->Fill(full); }

 private:
  const double kept_;  // share of what was not synced that a crash leaves
  const Folder folder_;
  std::shared_ptr<CrashFileSystem> disk_;
};

StoreCase Case(std::string name, double kept) {
  return {std::move(name), [kept] { return std::make_unique<RocksDbHost>(kept); }};
}

INSTANTIATE_TEST_SUITE_P(RocksDb, StoreContract,
                         testing::Values(Case("LosesAll", 0), Case("LosesHalf", 0.5), Case("LosesNothing", 1)),
                         StoreCaseName);

class RocksDbStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> Open(bool create = true) {
    RocksDbOptions options = SmallOptions();
    options.create = create;
    return OpenRocksDbStore(folder_.data(), options);
  }
  std::unique_ptr<Store> MustOpen() {
    Result<std::unique_ptr<Store>> store = Open();
    EXPECT_TRUE(store.ok()) << store.status().message();
    return store.ok() ? *std::move(store) : nullptr;
  }
  void Write(const std::string& name, const std::string& text) {
    fs::create_directories(folder_.data());
    std::ofstream(folder_.data() + "/" + name) << text;
  }
  // The refusal's text; the directory holds what it held before.
  Status Refusal() {
    const std::map<std::string, std::string> before = Contents();
    const Status status = Open().status();
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(Contents(), before);
    return status;
  }
  std::map<std::string, std::string> Contents() {
    std::map<std::string, std::string> contents;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.data())) {
      std::ifstream file(entry.path());
      contents[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return contents;
  }
  std::vector<fs::path> FilesLike(const std::string& ending) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.data())) {
      if (entry.path().filename().string().find(ending) != std::string::npos) files.push_back(entry.path());
    }
    EXPECT_FALSE(files.empty()) << ending;
    return files;
  }
  static void FlipByte(const fs::path& path, uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char flipped = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(flipped);
  }
  // A closed store with shoppers, log and table in files of their own.
  void MakeStore() {
    const std::unique_ptr<Store> store = MustOpen();
    const std::string bytes(1000, 'b');
    for (int i = 0; i < 300; ++i) {
      const std::string id = "shopper-" + std::to_string(i);
      EXPECT_TRUE(store->Put(std::vector<StoreEntry>{{id, bytes}}).ok());
    }
    EXPECT_TRUE(store->Commit({.meta = "meta", .log_position = 0}).ok());
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(store->Append(std::vector<std::string_view>{bytes, bytes}).ok());
  }
  // Opens and reads all; the first failure.
  Status ReadAll() {
    const Result<std::unique_ptr<Store>> store = Open();
    if (!store.ok()) return store.status();
    ADIRECT_RETURN_IF_ERROR((*store)->Load(2, [](unsigned, std::string_view, std::string_view) { return Status(); }));
    return (*store)->Replay(0, [](uint64_t, std::string_view) { return Status(); });
  }

  const Folder folder_;
};

TEST_F(RocksDbStoreTest, ADirectoryThatIsNotOursIsRefused) {
  Write("notes.txt", "mine");
  const Status status = Refusal();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find(folder_.data() + ": is not empty and no data directory of adirect"),
            std::string::npos)
      << status.message();
}

TEST_F(RocksDbStoreTest, AFileIsRefused) {
  std::ofstream(folder_.data()) << "mine";
  EXPECT_NE(Open().status().message().find("is no directory"), std::string::npos) << Open().status().message();
  EXPECT_EQ(fs::file_size(folder_.data()), 4U);
}

TEST_F(RocksDbStoreTest, ANewerFormatIsRefused) {
  Write("ADIRECT", "adirect data directory, format 12\n");
  const Status status = Refusal();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_NE(status.message().find("in format 12; this one reads format 2."), std::string::npos) << status.message();
}

TEST_F(RocksDbStoreTest, AnOlderFormatIsReadAndRefusedByOlderOnesFromThenOn) {
  MakeStore();
  Write("ADIRECT", "adirect data directory, format 1\n");
  EXPECT_NE(MustOpen(), nullptr);
  EXPECT_EQ(Contents()["ADIRECT"], "adirect data directory, format 2\n");
}

TEST_F(RocksDbStoreTest, ADamagedMarkIsRefused) {
  MakeStore();
  for (const std::string mark : {"", "adirect data dir", "something else", "adirect data directory, format x\n"}) {
    Write("ADIRECT", mark);
    EXPECT_NE(Refusal().message().find(folder_.data() + "/ADIRECT: is damaged"), std::string::npos) << mark;
  }
}

TEST_F(RocksDbStoreTest, AStartThatWasCutShortIsMadeAgain) {
  for (const std::string mark : {"", "adirect data dir", "adirect data directory, format 2\n"}) {
    Write("ADIRECT", mark);
    EXPECT_NE(MustOpen(), nullptr);
    EXPECT_EQ(Contents()["ADIRECT"], "adirect data directory, format 2\n");
    fs::remove_all(folder_.data());
  }
}

TEST_F(RocksDbStoreTest, AnEmptyFileSystemIsTaken) {
  fs::create_directories(folder_.data() + "/lost+found");
  EXPECT_NE(MustOpen(), nullptr);
}

TEST_F(RocksDbStoreTest, WithoutCreateAMissingDirectoryIsAnError) {
  EXPECT_EQ(Open(false).status().code(), Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder_.data()));
  fs::create_directories(folder_.data());
  EXPECT_EQ(Open(false).status().code(), Code::kNotFound);
  EXPECT_TRUE(fs::is_empty(folder_.data()));
  MakeStore();
  EXPECT_TRUE(Open(false).ok());
}

TEST_F(RocksDbStoreTest, TheParentMustBeThere) {
  const Status status = OpenRocksDbStore(folder_.path() + "/none/data", {}).status();
  EXPECT_EQ(status.code(), Code::kNotFound) << status.message();
  EXPECT_FALSE(fs::exists(folder_.path() + "/none"));
}

TEST_F(RocksDbStoreTest, OneInUseByThisProcessIsRefused) {
  const std::unique_ptr<Store> store = MustOpen();
  const Status status = Refusal();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find("is in use by this process"), std::string::npos) << status.message();
  EXPECT_TRUE(store->Append(std::vector<std::string_view>{"still ours"}).ok());
}

TEST_F(RocksDbStoreTest, OneInUseByAnotherProcessIsRefusedWithItsNumber) {
  MakeStore();
  const std::string lock = folder_.data() + "/LOCK";
  int ready[2] = {};
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    const bool held = fcntl(open(lock.c_str(), O_RDWR), F_SETLK, &whole) == 0;
    if (write(ready[1], held ? "y" : "n", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  char answer = 0;
  EXPECT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const Status status = Refusal();
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find("is in use by process " + std::to_string(child) + " (stores_test)"),
            std::string::npos)
      << status.message();
  EXPECT_NE(MustOpen(), nullptr);
}

TEST_F(RocksDbStoreTest, AMissingCurrentIsRefused) {
  MakeStore();
  fs::remove(folder_.data() + "/CURRENT");
  EXPECT_NE(Refusal().message().find(folder_.data() + "/CURRENT: is missing"), std::string::npos);
}

TEST_F(RocksDbStoreTest, AMissingFileIsNamed) {
  MakeStore();
  const fs::path file = FilesLike(".sst").front();
  fs::remove(file);
  const Status status = ReadAll();
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_NE(status.message().find(file.filename().string()), std::string::npos) << status.message();
}

TEST_F(RocksDbStoreTest, VerifyNamesEveryDamagedFile) {
  MakeStore();
  const std::unique_ptr<Store> store = MustOpen();
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->Verify().ok());
  const auto files = FilesLike(".sst");
  ASSERT_GE(files.size(), 2u);
  for (const fs::path& file : files) FlipByte(file, 10);
  const Status status = store->Verify();
  EXPECT_EQ(status.code(), Code::kCorrupt);
  for (const fs::path& file : files) {
    EXPECT_NE(status.message().find(file.filename().string()), std::string::npos) << status.message();
  }
}

TEST_F(RocksDbStoreTest, ADamagedFileOfDataIsNamed) {
  MakeStore();
  ASSERT_TRUE(ReadAll().ok());
  fs::copy(folder_.data(), folder_.path() + "/good");
  for (const fs::path& file : FilesLike(".sst")) {
    for (const uint64_t at : {uint64_t{10}, fs::file_size(file) - 4}) {
      fs::remove_all(folder_.data());
      fs::copy(folder_.path() + "/good", folder_.data());
      FlipByte(file, at);
      const Status status = ReadAll();
      EXPECT_EQ(status.code(), Code::kCorrupt) << file << " " << at << " " << status.message();
      EXPECT_NE(status.message().find(file.filename().string()), std::string::npos) << at << status.message();
    }
  }
}

TEST_F(RocksDbStoreTest, ADamagedManifestIsNamed) {
  MakeStore();
  const fs::path file = FilesLike("MANIFEST").front();
  FlipByte(file, fs::file_size(file) / 2);
  const Status status = Open().status();
  EXPECT_EQ(status.code(), Code::kCorrupt) << status.message();
  EXPECT_NE(status.message().find(file.filename().string()), std::string::npos) << status.message();
}

TEST_F(RocksDbStoreTest, ADamagedWriteAheadLogIsNamed) {
  {
    const std::unique_ptr<Store> store = MustOpen();
    const std::string record(1000, 'r');
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(store->Append(std::vector<std::string_view>{record}).ok());
    fs::copy(folder_.data(), folder_.path() + "/running");
  }
  fs::remove_all(folder_.data());
  fs::rename(folder_.path() + "/running", folder_.data());
  const fs::path file = FilesLike(".log").front();
  ASSERT_GT(fs::file_size(file), 10000U);
  FlipByte(file, 5000);
  const Status status = Open().status();
  EXPECT_EQ(status.code(), Code::kCorrupt) << status.message();
  EXPECT_NE(status.message().find(file.filename().string()), std::string::npos) << status.message();
}

TEST_F(RocksDbStoreTest, TheLogIsDroppedFromTheDisk) {
  const std::unique_ptr<Store> store = MustOpen();
  const std::string record(100 << 10, 'r');
  uint64_t most = 0;
  for (int round = 0; round < 10; ++round) {
    uint64_t next = 0;
    for (int i = 0; i < 50; ++i) next = *store->Append(std::vector<std::string_view>{record});
    most = std::max(most, store->stats().bytes);
    ASSERT_TRUE(store->Commit({.meta = "meta", .log_position = next}).ok());
  }
  EXPECT_GT(most, 4U << 20);
  EXPECT_LT(most, 16U << 20) << "of 50 MB that were appended, 5 between two checkpoints";
}

class FailingDiskTest : public RocksDbStoreTest {
 protected:
  Result<uint64_t> Append(std::string_view record) { return store_->Append(std::vector<std::string_view>{record}); }
  Status Put(std::string_view user) { return store_->Put(std::vector<StoreEntry>{{user, "bytes"}}); }
  Records Log() {
    Records records;
    const Status read = store_->ReadLog(0, [&](uint64_t at, std::string_view record) {
      records.emplace_back(at, record);
      return true;
    });
    EXPECT_TRUE(read.ok()) << read.message();
    return records;
  }

  std::shared_ptr<CrashFileSystem> disk_ = std::make_shared<CrashFileSystem>();
  std::unique_ptr<Store> store_ = *OpenRocksDbStore(folder_.data(), OptionsOn(disk_));
};

TEST_F(FailingDiskTest, WhatWasPutBeforeAnErrorHasToBePutAgain) {
  ASSERT_TRUE(Append("a").ok());
  ASSERT_TRUE(Put("ana").ok());
  disk_->FailAt(1, CrashFileSystem::Failure::kError);
  EXPECT_EQ(*Append("b"), 2U) << "is tried once more";
  EXPECT_EQ(store_->Commit({.meta = "lost", .log_position = 2}).code(), Code::kUnavailable);
  ASSERT_TRUE(Put("ana").ok());
  ASSERT_TRUE(store_->Commit({.meta = "kept", .log_position = 2}).ok());
  size_t loaded = 0;
  ASSERT_TRUE(store_->Load(1, [&](unsigned, std::string_view, std::string_view) { return ++loaded, Status(); }).ok());
  EXPECT_EQ(loaded, 1U);
}

TEST_F(FailingDiskTest, APutThatFollowsAnErrorSaysThatTheOnesBeforeItAreLost) {
  ASSERT_TRUE(Put("ana").ok());
  disk_->FailAt(1, CrashFileSystem::Failure::kError);
  ASSERT_TRUE(Append("a").ok());
  EXPECT_EQ(Put("bob").code(), Code::kUnavailable);
  ASSERT_TRUE(Put("ana").ok());
  EXPECT_TRUE(store_->Commit({.meta = "kept", .log_position = 1}).ok());
}

TEST_F(FailingDiskTest, WhatCameToTheDiskOfAnAppendThatFailedIsDropped) {
  ASSERT_TRUE(Append("a").ok());
  disk_->FailAt(2, CrashFileSystem::Failure::kErrors);  // its write succeeds, its sync does not
  EXPECT_FALSE(Append("failed").ok());
  disk_->Mend();
  EXPECT_EQ(*Append("b"), 2U);
  EXPECT_EQ(Log(), (Records{{0, "a"}, {1, "b"}}));
}

TEST_F(FailingDiskTest, TheLogIsReadWhileTheDiskIsFull) {
  ASSERT_TRUE(Append("a").ok());
  disk_->Fill(true);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Append("lost").status().code(), Code::kExhausted);
  EXPECT_EQ(Log(), (Records{{0, "a"}}));
}

TEST_F(FailingDiskTest, AStartThatFailsOnTheWayIsTriedAgainByTheNextWrite) {
  ASSERT_TRUE(Append("a").ok());
  bool opened = false;
  for (uint64_t at = 1; !opened; ++at) {
    ASSERT_LT(at, 1000U);
    disk_->Fill(true);
    EXPECT_FALSE(Append("lost").ok());
    disk_->Fill(false);
    disk_->FailAt(at, CrashFileSystem::Failure::kErrors);
    opened = Append("x").ok();
    disk_->Mend();
    ASSERT_TRUE(Append("b").ok()) << at;
  }
  EXPECT_EQ(Log().back().second, "b");
}

TEST_F(RocksDbStoreTest, ShoppersOfManyBuffersAreAllThere) {
  const std::unique_ptr<Store> store = MustOpen();
  const std::string bytes(2000, 'b');
  std::vector<std::string> ids;
  for (int i = 0; i < 2000; ++i) ids.push_back("shopper-" + std::to_string(i));
  std::vector<StoreEntry> shoppers;
  for (const std::string& id : ids) shoppers.push_back({id, bytes});
  for (int round = 0; round < 5; ++round) ASSERT_TRUE(store->Put(shoppers).ok());
  ASSERT_TRUE(store->Commit({.meta = "meta", .log_position = 0}).ok());
  std::atomic<size_t> loaded = 0;
  ASSERT_TRUE(store->Load(2, [&](unsigned, std::string_view, std::string_view) { return ++loaded, Status(); }).ok());
  EXPECT_EQ(loaded, 2000U);
}

}  // namespace
}  // namespace adirect
