#include "adirect/cassandra/shopper_reads.h"

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "adirect/base/hash.h"
#include "adirect/cassandra/cells.h"
#include "adirect/model/event.h"

namespace adirect {
namespace {

// One type in one category.
struct Run {
  std::string category_id;
  EventType type = EventType::kSearch;
  size_t searches = 0;  // numbers of its reads
  size_t days = 0;
};

// Ids that nobody but adirect's door lets through; what else is in a table is not adirect's.
bool AreIds(std::string_view product, std::string_view category) {
  return product.size() <= kMaxIdBytes && category.size() <= kMaxIdBytes;
}

void AddEvent(KeptEvent event, std::string_view product, std::string_view category, Dictionary& dictionary,
              std::vector<KeptEvent>& events) {
  if (!AreIds(product, category)) return;
  event.item = dictionary.Intern(product, category);
  event.category = dictionary.category(event.item);
  events.push_back(event);
}

std::string ValuesOf(std::string_view user_id) {
  std::string values;
  AppendCell(user_id, values);
  return values;
}

std::string RunValues(std::string_view user_id, const Run& run) {
  std::string values = ValuesOf(user_id);
  AppendCell(run.category_id, values);
  AppendCell(EventTypeName(run.type), values);
  return values;
}

// The name, and the categories that he has searched.
std::vector<std::string> TakeShopper(CellReader rows, FoundRows& found) {
  std::vector<std::string> categories;
  while (!rows.done()) {
    found.user_name = rows.Text();
    found.user_name_at = rows.Time();
    const std::string_view category = rows.Text();
    if (!category.empty()) categories.emplace_back(category);
  }
  return categories;
}

size_t TakeSearches(CellReader rows, Dictionary& dictionary, FoundRows& found) {
  size_t taken = 0;
  for (; !rows.done(); ++taken) {
    KeptEvent event;
    event.time = rows.Time();
    const std::string_view category = rows.Text();
    const std::optional<EventType> type = ParseEventType(rows.Text());
    const std::string_view product = rows.Text();
    event.identity = HashOf(rows.Bigint());
    if (!type || !IsInterest(*type)) continue;
    event.type = *type;
    AddEvent(event, product, category, dictionary, found.interests);
  }
  return taken;
}

void TakePurchases(CellReader rows, Dictionary& dictionary, FoundRows& found) {
  while (!rows.done()) {
    KeptEvent event;
    event.type = EventType::kPurchase;
    event.time = rows.Time();
    const std::string_view category = rows.Text();
    const std::string_view product = rows.Text();
    event.order = HashOf(rows.Bigint());
    event.identity = HashOf(rows.Bigint());
    AddEvent(event, product, category, dictionary, found.purchases);
  }
}

void TakeRefunds(CellReader rows, Dictionary& dictionary, FoundRows& found) {
  while (!rows.done()) {
    KeptEvent event;
    event.type = EventType::kRefund;
    event.time = rows.Time();
    const std::string_view product = rows.Text();
    event.order = HashOf(rows.Bigint());
    AddEvent(event, product, "", dictionary, found.refunds);
  }
}

void TakeRun(CellReader rows, const Run& run, Dictionary& dictionary, FoundRows& found) {
  while (!rows.done()) {
    KeptEvent event;
    event.type = run.type;
    event.time = rows.Time();
    const std::string_view product = rows.Text();
    event.identity = HashOf(rows.Bigint());
    AddEvent(event, product, run.category_id, dictionary, found.interests);
  }
}

void TakeDays(CellReader rows, const Run& run, Dictionary& dictionary, FoundRows& found) {
  const CategoryIndex category = dictionary.category(dictionary.Intern("", run.category_id));
  while (!rows.done()) found.days.push_back({category, run.type, rows.Time()});
}

std::vector<Run> RunsOf(const std::vector<std::string>& categories, const ShopperDepth& depth) {
  std::vector<Run> runs;
  for (const std::string& category : categories) {
    if (!AreIds("", category) || (depth.category_id && category != *depth.category_id)) continue;
    for (int type = 0; type < kInterestTypes; ++type) runs.push_back({category, static_cast<EventType>(type)});
  }
  return runs;
}

Status ReadRuns(const Asking& asking, std::vector<Run> runs, Dictionary& dictionary, FoundRows& found) {
  Reads reads(asking);
  for (Run& run : runs) {
    std::string values = RunValues(found.user_id, run);
    AppendCell(static_cast<int32_t>(asking.settings.max_searches), values);
    run.searches = reads.Start(ReadText::kUserSearches, values);
    run.days = reads.Start(ReadText::kUserDays, values);
  }
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  for (const Run& run : runs) {
    TakeRun(CellReader(reads.cells(run.searches)), run, dictionary, found);
    TakeDays(CellReader(reads.cells(run.days)), run, dictionary, found);
  }
  return {};
}

// Of each day that no search is known of, the newest.
Status ReadDays(const Asking& asking, Dictionary& dictionary, FoundRows& found) {
  std::set<std::tuple<uint32_t, EventType, int64_t>> known;
  for (const KeptEvent& event : found.interests) known.insert({event.category.value, event.type, event.time.day()});
  Reads reads(asking);
  std::vector<Run> runs;
  for (const PublishedSearch& day : found.days) {
    if (!known.insert({day.category.value, day.type, day.time.day()}).second) continue;
    Run& run = runs.emplace_back(Run{std::string(dictionary.category_id(day.category)), day.type});
    std::string values = RunValues(found.user_id, run);
    AppendDayCell(day.time.day(), values);
    run.searches = reads.Start(ReadText::kDaySearch, values);
  }
  if (runs.empty()) return {};
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  for (const Run& run : runs) TakeRun(CellReader(reads.cells(run.searches)), run, dictionary, found);
  return {};
}

}  // namespace

FirstShopperReads::FirstShopperReads(Reads& reads, std::string_view user_id) : reads_(reads), user_id_(user_id) {
  const std::string user = ValuesOf(user_id);
  std::string searches = user;
  AppendCell(static_cast<int32_t>(kReadAtOnce), searches);
  std::string erasure;
  AppendCell(UserHashText(user_id), erasure);
  shopper_ = reads.Start(ReadText::kShopper, user);
  erasure_ = reads.Start(ReadText::kErasure, erasure);
  searches_ = reads.Start(ReadText::kSearches, searches);
  purchases_ = reads.Start(ReadText::kPurchases, user);
  refunds_ = reads.Start(ReadText::kRefunds, user);
}

Status FirstShopperReads::Take(const Asking& asking, const ShopperDepth& depth, Dictionary& dictionary,
                               FoundRows& found) const {
  found = FoundRows();
  found.user_id = user_id_;
  const std::vector<std::string> categories = TakeShopper(CellReader(reads_.cells(shopper_)), found);
  CellReader erasure(reads_.cells(erasure_));
  if (!erasure.done()) found.erased = erasure.TimeIfAny();
  TakePurchases(CellReader(reads_.cells(purchases_)), dictionary, found);
  TakeRefunds(CellReader(reads_.cells(refunds_)), dictionary, found);
  if (TakeSearches(CellReader(reads_.cells(searches_)), dictionary, found) < kReadAtOnce) return {};
  ADIRECT_RETURN_IF_ERROR(ReadRuns(asking, RunsOf(categories, depth), dictionary, found));
  return depth.depth == ReadDepth::kAll ? ReadDays(asking, dictionary, found) : Status();
}

Status ReadShopper(const Asking& asking, std::string_view user_id, const ShopperDepth& depth, Dictionary& dictionary,
                   FoundRows& found) {
  Reads reads(asking);
  const FirstShopperReads first(reads, user_id);
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  return first.Take(asking, depth, dictionary, found);
}

}  // namespace adirect
