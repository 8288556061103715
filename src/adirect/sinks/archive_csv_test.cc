#include "adirect/sinks/archive_csv.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "adirect/codec/decode_for_test.h"
#include "adirect/sinks/archive_test_support.h"

namespace adirect {
namespace {

std::string Encode(ArchiveEncoder& encoder, const std::vector<Event>& events) {
  for (const Event& event : events) EXPECT_TRUE(encoder.Add(event).ok());
  Result<std::string> file = encoder.Finish();
  EXPECT_TRUE(file.ok());
  return file.ok() ? *std::move(file) : "";
}

std::string Unpacked(const std::string& packed) {
  std::string text(64 << 20, 0);
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(ArchiveCsv, BeginsWithEveryField) {
  EXPECT_EQ(Encode(*MakeCsvArchiveEncoder(), {}),
            "event_id,time,type,user_id,anonymous_id,user_name,category_id,product_id,region,order_id,quantity,price,"
            "currency,arrival\n");
}

TEST(ArchiveCsv, ReadsBackAsItWas) {
  const std::vector<Event> events = OddEvents();
  const std::vector<SeenRow> rows =
      DecodeForTest(AdirectFormat(Format::Kind::kCsv), Encode(*MakeCsvArchiveEncoder(), events));
  ASSERT_EQ(rows.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    EXPECT_EQ(rows[i].verdict, "event") << rows[i];
    EXPECT_EQ(rows[i].type, EventTypeName(event.type));
    EXPECT_EQ(rows[i].time, FormatRfc3339(event.time));
    EXPECT_EQ(rows[i].user, event.user_id);
    EXPECT_EQ(rows[i].category, event.category_id);
    EXPECT_EQ(rows[i].product, event.product_id);
    EXPECT_EQ(rows[i].order, event.order_id);
    EXPECT_EQ(rows[i].name, event.user_name);
    EXPECT_EQ(rows[i].region, event.region);
    EXPECT_EQ(rows[i].quantity, event.quantity);
    EXPECT_EQ(rows[i].price, event.price);
    EXPECT_EQ(rows[i].currency, event.currency);
    EXPECT_EQ(rows[i].arrival, FormatRfc3339(*event.arrival));
    if (event.type == EventType::kErase) continue;  // has no identity
    EXPECT_EQ(rows[i].event_id, event.event_id);
    EXPECT_EQ(rows[i].identity, IdentityHash(event.event_id));
  }
}

TEST(ArchiveCsv, PackedIsTheSameText) {
  const std::vector<Event> odd = OddEvents();
  std::vector<Event> events;
  for (int i = 0; i < 10'000; ++i) events.push_back(odd[static_cast<size_t>(i) % odd.size()]);
  const std::unique_ptr<ArchiveEncoder> packing = MakeGzipArchiveEncoder();
  const std::string text = Encode(*MakeCsvArchiveEncoder(), events);
  const std::string packed = Encode(*packing, events);
  EXPECT_EQ(Unpacked(packed), text);
  EXPECT_LT(packed.size(), text.size() / 10);
  EXPECT_EQ(Unpacked(Encode(*MakeGzipArchiveEncoder(), {})), Encode(*MakeCsvArchiveEncoder(), {}));
}

TEST(ArchiveCsv, KnowsHowLargeTheFileIs) {
  const std::unique_ptr<ArchiveEncoder> plain = MakeCsvArchiveEncoder();
  const std::unique_ptr<ArchiveEncoder> packed = MakeGzipArchiveEncoder();
  std::string id;
  for (uint64_t i = 0; i < 50'000; ++i) {
    Event event = OddEvents().front();
    id = std::to_string(i * 0x9e3779b97f4a7c15ULL);
    event.event_id = id;
    ASSERT_TRUE(plain->Add(event).ok() && packed->Add(event).ok());
  }
  const uint64_t plain_bytes = plain->bytes();
  const uint64_t packed_bytes = packed->bytes();
  EXPECT_EQ(plain->Finish()->size(), plain_bytes);
  const uint64_t real = packed->Finish()->size();
  EXPECT_GE(real, packed_bytes);
  EXPECT_LT(real - packed_bytes, 200'000U);
}

}  // namespace
}  // namespace adirect
