#include "adirect/cassandra/list_reads.h"

#include <algorithm>
#include <functional>

#include "adirect/model/event.h"

namespace adirect {
namespace {

std::string ValuesOf(std::string_view text) {
  std::string values;
  AppendCell(text, values);
  return values;
}

ListReads::Ranks TakeRanks(CellReader rows) {
  std::vector<ListReads::Ranked> ranks;
  while (!rows.done()) {
    const bool ranked = rows.Int() > 0;  // else only the day of the list is there
    const std::string_view product = rows.Text();
    const int64_t purchases = rows.Bigint();
    if (ranked && product.size() <= kMaxIdBytes) {
      ranks.push_back({std::string(product), static_cast<uint32_t>(purchases)});
    }
  }
  return std::make_shared<const std::vector<ListReads::Ranked>>(std::move(ranks));
}

// Newest first.
std::vector<int64_t> TakeDays(CellReader rows) {
  std::vector<int64_t> days;
  if (!rows.done()) days = DaysOfCell(rows.Text());
  std::sort(days.begin(), days.end(), std::greater<>());
  return days;
}

void TakeSearches(CellReader rows, std::vector<ListedSearch>& searches) {
  while (!rows.done()) {
    ListedSearch search;
    search.time = rows.Time();
    search.user_id = rows.Text();
    search.category_id = rows.Text();
    const std::optional<EventType> type = ParseEventType(rows.Text());
    search.product_id = rows.Text();
    search.user_name = rows.Text();
    if (!type) continue;
    search.type = *type;
    searches.push_back(std::move(search));
  }
}

}  // namespace

Result<std::vector<ListReads::Ranks>> ListReads::FindRanks(const Asking& asking,
                                                           std::span<const std::string> categories,
                                                           int64_t window_days) {
  std::vector<Ranks> found(categories.size());
  std::vector<std::pair<size_t, size_t>> missing;  // its place, and the number of its read
  Reads reads(asking);
  const auto key = [&](size_t i) { return std::to_string(window_days) + " " + categories[i]; };
  for (size_t i = 0; i < categories.size(); ++i) {
    if (std::optional<Ranks> known = ranks_.Find(key(i), asking.came)) {
      found[i] = *std::move(known);
      continue;
    }
    std::string values = ValuesOf(categories[i]);
    AppendCell(static_cast<int32_t>(window_days), values);
    missing.emplace_back(i, reads.Start(ReadText::kRanks, values));
  }
  if (missing.empty()) return found;
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  for (const auto& [i, read] : missing) {
    found[i] = TakeRanks(CellReader(reads.cells(read)));
    ranks_.Put(key(i), found[i], asking.came);
  }
  return found;
}

Result<ListReads::Categories> ListReads::FindCategories(const Asking& asking) {
  if (std::optional<Categories> known = categories_.Find("", asking.came)) return *std::move(known);
  Reads reads(asking);
  const size_t read = reads.Start(ReadText::kCategories, {});
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  std::vector<ListedCategory> categories;
  for (CellReader rows(reads.cells(read)); !rows.done();) {
    ListedCategory& category = categories.emplace_back();
    category.category_id = rows.Text();
    category.name = rows.Text();
  }
  std::sort(categories.begin(), categories.end(),
            [](const ListedCategory& a, const ListedCategory& b) { return a.category_id < b.category_id; });
  const Categories made = std::make_shared<const std::vector<ListedCategory>>(std::move(categories));
  categories_.Put("", made, asking.came);
  return made;
}

// Day by day, each time twice so many: most lists are of a day or two.
Result<std::vector<ListedSearch>> ListReads::FindSearches(const Asking& asking, const std::string& category_id,
                                                          size_t limit) {
  Reads reads(asking);
  const size_t read = reads.Start(ReadText::kSearchDays, ValuesOf(category_id));
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  const std::vector<int64_t> days = TakeDays(CellReader(reads.cells(read)));
  std::vector<ListedSearch> searches;
  size_t next = 0;
  for (size_t step = 1; next < days.size() && searches.size() < limit; step *= 2) {
    const size_t count = std::min(step, days.size() - next);
    ADIRECT_RETURN_IF_ERROR(ReadSearches(asking, category_id, std::span(days).subspan(next, count), limit, searches));
    next += count;
  }
  if (searches.size() > limit) searches.resize(limit);
  return searches;
}

Status ListReads::ReadSearches(const Asking& asking, const std::string& category_id, std::span<const int64_t> days,
                               size_t limit, std::vector<ListedSearch>& searches) {
  Reads reads(asking);
  std::vector<size_t> numbers;
  for (const int64_t day : days) {
    std::string values = ValuesOf(category_id);
    AppendDayCell(day, values);
    AppendCell(static_cast<int32_t>(limit), values);
    numbers.push_back(reads.Start(ReadText::kNewestSearches, values));
  }
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  for (const size_t number : numbers) TakeSearches(CellReader(reads.cells(number)), searches);
  return {};
}

Status ListReads::FindProducts(const Asking& asking, const std::set<std::string>& ids, Products& products) {
  std::vector<std::string> missing;
  for (const std::string& id : ids) {
    if (id.empty() || products.contains(id)) continue;
    if (std::optional<FoundProduct> known = products_.Find(id, asking.came)) {
      products[id] = *std::move(known);
    } else {
      missing.push_back(id);
    }
  }
  for (size_t first = 0; first < missing.size(); first += kReadsAtOnce) {
    const size_t count = std::min(kReadsAtOnce, missing.size() - first);
    ADIRECT_RETURN_IF_ERROR(ReadProducts(asking, std::span(missing).subspan(first, count), products));
  }
  return {};
}

Status ListReads::ReadProducts(const Asking& asking, std::span<const std::string> ids, Products& products) {
  Reads reads(asking);
  for (const std::string& id : ids) reads.Start(ReadText::kProduct, ValuesOf(id));
  ADIRECT_RETURN_IF_ERROR(reads.Wait());
  for (size_t i = 0; i < ids.size(); ++i) {
    CellReader row(reads.cells(i));
    FoundProduct& found = products[ids[i]];
    if (!row.done()) found = std::make_shared<const StoredProduct>(ids[i], row);
    products_.Put(ids[i], found, asking.came);
  }
  return {};
}

}  // namespace adirect
