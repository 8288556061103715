#include "adirect/codec/row.h"

#include <gtest/gtest.h>

#include <map>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

using Fields = std::map<std::string, std::string>;

// An interest that lacks nothing; `changes` are written over it.
Fields Interest(const Fields& changes = {}) {
  Fields fields = {{"type", "search"}, {"time", "2026-01-05T10:00:00Z"}, {"user_id", "ana"}, {"category_id", "shoes"}};
  for (const auto& [name, text] : changes) fields[name] = text;
  return fields;
}

SeenRow AsCsv(const Fields& fields) {
  std::string header;
  std::string row;
  for (const auto& [name, text] : fields) {
    const char* const separator = header.empty() ? "" : ",";
    header += separator + name;
    row += separator + text;
  }
  return DecodeForTest(AdirectFormat(Format::Kind::kCsv), header + "\n" + row + "\n").at(0);
}

SeenRow AsNdjson(const Fields& fields) {
  std::string row;
  for (const auto& [name, text] : fields) {
    row.append(row.empty() ? "{\"" : ",\"").append(name).append("\":\"").append(text).append("\"");
  }
  return DecodeForTest(AdirectFormat(Format::Kind::kNdjson), row + "}\n").at(0);
}

// What both decoders say of the fields; they must agree.
SeenRow Decoded(const Fields& fields) {
  const SeenRow csv = AsCsv(fields);
  SeenRow json = AsNdjson(fields);
  EXPECT_EQ(json.verdict, csv.verdict);
  EXPECT_EQ(json.user, csv.user);
  EXPECT_EQ(json.category, csv.category);
  return json;
}

std::string Verdict(const Fields& fields) { return Decoded(fields).verdict; }

TEST(Row, InterestNeedsTypeTimeAndUser) {
  EXPECT_EQ(Verdict(Interest()), "event");
  EXPECT_EQ(Verdict(Interest({{"type", ""}})), "bad_type");
  EXPECT_EQ(Verdict(Interest({{"type", "Search"}})), "bad_type");
  EXPECT_EQ(Verdict(Interest({{"type", "ignore"}})), "bad_type");
  EXPECT_EQ(Verdict(Interest({{"time", ""}})), "bad_time");
  EXPECT_EQ(Verdict(Interest({{"user_id", ""}})), "missing_user_id");
}

TEST(Row, MissingCategoryIsTheDoorsMatter) {
  const SeenRow row = Decoded(Interest({{"category_id", ""}}));
  EXPECT_EQ(row.verdict, "event");
  EXPECT_EQ(row.category, "");
}

TEST(Row, EveryTypeIsRead) {
  for (const char* type : {"search", "view", "cart", "favorite", "purchase", "refund", "erase"}) {
    const SeenRow row = Decoded(Interest({{"type", type}, {"product_id", "p"}}));
    EXPECT_EQ(row.verdict, "event");
    EXPECT_EQ(row.type, type);
  }
}

TEST(Row, FirstReasonInTheOrderOfReasonsCounts) {
  const std::string bad = std::string(129, 'x');
  Fields fields = {{"type", "x"},        {"time", "x"},     {"user_id", bad},  {"category_id", bad},
                   {"product_id", bad},  {"order_id", bad}, {"event_id", bad}, {"user_name", bad},
                   {"region", bad},      {"quantity", bad}, {"price", bad},    {"currency", bad},
                   {"anonymous_id", bad}};
  const std::vector<std::pair<std::string, std::string>> repairs = {
      {"type", "search"},  {"time", "2026-01-05T10:00:00Z"},
      {"user_id", "ana"},  {"category_id", "shoes"},
      {"product_id", "p"}, {"order_id", "o"},
      {"event_id", "e"},   {"user_name", "Ana"},
      {"region", "r"},     {"quantity", "1"},
      {"price", "1.5"},    {"currency", "EUR"}};
  for (const auto& [name, good] : repairs) {
    EXPECT_EQ(Verdict(fields), "bad_" + name);
    fields[name] = good;
  }
  EXPECT_EQ(Verdict(fields), "event");  // with both ids the anonymous one is not looked at
}

TEST(Row, IdsHaveOneTo128Bytes) {
  EXPECT_EQ(Verdict(Interest({{"user_id", std::string(128, 'x')}})), "event");
  EXPECT_EQ(Verdict(Interest({{"user_id", std::string(129, 'x')}})), "bad_user_id");
  std::string letters;
  for (int i = 0; i < 65; ++i) letters += "é";
  EXPECT_EQ(Verdict(Interest({{"user_id", letters.substr(2)}})), "event");
  EXPECT_EQ(Verdict(Interest({{"user_id", letters}})), "bad_user_id");
  EXPECT_EQ(Verdict(Interest({{"user_id", "a b"}})), "event");
}

TEST(Row, AnonymousShopperHasThePrefix) {
  EXPECT_EQ(Decoded(Interest({{"user_id", ""}, {"anonymous_id", "x"}})).user, "anon:x");
  EXPECT_EQ(Decoded(Interest({{"anonymous_id", "x"}})).user, "ana");
  EXPECT_EQ(Verdict(Interest({{"user_id", "anon:x"}})), "bad_user_id");
  EXPECT_EQ(Verdict(Interest({{"user_id", "anon"}})), "event");
  EXPECT_EQ(Decoded(Interest({{"user_id", ""}, {"anonymous_id", "anon:x"}})).user, "anon:anon:x");
  EXPECT_EQ(Verdict(Interest({{"user_id", ""}, {"anonymous_id", std::string(123, 'x')}})), "event");
  EXPECT_EQ(Verdict(Interest({{"user_id", ""}, {"anonymous_id", std::string(124, 'x')}})), "bad_user_id");
}

TEST(Row, EraseNeedsUserAndTimeOnly) {
  const std::string bad = std::string(129, 'x');
  const SeenRow row = Decoded(Interest({{"type", "erase"}, {"category_id", bad}, {"event_id", bad}, {"price", "x"}}));
  EXPECT_EQ(row.verdict, "event");
  EXPECT_EQ(row.user, "ana");
  EXPECT_EQ(row.category + row.event_id + row.price, "");
  EXPECT_EQ(Verdict(Interest({{"type", "erase"}, {"user_id", ""}})), "missing_user_id");
}

TEST(Row, RefundNeedsOrderOrProductAndNoCategory) {
  const Fields refund = Interest({{"type", "refund"}});
  const auto with = [&refund](const std::string& name, const std::string& text) {
    Fields fields = refund;
    fields[name] = text;
    return Decoded(fields);
  };
  EXPECT_EQ(Verdict(refund), "refund_without_target");
  EXPECT_EQ(with("order_id", "o1").order, "o1");
  EXPECT_EQ(with("product_id", "p1").product, "p1");
  EXPECT_EQ(with("product_id", "p1").category, "");
  Fields badly = Interest({{"type", "refund"}, {"order_id", "o"}, {"category_id", std::string(129, 'x')}});
  EXPECT_EQ(Verdict(badly), "event");
  badly["product_id"] = std::string(129, 'x');
  EXPECT_EQ(Verdict(badly), "bad_product_id");
}

TEST(Row, QuantityIsAWholeNumberAndPriceADecimalOne) {
  for (const char* good : {"0", "1", "007", "123456789012345678"}) {
    EXPECT_EQ(Decoded(Interest({{"quantity", good}})).quantity, good);
  }
  for (const char* bad : {"-1", "+1", "1.0", "1e3", "one", " 1", "1234567890123456789"}) {
    EXPECT_EQ(Verdict(Interest({{"quantity", bad}})), "bad_quantity") << bad;
  }
  for (const char* good : {"0", "33.20", "-1.5", "1e3", "1.5E-10", "00.1"}) {
    EXPECT_EQ(Decoded(Interest({{"price", good}})).price, good);
  }
  for (const char* bad : {"1.", ".5", "-", "+1", "1e", "1.2.3", "NaN", "inf", "0x1", "1 "}) {
    EXPECT_EQ(Verdict(Interest({{"price", bad}})), "bad_price") << bad;
  }
}

TEST(Row, ArrivalIsReadOrRefused) {
  EXPECT_EQ(Decoded(Interest({{"arrival", "2026-01-05T10:00:01Z"}})).arrival, "2026-01-05T10:00:01.000Z");
  EXPECT_EQ(Decoded(Interest({{"arrival", ""}})).arrival, "");
  EXPECT_EQ(Verdict(Interest({{"arrival", "yesterday"}})), "bad_time");
  EXPECT_EQ(AsCsv(Interest({{"arrival", "1767607200000"}})).arrival, "2026-01-05T10:00:00.000Z");
  EXPECT_EQ(AsNdjson(Interest({{"arrival", "1767607200000"}})).verdict, "bad_time");
  EXPECT_EQ(Decoded(Interest({{"type", "erase"}, {"arrival", "2026-01-05T10:00:01Z"}})).arrival,
            "2026-01-05T10:00:01.000Z");
}

TEST(Row, ProducersIdIsTheIdentity) {
  EXPECT_EQ(Decoded(Interest({{"event_id", "e1"}})).identity, IdentityHash("e1"));
  EXPECT_EQ(AsNdjson(Interest()).identity, IdentityHash("input:0"));
}

}  // namespace
}  // namespace adirect
