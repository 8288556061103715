#include "adirect/sources/generator_run.h"

#include <gtest/gtest.h>

#include <atomic>

#include "adirect/base/hash.h"
#include "adirect/sources/generator_test_support.h"

namespace adirect {
namespace {

Generator Make(WorldKind world, uint64_t events) {
  GeneratorSettings settings;
  settings.world = world;
  settings.events = events;
  Result<Generator> generator = Generator::Make(settings);
  EXPECT_TRUE(generator.ok()) << generator.status().message();
  return std::move(*generator);
}

std::string Text(const Generator& generator, TextKind kind, unsigned threads, uint64_t mess = 0) {
  RunSettings settings;
  settings.kind = kind;
  settings.threads = threads;
  settings.mess_millionths = mess;
  TextInMemory text;
  const Status written = WriteEvents(generator, settings, text);
  EXPECT_TRUE(written.ok()) << written.message();
  return text.text();
}

TEST(GeneratorRun, TheBytesDoNotDependOnTheNumberOfThreads) {
  for (const WorldKind world : {WorldKind::kSeed2017, WorldKind::kRealistic}) {
    const Generator generator = Make(world, 100'000);
    for (const TextKind kind : {TextKind::kSeedCsv, TextKind::kCsv, TextKind::kNdjson}) {
      const std::string one = Text(generator, kind, 1);
      EXPECT_EQ(one, Text(generator, kind, 2));
      EXPECT_EQ(one, Text(generator, kind, 1000));
    }
    const std::string messy = Text(generator, TextKind::kCsv, 1, 50'000);
    EXPECT_EQ(messy, Text(generator, TextKind::kCsv, 3, 50'000));
    EXPECT_NE(messy, Text(generator, TextKind::kCsv, 1));
  }
}

// The promise of stability. A change here changes every generated file: say so in CHANGELOG.md.
TEST(GeneratorRun, TheBytesOfSeedOneAreThoseOfThisVersion) {
  const Generator seed2017 = Make(WorldKind::kSeed2017, 100'000);
  const Generator realistic = Make(WorldKind::kRealistic, 100'000);
  EXPECT_EQ(Hash64(Text(seed2017, TextKind::kSeedCsv, 2)), 1744746149640455768U);
  EXPECT_EQ(Hash64(Text(realistic, TextKind::kSeedCsv, 2)), 6723950257555823567U);
  EXPECT_EQ(Hash64(Text(realistic, TextKind::kNdjson, 2)), 64194922530280535U);
  EXPECT_EQ(Hash64(Text(realistic, TextKind::kNdjson, 2, 50'000)), 7090755256094419015U);
}

TEST(GeneratorRun, TheTextHoldsTheEventsOfTheStream) {
  GeneratorSettings settings;
  settings.events = 70'000;
  const Result<Generator> generator = Generator::Make(settings);
  ASSERT_TRUE(generator.ok());
  std::string expected;
  EventText text(TextKind::kNdjson, false);
  GeneratorStream stream(*generator);
  EventBatch batch;
  while (stream.Read(batch)) {
    for (const Event& event : batch.events()) text.Append(event, expected);
  }
  EXPECT_EQ(Text(*generator, TextKind::kNdjson, 2), expected);
}

class CountingProgress : public Progress {
 public:
  void Add(uint64_t rows, uint64_t bytes) override {
    rows_ += rows;
    bytes_ += bytes;
  }
  std::atomic<uint64_t> rows_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
};

TEST(GeneratorRun, ProgressAddsUpToAllEventsAndBytes) {
  const Generator generator = Make(WorldKind::kSeed2017, 100'000);
  CountingProgress progress;
  RunSettings settings;
  settings.threads = 3;
  settings.progress = &progress;
  TextInMemory text;
  ASSERT_TRUE(WriteEvents(generator, settings, text).ok());
  EXPECT_EQ(progress.rows_, 100'000U);
  EXPECT_EQ(progress.bytes_, text.text().size());
}

class FullDisk : public TextSink {
 public:
  Status Write(std::string_view) override { return ++writes_ < 3 ? Status() : Exhausted("full"); }
  int writes_ = 0;
};

TEST(GeneratorRun, AFailedWriteEndsTheRunWithItsStatus) {
  for (const unsigned threads : {1U, 4U}) {
    const Generator generator = Make(WorldKind::kRealistic, 500'000);
    RunSettings settings;
    settings.threads = threads;
    FullDisk disk;
    const Status written = WriteEvents(generator, settings, disk);
    EXPECT_EQ(written.code(), Code::kExhausted);
    EXPECT_EQ(written.message(), "full");
    EXPECT_EQ(disk.writes_, 3);
  }
}

TEST(GeneratorRun, AStopEndsTheRunBeforeTheNextChunk) {
  const Generator generator = Make(WorldKind::kRealistic, 500'000);
  const std::atomic<bool> stop = true;
  RunSettings settings;
  settings.threads = 2;
  settings.stop = &stop;
  TextInMemory text;
  EXPECT_EQ(WriteEvents(generator, settings, text).code(), Code::kUnavailable);
  EXPECT_EQ(text.text(), "");
}

}  // namespace
}  // namespace adirect
