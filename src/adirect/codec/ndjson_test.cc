#include "adirect/codec/ndjson.h"

#include <gtest/gtest.h>

#include <random>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kLine =
    R"({"type":"search","time":"2026-01-05T10:00:00Z","user_id":"ana","category_id":"shoes"})";

std::vector<SeenRow> Decoded(std::string_view text) {
  return DecodeForTest(AdirectFormat(Format::Kind::kNdjson), text);
}

SeenRow DecodedLine(const std::string& line) {
  const auto rows = Decoded(line);
  EXPECT_EQ(rows.size(), 1U) << line;
  return rows.empty() ? SeenRow() : rows[0];
}

std::string Verdict(const std::string& line) { return DecodedLine(line).verdict; }

// The line with one more member, or with a member's value replaced.
std::string With(const std::string& name, const std::string& value) {
  std::string line(kLine);
  const std::string key = "\"" + name + "\":";
  const size_t at = line.find(key);
  if (at == std::string::npos) return line.substr(0, line.size() - 1) + "," + key + value + "}";
  const size_t end = line.find_first_of(",}", at + key.size() + (name == "time" ? 22 : 0));
  return line.replace(at + key.size(), end - at - key.size(), value);
}

TEST(Ndjson, LineBecomesAnEvent) {
  const SeenRow row = DecodedLine(std::string(kLine) + "\n");
  EXPECT_EQ(row.verdict, "event");
  EXPECT_EQ(row.type, "search");
  EXPECT_EQ(row.time, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(row.user, "ana");
  EXPECT_EQ(row.category, "shoes");
  EXPECT_EQ(row.raw, kLine);
}

TEST(Ndjson, EmptyLinesAreNoRowsAndLinesMayEndAnyWay) {
  const std::string line(kLine);
  const auto rows = Decoded("\n" + line + "\r\n\r\n\n" + line);
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event"}));
  EXPECT_EQ(rows[0].raw, kLine);
  EXPECT_EQ(rows[1].offset, 1 + line.size() + 2 + 2 + 1);
  EXPECT_EQ(Verdicts(Decoded("\xef\xbb\xbf" + line)), Names{"event"});
  EXPECT_EQ(Verdicts(Decoded(" \t" + line + " \t\n")), Names{"event"});
  EXPECT_EQ(Verdicts(Decoded(" \n")), Names{"bad_json"});
}

TEST(Ndjson, NullAndEmptyMeanAbsent) {
  const SeenRow row = DecodedLine(With("product_id", "null"));
  EXPECT_EQ(row.verdict, "event");
  EXPECT_EQ(row.product, "");
  EXPECT_EQ(Verdict(With("region", "\"\"")), "event");
  EXPECT_EQ(Verdict(With("user_id", "null")), "missing_user_id");
  EXPECT_EQ(Verdict(With("type", "null")), "bad_type");
  EXPECT_EQ(Verdict(With("time", "null")), "bad_time");
  EXPECT_EQ(DecodedLine(With("category_id", "null")).category, "");
}

TEST(Ndjson, IntegersAreIdsByTheirDigits) {
  EXPECT_EQ(DecodedLine(With("user_id", "7")).user, "7");
  EXPECT_EQ(DecodedLine(With("user_id", " 7 ")).user, "7");
  EXPECT_EQ(DecodedLine(With("user_id", "-7")).user, "-7");
  EXPECT_EQ(DecodedLine(With("product_id", "123456789012345678901234567890")).product,
            "123456789012345678901234567890");
}

TEST(Ndjson, NothingElseIsAnId) {
  for (const char* value : {"7.0", "7e0", "true", "false", "[\"a\"]", "{}", "{\"a\":1}", "[]"}) {
    EXPECT_EQ(Verdict(With("user_id", value)), "bad_user_id") << value;
    EXPECT_EQ(Verdict(With("category_id", value)), "bad_category_id") << value;
    EXPECT_EQ(Verdict(With("event_id", value)), "bad_event_id") << value;
    EXPECT_EQ(Verdict(With("region", value)), "bad_region") << value;
    EXPECT_EQ(Verdict(With("type", value)), "bad_type") << value;
    EXPECT_EQ(Verdict(With("time", value)), "bad_time") << value;
  }
  EXPECT_EQ(Verdict(With("type", "3")), "bad_type");
}

TEST(Ndjson, TimesAreStringsOrIntegerMilliseconds) {
  EXPECT_EQ(DecodedLine(With("time", "1767607200000")).time, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(Verdict(With("time", "0")), "event");
  for (const char* bad : {"\"1767607200000\"", "1767607200000.5", "-1", "253402300800000", "\"2026-01-05T10:00:00\"",
                          "\"2026-01-05T24:00:00Z\"", "\"\"", "1e12"}) {
    EXPECT_EQ(Verdict(With("time", bad)), "bad_time") << bad;
  }
  EXPECT_EQ(DecodedLine(With("arrival", "1767607200000")).arrival, "2026-01-05T10:00:00.000Z");
}

TEST(Ndjson, QuantityAndPriceAreNumbersOrStrings) {
  EXPECT_EQ(DecodedLine(With("quantity", "2")).quantity, "2");
  EXPECT_EQ(DecodedLine(With("quantity", "\"2\"")).quantity, "2");
  EXPECT_EQ(DecodedLine(With("price", "12.50")).price, "12.50");
  EXPECT_EQ(DecodedLine(With("price", "\"12.50\"")).price, "12.50");
  EXPECT_EQ(DecodedLine(With("price", "1")).price, "1");
  for (const char* bad : {"-1", "1.0", "true", "\"x\"", "[]"}) {
    EXPECT_EQ(Verdict(With("quantity", bad)), "bad_quantity") << bad;
  }
  for (const char* bad : {"true", "\"x\"", "{}"}) EXPECT_EQ(Verdict(With("price", bad)), "bad_price") << bad;
}

TEST(Ndjson, EscapesAreDecodedBeforeIdsAreChecked) {
  const SeenRow row = DecodedLine(With("user_id", R"("\u0061n\/a")"));
  EXPECT_EQ(row.user, "an/a");
  EXPECT_EQ(DecodedLine(With("product_id", R"("\ud83d\ude00")")).product, "\xf0\x9f\x98\x80");
  EXPECT_EQ(Verdict(With("user_id", R"("a\u0000b")")), "bad_user_id");
  EXPECT_EQ(Verdict(With("user_id", R"("a\tb")")), "bad_user_id");
  EXPECT_EQ(Verdict(With("user_id", "\"a\x7f\"")), "bad_user_id");
  EXPECT_EQ(Verdict(With("user_id", "\"a\xc2\x85\"")), "bad_user_id");
  EXPECT_EQ(Verdict(With("user_id", "\"a\xc2\xa9\"")), "event");
}

TEST(Ndjson, HalfASurrogateIsRefusedWhereItMattersOnly) {
  EXPECT_EQ(Verdict(With("user_id", R"("\ud800")")), "bad_user_id");
  EXPECT_EQ(Verdict(With("category_id", R"("\udc00")")), "bad_category_id");
  EXPECT_EQ(Verdict(With("other", R"("\ud800")")), "event");
}

TEST(Ndjson, FieldOfOursTwiceIsBadJson) {
  EXPECT_EQ(Verdict(R"({"type":"search","type":"search","time":0,"user_id":"a"})"), "bad_json");
  EXPECT_EQ(Verdict(R"({"type":"search","typ\u0065":"search","time":0,"user_id":"a"})"), "bad_json");
  EXPECT_EQ(Verdict(R"({"type":"search","time":0,"user_id":null,"user_id":"a"})"), "bad_json");
  EXPECT_EQ(Verdict(R"({"x":1,"x":2,"type":"search","time":0,"user_id":"a"})"), "event");
}

TEST(Ndjson, KeysMayBeEscaped) {
  EXPECT_EQ(DecodedLine(R"({"typ\u0065":"view","time":0,"user\u005fid":"a"})").type, "view");
  EXPECT_EQ(Verdict(R"({"a\"b":1,"c\\":2,"type":"view","time":0,"user_id":"a"})"), "event");
  EXPECT_EQ(Verdict(R"({"a\x":1,"type":"view","time":0,"user_id":"a"})"), "bad_json");
}

TEST(Ndjson, UnknownFieldsAreNotLookedAtButMustBeJson) {
  for (const char* good : {"1", "-1.5e400", "null", "\"\\n\"", "[]", "{}", "[1,[2,{\"a\":[null]}]]",
                           "{\"type\":\"x\",\"type\":1}", "123456789012345678901234567890", "\"\\ud800\""}) {
    EXPECT_EQ(Verdict(With("other", good)), "event") << good;
  }
  for (
      const char* bad :
      {"NaN",  "nul",         "nulll", "01",      "1.",           "+1",          "tru",      "'a'",         "\"\\x\"",
       "[1,]", "[1 2]",       "[,1]",  "{\"a\"}", "{\"a\":}",     "{\"a\":1,}",  "{1:2}",    "[1}",         "{\"a\":1]",
       "",     "\"a\" \"b\"", "1 2",   "[NaN]",   "{\"a\":[01]}", "{\"\\x\":1}", "\"a\tb\"", "[\"\\u12\"]", "a",
       "[",    "{",           "]",     "\""}) {
    EXPECT_EQ(Verdict(With("other", bad)), "bad_json") << bad;
  }
}

TEST(Ndjson, ValuesOfOursMustBeJsonToo) {
  for (const char* bad : {"\"a\":1", "\"a\":1}", "[\"a\":1]", "1:2", "NaN", "nul", "01", "[1,]", "{\"a\":NaN}",
                          "\"\\x\"", "truee", "\"a\"\"b\"", "-", "\"type\":\"\"}", "\"a\":1", "1:2", "[[[["}) {
    EXPECT_EQ(Verdict(With("user_id", bad)), "bad_json") << bad;
  }
  EXPECT_EQ(Verdict(R"({"time":NaN})"), "bad_json");
}

TEST(Ndjson, LineIsOneObjectAndNothingElse) {
  const std::string line(kLine);
  for (const std::string& bad : {std::string("{"),
                                 std::string("}"),
                                 std::string("[]"),
                                 std::string("NaN"),
                                 std::string("null"),
                                 std::string("\"a\""),
                                 std::string("1"),
                                 line + "}",
                                 line + ",",
                                 line + line,
                                 "[" + line + "]",
                                 "{" + line + "}",
                                 line.substr(0, line.size() - 1),
                                 line.substr(0, line.size() - 2),
                                 line + " x",
                                 line + "\x01",
                                 std::string("{,}"),
                                 std::string("{\"a\":1,}"),
                                 std::string("{\"a\" 1}"),
                                 std::string("{\"a\":{\"b\":1}"),
                                 std::string("{\"a\":[1}"),
                                 std::string("{\"a\":[{\"b\":1}"),
                                 std::string(1, '\0')}) {
    EXPECT_EQ(Verdict(bad), "bad_json") << bad;
    std::string text = bad;
    text.append("\n").append(line).append("\n").append(bad).append("\n");
    EXPECT_EQ(Verdicts(Decoded(text)), (Names{"bad_json", "event", "bad_json"})) << bad;
  }
  EXPECT_EQ(Verdict("{}"), "bad_type");
}

TEST(Ndjson, NestingHasALimit) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Verdict(With("other", nested(256))), "event");
  EXPECT_EQ(Verdict(With("other", nested(257))), "bad_json");
  EXPECT_EQ(Verdict(With("other", nested(100'000))), "bad_json");
  EXPECT_EQ(Verdict(With("user_id", nested(100'000))), "bad_json");
  EXPECT_EQ(Verdict(With("other", std::string(100'000, '['))), "bad_json");
}

TEST(Ndjson, LineThatIsNoUtf8IsRefusedAndItsNeighboursAreNot) {
  const std::string line = With("user_id", "\"\xe5\xae\x89\"");
  const auto rows = Decoded(line + "\n{\"a\":\"\xff\"\n" + line + "\n");
  ASSERT_EQ(Verdicts(rows), (Names{"event", "bad_utf8", "event"}));
  EXPECT_EQ(rows[2].user, "\xe5\xae\x89");
}

TEST(Ndjson, LineOverTheLimitIsTooLong) {
  const std::string front = R"({"type":"view","time":0,"user_id":"a","x":")";
  const auto line = [&front](size_t size) { return front + std::string(size - front.size() - 2, 'x') + "\"}\n"; };
  const auto rows = Decoded(line(kMaxLineBytes) + line(kMaxLineBytes + 1) + std::string(kLine));
  EXPECT_EQ(Verdicts(rows), (Names{"event", "line_too_long", "event"}));
}

TEST(Ndjson, OverlongBlockIsOneRefusal) {
  const auto decoder = MakeDecoder(AdirectFormat(Format::Kind::kNdjson), "input", "");
  DecodeScratch scratch;
  SeenRows seen;
  const PaddedText front(kLine);
  (*decoder)->Decode({front.view(), 42, true}, scratch, seen);
  EXPECT_EQ(Verdicts(seen.rows), Names{"line_too_long"});
}

TEST(Ndjson, MemberMayGiveSeveralFields) {
  Format format = AdirectFormat(Format::Kind::kNdjson);
  format.fields[static_cast<size_t>(Field::kProductId)] = "brand";
  format.fields[static_cast<size_t>(Field::kCategoryId)] = "brand";
  const auto rows = DecodeForTest(format, R"({"type":"view","time":0,"user_id":"a","brand":5})");
  ASSERT_EQ(Verdicts(rows), Names{"event"});
  EXPECT_EQ(rows[0].product, "5");
  EXPECT_EQ(rows[0].category, "5");
}

TEST(Ndjson, TextsOfABlockStayToItsEnd) {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += R"({"type":"view","time":0,"anonymous_id":"\u0061)" + std::to_string(i) + "\"}\n";
  }
  struct Views : EventSink {
    void OnEvent(const Event& event, const RowPlace&) override { users.push_back(event.user_id); }
    void OnIgnored(const RowPlace&) override {}
    void OnRejected(RejectReason, const RowPlace&) override {}
    std::vector<std::string_view> users;
  } views;
  const auto decoder = MakeDecoder(AdirectFormat(Format::Kind::kNdjson), "input", "");
  DecodeScratch scratch;
  const PaddedText block(text);
  (*decoder)->Decode({block.view(), 0, false}, scratch, views);
  ASSERT_EQ(views.users.size(), 3000U);
  for (size_t i = 0; i < 3000; ++i) EXPECT_EQ(views.users[i], "anon:a" + std::to_string(i));
}

TEST(Ndjson, BlocksCutAnywhereGiveTheSameRows) {
  std::mt19937 random(7);
  const Names lines = {std::string(kLine),
                       "",
                       "{",
                       With("user_id", "\"\xe5\xae\x89\""),
                       "{\"a\":\"\xff\"}",
                       "[]",
                       With("user_id", R"("\u00e9")"),
                       With("x", "{\"y\":[1,2]}"),
                       With("user_id", "[}")};
  std::string text;
  for (int i = 0; i < 300; ++i) text += lines[random() % lines.size()] + (random() % 4 == 0 ? "\r\n" : "\n");
  const auto whole = Decoded(text);
  ASSERT_GT(whole.size(), 200U);
  for (const size_t bytes : {1, 7, 100, 1000, 4096}) {
    EXPECT_EQ(DecodeForTest(AdirectFormat(Format::Kind::kNdjson), text, bytes), whole) << bytes;
  }
}

TEST(Ndjson, RowsOfAStreamAreNumberedAndKnownByTheirNumber) {
  const std::string line(kLine);
  const auto rows =
      DecodeForTest(AdirectFormat(Format::Kind::kNdjson), line + "\nbad\n" + line + "\n", Block::Rows::kByNumber, 40);
  EXPECT_EQ(Verdicts(rows), (Names{"event", "bad_json", "event"}));
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].offset, 40 + i);
}

TEST(Ndjson, AMessageIsOneRowWhateverIsInIt) {
  const auto verdict = [](std::string_view message) {
    const auto rows = DecodeForTest(AdirectFormat(Format::Kind::kNdjson), message, Block::Rows::kOne, 40);
    return rows.size() == 1 && rows[0].offset == 40 ? rows[0].verdict : "not one row";
  };
  EXPECT_EQ(verdict("{\n  \"type\": \"search\",\r\n  \"time\": 1000, \"user_id\": \"ana\"\n}"), "event");
  EXPECT_EQ(verdict(""), "bad_json");
  EXPECT_EQ(verdict("{}\n{}"), "bad_json");
  EXPECT_EQ(verdict(R"({"type":"search","time":1000,"user_id":"a\nb"})"), "bad_user_id");
  EXPECT_EQ(verdict("{\"type\":\"search\",\"time\":1000,\"user_id\":\"a\nb\"}"), "bad_json");
}

}  // namespace
}  // namespace adirect
