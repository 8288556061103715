#include "adirect/cassandra/audience_walk.h"

#include <algorithm>
#include <charconv>
#include <deque>

#include "adirect/cassandra/cells.h"
#include "adirect/cassandra/reader.h"

namespace adirect {

Result<std::unique_ptr<AudienceWalk>> CassandraWalk::Begin(const KeyspaceWatch& watch, AudienceQuestion question) {
  int64_t token = INT64_MIN;  // no shopper has it
  const char* const end = question.place.data() + question.place.size();
  if (!question.place.empty()) {
    const auto [at, error] = std::from_chars(question.place.data(), end, token);
    if (error != std::errc() || at != end) return InvalidArgument("this is no place of this keyspace");
  }
  return std::unique_ptr<AudienceWalk>(new CassandraWalk(watch, std::move(question), token));
}

Status CassandraWalk::Go(uint64_t most, const std::function<void(const AudiencePair&)>& take) {
  if (ended()) return {};
  const Result<Asking> asking = watch_.Ask();
  if (!asking.ok()) return asking.status();
  if (next_ == page_.size()) ADIRECT_RETURN_IF_ERROR(ReadPage(*asking));
  return Decide(*asking, most, take);
}

// The rows of a shopper stand together. Of the last one of a page some may be missing.
Status CassandraWalk::ReadPage(const Asking& asking) {
  const SearchFilter filter(asked_.policy->policy, asking.settings, asked_.as_of);
  std::string values;
  AppendCell(token_, values);
  AppendCell(static_cast<int32_t>(kRowsPerPage), values);
  Reads reads(asking);
  const size_t read = reads.Start(ReadText::kUsers, values);
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  page_.clear();
  next_ = 0;
  size_t count = 0;
  for (CellReader rows(reads.cells(read)); !rows.done(); ++count) {
    const int64_t token = rows.Bigint();
    const std::string_view user_id = rows.Text();
    const std::optional<Timestamp> newest = rows.TimeIfAny();
    if (page_.empty() || page_.back().user_id != user_id) page_.push_back({token, std::string(user_id)});
    if (newest && filter.Reaches(*newest)) page_.back().may_be_targeted = true;
  }
  ended_ = count < kRowsPerPage;
  if (!ended_) page_.back().may_be_targeted = true;
  return {};
}

Status CassandraWalk::Decide(const Asking& asking, uint64_t most,
                             const std::function<void(const AudiencePair&)>& take) {
  if (dictionary_ == nullptr || dictionary_->item_count() > CassandraReader::kMostItems) {
    dictionary_ = std::make_unique<Dictionary>();
  }
  Decider decider(asked_.policy->policy, asking.settings, *dictionary_, none_, asked_.as_of);
  Reads reads(asking);
  std::deque<std::pair<size_t, FirstShopperReads>> firsts;  // by their place in the page
  size_t end = next_;
  for (; end < page_.size() && firsts.size() < kShoppersAtOnce; ++end) {
    if (page_[end].may_be_targeted) firsts.emplace_back(end, FirstShopperReads(reads, page_[end].user_id));
  }
  if (!firsts.empty()) ADIRECT_RETURN_IF_ERROR(reads.Wait());
  uint64_t taken = 0;
  for (const auto& [at, first] : firsts) {
    FoundRows found;
    ADIRECT_RETURN_IF_ERROR(first.Take(asking, {}, *dictionary_, found));
    ShopperOf(found, *dictionary_, asking.settings, asked_.as_of, shopper_);
    taken += Tell(decider, take);
    next_ = at + 1;
    token_ = page_[at].token;
    if (taken >= most) return {};
  }
  next_ = end;
  if (end > 0) token_ = page_[end - 1].token;
  return {};
}

uint64_t CassandraWalk::Tell(Decider& decider, const std::function<void(const AudiencePair&)>& take) {
  uint64_t told = 0;
  for (const CategoryDecision& decision : decider.Audience(shopper_)) {
    const std::string_view category = dictionary_->category_id(decision.category);
    if (!asked_.category_id.empty() && category != asked_.category_id) continue;
    take({shopper_.user_id, category, decision.verdict});
    ++told;
  }
  return told;
}

}  // namespace adirect
