#include "adirect/pipeline/quarantine_reader.h"

#include <gtest/gtest.h>

#include "adirect/pipeline/quarantine.h"

namespace adirect {
namespace {

QuarantineRecord ReadBack(const Input& input, RejectReason reason, uint64_t position, std::string_view raw) {
  std::string line;
  AppendQuarantineRecord(input, reason, {position, raw}, line);
  QuarantineRecord record;
  QuarantineReader reader;
  const Status status = reader.Read(std::string_view(line).substr(0, line.size() - 1), record);
  EXPECT_TRUE(status.ok()) << status.message();
  return record;
}

TEST(QuarantineReader, ReadsWhatQuarantineWrote) {
  const std::string_view odd("a\0\"\\\t,\xe2\x82\xac", 9);
  const QuarantineRecord record = ReadBack({"say \"hi\".csv", true, "x,\"y\""}, RejectReason::kBadTime, 1234, odd);
  EXPECT_EQ(record.source, "say \"hi\".csv");
  EXPECT_EQ(record.position, 1234u);
  EXPECT_EQ(record.reason, "bad_time");
  EXPECT_EQ(record.raw, odd);
  EXPECT_EQ(record.header, "x,\"y\"");
  EXPECT_FALSE(record.truncated);
}

TEST(QuarantineReader, BytesComeOutOfBase64) {
  const QuarantineRecord record = ReadBack({"a", true, "\xff"}, RejectReason::kBadUtf8, 5, "\xfe,x");
  EXPECT_EQ(record.raw, "\xfe,x");
  EXPECT_EQ(record.header, "\xff");
}

TEST(QuarantineReader, SaysWhichRowIsNotWhole) {
  const std::string line(kMaxLineBytes + 1, 'x');
  const QuarantineRecord record = ReadBack({"a", true}, RejectReason::kLineTooLong, 0, line);
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.raw.size(), kKeptOfLongLine);
}

TEST(QuarantineReader, NothingOfTheRecordBeforeStays) {
  QuarantineReader reader;
  QuarantineRecord record;
  ASSERT_TRUE(
      reader.Read(R"({"source":"a","position":1,"reason":"r","raw":"x","header":"h","raw_truncated":true})", record)
          .ok());
  ASSERT_TRUE(reader.Read(R"({"source":"b","position":2,"reason":"s","raw":"","more":[1]})", record).ok());
  EXPECT_EQ(record.source + record.reason + record.raw + record.header, "bs");
  EXPECT_FALSE(record.truncated);
}

TEST(QuarantineReader, ALineThatIsNoRecordIsAnErrorThatSaysWhatIsMissing) {
  const std::pair<std::string_view, std::string_view> bad[] = {
      {"", "JSON object"},
      {"[]", "JSON object"},
      {"{\"source\":\"a\"", "JSON object"},
      {R"({"position":1,"reason":"r","raw":"x"})", "\"source\""},
      {R"({"source":1,"position":1,"reason":"r","raw":"x"})", "\"source\""},
      {R"({"source":"a","position":1,"raw":"x"})", "\"reason\""},
      {R"({"source":"a","reason":"r","raw":"x"})", "\"position\""},
      {R"({"source":"a","position":-1,"reason":"r","raw":"x"})", "\"position\""},
      {R"({"source":"a","position":1,"reason":"r"})", "neither"},
      {R"({"source":"a","position":1,"reason":"r","raw":7})", "\"raw\""},
      {R"({"source":"a","position":1,"reason":"r","raw_base64":"Zg"})", "base64"},
      {R"({"source":"a","position":1,"reason":"r","raw":"x","raw_base64":"Zg=="})", "both"}};
  for (const auto& [line, named] : bad) {
    QuarantineReader reader;
    QuarantineRecord record;
    const Status status = reader.Read(line, record);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << line;
    EXPECT_NE(status.message().find(named), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace adirect
