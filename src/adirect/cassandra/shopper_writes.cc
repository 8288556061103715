#include "adirect/cassandra/shopper_writes.h"

#include <algorithm>
#include <utility>

#include "adirect/base/hash.h"
#include "adirect/cassandra/cells.h"

namespace adirect {
namespace {

constexpr int64_t kLongestTtl = int64_t{20} * 365 * 86'400;  // Cassandra's own limit, in seconds

int64_t Micros(Timestamp time) { return time.ms * 1000; }

}  // namespace

bool ShopperWrites::Lives(Timestamp time) const { return retention_.forever() || time + retention_ >= now_; }

// TIMESTAMP and TTL of an event's row.
void ShopperWrites::AddLife(Timestamp time, std::string& values) const {
  AppendCell(Micros(time), values);
  int64_t seconds = 0;
  if (!retention_.forever()) {
    seconds = (time.ms + retention_.millis() + kSpareTime.millis() - now_.ms) / kMillisPerSecond;
  }
  AppendCell(static_cast<int32_t>(seconds > kLongestTtl ? 0 : seconds), values);
}

void ShopperWrites::Put(const PublishedRows& rows, const Dictionary& dictionary, Timestamp now, Writes::Done done) {
  now_ = now;
  PartitionWrites shopper;
  Categories categories;
  AddShopper(rows, dictionary, shopper);
  AddSearches(rows, dictionary, shopper, categories);
  AddDays(rows, dictionary, categories);
  const auto writes = std::make_shared<Writes>(client_, std::move(done));
  shopper.SendTo(*writes);
  for (auto& [category, partition] : categories) partition.SendTo(*writes);
  if (rows.erased) Erase(rows.user_id, *rows.erased, writes->Also());
  writes->End();
}

void ShopperWrites::AddShopper(const PublishedRows& rows, const Dictionary& dictionary,
                               PartitionWrites& shopper) const {
  if (!rows.user_name.empty() && Lives(rows.user_name_at)) {
    std::string& values = shopper.Add(statements_[CqlText::kPutName]);
    AppendCell(rows.user_id, values);
    AppendCell(rows.user_name, values);
    AppendCell(rows.user_name_at, values);
    AddLife(rows.user_name_at, values);
  }
  for (const PublishedSearch& newest : rows.newest) {
    if (!Lives(newest.time)) continue;
    std::string& values = shopper.Add(statements_[CqlText::kPutNewest]);
    AppendCell(rows.user_id, values);
    AppendCell(dictionary.category_id(newest.category), values);
    AppendCell(newest.time, values);
    AddLife(newest.time, values);
  }
  for (const KeptEvent& purchase : rows.purchases) {
    if (!Lives(purchase.time)) continue;
    std::string& values = shopper.Add(statements_[CqlText::kPutPurchase]);
    AppendCell(rows.user_id, values);
    AppendCell(purchase.time, values);
    AppendCell(dictionary.category_id(purchase.category), values);
    AppendCell(dictionary.product(purchase.item), values);
    AppendCell(SortedHash(purchase.order), values);
    AppendCell(SortedHash(purchase.identity), values);
    AddLife(purchase.time, values);
  }
  for (const KeptEvent& refund : rows.refunds) {
    if (!Lives(refund.time)) continue;
    std::string& values = shopper.Add(statements_[CqlText::kPutRefund]);
    AppendCell(rows.user_id, values);
    AppendCell(refund.time, values);
    AppendCell(dictionary.product(refund.item), values);
    AppendCell(SortedHash(refund.order), values);
    AddLife(refund.time, values);
  }
}

void ShopperWrites::AddSearches(const PublishedRows& rows, const Dictionary& dictionary, PartitionWrites& shopper,
                                Categories& categories) const {
  for (const KeptEvent& search : rows.interests) {
    if (!Lives(search.time)) continue;
    const std::string_view category = dictionary.category_id(search.category);
    const std::string_view product = dictionary.product(search.item);
    std::string& values = shopper.Add(statements_[CqlText::kPutSearch]);
    AppendCell(rows.user_id, values);
    AppendCell(search.time, values);
    AppendCell(category, values);
    AppendCell(EventTypeName(search.type), values);
    AppendCell(product, values);
    AppendCell(SortedHash(search.identity), values);
    AddLife(search.time, values);
    std::string& of_category = categories[search.category.value].Add(statements_[CqlText::kPutUserSearch]);
    AppendCell(rows.user_id, of_category);
    AppendCell(category, of_category);
    AppendCell(EventTypeName(search.type), of_category);
    AppendDayCell(search.time.day(), of_category);
    AppendCell(search.time, of_category);
    AppendCell(product, of_category);
    AppendCell(SortedHash(search.identity), of_category);
    AddLife(search.time, of_category);
  }
}

void ShopperWrites::AddDays(const PublishedRows& rows, const Dictionary& dictionary, Categories& categories) const {
  for (const PublishedSearch& day : rows.days) {
    if (!Lives(day.time)) continue;
    std::string& values = categories[day.category.value].Add(statements_[CqlText::kPutUserDay]);
    AppendCell(rows.user_id, values);
    AppendCell(dictionary.category_id(day.category), values);
    AppendCell(EventTypeName(day.type), values);
    AppendDayCell(day.time.day(), values);
    AppendCell(day.time, values);
    AddLife(day.time, values);
  }
}

// First the mark that a reader heeds; then the partitions of his categories; and only then, where nothing failed, those
// by which they are found.
void ShopperWrites::Erase(const std::string& user_id, Timestamp time, Writes::Done done) {
  const auto drop_shopper = [this, user_id, time, done](const Status& status) {
    if (!status.ok()) return done(status);
    PartitionWrites shopper;
    for (const CqlText text :
         {CqlText::kDropUser, CqlText::kDropSearches, CqlText::kDropPurchases, CqlText::kDropRefunds}) {
      std::string& values = shopper.Add(statements_[text]);
      AppendCell(Micros(time), values);
      AppendCell(user_id, values);
    }
    const auto last = std::make_shared<Writes>(client_, done);
    shopper.SendTo(*last);
    last->End();
  };
  const auto writes = std::make_shared<Writes>(client_, drop_shopper);
  std::string mark;
  AppendCell(UserHashText(user_id), mark);
  AppendCell(time, mark);
  AppendCell(Micros(time), mark);
  writes->Execute(statements_[CqlText::kPutErasure], mark);
  DropCategories(user_id, time, "", writes);
  writes->End();
}

// Page by page.
void ShopperWrites::DropCategories(const std::string& user_id, Timestamp time, const std::string& page,
                                   const std::shared_ptr<Writes>& writes) {
  std::string values;
  AppendCell(user_id, values);
  const auto take = [this, user_id, time, writes, found = writes->Also()](const Result<CassandraPage>& answer) {
    if (!answer.ok()) return found(answer.status());
    CellReader rows(answer->cells);
    while (!rows.done()) {
      const std::string_view category = rows.Text();
      if (category.empty()) continue;  // a shopper's name alone
      PartitionWrites partition;
      for (const CqlText text : {CqlText::kDropUserSearches, CqlText::kDropUserDays}) {
        std::string& drop = partition.Add(statements_[text]);
        AppendCell(Micros(time), drop);
        AppendCell(user_id, drop);
        AppendCell(category, drop);
      }
      partition.SendTo(*writes);
    }
    if (!answer->next_page.empty()) DropCategories(user_id, time, std::string(answer->next_page), writes);
    found({});
  };
  client_.Execute({&statements_[CqlText::kFindCategories], values}, page, take);
}

}  // namespace adirect
