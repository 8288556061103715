#include "adirect/cassandra/target.h"

#include <algorithm>
#include <future>
#include <map>
#include <set>

#include "adirect/base/time.h"
#include "adirect/cassandra/cells.h"
#include "adirect/cassandra/schema.h"

namespace adirect {
namespace {

constexpr int64_t kMicrosPerMilli = 1000;
constexpr size_t kBesideRanks = 2;  // statements of a popular list: its day, and what is behind it

// Of a list's searches, those of each day: the partitions.
template <typename Add>
void ByDay(const std::vector<PublishedNewest::Search>& searches, std::map<int64_t, PartitionWrites>& days, Add add) {
  for (const PublishedNewest::Search& search : searches) add(search, days[search.time.day()]);
}

}  // namespace

int64_t CassandraTarget::Stamp() {
  last_stamp_ = std::max(last_stamp_ + 2, clock_.Now().ms * kMicrosPerMilli);
  return last_stamp_;
}

Result<std::string> CassandraTarget::Begin(const Settings& settings) {
  if (client_ == nullptr) {
    Result<std::unique_ptr<CassandraClient>> client = CassandraClient::Connect(address_);
    if (!client.ok()) return client.status();
    client_ = *std::move(client);
  }
  const Result<KeyspaceMeta> meta = CheckSchema(*client_);
  if (!meta.ok()) return meta.status();
  Result<std::unique_ptr<PublishStatements>> statements = PublishStatements::Prepare(*client_);
  if (!statements.ok()) return statements.status();
  statements_ = *std::move(statements);
  shoppers_ = std::make_unique<ShopperWrites>(*client_, *statements_, settings.retention);
  ADIRECT_RETURN_IF_ERROR(TellSettings(settings));
  return meta->keyspace_id;
}

Status CassandraTarget::TellSettings(const Settings& settings) {
  std::promise<Status> told;
  const auto writes = std::make_shared<Writes>(*client_, [&](const Status& status) { told.set_value(status); });
  AddMeta("max_searches", std::to_string(settings.max_searches), Stamp(), *writes);
  AddMeta("retention", FormatDuration(settings.retention), Stamp(), *writes);
  writes->End();
  return told.get_future().get().Within(address_.place());
}

void CassandraTarget::AddMeta(std::string_view name, std::string_view value, int64_t stamp, Writes& writes) const {
  std::string values;
  AppendCell(name, values);
  AppendCell(value, values);
  AppendCell(stamp, values);
  writes.Execute((*statements_)[CqlText::kPutMeta], values);
}

void CassandraTarget::PutShopper(const PublishedRows& rows, const Dictionary& dictionary, Timestamp now, Done done) {
  shoppers_->Put(rows, dictionary, now, std::move(done));
}

void CassandraTarget::PutPopular(const PublishedPopular& popular, Done done) {
  const int64_t stamp = Stamp();
  const auto window = static_cast<int32_t>(popular.window_days);
  PartitionWrites partition;
  std::string& day = partition.Add((*statements_)[CqlText::kPutRankDay]);
  AppendCell(popular.category_id, day);
  AppendCell(window, day);
  AppendDayCell(popular.day, day);
  AppendCell(stamp, day);
  int32_t rank = 0;
  for (const PublishedPopular::Product& product : popular.products) {
    std::string& values = partition.Add((*statements_)[CqlText::kPutRank]);
    AppendCell(popular.category_id, values);
    AppendCell(window, values);
    AppendCell(++rank, values);
    AppendCell(product.product_id, values);
    AppendCell(int64_t{product.purchases}, values);
    AppendCell(stamp, values);
  }
  std::string& drop = partition.Add((*statements_)[CqlText::kDropRanks]);
  AppendCell(stamp, drop);
  AppendCell(popular.category_id, drop);
  AppendCell(window, drop);
  AppendCell(rank, drop);
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  partition.SendTo(*writes, popular.products.size() + kBesideRanks);
  writes->End();
}

// What is new comes with a stamp later than what is dropped, so that a search may be both.
void CassandraTarget::PutNewest(const PublishedNewest& newest, Done done) {
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  const int64_t stamp = Stamp();
  WriteNewest(newest, *writes);
  if (newest.whole) {
    DropOldDays(newest, stamp, writes);
  } else {
    PutSearchDays(newest, stamp, *writes);
  }
  writes->End();
}

void CassandraTarget::WriteNewest(const PublishedNewest& newest, Writes& writes) {
  const int64_t stamp = last_stamp_;
  std::map<int64_t, PartitionWrites> days;
  const auto add_keys = [&](const PublishedNewest::Search& search, std::string& values) {
    AppendCell(newest.category_id, values);
    AppendDayCell(search.time.day(), values);
    AppendCell(search.time, values);
    AppendCell(search.user_id, values);
    AppendCell(search.category_id, values);
    AppendCell(EventTypeName(search.type), values);
    AppendCell(search.product_id, values);
  };
  ByDay(newest.removed, days, [&](const PublishedNewest::Search& search, PartitionWrites& partition) {
    std::string& values = partition.Add((*statements_)[CqlText::kDropNewestSearch]);
    AppendCell(stamp, values);
    add_keys(search, values);
  });
  ByDay(newest.added, days, [&](const PublishedNewest::Search& search, PartitionWrites& partition) {
    std::string& values = partition.Add((*statements_)[CqlText::kPutNewestSearch]);
    add_keys(search, values);
    AppendCell(search.user_name, values);
    AppendCell(stamp + 1, values);
    AppendCell(static_cast<int32_t>(kNewestLife.millis() / kMillisPerSecond), values);
  });
  for (auto& [day, partition] : days) partition.SendTo(writes);
}

void CassandraTarget::PutSearchDays(const PublishedNewest& newest, int64_t stamp, Writes& writes) const {
  std::string values;
  AppendCell(newest.category_id, values);
  AppendDaysCell(newest.days, values);
  AppendCell(stamp, values);
  writes.Execute((*statements_)[CqlText::kPutSearchDays], values);
}

// Whatever the list was before: what of it is on the days that it was of.
void CassandraTarget::DropOldDays(const PublishedNewest& newest, int64_t stamp, const std::shared_ptr<Writes>& writes) {
  std::string values;
  AppendCell(newest.category_id, values);
  const auto take = [this, newest, stamp, writes, found = writes->Also()](const Result<CassandraPage>& answer) {
    if (!answer.ok()) return found(answer.status());
    std::vector<int64_t> days = newest.days;
    CellReader rows(answer->cells);
    while (!rows.done()) {
      const std::vector<int64_t> old = DaysOfCell(rows.Text());
      days.insert(days.end(), old.begin(), old.end());
    }
    for (const int64_t day : days) {
      std::string drop;
      AppendCell(stamp, drop);
      AppendCell(newest.category_id, drop);
      AppendDayCell(day, drop);
      writes->Execute((*statements_)[CqlText::kDropNewestDay], drop);
    }
    PutSearchDays(newest, stamp, *writes);
    found({});
  };
  client_->Execute({&(*statements_)[CqlText::kFindSearchDays], values}, take);
}

void CassandraTarget::PutCategories(std::span<const PublishedCategory> categories, Done done) {
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  const int64_t stamp = Stamp();
  for (const PublishedCategory& category : categories) {
    std::string values;
    AppendCell(category.category_id, values);
    if (!category.name.empty()) AppendCell(category.name, values);
    AppendCell(stamp, values);
    writes->Execute((*statements_)[category.name.empty() ? CqlText::kPutCategory : CqlText::kPutCategoryName], values);
  }
  writes->End();
}

void CassandraTarget::PutProducts(std::span<const Product> products, Done done) {
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  const int64_t stamp = Stamp();
  for (const Product& product : products) {
    std::string values;
    for (const std::string_view text : {product.product_id, product.category_id, product.title, product.price,
                                        product.currency, product.url, product.image_url}) {
      AppendCell(text, values);
    }
    AppendBooleanCell(product.available, values);
    if (product.updated_at) {
      AppendCell(*product.updated_at, values);
    } else {
      AppendNullCell(values);
    }
    AppendCell(stamp, values);
    writes->Execute((*statements_)[CqlText::kPutProduct], values);
  }
  writes->End();
}

void CassandraTarget::PutPolicies(std::span<const PublishedPolicy> policies, Done done) {
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  const int64_t stamp = Stamp();
  std::set<std::string, std::less<>> names;
  for (const PublishedPolicy& policy : policies) {
    std::string values;
    for (const std::string_view text : {policy.name, policy.version, policy.toml}) AppendCell(text, values);
    AppendCell(stamp, values);
    writes->Execute((*statements_)[CqlText::kPutPolicy], values);
    names.insert(policy.name);
  }
  const auto take = [this, names, stamp, writes, found = writes->Also()](const Result<CassandraPage>& answer) {
    if (!answer.ok()) return found(answer.status());
    CellReader rows(answer->cells);
    while (!rows.done()) {
      const std::string_view name = rows.Text();
      if (names.contains(name)) continue;
      std::string drop;
      AppendCell(stamp, drop);
      AppendCell(name, drop);
      writes->Execute((*statements_)[CqlText::kDropPolicy], drop);
    }
    found({});
  };
  client_->Execute({&(*statements_)[CqlText::kFindPolicies], {}}, take);
  writes->End();
}

void CassandraTarget::PutProgress(const PublishedProgress& progress, Done done) {
  const auto writes = std::make_shared<Writes>(*client_, std::move(done));
  const int64_t stamp = Stamp();
  AddMeta("newest_event", FormatRfc3339(progress.newest), stamp, *writes);
  if (progress.until) AddMeta("published_until", FormatRfc3339(*progress.until), stamp, *writes);
  writes->End();
}

}  // namespace adirect
