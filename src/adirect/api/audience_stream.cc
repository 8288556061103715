#include "adirect/api/audience_stream.h"

#include <fmt/format.h>

#include <charconv>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kShoppersPerLock = 256;
constexpr size_t kChunkBytes = 32 << 10;

bool TakeNumber(std::string_view& text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string AudienceCursor(const AudienceExport& at) {
  return fmt::format("{}.{}.{}", at.as_of.ms, at.shard, at.shopper);
}

bool ParseAudienceCursor(std::string_view cursor, AudienceExport& at) {
  int64_t numbers[3] = {};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (!cursor.starts_with('.')) return false;
      cursor.remove_prefix(1);
    }
    if (!TakeNumber(cursor, numbers[i]) || numbers[i] < 0) return false;
  }
  at.as_of = {numbers[0]};
  at.shard = static_cast<size_t>(numbers[1]);
  at.shopper = static_cast<size_t>(numbers[2]);
  return cursor.empty() && at.as_of <= kMaxEventTime;
}

AudienceStream::AudienceStream(Engine& engine, AudienceExport wanted) : engine_(engine), at_(std::move(wanted)) {}

BodyStream::Next AudienceStream::Pull(std::string& chunk, const Waker&) {
  if (!begun_ && at_.csv) chunk += "user_id,category_id,searches,last_search_at,next_change_at\n";
  begun_ = true;
  const Popularity none;  // who is targeted does not depend on what would be shown, nor on the catalog
  Decider decider(at_.policy->policy, engine_.settings(), engine_.dictionary(), none, at_.as_of);
  Shopper shopper;
  while (chunk.size() < kChunkBytes && rows_ < at_.limit && at_.shard < engine_.shards().size()) {
    const auto lock = engine_.shards().Lock(at_.shard);
    const ShopperTable& table = engine_.shards().table(at_.shard);
    const size_t end = std::min(table.size(), at_.shopper + kShoppersPerLock);
    for (; at_.shopper < end && rows_ < at_.limit; ++at_.shopper) {
      if (!table.MayHaveSearches(at_.shopper, decider.filter())) continue;
      table.Read(at_.shopper, at_.as_of, shopper, &decider.filter());
      AppendPairs(shopper, decider.Audience(shopper), chunk);
    }
    if (at_.shopper >= table.size()) {
      ++at_.shard;
      at_.shopper = 0;
    }
  }
  const bool more = at_.shard < engine_.shards().size();
  if (!at_.csv && more) chunk += fmt::format("{{\"cursor\":\"{}\"}}\n", AudienceCursor(at_));
  return more && rows_ < at_.limit ? Next::kChunk : Next::kEnd;
}

void AudienceStream::AppendPairs(const Shopper& shopper, std::span<const CategoryDecision> targeted, std::string& out) {
  for (const CategoryDecision& decision : targeted) {
    const std::string_view category = engine_.dictionary().category_id(decision.category);
    if (!at_.category.empty() && category != at_.category) continue;
    ++rows_;
    const Verdict& verdict = decision.verdict;
    const std::string change = verdict.next_change_at ? FormatRfc3339(*verdict.next_change_at) : "";
    if (at_.csv) {
      AppendCsvField(shopper.user_id, out);
      out += ',';
      AppendCsvField(category, out);
      out += fmt::format(",{},{},{}\n", verdict.searches, FormatRfc3339(*verdict.last_search_at), change);
      continue;
    }
    out += "{\"user_id\":";
    AppendJsonString(shopper.user_id, out);
    out += ",\"category_id\":";
    AppendJsonString(category, out);
    out += fmt::format(",\"searches\":{},\"last_search_at\":\"{}\",\"next_change_at\":{}}}\n", verdict.searches,
                       FormatRfc3339(*verdict.last_search_at), change.empty() ? "null" : '"' + change + '"');
  }
}

}  // namespace adirect
