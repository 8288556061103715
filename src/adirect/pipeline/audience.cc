#include "adirect/pipeline/audience.h"

#include <algorithm>
#include <mutex>

#include "adirect/base/prefetch.h"
#include "adirect/pipeline/ordered.h"
#include "adirect/pipeline/pipeline.h"
#include "adirect/targeting/decision.h"
#include "adirect/targeting/shopper_order.h"

namespace adirect {
namespace {

constexpr size_t kShoppersPerChunk = 4096;

Status Stopped(const AudiencePass& pass) {
  return pass.stop != nullptr && *pass.stop ? Unavailable("cancelled") : Status();
}

// One thread's part of the second walk.
class Walker {
 public:
  Walker(const Shards& shards, const Popularity& popularity, const AudiencePass& pass, const AudienceSink& sink)
      : shards_(shards),
        now_(pass.now),
        decider_(pass.policy, pass.settings, shards.dictionary(), popularity, pass.now, pass.catalog),
        sink_(sink) {
    counts.audience_by_category.resize(shards.dictionary().category_count());
  }

  void Visit(std::span<const ShopperPlace> places, AudienceSink::Chunk& chunk) {
    const auto prefetch = [&](size_t i, int step) { shards_.table(places[i].shard).Prefetch(places[i].shopper, step); };
    WithPrefetch(places.size(), prefetch, [&](size_t i) { Visit(places[i], chunk); });
  }

  AudienceCounts counts;

 private:
  void Visit(const ShopperPlace& place, AudienceSink::Chunk& chunk) {
    shards_.table(place.shard).Read(place.shopper, now_, shopper_, &decider_.filter());
    const std::span<const CategoryDecision> targeted = decider_.Audience(shopper_);
    if (decider_.searched_count() > 0) ++counts.users;
    counts.pairs += decider_.searched_count();
    if (targeted.empty()) return;
    ++counts.audience_users;
    counts.audience_pairs += targeted.size();
    for (const CategoryDecision& category : targeted) {
      ++counts.audience_by_category[category.category.value];
      counts.recommendations += category.list.size();
    }
    sink_.Format(shopper_.user_id, targeted, chunk);
  }

  const Shards& shards_;
  const Timestamp now_;
  Decider decider_;
  const AudienceSink& sink_;
  Shopper shopper_;
};

}  // namespace

void AudienceCounts::Add(const AudienceCounts& other) {
  users += other.users;
  pairs += other.pairs;
  audience_users += other.audience_users;
  audience_pairs += other.audience_pairs;
  recommendations += other.recommendations;
  audience_by_category.resize(std::max(audience_by_category.size(), other.audience_by_category.size()));
  for (size_t i = 0; i < other.audience_by_category.size(); ++i)
    audience_by_category[i] += other.audience_by_category[i];
}

Popularity CountPopularity(const Shards& shards, const AudiencePass& pass) {
  PopularityCounter total(pass.policy.products.popular_window, pass.settings, pass.now);
  std::mutex mutex;
  std::atomic<size_t> next = 0;
  const Status done = RunOnThreads(pass.threads, [&](unsigned) {
    PopularityCounter counter(pass.policy.products.popular_window, pass.settings, pass.now);
    Shopper shopper;
    std::vector<KeptEvent> standing;
    for (size_t shard = next++; shard < shards.size() && Stopped(pass).ok(); shard = next++) {
      const ShopperTable& table = shards.table(shard);
      const auto prefetch = [&](size_t i, int step) {
        if (step == 0 || table.MayHavePurchases(i)) table.Prefetch(i, step);
      };
      WithPrefetch(table.size(), prefetch, [&](size_t i) {
        ReadStanding(table, i, shards.dictionary(), pass.settings, pass.now, shopper, standing);
        counter.Add(standing);
      });
    }
    const std::lock_guard<std::mutex> lock(mutex);
    total.Merge(counter);
    return Status();
  });
  ADIRECT_CHECK(done.ok(), done.message());
  return Popularity(total, shards.dictionary());
}

Result<AudienceCounts> WalkAudience(const Shards& shards, const Popularity& popularity, const AudiencePass& pass,
                                    AudienceSink& sink) {
  const SearchFilter filter(pass.policy, pass.settings, pass.now);
  const std::vector<const ShopperTable*> tables = shards.tables();
  const std::vector<ShopperPlace> places = InOrderOfIds(
      tables, [&](const ShopperTable& table, uint32_t shopper) { return table.MayHaveSearches(shopper, filter); });
  const size_t chunks = (places.size() + kShoppersPerChunk - 1) / kShoppersPerChunk;
  Ordered<AudienceSink::Chunk> written([&](AudienceSink::Chunk& chunk) { return sink.Write(chunk); });
  AudienceCounts total;
  std::mutex mutex;
  std::atomic<size_t> next = 0;
  const Status done = RunOnThreads(pass.threads, [&](unsigned) -> Status {
    Walker walker(shards, popularity, pass, sink);
    for (;;) {
      ADIRECT_RETURN_IF_ERROR(Stopped(pass));  // before a number is taken that others would wait for
      const size_t chunk = next++;
      if (chunk >= chunks) break;
      AudienceSink::Chunk text;
      const size_t first = chunk * kShoppersPerChunk;
      walker.Visit(std::span(places).subspan(first, std::min(kShoppersPerChunk, places.size() - first)), text);
      ADIRECT_RETURN_IF_ERROR(written.Commit(chunk, std::move(text)));
    }
    const std::lock_guard<std::mutex> lock(mutex);
    total.Add(walker.counts);
    return {};
  });
  if (!done.ok()) return done;
  return total;
}

}  // namespace adirect
