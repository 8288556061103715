#include "adirect/pipeline/quarantine.h"

#include <gtest/gtest.h>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

std::string Record(std::string_view source, RejectReason reason, uint64_t position, std::string_view raw,
                   std::string_view header = "") {
  std::string out;
  AppendQuarantineRecord({std::string(source), true, std::string(header)}, reason, {position, raw}, out);
  return out;
}

TEST(Quarantine, ARecordSaysWhereWhyAndWhat) {
  EXPECT_EQ(Record("events.csv", RejectReason::kBadTime, 1234, "a,b"),
            "{\"source\":\"events.csv\",\"position\":1234,\"reason\":\"bad_time\",\"raw\":\"a,b\"}\n");
}

TEST(Quarantine, ARowOfColumnsIsWrittenWhenItIsKept) {
  struct Writer : RowWriter {
    void AppendRow(uint64_t offset, std::string& out) const override { out += "row " + std::to_string(offset); }
  } writer;
  std::string out;
  AppendQuarantineRecord(Input{"a.parquet", true, ""}, RejectReason::kBadTime, {7, {}, &writer}, out);
  EXPECT_EQ(out, Record("a.parquet", RejectReason::kBadTime, 7, "row 7"));
}

TEST(Quarantine, RecordsFollowOneAnother) {
  std::string out;
  const Input input{"a", true};
  AppendQuarantineRecord(input, RejectReason::kBadTime, {0, "x"}, out);
  AppendQuarantineRecord(input, RejectReason::kBadType, {2, "y"}, out);
  EXPECT_EQ(out, Record("a", RejectReason::kBadTime, 0, "x") + Record("a", RejectReason::kBadType, 2, "y"));
}

TEST(Quarantine, ARowOfAnyTextStaysOnOneLineOfJson) {
  EXPECT_EQ(Record("say \"hi\".csv", RejectReason::kBadJson, 0, std::string_view("{\"a\":\t\0\n\xe2\x82\xac", 11)),
            "{\"source\":\"say \\\"hi\\\".csv\",\"position\":0,\"reason\":\"bad_json\","
            "\"raw\":\"{\\\"a\\\":\\t\\u0000\\n\xe2\x82\xac\"}\n");
}

TEST(Quarantine, BytesThatAreNoUtf8AreKeptAsBase64) {
  EXPECT_EQ(Record("a", RejectReason::kBadUtf8, 5, "\xff\xfe,x"),
            "{\"source\":\"a\",\"position\":5,\"reason\":\"bad_utf8\",\"raw_base64\":\"//4seA==\"}\n");
}

TEST(Quarantine, TheHeaderThatSaysTheColumnsIsKeptWithTheRow) {
  EXPECT_EQ(Record("a", RejectReason::kBadTime, 9, "x,y", "type,\"time\""),
            "{\"source\":\"a\",\"position\":9,\"reason\":\"bad_time\",\"raw\":\"x,y\","
            "\"header\":\"type,\\\"time\\\"\"}\n");
  EXPECT_EQ(Record("a", RejectReason::kBadTime, 9, "x", "\xff"),
            "{\"source\":\"a\",\"position\":9,\"reason\":\"bad_time\",\"raw\":\"x\",\"header_base64\":\"/w==\"}\n");
}

TEST(Quarantine, AnEmptyRowIsAnEmptyText) {
  EXPECT_EQ(Record("a", RejectReason::kBadJson, 5, ""),
            "{\"source\":\"a\",\"position\":5,\"reason\":\"bad_json\",\"raw\":\"\"}\n");
}

TEST(Quarantine, ARowUpToTheLimitIsKeptWhole) {
  const std::string row(kMaxLineBytes, 'x');
  const std::string record = Record("a", RejectReason::kBadTime, 0, row);
  EXPECT_NE(record.find("\"raw\":\"" + row + "\"}"), std::string::npos);
}

TEST(Quarantine, OfALineThatIsTooLongTheFrontIsKeptAndMarked) {
  EXPECT_EQ(Record("a", RejectReason::kLineTooLong, 0, std::string(kMaxLineBytes + 1, 'x')),
            "{\"source\":\"a\",\"position\":0,\"reason\":\"line_too_long\",\"raw\":\"" +
                std::string(kKeptOfLongLine, 'x') + "\",\"raw_truncated\":true}\n");
}

TEST(Quarantine, ALongLineOfTextIsCutBetweenCharacters) {
  std::string line = std::string(kKeptOfLongLine - 1, 'x') + "\xc3\xa9";
  line += std::string(kMaxLineBytes, 'y');
  EXPECT_EQ(Record("a", RejectReason::kLineTooLong, 0, line),
            "{\"source\":\"a\",\"position\":0,\"reason\":\"line_too_long\",\"raw\":\"" +
                std::string(kKeptOfLongLine - 1, 'x') + "\",\"raw_truncated\":true}\n");
}

TEST(Quarantine, ARecordIsUtf8WhateverAFileIsCalled) {
  EXPECT_TRUE(IsUtf8(Record("caf\xe9.csv", RejectReason::kBadTime, 0, "x")));
}

}  // namespace
}  // namespace adirect
