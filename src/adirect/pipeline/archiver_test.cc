#include "adirect/pipeline/archiver.h"

#include <gtest/gtest.h>

#include "adirect/codec/event_json.h"
#include "adirect/pipeline/archive_fake_test_support.h"
#include "adirect/pipeline/stream_fake_test_support.h"

namespace adirect {
namespace {

constexpr Timestamp kNow{1'795'514'400'000};  // 2026-11-24T10:00:00Z

class SetClock : public Clock {
 public:
  Timestamp Now() const override { return {now.load()}; }
  std::atomic<int64_t> now = kNow.ms;
};

// Events as lines of JSON.
class LineEncoder : public ArchiveEncoder {
 public:
  Status Add(const Event& event) override {
    AppendEventJson(event, text_);
    return {};
  }
  uint64_t bytes() const override { return text_.size(); }
  Result<std::string> Finish() override { return std::move(text_); }

 private:
  std::string text_;
};

constexpr ArchiveFormat kLines{"csv", [] { return std::unique_ptr<ArchiveEncoder>(new LineEncoder); }};

std::string Row(const std::string& more = "") {
  return R"({"type":"search","time":"2026-11-24T09:00:00Z","user_id":"ana","category_id":"shoes","product_id":"p1")" +
         more + "}";
}

std::vector<std::string> Rows(size_t count) { return std::vector<std::string>(count, Row()); }

class ArchiverTest : public testing::Test {
 protected:
  ArchiverTest() {
    options_.first_retry = options_.last_retry = std::chrono::milliseconds(1);
    options_.once = true;
  }

  Status Run() {
    Archiver archiver(*stream_, store_, kLines, clock_, options_);
    const Status ended = archiver.Run(stop_);
    state_ = archiver.state();
    return ended;
  }
  // A new stream of these rows; what `set` says of it comes first.
  void Stream(const std::map<std::string, std::vector<std::string>>& inputs,
              const std::function<void(LinesStream&)>& set = {}) {
    stream_ = std::make_unique<LinesStream>();
    if (set) set(*stream_);
    for (const auto& [name, rows] : inputs) {
      for (const std::string& row : rows) stream_->Append(name, row, kNow);
    }
  }

  // How often each event_id is in a finished file.
  std::map<std::string, int> Events() const {
    std::map<std::string, int> events;
    for (const auto& [path, content] : store_.files) {
      if (!ParseArchivePath(path)) continue;
      for (size_t at = content.find("\"event_id\":\""); at != std::string::npos;
           at = content.find("\"event_id\":\"", at + 1)) {
        const size_t begin = at + std::string_view("\"event_id\":\"").size();
        ++events[content.substr(begin, content.find('"', begin) - begin)];
      }
    }
    return events;
  }
  void ExpectEach(const std::string& input, size_t count) const {
    const std::map<std::string, int> events = Events();
    size_t of_input = 0;
    for (const auto& [id, times] : events) {
      EXPECT_EQ(times, 1) << id;
      if (id.starts_with(input + ":")) ++of_input;
    }
    EXPECT_EQ(of_input, count) << input;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [path, content] : store_.files) names.push_back(path);
    return names;
  }

  SetClock clock_;
  FakeArchiveStore store_;
  std::unique_ptr<LinesStream> stream_;
  ArchiverOptions options_;
  std::atomic<bool> stop_ = false;
  ArchiverState state_;
};

TEST_F(ArchiverTest, WritesEachInputIntoFilesOfItsOwn) {
  Stream({{"web/0", Rows(5)}, {"web/1", Rows(4)}});
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{ArchivePath("2026-11-24", {"web/0", 0, 4, "csv"}),
                                               ArchivePath("2026-11-24", {"web/1", 0, 3, "csv"})}));
  ExpectEach("web/0", 5);
  ExpectEach("web/1", 4);
  EXPECT_EQ(stream_->told(), (Positions{{"web/0", 5}, {"web/1", 4}}));
  EXPECT_EQ(state_.rows, 9U);
  EXPECT_EQ(state_.files, 2U);
  EXPECT_EQ(state_.waiting_rows, 0U);
  EXPECT_FALSE(state_.waits_since);
  EXPECT_EQ(state_.next, stream_->told());
}

TEST_F(ArchiverTest, GoesOnBehindTheFinishedFiles) {
  Stream({{"web/0", Rows(5)}});
  ASSERT_TRUE(Run().ok());
  Stream({{"web/0", Rows(8)}});
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(stream_->started(), (Positions{{"web/0", 5}}));
  ExpectEach("web/0", 8);
  EXPECT_TRUE(store_.files.contains(ArchivePath("2026-11-24", {"web/0", 5, 7, "csv"})));
}

TEST_F(ArchiverTest, WritesEventsAsTheDoorMadeThem) {
  Catalog catalog;
  catalog.Add(Product{.product_id = "p1", .category_id = "boots"});
  options_.catalog = &catalog;
  Stream({});
  stream_->Append(
      "web/0", R"({"type":"view","time":"2026-11-24T09:00:00Z","anonymous_id":"7","product_id":"p1","event_id":"e"})",
      Timestamp{kNow.ms - 1000});
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(store_.files.begin()->second,
            R"({"type":"view","time":"2026-11-24T09:00:00.000Z","anonymous_id":"7","category_id":"boots",)"
            R"("product_id":"p1","event_id":"e","arrival":"2026-11-24T09:59:59.000Z"})"
            "\n");
}

TEST_F(ArchiverTest, NamesTheFolderByTheDayOnWhichTheFirstEventArrived) {
  Stream({});
  stream_->Append("web/0", "no json", kNow);
  stream_->Append("web/0", R"({"type":"search","time":"2026-11-23T08:00:00Z","user_id":"a","category_id":"b"})",
                  Timestamp{kNow.ms - kMillisPerDay});
  stream_->Append("web/0", Row(), kNow);
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(store_.files.contains(ArchivePath("2026-11-23", {"web/0", 0, 2, "csv"})));
}

TEST_F(ArchiverTest, BeginsWhereTheStreamBegins) {
  Stream({{"web/0", Rows(9)}}, [](LinesStream& stream) { stream.oldest = 4; });
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Names().front(), ArchivePath("2026-11-24", {"web/0", 4, 8, "csv"}));
}

TEST_F(ArchiverTest, CoversRowsThatWereLostSoThatRangesFollowEachOther) {
  Stream({{"web/0", Rows(3)}});
  ASSERT_TRUE(Run().ok());
  Stream({{"web/0", Rows(9)}}, [](LinesStream& stream) { stream.oldest = 6; });
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(store_.files.contains(ArchivePath("2026-11-24", {"web/0", 3, 8, "csv"})));
  ExpectEach("web/0", 6);
}

TEST_F(ArchiverTest, RollsAFileThatIsLargeEnough) {
  Stream({{"web/0", Rows(9)}});
  options_.roll_bytes = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(store_.files.size(), 3U);
  ExpectEach("web/0", 9);
}

TEST_F(ArchiverTest, RollsAFileThatIsOldEnough) {
  Stream({{"web/0", Rows(2)}});
  options_.once = false;
  int idle = 0;
  stream_->on_idle = [&] {
    ++idle;
    EXPECT_EQ(store_.files.size(), idle > 2 ? 1U : 0U);
    if (idle == 2) clock_.now += options_.roll_after.millis();
    stop_ = idle == 4;
  };
  ASSERT_TRUE(Run().ok());
}

TEST_F(ArchiverTest, PutsTheLargestFileWhereAllTogetherAreTooLarge) {
  Stream({{"web/0", Rows(2)}, {"web/1", Rows(9)}, {"web/2", Rows(2)}});
  options_.memory_bytes = 1000;
  ASSERT_TRUE(Run().ok());
  EXPECT_GT(store_.files.size(), 3U);
  ExpectEach("web/1", 9);
}

TEST_F(ArchiverTest, KeepsWhatIsRefusedBesideTheFile) {
  Stream({{"web/0", {Row(), "no json", Row()}}});
  ASSERT_TRUE(Run().ok());
  const ArchiveName name{"web/0", 0, 2, "csv"};
  ASSERT_TRUE(store_.files.contains(ArchiveQuarantinePath("2026-11-24", name)));
  EXPECT_NE(store_.files[ArchiveQuarantinePath("2026-11-24", name)].find("\"reason\":\"bad_json\""), std::string::npos);
  EXPECT_EQ(state_.refused, 1U);
  ExpectEach("web/0", 2);
}

TEST_F(ArchiverTest, AFileOfRefusedRowsAloneSaysThatTheyWereRead) {
  Stream({{"web/0", {"no", "json"}}});
  options_.keep_refused = false;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Names(), std::vector<std::string>{ArchivePath("2026-11-24", {"web/0", 0, 1, "csv"})});
  EXPECT_EQ(stream_->told(), (Positions{{"web/0", 2}}));
}

TEST_F(ArchiverTest, KeepsErasesOfInputsThatMayErase) {
  Stream({{"log/0", {R"({"type":"erase","time":"2026-11-24T09:00:00Z","user_id":"ana"})"}}},
         [](LinesStream& stream) { stream.may_erase = true; });
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(state_.rows, 1U);
  ExpectEach("log/0", 1);
}

TEST_F(ArchiverTest, RemovesOnlyWhatItsOwnInputsHaveLeft) {
  const std::string own = TemporaryArchivePath(ArchivePath("2026-11-23", {"web/0", 0, 7, "csv"}));
  const std::string others = TemporaryArchivePath(ArchivePath("2026-11-23", {"web/9", 0, 7, "csv"}));
  store_.files = {{own, "half"}, {others, "half"}, {"2026-11-23/_SUCCESS", ""}};
  Stream({{"web/0", Rows(1)}});
  ASSERT_TRUE(Run().ok());
  EXPECT_FALSE(store_.files.contains(own));
  EXPECT_TRUE(store_.files.contains(others));
  EXPECT_TRUE(store_.files.contains("2026-11-23/_SUCCESS"));
}

TEST_F(ArchiverTest, TriesAgainWhatFailsAndSaysSo) {
  Stream({{"web/0", Rows(9)}});
  options_.roll_bytes = 1;
  int calls = 0;
  store_.step = [&] { return ++calls % 10 > 1 ? Status() : Unavailable("the name node is in safe mode"); };
  ASSERT_TRUE(Run().ok());
  ExpectEach("web/0", 9);
  EXPECT_GT(state_.retries, 1U);
  EXPECT_EQ(state_.trouble, "");
}

TEST_F(ArchiverTest, AStopEndsTheRetriesAndLosesNothing) {
  Stream({{"web/0", Rows(9)}});
  options_.once = false;
  bool down = false;
  int failed = 0;
  store_.step = [&]() -> Status {
    if (!down) return {};
    if (++failed == 3) stop_ = true;
    return Unavailable("down");
  };
  stream_->on_idle = [&] { clock_.now += options_.roll_after.millis(), down = true; };
  EXPECT_EQ(Run().code(), Code::kUnavailable);
  EXPECT_NE(state_.ended, "");
  EXPECT_EQ(stream_->told(), Positions());
  down = false;
  stop_ = false;
  options_.once = true;
  Stream({{"web/0", Rows(9)}});
  ASSERT_TRUE(Run().ok());
  ExpectEach("web/0", 9);
}

TEST_F(ArchiverTest, AWrongAddressEndsItAtTheStartAndIsTriedAgainLater) {
  Stream({{"web/0", Rows(3)}});
  store_.step = [] { return InvalidArgument("permission denied"); };
  EXPECT_EQ(Run().code(), Code::kInvalidArgument);
  Stream({{"web/0", Rows(3)}});
  int calls = 0;
  store_.step = [&] { return ++calls == 4 ? InvalidArgument("permission denied") : Status(); };
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(state_.retries, 1U);
}

TEST_F(ArchiverTest, NoticesAnotherArchiveAndStops) {
  Stream({{"web/0", Rows(9)}});
  const std::string other = ArchivePath("2026-11-24", {"web/0", 0, 4, "csv"});
  stream_->on_idle = [&] { store_.files[other] = "theirs"; };
  const Status ended = Run();
  EXPECT_EQ(ended.code(), Code::kCorrupt);
  EXPECT_NE(ended.message().find(other), std::string::npos);
  EXPECT_EQ(store_.files.size(), 1U);
}

TEST_F(ArchiverTest, StopsWhereAnInputWasMadeAnew) {
  Stream({{"web/0", Rows(9)}});
  ASSERT_TRUE(Run().ok());
  class Restarted : public LinesStream {
   public:
    Status Start(const Positions&) override { return LinesStream::Start({}); }
  };
  stream_ = std::make_unique<Restarted>();
  stream_->Append("web/0", Row());
  EXPECT_EQ(Run().code(), Code::kCorrupt);
}

TEST_F(ArchiverTest, RefusesInputsWhosePositionsAreNoIds) {
  Stream({{std::string(120, 't') + "/0", Rows(1)}});
  EXPECT_EQ(Run().code(), Code::kInvalidArgument);
  Stream({{std::string(kMaxIdBytes - 22, 't') + "/0", Rows(1)}});
  EXPECT_TRUE(Run().ok());
}

TEST_F(ArchiverTest, PassesOnWhatTheStreamCanNeverRead) {
  Stream({});
  stream_->start_fails = InvalidArgument("no such topic");
  EXPECT_EQ(Run().code(), Code::kInvalidArgument);
  EXPECT_EQ(state_.ended, "no such topic");
}

TEST_F(ArchiverTest, RunsOnAThreadOfItsOwnAndFinishesWhenItStops) {
  Stream({{"web/0", Rows(9)}});
  options_.once = false;
  std::atomic<bool> idle = false;
  stream_->on_idle = [&] { idle = true; };
  Archiver archiver(*stream_, store_, kLines, clock_, options_);
  archiver.Start();
  while (!idle || archiver.state().waiting_rows != 9) std::this_thread::yield();
  EXPECT_EQ(archiver.state().waits_since, kNow);
  EXPECT_TRUE(archiver.Stop().ok());
  EXPECT_EQ(archiver.state().waiting_rows, 0U);
  ExpectEach("web/0", 9);
}

// The process ends at one step after the other, each run a step later than the one before, until one comes through.
TEST_F(ArchiverTest, EveryEventIsInOneFinishedFileWhereverItCrashes) {
  std::vector<std::string> mixed = Rows(7);
  mixed[2] = "no json";
  options_.roll_bytes = 1;
  for (int crash_at = 1; crash_at < 60; ++crash_at) {
    store_.files.clear();
    int steps = 0;
    store_.step = [&] { return ++steps == crash_at ? Corrupt("crash") : Status(); };
    Stream({{"web/0", mixed}, {"web/1", Rows(4)}});
    const bool crashed = !Run().ok();
    store_.step = [] { return Status(); };
    clock_.now += kMillisPerDay;  // what is written again lies in another folder
    Stream({{"web/0", mixed}, {"web/1", Rows(4)}});
    ASSERT_TRUE(Run().ok()) << crash_at;
    ExpectEach("web/0", 6);
    ExpectEach("web/1", 4);
    int refused = 0;
    for (const auto& [path, content] : store_.files) {
      EXPECT_EQ(path.find("/_"), std::string::npos) << path << ", crashed at " << crash_at;
      refused += path.starts_with(kArchiveQuarantine) ? 1 : 0;
    }
    EXPECT_EQ(refused, 1) << crash_at;
    if (!crashed) return;
  }
  FAIL() << "no run came through";
}

}  // namespace
}  // namespace adirect
