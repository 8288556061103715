#include "adirect/codec/event_json.h"

#include <gtest/gtest.h>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

std::string Json(const Event& event) {
  std::string out;
  AppendEventJson(event, out);
  return out;
}

Event Search() {
  Event event;
  event.time = {1500};
  event.user_id = "ana";
  event.category_id = "shoes";
  return event;
}

TEST(EventJson, AnAbsentFieldIsLeftOut) {
  EXPECT_EQ(
      Json(Search()),
      "{\"type\":\"search\",\"time\":\"1970-01-01T00:00:01.500Z\",\"user_id\":\"ana\",\"category_id\":\"shoes\"}\n");
}

TEST(EventJson, LinesFollowOneAnother) {
  std::string out;
  AppendEventJson(Search(), out);
  AppendEventJson(Search(), out);
  EXPECT_EQ(out, Json(Search()) + Json(Search()));
}

TEST(EventJson, ReadsBackAsItWas) {
  Event event = Search();
  event.type = EventType::kPurchase;
  event.product_id = "19\" rack \xe2\x82\xac";
  event.order_id = "o\\1";
  event.event_id = "events.csv:17";
  event.user_name = "Ana, A.";
  event.region = "eu";
  event.quantity = "2";
  event.price = "-1.50";
  event.currency = "EUR";
  event.arrival = Timestamp{2000};
  const std::vector<SeenRow> rows = DecodeForTest(AdirectFormat(Format::Kind::kNdjson), Json(event));
  ASSERT_EQ(rows.size(), 1u);
  SeenRow expected;
  expected.verdict = "event";
  expected.raw = rows[0].raw;
  expected.type = "purchase";
  expected.time = "1970-01-01T00:00:01.500Z";
  expected.user = "ana";
  expected.category = "shoes";
  expected.product = event.product_id;
  expected.order = event.order_id;
  expected.event_id = event.event_id;
  expected.name = event.user_name;
  expected.region = "eu";
  expected.quantity = "2";
  expected.price = "-1.50";
  expected.currency = "EUR";
  expected.arrival = "1970-01-01T00:00:02.000Z";
  expected.identity = IdentityHash("events.csv:17");
  EXPECT_EQ(rows[0], expected);
}

TEST(EventJson, AnAnonymousShopperIsWrittenByTheOwnId) {
  Event event = Search();
  event.user_id = "anon:x1";
  EXPECT_NE(Json(event).find("\"anonymous_id\":\"x1\""), std::string::npos);
  EXPECT_EQ(DecodeForTest(AdirectFormat(Format::Kind::kNdjson), Json(event)).at(0).user, "anon:x1");
}

TEST(EventJson, NumbersThatJsonHasNotStayTexts) {
  Event event = Search();
  event.quantity = "007";
  event.price = "1e3";
  EXPECT_NE(Json(event).find("\"quantity\":\"007\",\"price\":1e3}"), std::string::npos) << Json(event);
  const SeenRow row = DecodeForTest(AdirectFormat(Format::Kind::kNdjson), Json(event)).at(0);
  EXPECT_EQ(row.quantity + " " + row.price, "007 1e3");
}

}  // namespace
}  // namespace adirect
