#include "adirect/codec/segment.h"

#include <gtest/gtest.h>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kHead =
    R"("type":"track","messageId":"m-1","timestamp":"2026-01-05T10:00:00.000Z","userId":"ana")";

std::string Track(std::string_view event, std::string_view properties) {
  return "{" + std::string(kHead) + ",\"event\":\"" + std::string(event) +
         "\",\"properties\":" + std::string(properties) + "}";
}

// The call's lines as the decoder sees them.
std::vector<SeenRow> Read(std::string_view call, SegmentBody kind = SegmentBody::kBatch) {
  const bool batch = kind == SegmentBody::kBatch;
  const Result<SegmentEvents> events =
      ReadSegment(kind, batch ? "{\"batch\":[" + std::string(call) + "]}" : std::string(call));
  EXPECT_TRUE(events.ok()) << call << ": " << events.status().message();
  if (!events.ok()) return {};
  std::vector<SeenRow> rows = DecodeForTest(SegmentFormat(), events->lines);
  EXPECT_EQ(rows.size(), events->calls.size()) << events->lines;
  EXPECT_GE(rows.size(), 1U) << call;
  return rows;
}

// "search of p1 in shoes", one for each line; else the verdict.
Names Told(std::string_view call, SegmentBody kind = SegmentBody::kBatch) {
  Names told;
  for (const SeenRow& row : Read(call, kind)) {
    told.push_back(row.verdict != "event" ? row.verdict : row.type + " of " + row.product + " in " + row.category);
  }
  return told;
}

TEST(Segment, EachEventHasItsType) {
  constexpr std::string_view kProduct = R"({"product_id":"p1","category":"shoes","price":19.99})";
  EXPECT_EQ(Told(Track("Product Viewed", kProduct)), Names{"view of p1 in shoes"});
  EXPECT_EQ(Told(Track("Product Added", kProduct)), Names{"cart of p1 in shoes"});
  EXPECT_EQ(Told(Track("Product Added to Wishlist", kProduct)), Names{"favorite of p1 in shoes"});
  EXPECT_EQ(Told(Track("Products Searched", R"({"query":"red","category":"shoes"})")), Names{"search of  in shoes"});
  EXPECT_EQ(Told(Track("Order Cancelled", R"({"order_id":"o1","products":[{"product_id":"p1"}]})")),
            Names{"refund of  in "});
}

TEST(Segment, AnEventTakesWhoWhenAndItsIdentity) {
  const SeenRow row = Read(Track("Product Viewed", R"({"product_id":"p1","category":"shoes"})")).at(0);
  EXPECT_EQ(row.time, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(row.user, "ana");
  EXPECT_EQ(row.event_id, "m-1");
}

TEST(Segment, TheSameCallTwiceIsOneEvent) {
  const std::string call = Track("Product Viewed", R"({"product_id":"p1","category":"shoes"})");
  std::vector<SeenRow> rows = Read(call + "," + call);
  ASSERT_EQ(rows.size(), 2U);
  rows[1].offset = rows[0].offset;
  EXPECT_EQ(rows[0], rows[1]);
}

TEST(Segment, ASearchWithoutACategoryIsIgnored) {
  EXPECT_EQ(Told(Track("Products Searched", R"({"query":"red shoes"})")), Names{"ignored"});
  EXPECT_EQ(Told(Track("Products Searched", R"({"query":"red","category":"","category_id":null})")), Names{"ignored"});
  EXPECT_EQ(Told(Track("Products Searched", R"({"category_id":7,"category":"shoes"})")), Names{"search of  in 7"});
}

TEST(Segment, AListIsAViewOfEachProductInItsCategory) {
  EXPECT_EQ(Told(Track("Product List Viewed",
                       R"({"category":"shoes","products":[{"product_id":"p1","category":"sale"},{"product_id":2}]})")),
            (Names{"view of p1 in shoes", "view of 2 in shoes"}));
  EXPECT_EQ(Told(Track("Product List Viewed", R"({"products":[{"product_id":"p1","category":"sale"}]})")),
            Names{"view of p1 in sale"});
  EXPECT_EQ(Told(Track("Product List Viewed", R"({"category":"shoes"})")), Names{"view of  in shoes"});
  EXPECT_EQ(Told(Track("Product List Viewed", R"({"category":"shoes","products":[]})")), Names{"view of  in shoes"});
}

TEST(Segment, AnOrderIsAPurchaseALine) {
  const auto rows = Read(Track("Order Completed", R"({"order_id": 5001, "currency": "EUR", "category": "promotion",
      "products": [{"product_id": 77, "category": "shoes", "quantity": 2, "price": 19.90},
                   {"product_id": "p2", "category_id": "bags", "category": "Bags", "price": "5"}]})"));
  ASSERT_EQ(Verdicts(rows), (Names{"event", "event"}));
  EXPECT_EQ(rows[0].type, "purchase");
  EXPECT_EQ(rows[0].order, "5001");
  EXPECT_EQ(rows[0].product, "77");
  EXPECT_EQ(rows[0].category, "shoes");
  EXPECT_EQ(rows[0].quantity, "2");
  EXPECT_EQ(rows[0].price, "19.90");
  EXPECT_EQ(rows[0].currency, "EUR");
  EXPECT_EQ(rows[0].event_id, "m-1#0");
  EXPECT_EQ(rows[1].product, "p2");
  EXPECT_EQ(rows[1].category, "bags");
  EXPECT_EQ(rows[1].price, "5");
  EXPECT_EQ(rows[1].event_id, "m-1#1");
}

TEST(Segment, AnOrderNamesNoCategoryButItsProducts) {
  for (const char* properties : {R"({"order_id":"o1","category":"promotion","products":[{"product_id":"p1"}]})",
                                 R"({"order_id":"o1","category":"promotion"})"}) {
    const SeenRow row = Read(Track("Order Completed", properties)).at(0);
    EXPECT_EQ(row.verdict, "event");  // the door asks the catalog, and refuses where it does not know
    EXPECT_EQ(row.category, "");
  }
}

TEST(Segment, ARefundIsOfTheOrderOrOfItsProducts) {
  const auto whole = Read(Track("Order Refunded", R"({"order_id":"o1","category":"x"})"));
  ASSERT_EQ(Verdicts(whole), Names{"event"});
  EXPECT_EQ(whole[0].type, "refund");
  EXPECT_EQ(whole[0].order, "o1");
  EXPECT_EQ(whole[0].product, "");
  const auto lines =
      Read(Track("Order Refunded", R"({"order_id":"o1","products":[{"product_id":"p1"},{"product_id":7}]})"));
  ASSERT_EQ(Verdicts(lines), (Names{"event", "event"}));
  EXPECT_EQ(lines[1].order, "o1");
  EXPECT_EQ(lines[1].product, "7");
  EXPECT_EQ(lines[1].event_id, "m-1#1");
  EXPECT_EQ(Told(Track("Order Refunded", "{}")), Names{"refund_without_target"});
}

TEST(Segment, AnonymousVisitorsAreShoppersOfTheirOwn) {
  const auto told = [](const std::string& who) {
    const SeenRow row = Read(R"({"type":"track","event":"Product Viewed","timestamp":"2026-01-05T10:00:00Z",)" + who +
                             R"("properties":{"product_id":"p1","category":"shoes"}})")
                            .at(0);
    return row.verdict == "event" ? row.user : row.verdict;
  };
  EXPECT_EQ(told(R"("anonymousId":"a-1",)"), "anon:a-1");
  EXPECT_EQ(told(R"("anonymousId":"a-1","userId":null,)"), "anon:a-1");
  EXPECT_EQ(told(R"("anonymousId":"a-1","userId":"",)"), "anon:a-1");
  EXPECT_EQ(told(R"("anonymousId":"a-1","userId":"ana",)"), "ana");
  EXPECT_EQ(told(R"("userId":42,)"), "42");
  EXPECT_EQ(told(""), "missing_user_id");
  EXPECT_EQ(told(R"("userId":"anon:a-1",)"), "bad_user_id");
  EXPECT_EQ(told(R"("userId":{"id": 1},)"), "bad_user_id");
}

TEST(Segment, TheTimeIsTheCallsOwn) {
  const auto told = [](const std::string& times) {
    const SeenRow row = Read(R"({"type":"track","event":"Product Viewed","userId":"ana",)" + times +
                             R"("properties":{"category":"shoes"}})")
                            .at(0);
    return row.verdict == "event" ? row.time : row.verdict;
  };
  EXPECT_EQ(told(R"("timestamp":"2026-01-05T12:00:00+02:00","originalTimestamp":"2026-01-05T09:00:00Z",)"),
            "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(told(R"("originalTimestamp":"2026-01-05T09:00:00Z",)"), "2026-01-05T09:00:00.000Z");
  EXPECT_EQ(told(R"("sentAt":"2026-01-05T09:00:00Z",)"), "bad_time");
  EXPECT_EQ(told(R"("timestamp":"yesterday",)"), "bad_time");
}

TEST(Segment, OtherCallsAndOtherEventsAreIgnored) {
  for (const char* type : {"identify", "page", "screen", "group", "alias"}) {
    EXPECT_EQ(Told("{\"type\":\"" + std::string(type) + "\",\"userId\":\"ana\",\"traits\":{\"name\":\"Ana\"}}"),
              Names{"ignored"})
        << type;
  }
  for (const char* event : {"Product Removed", "Order Updated", "product viewed", "Product Viewed "}) {
    EXPECT_EQ(Told(Track(event, "{}")), Names{"ignored"}) << event;
  }
  EXPECT_EQ(Told(R"({"userId":"ana","traits":{}})", SegmentBody::kIgnored), Names{"ignored"});
}

TEST(Segment, WhatCanBeNoEventIsRefusedWithItsReason) {
  EXPECT_EQ(Told(R"({"userId":"ana"})"), Names{"bad_type"});
  EXPECT_EQ(Told(R"({"type":"purchase","userId":"ana"})"), Names{"bad_type"});
  EXPECT_EQ(Told(R"({"type":"track","userId":"ana"})"), Names{"bad_type"});
  EXPECT_EQ(Told(R"({"type":"track","event":7})"), Names{"bad_type"});
  EXPECT_EQ(Told("7"), Names{"bad_json"});
  EXPECT_EQ(Told("[{}]"), Names{"bad_json"});
  EXPECT_EQ(Told(Track("Product Viewed", "[]")), Names{"bad_json"});
  EXPECT_EQ(Told(Track("Product Viewed", R"({"category":"a","category":"b"})")), Names{"bad_json"});
  EXPECT_EQ(Told("{" + std::string(kHead) + R"(,"userId":"eva","event":"Product Viewed"})"), Names{"bad_json"});
  EXPECT_EQ(Told(Track("Product Viewed", R"({"product_id":true,"category":"shoes"})")), Names{"bad_product_id"});
  EXPECT_EQ(Told(Track("Product Viewed", R"({"product_id":"p1","category":["shoes"]})")), Names{"bad_category_id"});
  EXPECT_EQ(Told(Track("Order Completed", R"({"order_id":"o1","products":"none"})")), Names{"bad_json"});
}

TEST(Segment, ALineOfAnOrderIsRefusedAlone) {
  EXPECT_EQ(Told(Track("Order Completed", R"({"order_id":"o1","products":[7,{"product_id":"p1","category":"shoes"},
      {"product_id":"p2","category":"bags","price":"$5"},{"product_id":"p3","category":"bags","quantity":1.5}]})")),
            (Names{"bad_json", "purchase of p1 in shoes", "bad_price", "bad_quantity"}));
}

TEST(Segment, AnyIdentityTakesTheLinesIndex) {
  const auto told = [](const std::string& id) {
    const SeenRow row = Read(R"({"type":"track","event":"Order Completed","userId":"ana","messageId":)" + id +
                             R"(,"timestamp":"2026-01-05T10:00:00Z","properties":{"products":[{"category":"a"}]}})")
                            .at(0);
    return row.verdict == "event" ? row.event_id : row.verdict;
  };
  EXPECT_EQ(told("17"), "17#0");
  EXPECT_EQ(told(R"("a\"b\u00e9")"), "a\"b\u00e9#0");
  EXPECT_EQ(told("null"), "");
  EXPECT_EQ(told("1.5"), "bad_event_id");
  EXPECT_EQ(told('"' + std::string(126, 'm') + '"'), std::string(126, 'm') + "#0");
  EXPECT_EQ(told('"' + std::string(127, 'm') + '"'), "bad_event_id");
}

TEST(Segment, OrderAndSpellingOfMembersDoNotMatter) {
  EXPECT_EQ(Told("{\r\n \"properties\" : { \"category\" :\n\"shoes\" } ,\n\"event\":\"Product\\u0020Viewed\", "
                 "\"context\":{\"library\":{\"name\":\"x\",\"tags\":[1,2.5,null,true]}},\"\\u0074ype\":\"track\",\n"
                 "\"userId\":\"ana\",\"timestamp\":\"2026-01-05T10:00:00Z\"}\n"),
            Names{"view of  in shoes"});
}

TEST(Segment, TheAddressOfATrackSaysItsType) {
  const std::string call = Track("Product Viewed", R"({"product_id":"p1","category":"shoes"})");
  EXPECT_EQ(Told(call, SegmentBody::kTrack), Names{"view of p1 in shoes"});
  EXPECT_EQ(Told(R"({"event":"Product Viewed","userId":"ana","timestamp":"2026-01-05T10:00:00Z",)"
                 R"("properties":{"category":"shoes"}})",
                 SegmentBody::kTrack),
            Names{"view of  in shoes"});
}

TEST(Segment, ALineKnowsItsCall) {
  const std::string order = Track("Order Completed", R"({"products":[{"product_id":"p1"},{"product_id":"p2"}]})");
  const Result<SegmentEvents> events =
      ReadSegment(SegmentBody::kBatch, R"({"batch":[{"type":"page"},)" + order + R"(,5],"sentAt":"x"})");
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->calls, (std::vector<uint32_t>{0, 1, 1, 2}));
}

TEST(Segment, ABodyThatCannotBeReadIsRefused) {
  const std::string good = R"({"batch":[)" + Track("Product Viewed", R"({"category":"shoes"})") + "]}";
  ASSERT_TRUE(ReadSegment(SegmentBody::kBatch, good).ok());
  ASSERT_TRUE(ReadSegment(SegmentBody::kBatch, R"({"batch":[]})").ok());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ReadSegment(SegmentBody::kBatch, good.substr(0, size)).ok()) << size;
  }
  for (const char* body : {"", "null", "7", "[]", "{}", "{\"batch\":{}}", "{\"batch\":null}", "{\"batch\":[],}",
                           "{\"batch\":[]} x", "{\"batch\":[],\"batch\":[]}", "{\"batch\":[1 2]}"}) {
    EXPECT_FALSE(ReadSegment(SegmentBody::kBatch, body).ok()) << body;
  }
  for (const char* body : {"", "[]", "7", "{\"event\":\"Product Viewed\"", "{\"event\"}", "{} {}"}) {
    EXPECT_FALSE(ReadSegment(SegmentBody::kTrack, body).ok()) << body;
    EXPECT_FALSE(ReadSegment(SegmentBody::kIgnored, body).ok()) << body;
  }
}

TEST(Segment, AnOrderCannotGrowWithoutALimit) {
  std::string products = "{}";
  for (int i = 0; i < 50'000; ++i) products += ",{}";
  const std::string properties = R"({"order_id":")" + std::string(1'000, 'o') + R"(","products":[)" + products + "]}";
  const Result<SegmentEvents> events =
      ReadSegment(SegmentBody::kBatch, "{\"batch\":[" + Track("Order Completed", properties) + "]}");
  ASSERT_FALSE(events.ok());
  EXPECT_EQ(events.status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace adirect
