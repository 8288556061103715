#include "adirect/cassandra/reader.h"

#include <algorithm>
#include <utility>

#include "adirect/cassandra/audience_walk.h"
#include "adirect/cassandra/deciding.h"
#include "adirect/cassandra/shopper_reads.h"

namespace adirect {
namespace {

// What a thread asks with, again and again.
struct AskingMemory {
  std::unique_ptr<Dictionary> dictionary;
  FoundRows found;
  Shopper shopper;
  Decider decider;
};

AskingMemory& MemoryOfThread() {
  thread_local AskingMemory memory;
  if (memory.dictionary == nullptr || memory.dictionary->item_count() > CassandraReader::kMostItems) {
    memory.dictionary = std::make_unique<Dictionary>();
  }
  return memory;
}

// T, also of what was published since the last look.
Timestamp NewestOf(const FoundRows& found, Timestamp newest) {
  for (const std::vector<KeptEvent>* events : {&found.interests, &found.purchases, &found.refunds}) {
    for (const KeptEvent& event : *events) newest = std::max(newest, event.time);
  }
  return newest;
}

std::set<std::string> ProductsOf(const Shopper& shopper, const Dictionary& dictionary) {
  std::set<std::string> ids;
  for (const std::vector<KeptEvent>* events : {&shopper.interests, &shopper.purchases, &shopper.refunds}) {
    for (const KeptEvent& event : *events) ids.emplace(dictionary.product(event.item));
  }
  return ids;
}

std::string TitleOf(const ListReads::Products& products, std::string_view product_id) {
  const auto found = products.find(product_id);
  return found == products.end() || found->second == nullptr ? std::string() : found->second->title;
}

}  // namespace

Result<std::unique_ptr<CassandraReader>> CassandraReader::Open(const KeyspaceAddress& address, const Clock& clock) {
  std::unique_ptr<CassandraReader> reader(new CassandraReader(clock));
  Result<std::unique_ptr<KeyspaceWatch>> watch = KeyspaceWatch::Start(address, reader->counts_);
  if (!watch.ok()) return watch.status();
  reader->watch_ = *std::move(watch);
  return reader;
}

Status CassandraReader::Decide(const Question& question, const Policy& policy,
                               const std::function<void(const Decided&)>& take) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  AskingMemory& memory = MemoryOfThread();
  Dictionary& dictionary = *memory.dictionary;
  const ShopperDepth depth{question.category_id, ReadDepth::kDecision};
  ADIRECT_RETURN_IF_ERROR(ReadShopper(*asking, question.user_id, depth, dictionary, memory.found));
  const Timestamp newest = NewestOf(memory.found, asking->newest);
  ADIRECT_RETURN_IF_ERROR(CheckAsOf(question, newest));
  const Timestamp now = question.as_of.value_or(std::max(clock_.Now(), newest));
  ShopperOf(memory.found, dictionary, asking->settings, now, memory.shopper);
  Deciding deciding(*asking, lists_, question, policy, dictionary, memory.decider);
  ADIRECT_RETURN_IF_ERROR(deciding.Decide(memory.shopper, now));
  take({*deciding.decision(), memory.shopper, now, dictionary, asking->settings, deciding.catalog()});
  return {};
}

Status CassandraReader::Kept(std::string_view user_id, const std::function<void(const KeptShopper&)>& take) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  AskingMemory& memory = MemoryOfThread();
  Dictionary& dictionary = *memory.dictionary;
  ADIRECT_RETURN_IF_ERROR(ReadShopper(*asking, user_id, {std::nullopt, ReadDepth::kAll}, dictionary, memory.found));
  const Timestamp now = std::max(clock_.Now(), NewestOf(memory.found, asking->newest));
  ShopperOf(memory.found, dictionary, asking->settings, now, memory.shopper);
  ListReads::Products products;
  ADIRECT_RETURN_IF_ERROR(lists_.FindProducts(*asking, ProductsOf(memory.shopper, dictionary), products));
  Catalog catalog;
  take({memory.shopper, dictionary, FillCatalog(products, catalog)});
  return {};
}

Result<std::vector<RankedProduct>> CassandraReader::Popular(std::string_view category_id, Duration window,
                                                            size_t limit) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  const int64_t days = WindowDays(window, asking->settings);
  const auto policies = watch_->policies().All();
  if (std::none_of(policies.begin(), policies.end(), [&](const auto& named) {
        return WindowDays(named->policy.products.popular_window, asking->settings) == days;
      })) {
    return Unsupported("no policy has the window " + FormatDuration(window) +
                       ", and only theirs are published; ask the engine, or give a policy this popular_window");
  }
  const std::string category(category_id);
  const Result<std::vector<ListReads::Ranks>> ranks = lists_.FindRanks(*asking, {&category, 1}, days);
  if (!ranks.ok()) return ranks.status();
  std::vector<RankedProduct> ranked;
  std::set<std::string> ids;
  for (const ListReads::Ranked& product : *ranks->front()) {
    if (ranked.size() == limit) break;
    ranked.push_back({product.product_id, product.purchases, {}});
    ids.insert(product.product_id);
  }
  ListReads::Products products;
  ADIRECT_RETURN_IF_ERROR(lists_.FindProducts(*asking, ids, products));
  for (RankedProduct& product : ranked) product.title = TitleOf(products, product.product_id);
  return ranked;
}

Result<std::vector<ListedSearch>> CassandraReader::Searches(std::optional<std::string_view> category_id, size_t limit) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  const Result<ListReads::Categories> categories = lists_.FindCategories(*asking);
  if (!categories.ok()) return categories.status();
  Result<std::vector<ListedSearch>> searches =
      lists_.FindSearches(*asking, std::string(category_id.value_or("")), limit);
  if (!searches.ok()) return searches;
  std::set<std::string> ids;
  for (const ListedSearch& search : *searches) ids.insert(search.product_id);
  ListReads::Products products;
  ADIRECT_RETURN_IF_ERROR(lists_.FindProducts(*asking, ids, products));
  for (ListedSearch& search : *searches) {
    search.title = TitleOf(products, search.product_id);
    const auto category =
        std::lower_bound((*categories)->begin(), (*categories)->end(), search.category_id,
                         [](const ListedCategory& known, const std::string& id) { return known.category_id < id; });
    if (category != (*categories)->end() && category->category_id == search.category_id) {
      search.category_name = category->name;
    }
  }
  return searches;
}

Result<std::vector<ListedCategory>> CassandraReader::Categories() {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  const Result<ListReads::Categories> categories = lists_.FindCategories(*asking);
  if (!categories.ok()) return categories.status();
  return **categories;
}

Status CassandraReader::FindProduct(std::string_view product_id,
                                    const std::function<void(const std::optional<Product>&)>& take) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  ListReads::Products products;
  ADIRECT_RETURN_IF_ERROR(lists_.FindProducts(*asking, {std::string(product_id)}, products));
  const ListReads::FoundProduct& found = products.begin()->second;
  take(found == nullptr ? std::nullopt : std::optional<Product>(found->view()));
  return {};
}

Result<std::unique_ptr<AudienceWalk>> CassandraReader::Walk(AudienceQuestion question) {
  const Result<Asking> asking = watch_->Ask();
  if (!asking.ok()) return asking.status();
  return CassandraWalk::Begin(*watch_, std::move(question));
}

std::vector<Health::Trouble> CassandraReader::Troubles() const {
  const Status status = watch_->status();
  if (status.ok()) return {};
  return {{"reader_waits", "reading waits: " + status.message(), watch_->is_filling()}};
}

}  // namespace adirect
