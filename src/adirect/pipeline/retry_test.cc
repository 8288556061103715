#include "adirect/pipeline/retry.h"

#include <gtest/gtest.h>

#include "adirect/base/hash.h"
#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

constexpr Timestamp kNow{1'767'700'000'000};  // 2026-01-06T11:46:40Z
constexpr std::string_view kHeader = "type,time,user_id,category_id,product_id,event_id";

class MemorySink : public TextSink {
 public:
  Status Write(std::string_view piece) override {
    if (full) return Exhausted("no space");
    text += piece;
    return {};
  }
  std::string text;
  bool full = false;
};

Result<Format> ByName(const std::string& source) {
  return AdirectFormat(source.ends_with(".csv") ? Format::Kind::kCsv : Format::Kind::kNdjson);
}

class RetryTest : public testing::Test {
 protected:
  static std::string Record(std::string_view raw, RejectReason reason = RejectReason::kBadTime,
                            std::string_view source = "events.csv", uint64_t position = 90) {
    std::string line;
    const std::string_view header = source.ends_with(".csv") ? kHeader : "";
    AppendQuarantineRecord({std::string(source), true, std::string(header)}, reason, {position, raw}, line);
    line.pop_back();
    return line;
  }

  void Add(const std::string& line) {
    const Status status = retry_.Add(line);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  std::vector<SeenRow> Passed() const { return DecodeForTest(AdirectFormat(Format::Kind::kNdjson), passed_.text); }
  uint64_t Refused(RejectReason reason) const { return retry_.counts().refused[static_cast<size_t>(reason)]; }

  MemorySink passed_;
  MemorySink rest_;
  Retry retry_{ByName, kNow, passed_, &rest_};
};

TEST_F(RetryTest, AMendedRowPassesUnderTheIdentityOfItsPlace) {
  Add(Record("search,2026-01-05T10:00:00Z,ana,shoes,p1,"));
  ASSERT_EQ(Passed().size(), 1u);
  EXPECT_EQ(Passed()[0].event_id, "events.csv:90");
  EXPECT_EQ(Passed()[0].identity, PositionIdentity(Hash64("events.csv"), 90));
  EXPECT_EQ(Passed()[0].user + Passed()[0].category + Passed()[0].product, "anashoesp1");
  EXPECT_EQ(retry_.counts().passed, 1u);
  EXPECT_EQ(rest_.text, "");
}

TEST_F(RetryTest, AnEventIdStays) {
  Add(Record("search,2026-01-05T10:00:00Z,ana,shoes,p1,e7"));
  ASSERT_EQ(Passed().size(), 1u);
  EXPECT_EQ(Passed()[0].event_id, "e7");
}

TEST_F(RetryTest, TheSourceSaysHowItsRowsAreRead) {
  Add(Record(R"({"type":"view","time":1767600000000,"user_id":"ana","category_id":"c"})", RejectReason::kBadJson,
             "events.ndjson", 0));
  Add(Record("search,2026-01-05T10:00:00Z,ana,shoes,p1,"));
  Add(Record(R"({"type":"view","time":1767600000000,"user_id":"ana","category_id":"c"})", RejectReason::kBadJson, "-x",
             7));
  ASSERT_EQ(Passed().size(), 3u);
  EXPECT_EQ(Passed()[0].event_id, "events.ndjson:0");
  EXPECT_EQ(Passed()[2].event_id, "-x:7");
}

TEST_F(RetryTest, WhatStillFailsIsKeptUnderItsNewReason) {
  Add(Record("search,2026-01-05T10:00:00Z,,shoes,p1,"));
  EXPECT_EQ(passed_.text, "");
  EXPECT_EQ(rest_.text, Record("search,2026-01-05T10:00:00Z,,shoes,p1,", RejectReason::kMissingUserId) + "\n");
  EXPECT_EQ(Refused(RejectReason::kMissingUserId), 1u);
  EXPECT_EQ(retry_.counts().failed(), 1u);
}

TEST_F(RetryTest, ARowArrivesNow) {
  Add(Record("search,2026-01-06T11:51:40Z,ana,shoes,p1,", RejectReason::kFuture));
  Add(Record("search,2026-01-06T11:51:40.001Z,ana,shoes,p1,", RejectReason::kFuture));
  ASSERT_EQ(Passed().size(), 1u);
  EXPECT_EQ(Passed()[0].arrival, FormatRfc3339(kNow));
  EXPECT_EQ(Refused(RejectReason::kFuture), 1u);
}

TEST_F(RetryTest, AnArrivalOfLongAgoIsNoneAnyMore) {
  Add(Record(R"({"type":"view","time":1767600000000,"user_id":"ana","category_id":"c","arrival":0})",
             RejectReason::kFuture, "events.ndjson"));
  ASSERT_EQ(Passed().size(), 1u);
  EXPECT_EQ(Passed()[0].arrival, FormatRfc3339(kNow));
}

TEST_F(RetryTest, AnEraseThatWasNotAllowedStaysOut) {
  const std::string erase = "erase,2026-01-05T10:00:00Z,ana,,,";
  Add(Record(erase, RejectReason::kEraseNotAllowed));
  EXPECT_EQ(rest_.text, Record(erase, RejectReason::kEraseNotAllowed) + "\n");
  Add(Record(erase, RejectReason::kBadType));
  ASSERT_EQ(Passed().size(), 1u);
  EXPECT_EQ(Passed()[0].type, "erase");
}

TEST_F(RetryTest, AMissingCategoryIsSeenAsTheDoorSeesIt) {
  Add(Record("search,2026-01-05T10:00:00Z,ana,,p1,"));
  EXPECT_EQ(Refused(RejectReason::kMissingCategoryId), 1u);
}

TEST_F(RetryTest, ACutRowIsNotRetriedAndKeptAsItIs) {
  const std::string record = Record(std::string(kMaxLineBytes + 1, 'x'), RejectReason::kLineTooLong);
  Add(record);
  EXPECT_EQ(rest_.text, record + "\n");
  EXPECT_EQ(retry_.counts().truncated, 1u);
  EXPECT_EQ(retry_.counts().failed(), 1u);
}

TEST_F(RetryTest, BytesThatAreNoUtf8StayWhatTheyAre) {
  const std::string record = Record("search,2026-01-05T10:00:00Z,an\xff,shoes,p1,", RejectReason::kBadUtf8);
  Add(record);
  EXPECT_EQ(rest_.text, record + "\n");
}

TEST_F(RetryTest, APlaceThatCannotBeAnIdFailsUnlessTheRowHasOne) {
  const std::string_view row = "search,2026-01-05T10:00:00Z,ana,shoes,p1,";
  for (const std::string& source : {std::string(130, 'x') + ".csv", std::string("caf\xe9.csv")}) {
    Add(Record(row, RejectReason::kBadTime, source));
    Add(Record(std::string(row) + "e7", RejectReason::kBadTime, source));
  }
  EXPECT_EQ(Refused(RejectReason::kBadEventId), 2u);
  EXPECT_EQ(Passed().size(), 2u);
}

TEST_F(RetryTest, AnIgnoredRowIsCounted) {
  Format format = SeedFormat();
  format.types.emplace_back("ping", std::nullopt);
  Retry retry([&](const std::string&) { return format; }, kNow, passed_, nullptr);
  ASSERT_TRUE(
      retry.Add(R"({"source":"a","position":0,"reason":"bad_type","raw":"2017-02-01 23:35:10,a,7,p,1,ping"})").ok());
  EXPECT_EQ(retry.counts().ignored, 1u);
  EXPECT_EQ(retry.counts().failed(), 0u);
}

TEST_F(RetryTest, AHeaderThatIsNeededAndMissingIsAnError) {
  const Status status = retry_.Add(R"({"source":"events.csv","position":9,"reason":"bad_time","raw":"search"})");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("header"), std::string::npos);
}

TEST_F(RetryTest, AFormatThatDoesNotFitTheHeaderIsAnError) {
  const Status status =
      retry_.Add(R"({"source":"events.csv","position":9,"reason":"bad_time","raw":"search","header":"a,b"})");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("\"a\", \"b\""), std::string::npos) << status.message();
}

TEST_F(RetryTest, AFullDiskIsTold) {
  rest_.full = true;
  EXPECT_EQ(retry_.Add(Record("x")).code(), Code::kExhausted);
  passed_.full = true;
  EXPECT_EQ(retry_.Add(Record("search,2026-01-05T10:00:00Z,ana,shoes,p1,")).code(), Code::kExhausted);
}

}  // namespace
}  // namespace adirect
