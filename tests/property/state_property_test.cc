// A state is a join-semilattice: what it holds is a function of the set of events and the settings.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <utility>

#include "adirect/targeting/state_bytes.h"
#include "random_events.h"

namespace adirect {
namespace {

// A state in some shards, with a dictionary of its own: numbers differ from state to state.
class State {
 public:
  State(const Settings& settings, size_t shards) {
    for (size_t i = 0; i < shards; ++i) tables_.push_back(std::make_unique<ShopperTable>(settings, *dictionary_));
  }
  State(const Settings& settings, const RandomEvents& events) : State(settings, 1) { Fold(events); }

  void Fold(const RandomEvents& events) {
    std::vector<std::vector<FoldRow>> rows(tables_.size());
    for (const RandomEvent& e : events) {
      const FoldRow row = RowOf(e, *dictionary_);
      rows[ShardOf(row.user_hash, tables_.size())].push_back(row);
    }
    for (size_t i = 0; i < rows.size(); ++i) tables_[i]->Fold(rows[i]);
  }

  std::string Bytes() const {
    const std::vector<const ShopperTable*> shards = Shards<const ShopperTable>();
    return StateBytes(shards, *dictionary_);
  }

  Status Read(std::string_view bytes) {
    const std::vector<ShopperTable*> shards = Shards<ShopperTable>();
    return ReadState(bytes, *dictionary_, shards);
  }

 private:
  template <typename Table>
  std::vector<Table*> Shards() const {
    std::vector<Table*> shards;
    for (const auto& table : tables_) shards.push_back(table.get());
    return shards;
  }

  std::unique_ptr<Dictionary> dictionary_ = std::make_unique<Dictionary>();
  std::vector<std::unique_ptr<ShopperTable>> tables_;
};

RC_GTEST_PROP(StateProperty, OrderRepeatsChunksAndShardsDoNotMatter, ()) {
  const RandomEvents events = *AnyEvents();
  const Settings settings = RandomSettings();
  const std::string expected = State(settings, events).Bytes();
  Choices choices;
  RandomEvents disturbed = choices.Disturb(events);
  State state(settings, 1 + choices.Below(4));
  while (!disturbed.empty()) {
    const auto first = disturbed.end() - static_cast<ptrdiff_t>(1 + choices.Below(disturbed.size()));
    state.Fold({first, disturbed.end()});
    disturbed.erase(first, disturbed.end());
  }
  RC_ASSERT(state.Bytes() == expected);
}

RC_GTEST_PROP(StateProperty, PartsMergedInARandomTreeAreTheWhole, ()) {
  const RandomEvents events = *AnyEvents();
  Choices choices;
  Dictionary dictionary;
  const size_t count = 1 + choices.Below(6);
  std::vector<RandomEvents> parts(count);
  for (const RandomEvent& e : choices.Disturb(events)) parts[choices.Below(count)].push_back(e);
  // The parts were kept under settings of their own; a merge is under the smaller ones.
  Settings common = RandomSettings();
  std::vector<ShopperTable> tables;
  for (const RandomEvents& part : parts) {
    const Settings own = RandomSettings();
    common = common.Meet(own);
    tables.emplace_back(own, dictionary);
    FoldAll(part, dictionary, tables.back());
  }
  while (tables.size() > 1) {
    std::swap(tables[choices.Below(tables.size())], tables.back());
    const ShopperTable last = std::move(tables.back());
    tables.pop_back();
    tables[choices.Below(tables.size())].Merge(last);
  }
  tables[0].Restrict(common);
  const ShopperTable* whole = &tables[0];
  RC_ASSERT(StateBytes({&whole, 1}, dictionary) == State(common, events).Bytes());
}

RC_GTEST_PROP(StateProperty, AReplayOnTopChangesNothing, ()) {
  const RandomEvents events = *AnyEvents();
  const Settings settings = RandomSettings();
  State state(settings, events);
  const std::string before = state.Bytes();
  Choices choices;
  state.Fold(choices.Disturb(events));
  RC_ASSERT(state.Bytes() == before);
  RC_ASSERT(state.Read(before).ok());
  RC_ASSERT(state.Bytes() == before);
}

RC_GTEST_PROP(StateProperty, TheBytesReadBackInAnyNumberOfShards, ()) {
  const RandomEvents events = *AnyEvents();
  const Settings settings = RandomSettings();
  const std::string bytes = State(settings, events).Bytes();
  Choices choices;
  State read(Settings(), 1 + choices.Below(4));
  const Status status = read.Read(bytes);
  if (!status.ok()) RC_FAIL(status.message());
  RC_ASSERT(read.Bytes() == bytes);
}

RC_GTEST_PROP(StateProperty, ReadingAStateOntoAnotherMergesThem, ()) {
  const RandomEvents a = *AnyEvents();
  const RandomEvents b = *AnyEvents();
  const Settings of_a = RandomSettings();
  const Settings of_b = RandomSettings();
  State both(of_a, a);
  RC_ASSERT(both.Read(State(of_b, b).Bytes()).ok());
  RandomEvents all = a;
  all.insert(all.end(), b.begin(), b.end());
  RC_ASSERT(both.Bytes() == State(of_a.Meet(of_b), all).Bytes());
}

RC_GTEST_PROP(StateProperty, DamagedBytesAreNeverTakenForAState, ()) {
  const RandomEvents events = *AnyEvents();
  std::string bytes = State(RandomSettings(), events).Bytes();
  Choices choices;
  const size_t at = choices.Below(bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << choices.Below(8)));
  State read(Settings(), 2);
  const std::string before = read.Bytes();
  RC_ASSERT(!read.Read(bytes).ok());
  RC_ASSERT(read.Bytes() == before);
  RC_ASSERT(!read.Read(std::string_view(bytes).substr(0, at)).ok());
}

}  // namespace
}  // namespace adirect
