#include "adirect/codec/format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "adirect/codec/decode_for_test.h"

namespace adirect {
namespace {

constexpr std::string_view kShop = R"(
header = "none"
columns = ["user", "item", "cat", "what", "at"]
[fields]
user_id = "user"
product_id = 2
category_id = "cat"
type = "what"
time = "at"
[types]
pv = "view"
buy = "purchase"
pause = "ignore"
[time]
format = "epoch_s"
[constants]
region = "china"
)";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Shared(const std::string& name) {
  const char* folder = std::getenv("ADIRECT_SHARED");
  return std::string(folder == nullptr ? "../shared" : folder) + "/data/" + name;
}

// The number of rows by verdict, and of events by type.
std::map<std::string, int> CountRows(const std::string& format_name, const std::string& sample) {
  const std::string path = "formats/" + format_name + ".toml";
  Result<Format> format = ParseFormat(ReadFile(path), path);
  EXPECT_TRUE(format.ok()) << format.status().message();
  std::map<std::string, int> counts;
  for (const SeenRow& row : DecodeForTest(*format, ReadFile(Shared(sample)))) {
    ++counts[row.verdict == "event" ? row.type : row.verdict];
  }
  return counts;
}

#define SKIP_WITHOUT(sample) \
  if (!std::ifstream(Shared(sample))) GTEST_SKIP() << Shared(sample) << " is not here"

using Counts = std::map<std::string, int>;

TEST(Format, FieldNamesReadBack) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    EXPECT_EQ(ParseField(FieldName(field)), field);
  }
  EXPECT_EQ(ParseField("user"), std::nullopt);
  EXPECT_EQ(ParseField(""), std::nullopt);
}

TEST(Format, FileIsReadWhole) {
  const Result<Format> format = ParseFormat(kShop, "formats/shop.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  EXPECT_EQ(format->name, "shop");
  EXPECT_EQ(format->kind, Format::Kind::kCsv);
  EXPECT_EQ(format->header, Format::Header::kNone);
  EXPECT_EQ(format->columns.size(), 5U);
  EXPECT_EQ(format->column(Field::kProductId), "item");
  EXPECT_EQ(format->column(Field::kRegion), std::nullopt);
  EXPECT_EQ(format->constant(Field::kRegion), "china");
  EXPECT_EQ(format->time.kind, TimeFormat::Kind::kEpochSeconds);
  ASSERT_EQ(format->types.size(), 3U);
  EXPECT_FALSE(format->partial_header);
}

TEST(Format, MissingKeysHaveDefaults) {
  const Result<Format> format = ParseFormat("[fields]\nuser_id=\"u\"\ntype=\"k\"\ntime=\"t\"\n", "shop.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  EXPECT_EQ(format->kind, Format::Kind::kCsv);
  EXPECT_EQ(format->delimiter, ',');
  EXPECT_EQ(format->header, Format::Header::kRequired);
  EXPECT_FALSE(format->multiline);
  EXPECT_EQ(format->time.kind, TimeFormat::Kind::kRfc3339);
  EXPECT_EQ(format->types.size(), 7U);  // our own names
}

TEST(Format, ZoneIsTakenFromLocalTimes) {
  const std::string_view zone = R"(
[fields]
user_id = "u"
type = "k"
time = "t"
[time]
format = "%Y-%m-%d %H:%M:%S"
zone = "-03:30"
)";
  const Result<Format> format = ParseFormat(zone, "shop.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  EXPECT_EQ(format->time.zone_offset_ms, -210 * kMillisPerMinute);
}

TEST(Format, ColumnsMayBeCountedOnly) {
  const std::string_view counted = R"(
header = "none"
columns = 3
[fields]
user_id = 1
type = 2
time = 3
)";
  const Result<Format> format = ParseFormat(counted, "shop.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  EXPECT_EQ(format->columns.size(), 3U);
  const auto rows = DecodeForTest(*format, "ana,search,2026-01-05T10:00:00Z\nana,search\n");
  ASSERT_EQ(Verdicts(rows), (std::vector<std::string>{"event", "bad_columns"}));
  EXPECT_EQ(rows[0].user, "ana");
}

TEST(Format, TypeMayBeConstant) {
  const std::string_view orders = R"(
kind = "ndjson"
[fields]
user_id = "customer"
product_id = "sku"
time = "at"
[constants]
type = "purchase"
category_id = "all"
)";
  const Result<Format> format = ParseFormat(orders, "orders.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  const auto rows = DecodeForTest(*format, R"({"customer":7,"sku":"p","at":"2026-01-05T10:00:00Z"})");
  ASSERT_EQ(Verdicts(rows), std::vector<std::string>{"event"});
  EXPECT_EQ(rows[0].type, "purchase");
  EXPECT_EQ(rows[0].category, "all");
}

struct Mistake {
  std::string from;  // replaced in kShop …
  std::string to;    // … by this
  std::string error;
};

TEST(Format, MistakeIsNamedWithPlaceLineAndWhatIsAllowed) {
  const std::vector<Mistake> mistakes = {
      {"header = \"none\"", "headers = \"none\"",
       "shop.toml:2: unknown key \"headers\"; did you mean header?; allowed are kind, delimiter"},
      {"header = \"none\"", "header = \"never\"", "shop.toml:2: header is one of none, optional, required"},
      {"header = \"none\"", "header = true", "shop.toml:2: header is one of"},
      {"header = \"none\"", "kind = \"xml\"", "shop.toml:2: kind is one of csv, ndjson"},
      {"header = \"none\"", "kind = \"ndjson\"", "shop.toml:3: columns is for kind = \"csv\" only"},
      {"header = \"none\"", "header = \"required\"", "shop.toml:3: with header = \"required\""},
      {"header = \"none\"", "header = \"none\"\nheader = \"none\"", "shop.toml:3: "},
      {"header = \"none\"", "header = none", "shop.toml:2: "},
      {"header = \"none\"", "é = 1", "shop.toml:2: not TOML: "},
      {"header = \"none\"", "header = \"none\"\ndelimiter = \",,\"", "shop.toml:3: delimiter is one ASCII character"},
      {"header = \"none\"", "header = \"none\"\ndelimiter = \"\\\"\"", "delimiter is one ASCII character"},
      {"header = \"none\"", "header = \"none\"\ndelimiter = \"é\"", "delimiter is one ASCII character"},
      {"header = \"none\"", "header = \"none\"\ndelimiter = 9", "delimiter is one ASCII character"},
      {"header = \"none\"", "header = \"none\"\nmultiline = 1", "multiline is one of true, false"},
      {"columns = [\"user\", \"item\", \"cat\", \"what\", \"at\"]", "",
       "columns are needed where no header is required"},
      {"\"item\", \"cat\"", "\"cat\", \"cat\"", "shop.toml:3: column \"cat\" stands twice"},
      {"\"item\", \"cat\"", "\"\", \"cat\"", "shop.toml:3: a column's name is a text that is not empty"},
      {"[\"user\", \"item\", \"cat\", \"what\", \"at\"]", "0", "shop.toml:3: columns is a number from 1 to 4096"},
      {"[\"user\", \"item\", \"cat\", \"what\", \"at\"]", "[]", "shop.toml:3: columns is a list of 1 to 4096"},
      {"user_id = \"user\"", "user = \"user\"",
       "shop.toml:5: unknown key \"user\"; did you mean user_id?; allowed are event_id, time"},
      {"user_id = \"user\"", "arrival = \"user\"", "shop.toml:5: unknown key \"arrival\""},
      {"user_id = \"user\"", "user_id = \"usr\"", "shop.toml:5: there is no column \"usr\"; there are user, item, cat"},
      {"product_id = 2", "product_id = 6", "shop.toml:6: there are columns 1 to 5"},
      {"product_id = 2", "product_id = 0", "shop.toml:6: there are columns 1 to 5"},
      {"product_id = 2", "product_id = true", "shop.toml:6: a field's column is its name, or its number"},
      {"user_id = \"user\"", "", "shop.toml:4: no column gives the shopper: user_id or anonymous_id"},
      {"time = \"at\"", "", "shop.toml:4: no column gives the time"},
      {"type = \"what\"", "", "[types] needs a column: type in [fields]"},
      {"pv = \"view\"", "pv = \"look\"",
       "shop.toml:11: \"pv\" is one of search, view, cart, favorite, purchase, refund, erase, "
       "ignore"},
      {"pv = \"view\"", "\"\" = \"view\"", "shop.toml:11: an empty value is no type"},
      {"pv = \"view\"", "pv = 1", "shop.toml:11: \"pv\" is one of"},
      {"\"epoch_s\"", "\"epoch\"", "shop.toml:15: format is one of rfc3339, epoch_s, epoch_ms, or a pattern"},
      {"\"epoch_s\"", "\"%d.%m.\"", "shop.toml:15: the pattern has no %Y: give the year"},
      {"\"epoch_s\"", "\"%d.%m.%Y\"\nyear = 2013", "the pattern has %Y, so that there is no use for a year"},
      {"\"epoch_s\"", "\"%Y-%j\"", "the pattern knows no \"%j\"; allowed are %Y %m %d"},
      {"\"epoch_s\"", "\"%Y-%m-%d\"\nzone = \"CET\"", "shop.toml:16: zone is UTC or an offset like +08:00"},
      {"\"epoch_s\"", "\"%Y-%m-%d\"\nzone = \"+24:00\"", "shop.toml:16: zone is UTC or an offset"},
      {"\"epoch_s\"", "\"%m-%d\"\nyear = 1969", "shop.toml:16: year is a number from 1970 to 9999"},
      {"\"epoch_s\"", "\"epoch_s\"\nzone = \"UTC\"", "shop.toml:16: zone is for patterns only"},
      {"format = \"epoch_s\"", "", "shop.toml:14: [time] needs a format"},
      {"region = \"china\"", "user_id = \"ana\"",
       "shop.toml:17: unknown key \"user_id\"; allowed are type, category_id"},
      {"region = \"china\"", "type = \"view\"", "shop.toml:17: type has a column already"},
      {"region = \"china\"", "region = \"\"", "shop.toml:17: no text that region can have"},
      {"region = \"china\"", "region = \"a\\tb\"", "shop.toml:17: no text that region can have"},
      {"region = \"china\"", "quantity = \"-1\"", "shop.toml:17: no text that quantity can have"},
  };
  for (const Mistake& mistake : mistakes) {
    std::string text(kShop);
    const size_t at = text.find(mistake.from);
    ASSERT_NE(at, std::string::npos) << mistake.from;
    text.replace(at, mistake.from.size(), mistake.to);
    const Result<Format> format = ParseFormat(text, "shop.toml");
    ASSERT_FALSE(format.ok()) << mistake.to;
    EXPECT_EQ(format.status().code(), Code::kInvalidArgument);
    EXPECT_NE(format.status().message().find(mistake.error), std::string::npos)
        << mistake.to << " gives: " << format.status().message();
  }
}

TEST(Format, FieldsOfTheWrongShapeAreRefused) {
  EXPECT_FALSE(ParseFormat("", "shop.toml").ok());
  EXPECT_FALSE(ParseFormat("fields = 3", "shop.toml").ok());
  EXPECT_FALSE(ParseFormat("[fields]\ntime = 1\ntype = \"k\"\nuser_id = \"u\"", "shop.toml").ok());
}

TEST(Format, EveryShippedFormatParses) {
  for (const char* name : {"alibaba", "jdata2016", "rees46", "taobao"}) {
    const std::string path = std::string("formats/") + name + ".toml";
    const Result<Format> format = ParseFormat(ReadFile(path), path);
    ASSERT_TRUE(format.ok()) << format.status().message();
    EXPECT_EQ(format->name, name);
  }
}

TEST(ShippedFormats, TaobaoReadsItsSample) {
  SKIP_WITHOUT("taobao2017/events.csv");
  EXPECT_EQ(CountRows("taobao", "taobao2017/events.csv"),
            (Counts{{"view", 41890}, {"cart", 2539}, {"favorite", 1474}, {"purchase", 992}}));
}

TEST(ShippedFormats, AlibabaReadsItsSample) {
  SKIP_WITHOUT("alibaba2014/events.csv");
  EXPECT_EQ(CountRows("alibaba", "alibaba2014/events.csv"),
            (Counts{{"view", 127297}, {"purchase", 5025}, {"favorite", 812}, {"cart", 81}}));
}

TEST(ShippedFormats, JdataReadsItsSample) {
  SKIP_WITHOUT("jdata2016/actions_201602.csv");
  EXPECT_EQ(CountRows("jdata2016", "jdata2016/actions_201602.csv"),
            (Counts{{"view", 12023 + 17240}, {"cart", 443}, {"ignored", 175}, {"purchase", 38}, {"favorite", 80}}));
}

TEST(ShippedFormats, Rees46ReadsItsSampleButTheCutLine) {
  SKIP_WITHOUT("rees46/2019-Oct.head.csv");
  EXPECT_EQ(CountRows("rees46", "rees46/2019-Oct.head.csv"),
            (Counts{{"view", 17055}, {"cart", 165}, {"purchase", 214}, {"bad_columns", 1}}));
}

TEST(Format, AParquetFormatHasColumnsAndAZoneForTimestamps) {
  const std::string fields = "[fields]\ntime = \"t\"\ntype = \"e\"\nuser_id = \"u\"\n";
  const Result<Format> format = ParseFormat("kind = \"parquet\"\n" + fields + "[time]\nzone = \"+08:00\"\n", "x.toml");
  ASSERT_TRUE(format.ok()) << format.status().message();
  EXPECT_EQ(format->kind, Format::Kind::kParquet);
  EXPECT_EQ(format->time.zone_offset_ms, 8 * kMillisPerHour);
  EXPECT_EQ(ParseFormat("kind = \"parquet\"\n" + fields + "[time]\nformat = \"epoch_s\"\nzone = \"-01:00\"\n", "x.toml")
                ->time.zone_offset_ms,
            -kMillisPerHour);
  EXPECT_EQ(ParseFormat("kind = \"parquet\"\nheader = \"none\"\n" + fields, "x.toml").status().message(),
            "x.toml:2: header is for kind = \"csv\" only");
  EXPECT_FALSE(ParseFormat(fields + "[time]\nzone = \"+08:00\"\n", "x.toml").ok());
}

}  // namespace
}  // namespace adirect
