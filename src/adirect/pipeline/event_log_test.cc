#include "adirect/pipeline/event_log.h"

#include <gtest/gtest.h>

#include "adirect/base/hash.h"
#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr LogHead kHead{7, {5000}, "http.ndjson"};

Event Purchase() {
  Event event;
  event.type = EventType::kPurchase;
  event.time = {4000};
  event.user_id = "ana";
  event.user_name = "Ana";
  event.product_id = "p1";
  event.order_id = "o1";
  event.region = "china";
  event.quantity = "2";
  event.price = "9.90";
  event.currency = "EUR";
  return event;
}

std::string RecordOf(const Event& event, Timestamp arrival) {
  std::string record;
  AppendLogHead(kHead, record);
  AppendLogEvent(kHead, event, "shoes", arrival, 123, record);
  return record;
}

LoggedEvent ReadOne(std::string_view record) {
  LogHead head;
  std::vector<LoggedEvent> events;
  const Status read = ReadLogRecord(record, head, events);
  EXPECT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(head.request, 7U);
  EXPECT_EQ(head.input, "http.ndjson");
  return events.size() == 1 ? events.front() : LoggedEvent{};
}

TEST(EventLogTest, AnEventComesBackWholeWithTheCategoryOfTheDoor) {
  const std::string record = RecordOf(Purchase(), kHead.arrival);
  const Event event = ReadOne(record).event;
  EXPECT_EQ(event.type, EventType::kPurchase);
  EXPECT_EQ(event.time, Timestamp{4000});
  EXPECT_EQ(event.user_id, "ana");
  EXPECT_EQ(event.user_name, "Ana");
  EXPECT_EQ(event.product_id, "p1");
  EXPECT_EQ(event.category_id, "shoes");
  EXPECT_EQ(event.order_id, "o1");
  EXPECT_EQ(event.region, "china");
  EXPECT_EQ(event.quantity, "2");
  EXPECT_EQ(event.price, "9.90");
  EXPECT_EQ(event.currency, "EUR");
  EXPECT_EQ(event.arrival, kHead.arrival);
}

TEST(EventLogTest, AnArrivalOfItsOwnIsKept) {
  const std::string record = RecordOf(Purchase(), {4500});
  EXPECT_EQ(ReadOne(record).event.arrival, Timestamp{4500});
  EXPECT_EQ(ReadOne(record).event.type, EventType::kPurchase);
}

TEST(EventLogTest, WithoutAnEventIdTheIdentityIsThatOfThePlace) {
  const std::string record = RecordOf(Purchase(), kHead.arrival);
  EXPECT_EQ(ReadOne(record).offset, 123U);
  EXPECT_EQ(ReadOne(record).event.identity, IdentityHash("http.ndjson:123"));
}

TEST(EventLogTest, AnEventIdIsTheIdentity) {
  Event event = Purchase();
  event.event_id = "e-1";
  const std::string record = RecordOf(event, kHead.arrival);
  EXPECT_EQ(ReadOne(record).event.event_id, "e-1");
  EXPECT_EQ(ReadOne(record).event.identity, IdentityHash("e-1"));
}

TEST(EventLogTest, ARecordThatIsCutShortIsCorruptAtEveryLength) {
  const std::string record = RecordOf(Purchase(), {4500});
  std::string head_only;
  AppendLogHead(kHead, head_only);
  for (size_t size = 0; size < record.size(); ++size) {
    LogHead head;
    std::vector<LoggedEvent> events;
    const bool whole = size == head_only.size() || size == 1;  // no events yet; a record of format 1 without any
    EXPECT_EQ(ReadLogRecord(record.substr(0, size), head, events).ok(), whole) << size;
  }
}

TEST(EventLogTest, ARecordOfFormatOneGivesRowsAndNoEvents) {
  std::string record;
  AppendVarint(7, record);
  record += static_cast<char>(EventType::kSearch);
  AppendVarint(4000, record);
  for (const char* text : {"ana", "", "p1", "shoes"}) AppendText(text, record);
  AppendFixed64(17, record);
  AppendFixed64(0, record);
  Dictionary dictionary;
  std::vector<FoldRow> rows;
  ASSERT_TRUE(ReadOldLogRows(record, dictionary, rows).ok());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].user_id(), "ana");
  EXPECT_EQ(rows[0].identity, 17U);
  EXPECT_EQ(dictionary.product(rows[0].item), "p1");
  LogHead head;
  std::vector<LoggedEvent> events;
  EXPECT_TRUE(ReadLogRecord(record, head, events).ok());
  EXPECT_EQ(head.request, 7U);
  EXPECT_TRUE(events.empty());
  EXPECT_FALSE(ReadOldLogRows(std::string_view(record).substr(0, record.size() - 1), dictionary, rows).ok());
}

}  // namespace
}  // namespace adirect
