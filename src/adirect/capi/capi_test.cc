#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <utility>

#include "adirect/base/hash.h"
#include "adirect/capi/capi_test_support.h"
#include "adirect/model/event.h"

namespace adirect::capi {
namespace {

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kNow = 1'000 * kHour;

const char kPolicy[] = "[interest]\nmin_searches = 2\n[products]\nexclude_purchased = false\n";

template <typename Handle>
using Owned = std::unique_ptr<Handle, void (*)(Handle*) noexcept>;

Owned<adirect_policy> MakePolicy(std::string_view toml = kPolicy) {
  adirect_policy* policy = nullptr;
  EXPECT_EQ(adirect_policy_parse(toml.data(), toml.size(), "default.toml", &policy), ADIRECT_OK) << adirect_message();
  return {policy, adirect_policy_free};
}

Owned<adirect_format> MakeFormat(const char* name, const char* kind) {
  adirect_format* format = nullptr;
  EXPECT_EQ(adirect_format_named(name, kind, &format), ADIRECT_OK) << adirect_message();
  return {format, adirect_format_free};
}

Owned<adirect_state> MakeState(uint32_t buckets = 1) {
  adirect_state* state = nullptr;
  EXPECT_EQ(adirect_state_new(nullptr, buckets, &state), ADIRECT_OK) << adirect_message();
  return {state, adirect_state_free};
}

adirect_reader_options Options() {
  adirect_reader_options options = {};
  options.name = "events";
  options.arrival_ms = kNow;
  options.as_of_ms = ADIRECT_NO_TIME;
  options.may_erase = 1;
  return options;
}

Owned<adirect_reader> MakeReader(const Owned<adirect_state>& state, const Owned<adirect_format>& format,
                                 const adirect_reader_options& options = Options()) {
  adirect_reader* reader = nullptr;
  EXPECT_EQ(adirect_reader_new(state.get(), format.get(), &options, &reader), ADIRECT_OK) << adirect_message();
  return {reader, adirect_reader_free};
}

std::vector<Shape> EventColumns() {
  return {{"event_id", "u"}, {"type", "u"},        {"time", "tsm:UTC"},
          {"user_id", "u"},  {"category_id", "u"}, {"product_id", "u"}};
}

std::vector<std::string> Row(const char* id, const char* type, int64_t hours_ago, const char* user,
                             const char* product) {
  return {id, type, std::to_string(kNow - hours_ago * kHour), user, "shoes", product};
}

const TestRows& Events() {
  static const TestRows rows = {
      Row("1", "search", 3, "ana", "runner"), Row("2", "search", 2, "ana", "trail"),
      Row("3", "purchase", 1, "ben", "boot"), Row("4", "search", 5, "cid", "runner"),
      Row("5", "search", 4, "cid", "boot"),   Row("6", "purchase", 1, "cid", "boot"),
  };
  return rows;
}

Owned<adirect_state> StateOf(const TestRows& rows, uint32_t buckets = 1) {
  Owned<adirect_state> state = MakeState(buckets);
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"));
  TestBatch batch(EventColumns(), rows);
  EXPECT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0), ADIRECT_OK) << adirect_message();
  return state;
}

template <typename Call>
std::vector<std::string> Rows(const Call& call) {
  ArrowArrayStream stream = {};
  EXPECT_EQ(call(&stream), ADIRECT_OK) << adirect_message();
  return stream.release == nullptr ? std::vector<std::string>() : ReadStream(stream);
}

std::vector<std::string> Audience(const Owned<adirect_state>& state) {
  const Owned<adirect_policy> policy = MakePolicy();
  return Rows([&](ArrowArrayStream* out) { return adirect_audience(state.get(), policy.get(), kNow, nullptr, out); });
}

std::vector<std::string> Shoppers(const Owned<adirect_state>& state) {
  return Rows([&](ArrowArrayStream* out) { return adirect_state_shoppers(state.get(), out); });
}

std::vector<std::string> RefusedRows(const Owned<adirect_reader>& reader) {
  return Rows([&](ArrowArrayStream* out) { return adirect_refused(reader.get(), out); });
}

// Every bucket of one state's bytes into another state.
void MergeInto(const Owned<adirect_state>& to, const Owned<adirect_state>& from) {
  ArrowArrayStream stream = {};
  ASSERT_EQ(adirect_state_buckets(from.get(), &stream), ADIRECT_OK);
  for (;;) {
    ArrowArray array = {};
    ASSERT_EQ(stream.get_next(&stream, &array), 0);
    if (array.release == nullptr) break;
    const auto* const ends = static_cast<const int32_t*>(array.children[1]->buffers[1]);
    EXPECT_EQ(adirect_state_merge(to.get(), array.children[1]->buffers[2], static_cast<size_t>(ends[1])), ADIRECT_OK);
    array.release(&array);
  }
  stream.release(&stream);
}

TEST(Capi, ABatchOfEventsBecomesAnAudienceWithItsProducts) {
  const std::vector<std::string> audience = Audience(StateOf(Events()));
  ASSERT_EQ(audience.size(), 1u);
  EXPECT_EQ(audience[0], "ana shoes 2 " + std::to_string(kNow - 2 * kHour) + " " + std::to_string(kNow + 70 * kHour) +
                             " [1 trail recent_search|2 runner recent_search|3 boot popular]");
}

TEST(Capi, StatesMergedBucketByBucketAreTheStateOfAllEvents) {
  const TestRows& all = Events();
  const Owned<adirect_state> whole = StateOf(all);
  const Owned<adirect_state> merged = MakeState();
  for (const auto& [first, last] : {std::pair(2, 6), std::pair(0, 4)}) {
    MergeInto(merged, StateOf(TestRows(all.begin() + first, all.begin() + last), 7));
  }
  EXPECT_EQ(Shoppers(merged), Shoppers(whole));
  EXPECT_EQ(Audience(merged), Audience(whole));
  EXPECT_EQ(adirect_state_newest(merged.get()), kNow - kHour);
}

TEST(Capi, WhatIsKeptComesOutAsRowsWithNamesAndErases) {
  std::vector<Shape> columns = EventColumns();
  columns.push_back({"user_name", "u"});
  TestRows rows = {Row("1", "search", 3, "ana", "runner"), Row("2", "purchase", 2, "ana", "boot"),
                   Row("3", "search", 5, "ben", "runner")};
  for (auto& row : rows) row.push_back(row[3] == "ana" ? "Ana" : "");
  rows.push_back({"", "erase", std::to_string(kNow - kHour), "ben", "", "", ""});
  const Owned<adirect_state> state = MakeState(2);
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"));
  TestBatch batch(columns, rows);
  ASSERT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0), ADIRECT_OK) << adirect_message();
  std::vector<std::string> kept = Rows([&](ArrowArrayStream* out) { return adirect_state_events(state.get(), out); });
  ASSERT_EQ(kept.size(), 4u);
  const auto begins = [&](size_t row, const std::string& text) { EXPECT_EQ(kept[row].substr(0, text.size()), text); };
  const Hash128Value hash = Hash128("ben");
  char ben[33];
  std::snprintf(ben, sizeof ben, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
  begins(0, std::string("erase ") + ben + "    " + std::to_string(kNow - kHour));
  begins(1, "name ana Ana   " + std::to_string(kNow - 2 * kHour));
  begins(2, "search ana  shoes runner " + std::to_string(kNow - 3 * kHour));
  begins(3, "purchase ana  shoes boot " + std::to_string(kNow - 2 * kHour));
}

TEST(Capi, DamagedStateBytesAreAnErrorAndChangeNothing) {
  const Owned<adirect_state> state = StateOf(Events());
  const std::vector<std::string> before = Shoppers(state);
  EXPECT_EQ(adirect_state_merge(state.get(), "adstate", 7), ADIRECT_CORRUPT);
  EXPECT_STRNE(adirect_message(), "");
  EXPECT_EQ(Shoppers(state), before);
}

TEST(Capi, PurchasesCountedElsewhereMakeWhatIsPopular) {
  const Owned<adirect_state> counted = StateOf(Events());
  EXPECT_EQ(Rows([&](ArrowArrayStream* out) { return adirect_purchases(counted.get(), kNow, out); }),
            std::vector<std::string>{"shoes boot " + std::to_string((kNow - kHour) / (24 * kHour)) + " 2"});

  const Owned<adirect_state> state = MakeState();
  const std::string day = std::to_string(kNow / (24 * kHour));
  TestBatch batch({{"category_id", "u"}, {"product_id", "u"}, {"day", "i"}, {"purchases", "l"}},
                  {{"shoes", "boot", day, "2"},
                   {"shoes", "clog", day, "3"},
                   {"shoes", "boot", day, "2"},
                   {"hats", "cap", "1", "9"}});
  ASSERT_EQ(adirect_add_purchases(state.get(), batch.schema(), batch.array()), ADIRECT_OK) << adirect_message();
  EXPECT_TRUE(batch.consumed());
  const Owned<adirect_policy> policy = MakePolicy();
  EXPECT_EQ(Rows([&](ArrowArrayStream* out) { return adirect_popular(state.get(), policy.get(), kNow, nullptr, out); }),
            (std::vector<std::string>{"shoes 1 boot 4", "shoes 2 clog 3"}));
}

TEST(Capi, RowsThatCannotBeEventsComeOutWithPlaceAndReason) {
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"));
  TestBatch batch(EventColumns(), {Row("1", "search", 3, "ana", "runner"), Row("2", "search", 3, "", "runner"),
                                   Row("3", "seek", 3, "ana", "runner"), Row("4", "search", -1, "ana", "runner")});
  ASSERT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 10), ADIRECT_OK);
  const adirect_counts counts = adirect_reader_counts(reader.get());
  EXPECT_EQ(std::tuple(counts.rows, counts.accepted, counts.refused), std::tuple(4u, 1u, 3u));
  const std::vector<std::string> refused = RefusedRows(reader);
  ASSERT_EQ(refused.size(), 3u);
  EXPECT_EQ(refused[0].substr(0, refused[0].find('{')), "events 11 missing_user_id ");
  EXPECT_EQ(refused[1].substr(0, refused[1].find('{')), "events 12 bad_type ");
  EXPECT_EQ(refused[2].substr(0, refused[2].find('{')), "events 13 future ");
  EXPECT_TRUE(RefusedRows(reader).empty());
}

TEST(Capi, LinesAreReadByTheirPlaceInTheInputAndTheHeaderIsNoRow) {
  const Owned<adirect_state> state = MakeState();
  adirect_reader_options options = Options();
  const std::string_view head = "user_id,time,type,category_id,product_id\n";
  options.head = head.data();
  options.head_size = head.size();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "csv"), options);
  const std::string header(head.substr(0, head.size() - 1));
  TestBatch first({{"value", "z"}}, {{header}, {"ana,1000,search,shoes,runner\r"}, {"ana,late,search,shoes,runner"}});
  ASSERT_EQ(adirect_read_lines(reader.get(), first.schema(), first.array(), 0), ADIRECT_OK) << adirect_message();
  TestBatch second({{"value", "u"}}, {{"ana,1000,search,shoes,runner"}, {"x"}});
  ASSERT_EQ(adirect_read_lines(reader.get(), second.schema(), second.array(), 100), ADIRECT_OK);
  EXPECT_TRUE(first.consumed() && second.consumed());

  EXPECT_EQ(adirect_reader_counts(reader.get()).accepted, 2u);
  const std::vector<std::string> refused = RefusedRows(reader);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].substr(0, refused[0].find('{')), "events " + std::to_string(head.size() + 30) + " bad_time ");
  EXPECT_EQ(refused[1].substr(0, refused[1].find('{')), "events 129 bad_columns ");
}

TEST(Capi, ATopicsMessagesBecomeEventsWithTheirPlaceForAnIdentity) {
  adirect_reader_options options = Options();
  options.name = "clicks/0";
  options.may_erase = 0;
  options.gives_events = 1;
  options.skips_searches = 1;
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("seed", "csv"), options);
  TestBatch batch({{"value", "z"}, {"offset", "l"}, {"arrival_ms", "l"}},
                  {{"1970-01-01 00:00:01,Ana,ana,runner,shoes,search\r\n", "7", "1000"},
                   {"1970-01-01 00:00:02,Ben,ben,boot,shoes,buy", "9", "1000"},
                   {"1970-01-01 01:00:00,Ben,ben,boot,shoes,buy", "10", "1000"},
                   {"a\nb", "11", "1000"}});
  ASSERT_EQ(adirect_read_records(reader.get(), batch.schema(), batch.array()), ADIRECT_OK) << adirect_message();
  EXPECT_TRUE(batch.consumed());
  const auto accepted = [&](ArrowArrayStream* out) { return adirect_accepted(reader.get(), out); };
  const std::vector<std::string> events = Rows(accepted);
  ASSERT_EQ(events.size(), 2u);
  const std::string none = std::to_string(INT64_MIN);
  const auto identity = [](uint64_t offset) {
    return std::to_string(static_cast<int64_t>(PositionIdentity(Hash64("clicks/0"), offset) ^ (uint64_t{1} << 63)));
  };
  EXPECT_EQ(events[0], "search ana Ana shoes runner 1000 " + none + " " + identity(7));
  EXPECT_EQ(events[1], "purchase ben Ben shoes boot 2000 " + none + " " + identity(9));
  EXPECT_TRUE(Rows(accepted).empty());
  EXPECT_EQ(RefusedRows(reader).size(), 2u) << "one in the future, one that is no row";
  EXPECT_EQ(Shoppers(state).size(), 1u) << "ben alone";
}

TEST(Capi, SearchesThatNoPolicyLooksAtAreNotKept) {
  adirect_reader_options options = Options();
  const Owned<adirect_policy> policy = MakePolicy();
  const adirect_policy* const policies[] = {policy.get()};
  options.as_of_ms = kNow;
  options.policies = policies;
  options.policy_count = 1;
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"), options);
  TestBatch batch(EventColumns(), {Row("1", "search", 500, "ana", "runner"), Row("2", "search", 1, "ben", "runner"),
                                   Row("3", "search", 0, "ben", "boot")});
  ASSERT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0), ADIRECT_OK);
  EXPECT_EQ(adirect_reader_counts(reader.get()).accepted, 3u);
  EXPECT_EQ(Shoppers(state).size(), 1u);
}

TEST(Capi, StructsAreReleasedOnceWhateverIsWrong) {
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> columns = MakeReader(state, MakeFormat("adirect", "columns"));
  const Owned<adirect_reader> lines = MakeReader(state, MakeFormat("seed", "csv"));
  const auto refuses = [](const char* what, const auto& call, std::vector<Shape> shapes, const TestRows& rows) {
    TestBatch batch(std::move(shapes), rows);
    EXPECT_EQ(call(batch.schema(), batch.array()), ADIRECT_INVALID_ARGUMENT);
    EXPECT_TRUE(batch.consumed()) << what;
    EXPECT_NE(std::string(adirect_message()).find(what), std::string::npos) << adirect_message();
  };
  const auto read_columns = [&](ArrowSchema* schema, ArrowArray* array) {
    return adirect_read_columns(columns.get(), schema, array, 0);
  };
  const auto read_lines = [&](ArrowSchema* schema, ArrowArray* array) {
    return adirect_read_lines(lines.get(), schema, array, 0);
  };
  const auto add = [&](ArrowSchema* schema, ArrowArray* array) {
    return adirect_add_purchases(state.get(), schema, array);
  };
  std::vector<Shape> twice = EventColumns();
  twice.push_back({"time", "l"});
  std::vector<Shape> odd = EventColumns();
  odd[3].format = "tsm:UTC";
  refuses("no column", read_columns, {{"user_id", "u"}}, {{"ana"}});
  refuses("twice", read_columns, twice, {});
  refuses("user_id", read_columns, odd, {});
  refuses("NULL", [](ArrowSchema* s, ArrowArray* a) { return adirect_read_columns(nullptr, s, a, 0); }, EventColumns(),
          {});
  refuses("text", [&](ArrowSchema* s, ArrowArray* a) { return adirect_read_columns(lines.get(), s, a, 0); },
          EventColumns(), {});
  refuses("columns", [&](ArrowSchema* s, ArrowArray* a) { return adirect_read_lines(columns.get(), s, a, 0); },
          {{"v", "u"}}, {});
  refuses("int64", read_lines, {{"value", "l"}}, {{"1"}});
  refuses("row 1", read_lines, {{"value", "u"}}, {{"x"}, {""}});
  refuses("only column", read_lines, {{"a", "u"}, {"b", "u"}}, {});
  refuses("purchases", add, {{"category_id", "u"}, {"product_id", "u"}, {"day", "i"}}, {});
  refuses("row 0", add, {{"category_id", "u"}, {"product_id", "u"}, {"day", "i"}, {"purchases", "l"}},
          {{"a", "b", "1", "-1"}});
  for (const auto& [type, code] : {std::pair("u", ADIRECT_OK), std::pair("l", ADIRECT_INVALID_ARGUMENT)}) {
    TestBatch unnamed({{"value", type}}, {{"1"}});
    unnamed.schema()->children[0]->name = nullptr;
    EXPECT_EQ(read_lines(unnamed.schema(), unnamed.array()), code);
    EXPECT_TRUE(unnamed.consumed());
  }

  TestBatch again(EventColumns(), Events());
  EXPECT_EQ(read_columns(again.schema(), again.array()), ADIRECT_OK);
  EXPECT_EQ(read_columns(again.schema(), again.array()), ADIRECT_INVALID_ARGUMENT);  // released already
  EXPECT_TRUE(again.consumed());
  EXPECT_EQ(read_columns(nullptr, nullptr), ADIRECT_INVALID_ARGUMENT);
}

TEST(Capi, TextsMayLieInADictionaryAndABatchMayBeginAfterItsColumns) {
  const Shape column{"type", "u"};
  ArrowSchema texts_schema = {};
  ArrowArray texts = {};
  ExportSchema(column, &texts_schema);
  OutColumn words(column);
  words.AddText("view");
  words.AddText("search");
  ExportArray(std::move(words), &texts);

  TestRows rows = Events();
  for (auto& row : rows) row[1] = "1";
  rows.resize(3);
  std::vector<Shape> shapes = EventColumns();
  shapes[1].format = "i";
  const auto read = [&](const TestRows& some) {
    const Owned<adirect_state> state = MakeState();
    const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"));
    TestBatch batch(shapes, some);
    batch.schema()->children[1]->dictionary = &texts_schema;
    batch.array()->children[1]->dictionary = &texts;
    batch.array()->offset = 1;
    batch.array()->length = 2;
    const int32_t code = adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0);
    EXPECT_EQ(adirect_reader_counts(reader.get()).accepted, code == ADIRECT_OK ? 2u : 0u);
    return code;
  };
  EXPECT_EQ(read(rows), ADIRECT_OK) << adirect_message();
  rows[1][1] = "2";
  EXPECT_EQ(read(rows), ADIRECT_INVALID_ARGUMENT);
  texts.release(&texts);
  texts_schema.release(&texts_schema);
}

TEST(Capi, AColumnOfNothingIsNoColumn) {
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"));
  std::vector<Shape> shapes = EventColumns();
  shapes.push_back({"order_id", "l"});
  TestBatch batch(shapes, {{"1", "search", "1000", "ana", "shoes", "p", ""}});
  batch.schema()->children[6]->format = "n";
  EXPECT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0), ADIRECT_OK) << adirect_message();
  EXPECT_EQ(adirect_reader_counts(reader.get()).accepted, 1u);
}

TEST(Capi, AStreamAndWhatItGaveOutliveTheState) {
  Owned<adirect_state> state = StateOf(Events());
  Owned<adirect_policy> policy = MakePolicy();
  ArrowArrayStream stream = {};
  ASSERT_EQ(adirect_audience(state.get(), policy.get(), kNow, nullptr, &stream), ADIRECT_OK);
  state.reset();
  policy.reset();
  EXPECT_EQ(ReadStream(stream).size(), 1u);
}

TEST(Capi, AChildThatWasMovedOutIsReleasedByWhoHasIt) {
  const Owned<adirect_state> state = StateOf(Events());
  ArrowArrayStream stream = {};
  ASSERT_EQ(adirect_state_shoppers(state.get(), &stream), ADIRECT_OK);
  ArrowSchema schema = {};
  ArrowArray array = {};
  ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
  ASSERT_EQ(stream.get_next(&stream, &array), 0);
  stream.release(&stream);
  ArrowArray child = std::exchange(*array.children[0], {});
  array.release(&array);
  EXPECT_EQ(TextOf(*schema.children[0], child, 2), "cid");
  child.release(&child);
  schema.release(&schema);
}

TEST(Capi, APolicysErrorHasEveryMistake) {
  adirect_policy* policy = nullptr;
  const std::string_view toml = "[interest]\nmin_serches = 1\nwindow = \"7\"\n";
  EXPECT_EQ(adirect_policy_parse(toml.data(), toml.size(), "p.toml", &policy), ADIRECT_INVALID_ARGUMENT);
  const std::string message = adirect_message();
  EXPECT_NE(message.find("min_serches"), std::string::npos) << message;
  EXPECT_NE(message.find("window"), std::string::npos) << message;
  EXPECT_EQ(policy, nullptr);
}

TEST(Capi, WhatAPolicyOrAnAsOfAsksBeyondTheStateIsRefused) {
  const Owned<adirect_state> state = StateOf(Events());
  const Owned<adirect_policy> policy = MakePolicy();
  const Owned<adirect_policy> more = MakePolicy("[interest]\nmin_searches = 33\n");
  ArrowArrayStream stream = {};
  EXPECT_EQ(adirect_audience(state.get(), policy.get(), kNow - 2 * kHour, nullptr, &stream), ADIRECT_INVALID_ARGUMENT);
  EXPECT_EQ(adirect_audience(state.get(), more.get(), kNow, nullptr, &stream), ADIRECT_INVALID_ARGUMENT);
  EXPECT_EQ(adirect_popular(state.get(), nullptr, kNow, nullptr, &stream), ADIRECT_INVALID_ARGUMENT);
  EXPECT_EQ(stream.release, nullptr);
  adirect_state* none = nullptr;
  const adirect_settings half_a_day{32, 12 * kHour};
  EXPECT_EQ(adirect_state_new(&half_a_day, 1, &none), ADIRECT_INVALID_ARGUMENT);
  EXPECT_EQ(adirect_state_new(nullptr, 0, &none), ADIRECT_INVALID_ARGUMENT);
  EXPECT_EQ(none, nullptr);
}

TEST(Capi, ACatalogFillsCategoriesLeavesOutWhatIsGoneAndGivesTitles) {
  adirect_catalog* made = nullptr;
  ASSERT_EQ(adirect_catalog_new(&made), ADIRECT_OK);
  const Owned<adirect_catalog> catalog(made, adirect_catalog_free);
  const std::string_view csv =
      "product_id,category_id,title,available\nrunner,shoes,Runner 3,true\ntrail,shoes,,false\n";
  ASSERT_EQ(adirect_catalog_add_products(made, csv.data(), csv.size(), "products.csv"), ADIRECT_OK)
      << adirect_message();
  adirect_reader_options options = Options();
  options.catalog = made;
  const Owned<adirect_state> state = MakeState();
  const Owned<adirect_reader> reader = MakeReader(state, MakeFormat("adirect", "columns"), options);
  TestRows rows = {Row("1", "search", 3, "ana", "runner"), Row("2", "search", 2, "ana", "trail")};
  rows[0][4].clear();
  TestBatch batch(EventColumns(), rows);
  ASSERT_EQ(adirect_read_columns(reader.get(), batch.schema(), batch.array(), 0), ADIRECT_OK);
  const Owned<adirect_policy> policy = MakePolicy();
  const std::vector<std::string> audience =
      Rows([&](ArrowArrayStream* out) { return adirect_audience(state.get(), policy.get(), kNow, made, out); });
  ASSERT_EQ(audience.size(), 1u);
  EXPECT_NE(audience[0].find("[1 runner recent_search Runner 3]"), std::string::npos) << audience[0];
}

TEST(Capi, ALongListOfShoppersComesOutInSeveralBatches) {
  TestRows rows;
  for (int i = 0; i < 10'000; ++i) {
    const std::string user = "user" + std::to_string(i);
    rows.push_back(Row("1", "search", 1, user.c_str(), "runner"));
    rows.push_back(Row("2", "search", 1, user.c_str(), "runner"));
  }
  const Owned<adirect_state> state = StateOf(rows, 3);
  const std::vector<std::string> shoppers = Shoppers(state);
  EXPECT_EQ(shoppers.size(), 10'000u);
  EXPECT_TRUE(std::is_sorted(shoppers.begin(), shoppers.end()));
  EXPECT_EQ(Audience(state).size(), 10'000u);
}

}  // namespace
}  // namespace adirect::capi
