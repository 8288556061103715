#include "adirect/api/preview_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kStride = 64;
constexpr size_t kShoppersPerLock = 256;
constexpr size_t kLocksPerPull = 8;
constexpr size_t kExamples = 20;

void Take(std::span<const CategoryDecision> targeted, std::vector<CategoryIndex>& categories) {
  categories.clear();
  for (const CategoryDecision& decision : targeted) categories.push_back(decision.category);
  std::sort(categories.begin(), categories.end());
}

}  // namespace

PreviewStream::PreviewStream(Engine& engine, std::shared_ptr<const NamedPolicy> stored, Policy then)
    : engine_(engine),
      stored_(std::move(stored)),
      then_policy_(std::move(then)),
      as_of_(engine.Now()),
      decider_(then_policy_, engine.settings(), engine.dictionary(), none_, as_of_) {
  if (stored_ == nullptr) return;
  stored_decider_ = std::make_unique<Decider>(stored_->policy, engine.settings(), engine.dictionary(), none_, as_of_);
}

BodyStream::Next PreviewStream::Pull(std::string& chunk, const Waker&) {
  for (size_t i = 0; i < kLocksPerPull; ++i) {
    if (!Walk()) continue;
    const bool done = start_ == kStride;
    if (done || std::has_single_bit(start_)) AppendLine(chunk);
    return done ? Next::kEnd : Next::kChunk;
  }
  return Next::kChunk;
}

// A few shoppers more; true where all that begin at start_ are walked.
bool PreviewStream::Walk() {
  const auto lock = engine_.shards().Lock(shard_);
  const ShopperTable& table = engine_.shards().table(shard_);
  SearchFilter filter = decider_.filter();
  if (stored_decider_ != nullptr) filter.Add(stored_decider_->filter());
  for (size_t i = 0; i < kShoppersPerLock && next_ < table.size(); ++i, next_ += kStride) {
    ++walked_;
    if (!table.MayHaveSearches(next_, filter)) continue;
    table.Read(next_, as_of_, shopper_, &filter);
    Compare(shopper_);
  }
  if (next_ < table.size()) return false;
  shard_ = (shard_ + 1) % engine_.shards().size();
  if (shard_ == 0) ++start_;
  next_ = start_;
  return shard_ == 0;
}

void PreviewStream::Compare(const Shopper& shopper) {
  Take(decider_.Audience(shopper), after_);
  before_.clear();
  if (stored_decider_ != nullptr) Take(stored_decider_->Audience(shopper), before_);
  now_.users += before_.empty() ? 0 : 1;
  now_.pairs += before_.size();
  then_.users += after_.empty() ? 0 : 1;
  then_.pairs += after_.size();
  for (const CategoryIndex category : after_) {
    if (std::binary_search(before_.begin(), before_.end(), category)) continue;
    ++enter_;
    Keep(entering_, shopper, category);
  }
  for (const CategoryIndex category : before_) {
    if (std::binary_search(after_.begin(), after_.end(), category)) continue;
    ++leave_;
    Keep(leaving_, shopper, category);
  }
}

void PreviewStream::Keep(std::vector<Pair>& examples, const Shopper& shopper, CategoryIndex category) {
  if (examples.size() < kExamples) examples.push_back({shopper.user_id, category});
}

void PreviewStream::AppendLine(std::string& out) const {
  const bool exact = start_ == kStride;
  const uint64_t all = engine_.shoppers().shoppers;
  const double part = exact || all == 0 ? 1 : static_cast<double>(walked_) / static_cast<double>(all);
  const auto scaled = [&](uint64_t number) {
    return part == 0 ? number : static_cast<uint64_t>(static_cast<double>(number) / part + 0.5);
  };
  const auto size = [&](const Size& of) {
    return fmt::format("{{\"users\":{},\"pairs\":{}}}", scaled(of.users), scaled(of.pairs));
  };
  const auto pairs = [&](const std::vector<Pair>& examples) {
    std::string list = "[";
    for (const Pair& pair : examples) {
      list += list.size() > 1 ? "," : "";
      list += "{\"user_id\":" + QuotedJson(pair.user_id) +
              ",\"category_id\":" + QuotedJson(engine_.dictionary().category_id(pair.category)) + "}";
    }
    return list + "]";
  };
  out += fmt::format(
      "{{\"exact\":{},\"as_of\":\"{}\",\"walked\":{:.4f},\"now\":{},\"then\":{},\"enter\":{},\"leave\":{},"
      "\"entering\":{},\"leaving\":{}}}\n",
      exact, FormatRfc3339(as_of_), part, size(now_), size(then_), scaled(enter_), scaled(leave_), pairs(entering_),
      pairs(leaving_));
}

}  // namespace adirect
