#include "adirect/targeting/state_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "adirect/base/wire.h"

namespace adirect {
namespace {

constexpr int64_t kDay = kMillisPerDay;

// One event; folded with no door between.
struct Row {
  EventType type = EventType::kSearch;
  int64_t time = 0;
  std::string user;
  std::string product;
  std::string category;
  std::string event_id;
  std::string order;
  std::string name;
};

Row Search(std::string user, int64_t time) {
  return {EventType::kSearch, time, std::move(user), "p", "shoes", "e", "", ""};
}

Row Named(std::string user, int64_t time, std::string name) {
  Row row = Search(std::move(user), time);
  row.name = std::move(name);
  return row;
}

Row EraseOf(std::string user, int64_t time) {
  Row row = Search(std::move(user), time);
  row.type = EventType::kErase;
  return row;
}

// The shards of one state with their dictionary.
class State {
 public:
  explicit State(size_t shards, const Settings& settings = {}) {
    for (size_t i = 0; i < shards; ++i) tables_.emplace_back(settings, dictionary_);
  }

  void Fold(std::span<const Row> rows) {
    for (const Row& row : rows) {
      FoldRow fold;
      fold.user = row.user.data();
      fold.user_size = static_cast<uint8_t>(row.user.size());
      fold.user_hash = UserHash(row.user);
      fold.name = row.name.data();
      fold.name_size = static_cast<uint8_t>(row.name.size());
      fold.time = {row.time};
      fold.type = row.type;
      fold.identity = Hash64(row.event_id);
      fold.order = OrderHash(row.order);
      if (row.type != EventType::kErase) {
        fold.item = dictionary_.Intern(row.product, row.type == EventType::kRefund ? "" : row.category);
        fold.category = dictionary_.category(fold.item);
      }
      TableOf(row.user).Fold({&fold, 1});
    }
  }

  std::string Bytes() const {
    std::vector<const ShopperTable*> shards;
    for (const ShopperTable& table : tables_) shards.push_back(&table);
    return StateBytes(shards, dictionary_);
  }

  Status Read(std::string_view bytes) {
    std::vector<ShopperTable*> shards;
    for (ShopperTable& table : tables_) shards.push_back(&table);
    return ReadState(bytes, dictionary_, shards);
  }

  ShopperTable& TableOf(std::string_view user) { return tables_[ShardOf(UserHash(user), tables_.size())]; }
  ShopperTable& table(size_t shard) { return tables_[shard]; }
  Dictionary& dictionary() { return dictionary_; }

  Shopper Kept(std::string_view user) {
    Shopper shopper;
    const ShopperTable& table = TableOf(user);
    const std::optional<size_t> found = table.Find(user);
    if (found) table.Read(*found, table.newest().value_or(Timestamp{}), shopper);
    return shopper;
  }

 private:
  Dictionary dictionary_;
  std::vector<ShopperTable> tables_;
};

std::string BytesOf(std::span<const Row> rows, size_t shards, const Settings& settings = {}) {
  State state(shards, settings);
  state.Fold(rows);
  return state.Bytes();
}

// What the state holds after reading the bytes into nothing.
std::string ReadAndWritten(std::string_view bytes, size_t shards = 3) {
  State state(shards);
  const Status read = state.Read(bytes);
  EXPECT_TRUE(read.ok()) << read.message();
  return state.Bytes();
}

std::string Signed(std::string sections) {
  AppendFixed64(Hash64(sections), sections);
  return sections;
}

std::string WithoutChecksum(const std::string& bytes) { return bytes.substr(0, bytes.size() - 8); }

std::string Section(uint64_t tag, std::string_view body) {
  std::string out;
  AppendVarint(tag, out);
  AppendText(body, out);
  return out;
}

// Events of a small shop: every type, ties, orders, names, erases, ids of every length.
std::vector<Row> ManyRows(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  const auto draw = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  const auto id = [&](std::string prefix, uint32_t below) {
    const uint32_t n = draw(below);
    return prefix + std::to_string(n) + std::string(n % 4 == 0 ? 40 : 0, '.');
  };
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    Row row;
    row.type = static_cast<EventType>(draw(6));
    if (draw(100) == 0) row.type = EventType::kErase;
    row.time = draw(30) * kDay + draw(6) * kMillisPerHour;
    row.user = id("u", 60);
    row.product = id("p", 12);
    row.category = id("c", 3);
    row.event_id = std::to_string(draw(5));
    if (draw(2) == 0) row.order = id("o", 4);
    if (draw(3) == 0) row.name = id("n", 9);
    rows.push_back(std::move(row));
  }
  return rows;
}

// A state with one of everything.
std::vector<Row> OneOfEach() {
  Row purchase = Search("ana", 20);
  purchase.type = EventType::kPurchase;
  purchase.order = "o1";
  Row refund = purchase;
  refund.type = EventType::kRefund;
  refund.time = 30;
  Row cart = Named("bob", 40, "Bob");
  cart.type = EventType::kCart;
  return {Search("ana", 10), Named("ana", 15, "Ana"), purchase, refund, cart, EraseOf("eve", 5)};
}

TEST(StateBytes, OrderRepeatsAndShardsLeaveNoTrace) {
  const Settings settings{3, Duration::Days(21)};
  std::vector<Row> rows = ManyRows(6000, 7);
  const std::string expected = BytesOf(rows, 1, settings);
  ASSERT_GT(expected.size(), 10'000u);
  std::mt19937 random(8);
  for (const size_t shards : {1u, 2u, 5u, 64u}) {
    std::shuffle(rows.begin(), rows.end(), random);
    EXPECT_EQ(BytesOf(rows, shards, settings), expected);
    rows.insert(rows.end(), rows.begin(), rows.begin() + 500);
  }
}

TEST(StateBytes, PartsMergedInAnyTreeAreTheWhole) {
  const Settings settings{3, Duration::Days(21)};
  const std::vector<Row> rows = ManyRows(4000, 9);
  const std::string expected = BytesOf(rows, 1, settings);
  std::mt19937 random(10);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::string> parts;
    for (size_t at = 0; at < rows.size();) {
      const size_t size = std::min<size_t>(rows.size() - at, 1 + random() % 1500);
      parts.push_back(BytesOf(std::span(rows).subspan(at, size), 1 + random() % 4, settings));
      at += size;
    }
    ASSERT_GT(parts.size(), 1u);
    while (parts.size() > 1) {
      const size_t other = 1 + random() % (parts.size() - 1);
      State state(1 + random() % 4);
      ASSERT_TRUE(state.Read(parts[other]).ok());
      ASSERT_TRUE(state.Read(parts[0]).ok());
      ASSERT_TRUE(state.Read(parts[other]).ok());
      parts[other] = state.Bytes();
      parts.erase(parts.begin());
    }
    EXPECT_EQ(parts[0], expected);
  }
}

TEST(StateBytes, DifferentEventsHaveDifferentBytes) {
  const std::vector<Row> rows = OneOfEach();
  const std::string expected = BytesOf(rows, 2);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<Row> fewer = rows;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(BytesOf(fewer, 2), expected) << i;
    std::vector<Row> later = rows;
    ++later[i].time;
    EXPECT_NE(BytesOf(later, 2), expected) << i;
  }
  EXPECT_NE(BytesOf(rows, 2, {31, Duration::Forever()}), expected);
  EXPECT_NE(BytesOf(rows, 2, {32, Duration::Days(9)}), expected);
}

TEST(StateBytes, AStateReadsBackAsItWasWritten) {
  for (const std::vector<Row>& rows : {std::vector<Row>(), OneOfEach(), ManyRows(3000, 11)}) {
    for (const Settings settings : {Settings{}, Settings{5, Duration::Days(14)}}) {
      const std::string bytes = BytesOf(rows, 2, settings);
      for (const size_t shards : {1u, 3u, 16u}) EXPECT_EQ(ReadAndWritten(bytes, shards), bytes);
    }
  }
}

TEST(StateBytes, AStateLargerThanAPieceComesInPieces) {
  State state(2);
  state.Fold(ManyRows(2000, 12));
  std::vector<Row> rows;
  for (int i = 0; i < 30'000; ++i) rows.push_back(Search("user-" + std::to_string(i), i));
  state.Fold(rows);
  const ShopperTable* const shards[] = {&state.table(0), &state.table(1)};
  const StateWriter writer(shards, state.dictionary(), {});
  ASSERT_GT(writer.pieces(), 2u);
  std::vector<std::string> pieces(writer.pieces());
  for (size_t i = pieces.size(); i-- > 0;) writer.Append(i, pieces[i]);  // in any order
  Hasher64 hasher;
  std::string all;
  for (const std::string& piece : pieces) {
    hasher.Add(piece);
    all += piece;
  }
  all += StateWriter::Checksum(hasher);
  EXPECT_EQ(all, state.Bytes());
  EXPECT_EQ(ReadAndWritten(all), all);
}

TEST(StateBytes, InputsAreKeptBesideTheEventsSortedAndOnce) {
  State state(1);
  state.Fold(std::vector<Row>{Search("ana", 5)});
  const ShopperTable* const shards[] = {&state.table(0)};
  const StateInput a{"a.csv", 10, 1};
  const StateInput b{"b.csv", 20, 2};
  const auto bytes_of = [&](const std::vector<StateInput>& inputs) {
    std::string bytes;
    StateWriter(shards, state.dictionary(), inputs).Append(0, bytes);
    Hasher64 hasher;
    hasher.Add(bytes);
    return bytes + StateWriter::Checksum(hasher);
  };
  const std::string bytes = bytes_of({b, a, b});
  EXPECT_EQ(bytes, bytes_of({a, b}));
  const Result<StateReader> reader = StateReader::Open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  EXPECT_EQ(reader->inputs(), (std::vector<StateInput>{a, b}));
  EXPECT_EQ(ReadAndWritten(bytes), state.Bytes());
}

TEST(StateBytes, TheShardsOfAStateMayBeMergedInParts) {
  State state(3);
  state.Fold(ManyRows(500, 12));
  const std::string bytes = state.Bytes();
  const Result<StateReader> reader = StateReader::Open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  Dictionary dictionary;
  std::vector<ShopperTable> tables;
  for (int i = 0; i < 5; ++i) tables.emplace_back(Settings(), dictionary);
  std::vector<ShopperTable*> shards;
  for (ShopperTable& table : tables) shards.push_back(&table);
  reader->MergeCommon(shards);
  for (const size_t part : {2u, 0u, 1u}) reader->MergeShoppers(dictionary, shards, part, 3);
  EXPECT_EQ(StateBytes(std::vector<const ShopperTable*>(shards.begin(), shards.end()), dictionary), bytes);
}

TEST(StateBytes, WhatIsTooOldByTheNewestOfAllShardsIsNotWritten) {
  const Settings ten_days{32, Duration::Days(10)};
  const std::vector<Row> rows = {Named("ana", 1, "Ana"), Search("bob", 30 * kDay)};
  const std::vector<Row> bob = {rows[1]};
  for (const size_t shards : {1u, 2u, 16u}) {
    EXPECT_EQ(BytesOf(rows, shards, ten_days), BytesOf(bob, 1, ten_days));
  }
}

TEST(StateBytes, ErasesAreSortedAndEachUserHasOne) {
  State state(4);
  state.Fold(std::vector<Row>{EraseOf("ana", 5), EraseOf("bob", 7), EraseOf("cid", 1)});
  // Every shard is given all erases when a state is read; some then learn newer ones.
  ASSERT_TRUE(state.Read(BytesOf(std::vector<Row>{EraseOf("ana", 9), EraseOf("dan", 3)}, 2)).ok());
  state.Fold(std::vector<Row>{EraseOf("bob", 8), EraseOf("ana", 6)});
  const std::vector<Row> newest = {EraseOf("dan", 3), EraseOf("ana", 9), EraseOf("bob", 8), EraseOf("cid", 1)};
  EXPECT_EQ(state.Bytes(), BytesOf(newest, 1));
}

TEST(StateBytes, AnEraseFromAStateCoversShoppersOfEveryShard) {
  std::vector<Row> events;
  std::vector<Row> erases;
  for (int i = 0; i < 50; ++i) {
    events.push_back(Named("u" + std::to_string(i), 10, "x"));
    erases.push_back(EraseOf("u" + std::to_string(i), 10));
  }
  events.push_back(Search("u0", 11));
  const std::string only_erases = BytesOf(erases, 1);
  State events_first(7);
  events_first.Fold(events);
  ASSERT_TRUE(events_first.Read(only_erases).ok());
  State erases_first(5);
  ASSERT_TRUE(erases_first.Read(only_erases).ok());
  erases_first.Fold(events);
  EXPECT_EQ(events_first.Kept("u0").interests.size(), 1u);
  EXPECT_TRUE(events_first.Kept("u1").empty());
  EXPECT_EQ(events_first.Bytes(), erases_first.Bytes());
}

TEST(StateBytes, SettingsOfTheStateThatIsReadAreMetByTheReader) {
  const std::vector<Row> rows = ManyRows(3000, 13);
  State state(2, {5, Duration::Days(25)});
  ASSERT_TRUE(state.Read(BytesOf(rows, 3, {8, Duration::Days(15)})).ok());
  EXPECT_EQ(state.table(0).settings(), (Settings{5, Duration::Days(15)}));
  EXPECT_EQ(state.Bytes(), BytesOf(rows, 1, {5, Duration::Days(15)}));
}

TEST(StateBytes, AStateCutAnywhereIsRefused) {
  const std::string bytes = BytesOf(OneOfEach(), 1);
  ASSERT_GT(bytes.size(), 150u);
  State state(1);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Status read = state.Read(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(read.code(), Code::kCorrupt) << size;
    EXPECT_FALSE(read.message().empty());
  }
}

TEST(StateBytes, EveryFlippedBitIsNoticedAndNothingIsTakenOver) {
  const std::string bytes = BytesOf(OneOfEach(), 1);
  State state(1);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(state.Read(damaged).ok()) << bit;
  }
  EXPECT_EQ(state.Bytes(), State(1).Bytes());
}

TEST(StateBytes, BytesBehindTheEndAreRefused) {
  const std::string bytes = BytesOf(OneOfEach(), 1);
  EXPECT_FALSE(State(1).Read(bytes + "x").ok());
  EXPECT_FALSE(State(1).Read(Signed(WithoutChecksum(bytes) + "x")).ok());
}

// Whatever a wrong writer signed: a Status, and no broken promise.
TEST(StateBytes, WrongBytesWithARightChecksumNeverCrash) {
  const std::string good = WithoutChecksum(BytesOf(OneOfEach(), 1));
  int refused = 0;
  for (size_t at = 8; at < good.size(); ++at) {
    State state(1);
    if (!state.Read(Signed(good.substr(0, at))).ok()) ++refused;
    for (int bit = 0; bit < 8; ++bit) {
      std::string wrong = good;
      wrong[at] = static_cast<char>(wrong[at] ^ (1 << bit));
      if (!state.Read(Signed(std::move(wrong))).ok()) ++refused;
      state.Bytes();
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(StateBytes, WrongBytesWithARightChecksumAreNotReadInPart) {
  std::string wrong = WithoutChecksum(BytesOf(OneOfEach(), 1));
  wrong.back() = 5;  // in the place of the end: a section without a body
  State state(1);
  state.Fold(std::vector<Row>{Search("ana", 1)});
  const std::string before = state.Bytes();
  EXPECT_EQ(state.Read(Signed(wrong)).code(), Code::kCorrupt);
  EXPECT_EQ(state.Bytes(), before);
}

TEST(StateBytes, AStateWithoutItsEndIsRefused) {
  std::string endless = WithoutChecksum(BytesOf(OneOfEach(), 1));
  endless.pop_back();
  EXPECT_FALSE(State(1).Read(Signed(endless)).ok());
}

TEST(StateBytes, DamageIsNamedByItsPlaceInTheWholeState) {
  const std::string good = WithoutChecksum(BytesOf(OneOfEach(), 1));
  const size_t bob = good.find(
      "\x03"
      "bob");
  ASSERT_NE(bob, std::string::npos);
  std::string wrong = good;
  wrong[bob] = 0;  // no id
  const Status read = State(1).Read(Signed(wrong));
  EXPECT_EQ(read.code(), Code::kCorrupt);
  const size_t number = read.message().find("byte ");
  ASSERT_NE(number, std::string::npos) << read.message();
  const size_t place = std::stoul(read.message().substr(number + 5));
  EXPECT_GE(place, bob - 1);  // the length of what is kept of bob
  EXPECT_LE(place, bob + 1);
}

TEST(StateBytes, ANewerVersionIsRefusedWithASentence) {
  std::string newer = WithoutChecksum(BytesOf(OneOfEach(), 1));
  newer[7] = kStateVersion + 1;
  const Status read = State(1).Read(Signed(newer));
  EXPECT_EQ(read.code(), Code::kUnsupported);
  EXPECT_NE(read.message().find("version 2"), std::string::npos) << read.message();
  EXPECT_NE(read.message().find("newer adirect"), std::string::npos) << read.message();
}

TEST(StateBytes, AVersionThatNeverWasIsRefused) {
  std::string older = WithoutChecksum(BytesOf(OneOfEach(), 1));
  older[7] = 0;
  EXPECT_FALSE(State(1).Read(Signed(older)).ok());
}

TEST(StateBytes, OtherFilesAreCalledByTheirName) {
  for (const std::string_view bytes : {"", "adstat", "user_id,category_id\n1,2\n3,4\n5,6\n7,8\n"}) {
    const Status read = State(1).Read(bytes);
    EXPECT_EQ(read.code(), Code::kCorrupt);
    EXPECT_NE(read.message().find("no state of adirect"), std::string::npos) << read.message();
  }
}

TEST(StateBytes, UnknownFieldsOfAStateSurviveReadingMergingAndWriting) {
  std::string bytes = WithoutChecksum(BytesOf(OneOfEach(), 1));
  bytes.insert(bytes.size() - 1, Section(9, "later") + Section(1000, std::string(300, 'x')));
  bytes = Signed(bytes);
  EXPECT_EQ(ReadAndWritten(bytes), bytes);

  const std::vector<Row> more = ManyRows(500, 14);
  State merged(4);
  merged.Fold(more);
  ASSERT_TRUE(merged.Read(bytes).ok());
  State reversed(2);
  ASSERT_TRUE(reversed.Read(bytes).ok());
  ASSERT_TRUE(reversed.Read(BytesOf(more, 3)).ok());
  EXPECT_NE(merged.Bytes().find("later"), std::string::npos);
  EXPECT_EQ(merged.Bytes(), reversed.Bytes());
}

// A state whose only shopper was written by a later adirect.
std::string StateWith(const Shopper& shopper, Dictionary& dictionary) {
  std::string bytes = WithoutChecksum(State(1).Bytes());
  std::string shoppers = Section(2, "\x1e");  // the newest time: 30
  AppendVarint(4, shoppers);
  ShopperWriter(dictionary).Append(shopper, shoppers);
  bytes.insert(bytes.size() - 1, shoppers);
  return Signed(bytes);
}

Shopper AnaOfLater(Dictionary& dictionary) {
  Shopper ana;
  ana.user_id = "ana";
  ana.extra = Section(7, "later") + Section(8, "");
  KeptEvent event;
  event.time = {30};
  event.item = dictionary.Intern("p", "shoes");
  event.category = dictionary.category(event.item);
  ana.interests = {event};
  return ana;
}

TEST(StateBytes, UnknownFieldsOfAShopperSurviveReadingMergingAndWriting) {
  Dictionary dictionary;
  const Shopper ana = AnaOfLater(dictionary);
  const std::string bytes = StateWith(ana, dictionary);
  EXPECT_EQ(ReadAndWritten(bytes), bytes);

  const std::vector<Row> more = {Search("ana", 20), Search("bob", 20)};
  State first(3);
  first.Fold(more);
  ASSERT_TRUE(first.Read(bytes).ok());
  State second(1);
  ASSERT_TRUE(second.Read(bytes).ok());
  second.Fold(more);
  EXPECT_EQ(first.Kept("ana").extra, ana.extra);
  EXPECT_EQ(first.Bytes(), second.Bytes());
}

TEST(StateBytes, AShopperOfWhomOnlyUnknownFieldsAreKeptSurvives) {
  Dictionary dictionary;
  Shopper ana = AnaOfLater(dictionary);
  ana.interests.clear();
  const std::string bytes = StateWith(ana, dictionary);
  EXPECT_EQ(ReadAndWritten(bytes), bytes);
}

// Whatever becomes of the fields: an erase, what it covers and what comes later agree on it.
TEST(StateBytes, UnknownFieldsAndAnEraseMayMeetInAnyOrder) {
  Dictionary dictionary;
  const std::string events = StateWith(AnaOfLater(dictionary), dictionary);  // at 30
  for (const int64_t erased_at : {20, 30}) {
    std::vector<std::string> states = {events, BytesOf(std::vector<Row>{EraseOf("ana", erased_at)}, 1),
                                       BytesOf(std::vector<Row>{Search("ana", 40)}, 1)};
    std::sort(states.begin(), states.end());
    std::string expected;
    do {
      State state(1);
      for (const std::string& bytes : states) ASSERT_TRUE(state.Read(bytes).ok());
      EXPECT_FALSE(state.Kept("ana").interests.empty());
      if (expected.empty()) expected = state.Bytes();
      EXPECT_EQ(state.Bytes(), expected) << erased_at;
    } while (std::next_permutation(states.begin(), states.end()));
  }
}

TEST(ShopperBytes, AShopperReadsBackFromTheFrontOfMore) {
  State state(1);
  state.Fold(OneOfEach());
  const Shopper ana = state.Kept("ana");
  std::string bytes;
  ShopperWriter(state.dictionary()).Append(ana, bytes);
  const std::string alone = bytes;
  ShopperWriter(state.dictionary()).Append(state.Kept("bob"), bytes);

  std::string_view rest = bytes;
  Shopper shopper;
  ASSERT_TRUE(ReadShopper(rest, state.dictionary(), shopper).ok());
  EXPECT_EQ(shopper.user_id, "ana");
  EXPECT_EQ(shopper.user_name, "Ana");
  EXPECT_EQ(shopper.user_name_at, Timestamp{15});
  EXPECT_EQ(shopper.interests, ana.interests);
  EXPECT_EQ(shopper.purchases, ana.purchases);
  EXPECT_EQ(shopper.refunds, ana.refunds);
  EXPECT_EQ(rest.size(), bytes.size() - alone.size());
  ASSERT_TRUE(ReadShopper(rest, state.dictionary(), shopper).ok());
  EXPECT_EQ(shopper.user_id, "bob");
  EXPECT_TRUE(shopper.purchases.empty());
  EXPECT_TRUE(rest.empty());
}

TEST(ShopperBytes, AShopperCutAnywhereIsRefusedAndTheBytesStay) {
  State state(1);
  state.Fold(OneOfEach());
  std::string bytes;
  ShopperWriter(state.dictionary()).Append(state.Kept("ana"), bytes);
  ASSERT_GT(bytes.size(), 60u);
  Shopper shopper;
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string_view rest = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(ReadShopper(rest, state.dictionary(), shopper).code(), Code::kCorrupt) << size;
    EXPECT_EQ(rest.size(), size);
  }
}

TEST(ShopperBytes, FlippedBitsAreAnErrorOrAnotherShopperButNeverACrash) {
  State state(1);
  state.Fold(OneOfEach());
  std::string bytes;
  ShopperWriter(state.dictionary()).Append(state.Kept("ana"), bytes);
  int refused = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::string_view rest = damaged;
    Shopper shopper;
    if (!ReadShopper(rest, state.dictionary(), shopper).ok()) ++refused;
  }
  EXPECT_GT(refused, 100);
}

TEST(ShardOf, EveryShardGetsAShareOfTheUsers) {
  for (const size_t shards : {1u, 2u, 3u, 7u, 64u}) {
    std::vector<int> users(shards);
    for (int i = 0; i < 6400; ++i) ++users[ShardOf(UserHash("user-" + std::to_string(i)), shards)];
    EXPECT_GT(*std::min_element(users.begin(), users.end()), 3200 / static_cast<int>(shards)) << shards;
  }
}

}  // namespace
}  // namespace adirect
