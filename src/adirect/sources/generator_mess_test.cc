#include "adirect/sources/generator_mess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "adirect/codec/decoder.h"
#include "adirect/sources/generator_odd_ids.h"
#include "adirect/sources/generator_run.h"
#include "adirect/sources/generator_test_support.h"

namespace adirect {
namespace {

constexpr uint64_t kEvents = 100'000;

struct Messy {
  std::string text;
  MessCounts counts;
};

Messy Make(TextKind kind, uint64_t millionths) {
  GeneratorSettings settings;
  settings.events = kEvents;
  settings.user_count = 2000;
  const Result<Generator> generator = Generator::Make(settings);
  EXPECT_TRUE(generator.ok());
  RunSettings run;
  run.kind = kind;
  run.threads = 2;
  run.mess_millionths = millionths;
  TextInMemory text;
  Messy messy;
  EXPECT_TRUE(WriteEvents(*generator, run, text, &messy.counts).ok());
  messy.text = text.text();
  return messy;
}

// What the codec makes of a text.
class Decoded : public EventSink {
 public:
  Decoded(TextKind kind, const std::string& text) {
    const Format format = AdirectFormat(kind == TextKind::kCsv ? Format::Kind::kCsv : Format::Kind::kNdjson);
    const auto decoder = MakeDecoder(format, "messy", text);
    EXPECT_TRUE(decoder.ok());
    const size_t header = (*decoder)->header_bytes();
    std::string padded = text + std::string(kBlockPadding, '\0');
    Block block;
    block.bytes = std::string_view(padded).substr(header, text.size() - header);
    block.offset = header;
    DecodeScratch scratch;
    (*decoder)->Decode(block, scratch, *this);
  }
  void OnEvent(const Event& e, const RowPlace& place) override {
    rows.emplace_back(place.raw);
    events.push_back({e.type, e.time, std::string(e.user_id), std::string(e.user_name), std::string(e.category_id),
                      std::string(e.product_id), std::string(e.order_id), std::string(e.event_id),
                      std::string(e.region), e.identity});
  }
  void OnIgnored(const RowPlace&) override { ADD_FAILURE() << "nothing is ignored"; }
  void OnRejected(RejectReason reason, const RowPlace&) override { ++refused[reason]; }

  std::vector<std::string> rows;
  std::vector<MadeEvent> events;
  std::map<RejectReason, uint64_t> refused;
};

const Messy& Ndjson() {
  static const Messy messy = Make(TextKind::kNdjson, 100'000);
  return messy;
}
const Messy& Csv() {
  static const Messy messy = Make(TextKind::kCsv, 100'000);
  return messy;
}
const Decoded& Ndjsons() {
  static const Decoded decoded(TextKind::kNdjson, Ndjson().text);
  return decoded;
}

uint64_t Count(MessKind kind) {
  MessCounts counts = Ndjson().counts;
  return counts[kind];
}

TEST(Mess, EveryKindOccurs) {
  for (size_t kind = 0; kind < kMessKinds; ++kind) {
    EXPECT_GT(Ndjson().counts.rows[kind], 50U) << MessKindName(static_cast<MessKind>(kind));
  }
}

TEST(Mess, ItsShareIsThatOfTheEvents) {
  // Repeats and cut lines are 16 of 149 choices each: of 10,000 about 1074, five deviations.
  EXPECT_NEAR(static_cast<double>(Count(MessKind::kRepeat)), 1074, 160);
  EXPECT_NEAR(static_cast<double>(Count(MessKind::kCutLine)), 1074, 160);
}

TEST(Mess, AllRowsButTheCutOnesAreEventsInBothFormats) {
  for (const TextKind kind : {TextKind::kCsv, TextKind::kNdjson}) {
    Messy messy = kind == TextKind::kCsv ? Csv() : Ndjson();
    const Decoded decoded(kind, messy.text);
    const auto lines = std::count(messy.text.begin(), messy.text.end(), '\n');
    const uint64_t rows = static_cast<uint64_t>(lines) - (kind == TextKind::kCsv ? 1 : 0);
    uint64_t refused = 0;
    for (const auto& [reason, count] : decoded.refused) {
      refused += count;
      EXPECT_TRUE(reason <= RejectReason::kBadColumns) << RejectReasonName(reason);
    }
    EXPECT_EQ(refused, messy.counts[MessKind::kCutLine]);
    EXPECT_EQ(decoded.events.size(), rows - refused);
  }
}

TEST(Mess, BothFormatsHoldTheSameMess) { EXPECT_EQ(Csv().counts.rows, Ndjson().counts.rows); }

// An id may be reused twice in the same way, which makes a repeat.
constexpr double kReusedAlike = 30;

TEST(Mess, RepeatsAreTheSameBytes) {
  std::map<std::string, int> seen;
  uint64_t repeats = 0;
  for (const std::string& row : Ndjsons().rows) repeats += ++seen[row] > 1 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(repeats), static_cast<double>(Count(MessKind::kRepeat)), kReusedAlike);
}

TEST(Mess, AReusedIdHasOtherContent) {
  std::map<std::string, std::set<std::string>> rows_of_id;
  for (size_t i = 0; i < Ndjsons().events.size(); ++i) {
    if (Ndjsons().events[i].type == EventType::kErase) continue;  // has no identity
    rows_of_id[Ndjsons().events[i].event_id].insert(Ndjsons().rows[i]);
  }
  uint64_t reused = 0;
  for (const auto& [id, rows] : rows_of_id) reused += rows.size() - 1;
  EXPECT_NEAR(static_cast<double>(reused), static_cast<double>(Count(MessKind::kReusedId)), kReusedAlike);
}

TEST(Mess, RefundsNameAnOrderOrAProductOfAPurchaseBeforeOrBehindThem) {
  std::map<std::string, size_t> purchase_at;  // by user and order, and by user and product
  const std::vector<MadeEvent>& events = Ndjsons().events;
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != EventType::kPurchase) continue;
    purchase_at.emplace(events[i].user + "|o|" + events[i].order, i);
    purchase_at.emplace(events[i].user + "|p|" + events[i].product, i);
  }
  int before = 0;
  int behind = 0;
  int without_order = 0;
  int too_early = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != EventType::kRefund) continue;
    const std::string key = events[i].order.empty() ? "|p|" + events[i].product : "|o|" + events[i].order;
    const auto purchase = purchase_at.find(events[i].user + key);
    ASSERT_NE(purchase, purchase_at.end()) << Ndjsons().rows[i];
    (purchase->second > i ? before : behind) += 1;
    without_order += events[i].order.empty() ? 1 : 0;
    too_early += events[i].time < events[purchase->second].time ? 1 : 0;
  }
  EXPECT_GT(before, 500);
  EXPECT_GT(behind, 500);
  EXPECT_GT(without_order, 500);
  EXPECT_GT(too_early, 50);
}

TEST(Mess, BurstsPassTheDefaultMOfThirtyTwo) {
  std::map<std::string, int> counts;
  for (const MadeEvent& event : Ndjsons().events) {
    if (event.product.starts_with("burst-")) {
      ++counts[event.user + "|" + event.category + "|" + std::string(EventTypeName(event.type))];
    }
  }
  ASSERT_FALSE(counts.empty());
  for (const auto& [key, count] : counts) EXPECT_GT(count, 32) << key;
}

TEST(Mess, LateAndFutureEventsLeaveTheOrderOfTime) {
  Timestamp newest = {};
  uint64_t late = 0;
  uint64_t far = 0;
  const Timestamp end = GeneratorSettings().start + Duration::Days(7);
  for (const MadeEvent& event : Ndjsons().events) {
    if (event.time > end + Duration::Days(4)) {
      ++far;
      continue;
    }
    if (event.time.ms < newest.ms - 10 * kMillisPerDay) ++late;
    newest = std::max(newest, event.time);
  }
  EXPECT_GT(late, 100U);
  EXPECT_GT(far, 100U);
  EXPECT_LT(far, Count(MessKind::kFuture));
}

TEST(Mess, OddIdsReachUsersCategoriesAndProducts) {
  std::set<std::string> users;
  std::set<std::string> categories;
  std::set<std::string> products;
  for (const MadeEvent& event : Ndjsons().events) {
    users.insert(event.user);
    categories.insert(event.category);
    products.insert(event.product);
  }
  for (size_t i = 0; i < kOddIdCount; ++i) {
    EXPECT_TRUE(users.contains(OddId(i)) && categories.contains(OddId(i)) && products.contains(OddId(i))) << OddId(i);
  }
}

TEST(Mess, OddIdsAreValidAndAllDifferent) {
  std::set<std::string> ids;
  size_t longest = 0;
  for (size_t i = 0; i < kOddIdCount; ++i) {
    EXPECT_TRUE(IsIdText(OddId(i)));
    ids.insert(OddId(i));
    longest = std::max(longest, OddId(i).size());
  }
  EXPECT_EQ(ids.size(), kOddIdCount);
  EXPECT_EQ(longest, kMaxIdBytes);
}

TEST(Mess, AShareIsAPercentage) {
  EXPECT_EQ(ParseMessShare("5%"), 50'000U);
  EXPECT_EQ(ParseMessShare("0.5%"), 5'000U);
  EXPECT_EQ(ParseMessShare("12.3456%"), 123'456U);
  EXPECT_EQ(ParseMessShare("100%"), 1'000'000U);
  for (const std::string_view bad : {"", "%", "5", "0%", "0.00001%", "100.1%", "101%", "1000%", "-5%", "+5%", "5.%",
                                     ".5%", "5%%", " 5%", "five%", "1e1%", "5.5.5%"}) {
    EXPECT_FALSE(ParseMessShare(bad)) << bad;
  }
}

}  // namespace
}  // namespace adirect
