#include "adirect/sources/generator_text.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

Event SomeEvent() {
  Event event;
  event.type = EventType::kView;
  event.time = *ParseRfc3339("2017-02-01T23:35:10.042Z");
  event.user_id = "49723";
  event.user_name = "craig198";
  event.category_id = "1";
  event.product_id = "11142";
  event.event_id = "america-1:7";
  event.region = "america";
  return event;
}

std::string Line(TextKind kind, const Event& event, bool plain = false) {
  std::string out;
  EventText(kind, plain).Append(event, out);
  return out;
}

TEST(EventText, TheSeedsColumnsKnowSearchAndBuyAndWholeSeconds) {
  Event event = SomeEvent();
  EXPECT_EQ(Line(TextKind::kSeedCsv, event), "2017-02-01 23:35:10,craig198,49723,11142,1,search\n");
  event.type = EventType::kPurchase;
  EXPECT_EQ(Line(TextKind::kSeedCsv, event), "2017-02-01 23:35:10,craig198,49723,11142,1,buy\n");
  EXPECT_EQ(EventText::Header(TextKind::kSeedCsv), "");
}

TEST(EventText, CsvHasAHeaderAndEmptyFields) {
  EXPECT_EQ(EventText::Header(TextKind::kCsv),
            "event_id,time,type,user_id,user_name,category_id,product_id,region,order_id\n");
  EXPECT_EQ(Line(TextKind::kCsv, SomeEvent()),
            "america-1:7,2017-02-01T23:35:10.042Z,view,49723,craig198,1,11142,america,\n");
}

TEST(EventText, NdjsonLeavesOutWhatIsAbsent) {
  EXPECT_EQ(EventText::Header(TextKind::kNdjson), "");
  EXPECT_EQ(Line(TextKind::kNdjson, SomeEvent()),
            R"({"event_id":"america-1:7","time":"2017-02-01T23:35:10.042Z","type":"view",)"
            R"("user_id":"49723","user_name":"craig198","category_id":"1","product_id":"11142",)"
            R"("region":"america"})"
            "\n");
  Event refund = SomeEvent();
  refund.type = EventType::kRefund;
  refund.user_name = refund.category_id = refund.product_id = refund.region = "";
  refund.order_id = "o-1";
  EXPECT_EQ(Line(TextKind::kNdjson, refund),
            R"({"event_id":"america-1:7","time":"2017-02-01T23:35:10.042Z","type":"refund",)"
            R"("user_id":"49723","order_id":"o-1"})"
            "\n");
}

TEST(EventText, QuotesAndCommasAndBackslashesAreEscaped) {
  Event event = SomeEvent();
  event.user_name = R"(a, "b" \c)";
  EXPECT_EQ(Line(TextKind::kSeedCsv, event), "2017-02-01 23:35:10,\"a, \"\"b\"\" \\c\",49723,11142,1,search\n");
  EXPECT_NE(Line(TextKind::kNdjson, event).find(R"("user_name":"a, \"b\" \\c")"), std::string::npos);
}

TEST(EventText, TheLongestTextsFit) {
  const std::string quotes(kMaxIdBytes, '"');
  Event event = SomeEvent();
  event.type = EventType::kPurchase;
  event.user_id = event.user_name = event.category_id = event.product_id = quotes;
  event.event_id = event.region = event.order_id = quotes;
  EXPECT_EQ(Line(TextKind::kCsv, event).size(), 7 * (2 * kMaxIdBytes + 2) + 24 + 8 + 9);
  EXPECT_GT(Line(TextKind::kNdjson, event).size(), 7 * 2 * kMaxIdBytes);
}

TEST(EventText, ATimeIsRightWhateverTheTimeBefore) {
  EventText text(TextKind::kSeedCsv, true);
  std::string out;
  Event event = SomeEvent();
  for (const int64_t step : {0, 1, 958, 1, 86'400'000, -86'400'000, -3}) {
    event.time.ms += step;
    out.clear();
    text.Append(event, out);
    const std::string expected = FormatRfc3339(event.time);
    EXPECT_EQ(out.substr(0, 19), expected.substr(0, 10) + " " + expected.substr(11, 8));
  }
}

}  // namespace
}  // namespace adirect
