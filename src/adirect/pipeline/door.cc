#include "adirect/pipeline/door.h"

#include <algorithm>
#include <numeric>

#include "adirect/targeting/state_bytes.h"

namespace adirect {

void AddCounts(const TypeCounts& more, TypeCounts& counts) {
  for (size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
}

uint64_t DoorCounts::all_refused() const { return std::accumulate(refused.begin(), refused.end(), uint64_t{0}); }

void DoorCounts::Add(const DoorCounts& other) {
  rows += other.rows;
  accepted += other.accepted;
  ignored += other.ignored;
  after_as_of += other.after_as_of;
  newest = std::max(newest, other.newest);
  AddCounts(other.refused, refused);
  AddCounts(other.by_type, by_type);
}

std::string_view CategoryAtDoor(const Event& event, const DoorRules& rules) {
  if (event.type == EventType::kRefund || event.type == EventType::kErase) return {};
  if (!event.category_id.empty() || rules.catalog == nullptr) return event.category_id;
  const std::optional<Product> product = rules.catalog->Find(event.product_id);
  return product ? product->category_id : std::string_view();
}

std::optional<RejectReason> DoorRefusal(const Event& event, const DoorRules& rules, const Input& input,
                                        Timestamp arrival) {
  const bool erase = event.type == EventType::kErase;
  if (CategoryAtDoor(event, rules).empty() && event.type != EventType::kRefund && !erase)
    return RejectReason::kMissingCategoryId;
  if (event.time.ms - arrival.ms > rules.future_tolerance.millis()) return RejectReason::kFuture;
  if (erase && !input.may_erase) return RejectReason::kEraseNotAllowed;
  return std::nullopt;
}

void Door::Open(const SourceBlock& block) {
  input_ = block.input;
  arrivals_ = block.arrivals;
  first_ = block.block.offset;
  refused_.clear();
}

// What a stream recorded counts, but no clock that is ahead of ours.
Timestamp Door::ArrivalOf(const Event& event, const RowPlace& place) const {
  if (arrivals_.empty()) return event.arrival.value_or(rules_.arrival);
  return std::min(arrivals_[place.offset - first_], rules_.arrival);
}

void Door::OnEvent(const Event& event, const RowPlace& place) {
  const bool erase = event.type == EventType::kErase;
  const Timestamp arrival = ArrivalOf(event, place);
  if (const std::optional<RejectReason> refusal = DoorRefusal(event, rules_, *input_, arrival)) {
    return OnRejected(*refusal, place);
  }
  ++counts_.rows;
  if (rules_.as_of && event.time > *rules_.as_of && !erase) {
    ++counts_.after_as_of;
    return;
  }
  ++counts_.accepted;
  ++counts_.by_type[static_cast<size_t>(event.type)];
  if (!erase && (!counts_.newest || event.time > *counts_.newest)) counts_.newest = event.time;
  if (rules_.searches && IsInterest(event.type) && !rules_.searches->Looks(event.type, event.time)) return;

  Accept(event, CategoryAtDoor(event, rules_), arrival, place);
}

void Door::OnIgnored(const RowPlace&) {
  ++counts_.rows;
  ++counts_.ignored;
}

void Door::OnRejected(RejectReason reason, const RowPlace& place) {
  ++counts_.rows;
  ++counts_.refused[static_cast<size_t>(reason)];
  AppendQuarantineRecord(*input_, reason, place, refused_);
}

FoldingDoor::FoldingDoor(const DoorRules& rules, Dictionary& dictionary, size_t shards)
    : Door(rules), dictionary_(dictionary), rows_(shards) {}

void FoldingDoor::Open(const SourceBlock& block) {
  Door::Open(block);
  pending_count_ = 0;
  for (std::vector<FoldRow>& rows : rows_) rows.clear();
}

void FoldingDoor::Accept(const Event& event, std::string_view category, Timestamp, const RowPlace&) {
  // The slot of an earlier event is finished and used again: its item's cache line has come by now.
  Pending& pending = pending_[pending_count_ % kAhead];
  if (pending_count_ >= kAhead) Finish(pending);
  ++pending_count_;
  FoldRow& row = pending.row;
  row.user = event.user_id.data();
  row.user_size = static_cast<uint8_t>(event.user_id.size());
  row.user_hash = UserHash(event.user_id);
  row.name = event.user_name.data();
  row.name_size = static_cast<uint8_t>(event.user_name.size());
  row.type = event.type;
  row.time = event.time;
  row.identity = event.identity;
  row.order = OrderHash(event.order_id);
  pending.product = event.product_id;
  pending.category = category;
  pending.item_hash = Dictionary::HashOf(pending.product, pending.category);
  dictionary_.PrefetchSlot(pending.item_hash);
  if (pending_count_ > kAhead / 2) {
    dictionary_.PrefetchItem(pending_[(pending_count_ - 1 - kAhead / 2) % kAhead].item_hash);
  }
}

void FoldingDoor::Finish(Pending& pending) {
  FoldRow& row = pending.row;
  if (row.type != EventType::kErase) {
    row.item = dictionary_.Intern(pending.product, pending.category, pending.item_hash);
    row.category = dictionary_.category(row.item);
  }
  rows_[ShardOf(row.user_hash, rows_.size())].push_back(row);
}

void FoldingDoor::Close() {
  const size_t first = pending_count_ > kAhead ? pending_count_ - kAhead : 0;
  for (size_t i = first; i < pending_count_; ++i) Finish(pending_[i % kAhead]);
  pending_count_ = 0;
}

}  // namespace adirect
