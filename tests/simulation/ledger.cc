#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "adirect/codec/format.h"
#include "adirect/pipeline/decision_json.h"
#include "adirect/pipeline/door.h"
#include "adirect/pipeline/shards.h"
#include "adirect/targeting/state_bytes.h"

namespace adirect {
namespace {

std::vector<Policy> Policies() {
  Policy easy;
  easy.name = "easy";
  easy.interest.min_searches = 1;
  easy.interest.window = easy.interest.last_within = Duration::Forever();
  easy.purchase.suppress_for = Duration::Days(1);
  easy.products.popular_window = Duration::Forever();
  easy.products.exclude_purchased = false;
  return {Policy(), easy};
}

// A batch over some events, in memory.
class Batch {
 public:
  Batch(const std::vector<ShopEvent>& events, const Settings& settings) : settings_(settings), shards_(1, settings) {
    std::string text;
    for (const ShopEvent& event : events) text += LineOf(event, "batch");
    Fold(text);
  }

  Timestamp newest() const { return shards_.newest().value_or(Timestamp{INT64_MIN}); }
  std::string state() const { return StateBytes(shards_.tables(), shards_.dictionary(), {}); }
  void Aim(const Policy& policy, Timestamp now) {
    policy_ = policy;
    now_ = now;
    PopularityCounter counter(policy.products.popular_window, settings_, now);
    Shopper scratch;
    std::vector<KeptEvent> standing;
    for (size_t i = 0; i < table().size(); ++i) {
      ReadStanding(table(), i, shards_.dictionary(), settings_, now, scratch, standing);
      counter.Add(standing);
    }
    popularity_ = Popularity(counter, shards_.dictionary());
  }
  std::string Decide(const std::string& user) const {
    Shopper shopper;
    if (const std::optional<size_t> found = table().Find(user)) table().Read(*found, now_, shopper);
    Decider decider(policy_, settings_, shards_.dictionary(), popularity_, now_);
    std::string json;
    AppendDecisionJson(decider.Decide(shopper), {user, now_, policy_, shards_.dictionary(), {}}, json);
    return json;
  }

 private:
  const ShopperTable& table() const { return shards_.table(0); }
  void Fold(std::string& text) {
    const Input input{"batch", true};
    const Result<std::unique_ptr<Decoder>> decoder =
        MakeDecoder(AdirectFormat(Format::Kind::kNdjson), input.name, text);
    text.reserve(text.size() + kBlockPadding);
    SourceBlock block;
    block.input = &input;
    block.block.bytes = text;
    DoorRules rules;
    rules.arrival = kMaxEventTime;
    FoldingDoor door(rules, shards_.dictionary(), shards_.size());
    DecodeScratch scratch;
    door.Open(block);
    (*decoder)->Decode(block.block, scratch, door);
    door.Close();
    shards_.Fold(0, door.rows(0));
  }

  const Settings settings_;
  Shards shards_;
  Policy policy_;
  Timestamp now_;
  Popularity popularity_;
};

std::string DecisionOf(Engine& engine, const std::string& user, const Policy& policy) {
  std::string json;
  const Question question{.user_id = user, .category_id = std::nullopt, .as_of = std::nullopt};
  const Status asked = engine.Decide(question, policy, [&](const Decided& decided) {
    AppendDecisionJson(decided.decision, {user, decided.as_of, policy, decided.dictionary, {}}, json);
  });
  return asked.ok() ? json : asked.message();
}

}  // namespace

void Ledger::Add(ShopEvent event, const std::string& place) {
  places_.push_back(place);
  all_named_ = all_named_ && !event.event_id.empty();
  if (event.event_id.empty()) event.event_id = place;
  events_.push_back(std::move(event));
}

std::string Ledger::Difference(Engine& engine, Timestamp now) const {
  const std::string counted = CountedByHand(engine);
  return counted.empty() ? AsABatch(engine, now) : counted;
}

// Where nothing is cut, a shopper has each event that no erase covers once.
std::string Ledger::CountedByHand(Engine& engine) const {
  using Key = std::tuple<EventType, int64_t, std::string, std::string, std::string, std::string>;
  if (settings_.max_searches < 1000 || !settings_.retention.forever()) return {};
  std::map<std::string, std::set<Key>> kept;
  std::map<std::string, int64_t> erased;
  for (const ShopEvent& e : events_) {
    if (e.type == EventType::kErase) erased[e.user] = std::max(erased[e.user], e.time.ms);
  }
  for (const ShopEvent& e : events_) {
    if (e.type == EventType::kErase || (erased.contains(e.user) && e.time.ms <= erased[e.user])) continue;
    const bool refund = e.type == EventType::kRefund;
    kept[e.user].emplace(e.type, e.time.ms, e.category, e.product, refund ? "" : e.event_id, e.order);
  }
  for (const std::string& user : ShopUsers()) {
    Shopper shopper;
    engine.Kept(user, shopper);
    const size_t there = shopper.interests.size() + shopper.purchases.size() + shopper.refunds.size();
    if (there == kept[user].size()) continue;
    return fmt::format("{} has {} events, but {} were accepted; missing:{}", user.substr(0, 3), there,
                       kept[user].size(), MissingOf(shopper, erased[user]));
  }
  return {};
}

// Where the shopper's events came from whose instants he lacks.
std::string Ledger::MissingOf(const Shopper& shopper, int64_t erased) const {
  std::set<std::pair<int64_t, EventType>> there;
  for (const auto* list : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
    for (const KeptEvent& event : *list) there.emplace(event.time.ms, event.type);
  }
  std::string missing;
  for (size_t i = 0; i < events_.size(); ++i) {
    const ShopEvent& e = events_[i];
    const bool wanted = e.user == shopper.user_id && e.type != EventType::kErase && e.time.ms > erased;
    if (wanted && !there.contains({e.time.ms, e.type})) missing += " " + places_[i];
  }
  return missing;
}

std::string Ledger::AsABatch(Engine& engine, Timestamp now) const {
  Batch batch(events_, settings_);
  const Timestamp as_of = std::max(now, batch.newest());
  for (const Policy& policy : Policies()) {
    batch.Aim(policy, as_of);
    for (const std::string& user : ShopUsers()) {
      const std::string expected = batch.Decide(user);
      const std::string told = DecisionOf(engine, user, policy);
      if (told != expected) return fmt::format("the engine decides\n  {}\nthe batch\n  {}", told, expected);
    }
  }
  const bool equal =
      !all_named_ || StateBytes(engine.shards().tables(), engine.dictionary(), engine.inputs()) == batch.state();
  return equal ? "" : "equal decisions, but other state bytes than the batch's";
}

}  // namespace adirect
