#include "adirect/pipeline/log_stream.h"

#include <gtest/gtest.h>

#include "adirect/codec/event_json.h"
#include "adirect/pipeline/engine_test_support.h"
#include "adirect/pipeline/store_fake_test_support.h"

namespace adirect {
namespace {

class Lines : public EventSink {
 public:
  void OnEvent(const Event& event, const RowPlace& place) override {
    std::string line;
    AppendEventJson(event, line);
    text += std::to_string(place.offset) + ' ' + line;
  }
  void OnIgnored(const RowPlace&) override {}
  void OnRejected(RejectReason, const RowPlace&) override {}
  std::string text;
};

class LogStreamTest : public testing::Test {
 protected:
  LogStreamTest() {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(store_, nullptr, clock_, {});
    engine_ = *std::move(engine);
  }

  void Submit(const std::string& body) { ASSERT_TRUE(SubmitAndWait(*engine_, body).ok()); }

  // The events of the next block, or nothing.
  std::string Next(LogStream& log) {
    Lines lines;
    DecodeScratch scratch;
    const Result<bool> came = log.Next(0, std::chrono::milliseconds(0), block_);
    EXPECT_TRUE(came.ok()) << came.status().message();
    if (came.ok() && *came) block_.decoder->Decode(block_.block, scratch, lines);
    return lines.text;
  }

  SetClock clock_;
  FakeStore store_;
  std::unique_ptr<Engine> engine_;
  SourceBlock block_;
};

constexpr const char* kSearch =
    R"({"type":"search","time":1000,"user_id":"ana","category_id":"shoes","product_id":"p1","region":"china"})";
constexpr const char* kErase = R"({"type":"erase","time":2000,"user_id":"ana"})";

TEST_F(LogStreamTest, AcceptedEventsComeWholeWithTheirIdentityAndArrivalAndErasesToo) {
  LogStream log(store_);
  ASSERT_TRUE(log.Start({}).ok());
  Submit(std::string(kSearch) + "\nno event\n" + kErase + "\n");
  EXPECT_EQ(Next(log),
            R"(0 {"type":"search","time":"1970-01-01T00:00:01.000Z","user_id":"ana","category_id":"shoes",)"
            R"("product_id":"p1","region":"china","event_id":"http.ndjson:0","arrival":"1970-01-01T00:16:40.000Z"})"
            "\n"
            R"(0 {"type":"erase","time":"1970-01-01T00:00:02.000Z","user_id":"ana","event_id":"http.ndjson:112",)"
            R"("arrival":"1970-01-01T00:16:40.000Z"})"
            "\n");
  EXPECT_EQ(block_.end, 1U);
  EXPECT_EQ(log.state().parts.at(0).next, 0U) << "it is in hand";
  EXPECT_EQ(Next(log), "");
  EXPECT_EQ(log.state().parts.at(0).next, 1U);
}

TEST_F(LogStreamTest, WhatIsNotToldSafeSurvivesACheckpoint) {
  LogStream log(store_);
  ASSERT_TRUE(log.Start({}).ok());
  Submit(kSearch);
  Submit(kSearch);
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(store_.log.size(), 2U);
  log.Tell({{LogStream::kInput, 1}});
  ASSERT_TRUE(engine_->Checkpoint().ok());
  EXPECT_EQ(store_.log.size(), 1U);

  LogStream again(store_);
  ASSERT_TRUE(again.Start({{LogStream::kInput, 1}}).ok());
  EXPECT_EQ(Next(again).substr(0, 2), "1 ");
  EXPECT_EQ(Next(again), "");
  EXPECT_EQ(again.state().parts.at(0).next, 2U);
}

TEST_F(LogStreamTest, ADamagedRecordEndsItAndIsNamed) {
  const std::string_view damaged[] = {std::string_view("\x07\x10\x01\xff", 4)};
  ASSERT_TRUE(store_.Append(damaged).ok());
  LogStream log(store_);
  ASSERT_TRUE(log.Start({}).ok());
  const Result<bool> came = log.Next(0, std::chrono::milliseconds(0), block_);
  ASSERT_FALSE(came.ok());
  EXPECT_EQ(came.status().code(), Code::kCorrupt);
  EXPECT_NE(came.status().message().find("record 0"), std::string::npos) << came.status().message();
}

}  // namespace
}  // namespace adirect
