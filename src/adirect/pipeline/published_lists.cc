#include "adirect/pipeline/published_lists.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "adirect/targeting/newest_searches.h"

namespace adirect {
namespace {

// Newest first, as the engine gives them.
bool ComesFirst(const PublishedNewest::Search& a, const PublishedNewest::Search& b) {
  if (a.time != b.time) return a.time > b.time;
  return a < b;
}

// Of a catalog's products, the ids.
void AddIds(const Catalog& catalog, std::vector<std::string>& ids) {
  catalog.ForEach([&](const Product& product) { ids.emplace_back(product.product_id); });
}

std::vector<int64_t> DaysOf(const std::vector<PublishedNewest::Search>& searches) {
  std::vector<int64_t> days;
  for (const PublishedNewest::Search& search : searches) {
    if (days.empty() || days.back() != search.time.day()) days.push_back(search.time.day());
  }
  return days;
}

}  // namespace

void PublishedLists::OnFolded(std::span<const FoldRow> rows) {
  CategoryIndex last;
  for (const FoldRow& row : rows) {
    if (row.type == EventType::kErase) erased_ = true;
    if (row.type == EventType::kErase || row.type == EventType::kRefund || row.category == last) continue;
    last = row.category;
    searched_.Mark(last);
  }
}

void PublishedLists::AddProducts(const Catalog& products) {
  const std::lock_guard<std::mutex> lock(mutex_);
  AddIds(products, added_);
}

void PublishedLists::Open(Engine& engine, const PolicySet& policies, const LiveCatalog* catalog) {
  engine_ = &engine;
  policies_ = &policies;
  catalog_ = catalog;
}

void PublishedLists::MarkAll() {
  day_ = INT64_MIN;
  policy_versions_.clear();
  known_categories_ = 0;
  newest_.clear();
  if (catalog_ == nullptr) return;
  const LiveCatalog::View catalog = catalog_->Read();
  const std::lock_guard<std::mutex> lock(mutex_);
  added_.clear();
  if (catalog.get() != nullptr) AddIds(*catalog.get(), added_);
}

void PublishedLists::Mark() {
  TakeFailed();
  MarkProducts();
  if (!waiting_.empty()) return;
  MarkPolicies();
  MarkCategories();
  MarkDay();
  if (erased_.exchange(false)) searched_.MarkAll(known_categories_);
  const std::vector<CategoryIndex> purchased = purchased_.Take();
  for (const CategoryIndex category : purchased) searched_.Mark(category);
  AddTasks(Task::Kind::kPopular, purchased);
  const std::vector<CategoryIndex> searched = searched_.Take();
  AddTasks(Task::Kind::kNewest, searched);
  if (!searched.empty()) waiting_.push_back({Task::Kind::kNewest, CategoryIndex(), 0, 0, {}});
}

void PublishedLists::TakeFailed() {
  std::vector<Task> failed;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failed = std::exchange(failed_, {});
  }
  for (Task& task : failed) {
    if (task.kind == Task::Kind::kNewest) newest_.erase(task.category.value);
    (task.kind == Task::Kind::kProducts ? products_ : waiting_).push_front(std::move(task));
  }
}

void PublishedLists::MarkDay() {
  const int64_t today = engine_->Now().day();
  if (today == day_) return;
  day_ = today;
  newest_.clear();  // what is written lasts some days
  purchased_.MarkAll(known_categories_);
  searched_.MarkAll(known_categories_);
}

void PublishedLists::MarkPolicies() {
  std::string versions;
  for (const auto& policy : policies_->All()) versions.append(policy->policy.name + " " + policy->version + " ");
  if (versions == policy_versions_) return;
  policy_versions_ = versions;
  waiting_.push_back({Task::Kind::kPolicies, CategoryIndex(), 0, 0, {}});
  purchased_.MarkAll(known_categories_);
}

void PublishedLists::MarkCategories() {
  const size_t categories = engine_->dictionary().category_count();
  for (; known_categories_ < categories;
       known_categories_ = std::min(categories, known_categories_ + kCategoriesPerPut)) {
    const size_t last = std::min(categories, known_categories_ + kCategoriesPerPut);
    waiting_.push_back({Task::Kind::kCategories, CategoryIndex(), known_categories_, last, {}});
  }
}

void PublishedLists::MarkProducts() {
  std::vector<std::string> ids;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ids = std::exchange(added_, {});
  }
  for (size_t first = 0; first < ids.size(); first += kProductsPerPut) {
    Task task{Task::Kind::kProducts, CategoryIndex(), 0, 0, {}};
    const size_t last = std::min(ids.size(), first + kProductsPerPut);
    std::move(ids.begin() + static_cast<ptrdiff_t>(first), ids.begin() + static_cast<ptrdiff_t>(last),
              std::back_inserter(task.products));
    products_.push_back(std::move(task));
  }
}

void PublishedLists::AddTasks(Task::Kind kind, std::span<const CategoryIndex> categories) {
  for (const CategoryIndex category : categories) {
    const bool is_of_refunds = engine_->dictionary().category_id(category).empty();
    if (!is_of_refunds) waiting_.push_back({kind, category, 0, 0, {}});
  }
}

std::vector<PublishedLists::Window> PublishedLists::Windows() const {
  std::map<Duration, size_t> ranks;
  for (const auto& policy : policies_->All()) {
    const Policy::Products& products = policy->policy.products;
    const Duration window = std::min(products.popular_window, engine_->settings().retention);
    ranks[window] = std::max(ranks[window], static_cast<size_t>(products.popular) + kSpareRanks);
  }
  std::vector<Window> windows;
  for (const auto& [window, most] : ranks) windows.push_back({window, most});
  return windows;
}

bool PublishedLists::Put(PublishTarget& target, const PublishTarget::Done& done) {
  std::deque<Task>& tasks = waiting_.empty() ? products_ : waiting_;
  if (tasks.empty()) return false;
  Task task = std::move(tasks.front());
  tasks.pop_front();
  Make(task, target, [this, task, done](const Status& status) {
    if (!status.ok()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      failed_.push_back(task);
    }
    done(status);
  });
  return true;
}

void PublishedLists::Make(const Task& task, PublishTarget& target, const PublishTarget::Done& done) {
  switch (task.kind) {
    case Task::Kind::kPolicies:
      return PutPolicies(target, done);
    case Task::Kind::kCategories:
      return PutCategories(task, target, done);
    case Task::Kind::kPopular:
      return PutPopular(task.category, target, done);
    case Task::Kind::kNewest:
      return PutNewest(task.category, target, done);
    case Task::Kind::kProducts:
      return PutProducts(task, target, done);
  }
}

void PublishedLists::PutPolicies(PublishTarget& target, const PublishTarget::Done& done) {
  std::vector<PublishedPolicy> policies;
  for (const auto& policy : policies_->All()) {
    policies.push_back({policy->policy.name, policy->version, PrintPolicy(policy->policy)});
  }
  target.PutPolicies(policies, done);
}

void PublishedLists::PutCategories(const Task& task, PublishTarget& target, const PublishTarget::Done& done) {
  std::vector<PublishedCategory> categories;
  for (size_t i = task.first; i < task.last; ++i) {
    const std::string_view id = engine_->dictionary().category_id(CategoryIndex(static_cast<uint32_t>(i)));
    if (id.empty()) continue;  // of refunds
    PublishedCategory& category = categories.emplace_back(PublishedCategory{std::string(id), ""});
    if (catalog_ != nullptr) category.name = catalog_->Read()->CategoryName(id);
  }
  target.PutCategories(categories, done);
}

void PublishedLists::PutProducts(const Task& task, PublishTarget& target, const PublishTarget::Done& done) {
  const LiveCatalog::View catalog = catalog_->Read();
  std::vector<Product> products;
  for (const std::string& id : task.products) {
    if (const std::optional<Product> product = catalog->Find(id)) products.push_back(*product);
  }
  target.PutProducts(products, done);
}

// One put for each window: `done` is that of the last, with the first failure.
void PublishedLists::PutPopular(CategoryIndex category, PublishTarget& target, const PublishTarget::Done& done) {
  const std::string id(engine_->dictionary().category_id(category));
  const std::vector<Window> windows = Windows();
  if (windows.empty()) return done({});
  struct Join {
    std::mutex mutex;
    size_t left;
    Status status;
  };
  const auto join = std::make_shared<Join>();
  join->left = windows.size();
  const PublishTarget::Done one_done = [join, done](const Status& status) {
    bool last = false;
    {
      const std::lock_guard<std::mutex> lock(join->mutex);
      if (!status.ok()) join->status = status;
      last = --join->left == 0;
    }
    if (last) done(join->status);
  };
  for (const Window& window : windows) {
    PublishedPopular popular{id, 0, engine_->Now().day(), {}};
    if (!window.window.forever()) popular.window_days = window.window.millis() / kMillisPerDay;
    engine_->Popular(id, window.window, [&](std::span<const PopularProduct> products) {
      for (const PopularProduct& product : products.first(std::min(products.size(), window.ranks))) {
        popular.products.push_back({std::string(engine_->dictionary().product(product.item)), product.purchases});
      }
    });
    target.PutPopular(popular, one_done);
  }
}

std::vector<PublishedNewest::Search> PublishedLists::NewestOf(CategoryIndex category) const {
  const Dictionary& dictionary = engine_->dictionary();
  std::optional<std::string_view> id;
  if (category.valid()) id = dictionary.category_id(category);
  std::vector<PublishedNewest::Search> searches;
  engine_->Searches(id, NewestSearches::kKept, [&](const Engine::FoundSearch& found) {
    searches.push_back({found.search.time, found.search.user_id,
                        std::string(dictionary.category_id(found.search.category)), found.search.type,
                        std::string(dictionary.product(found.search.item)), std::string(found.user_name)});
  });
  std::sort(searches.begin(), searches.end(), ComesFirst);
  return searches;
}

void PublishedLists::PutNewest(CategoryIndex category, PublishTarget& target, const PublishTarget::Done& done) {
  PublishedNewest put;
  if (category.valid()) put.category_id = engine_->dictionary().category_id(category);
  std::vector<PublishedNewest::Search> now = NewestOf(category);
  const auto [before, whole] = newest_.try_emplace(category.value);
  put.whole = whole;
  put.days = DaysOf(now);
  const std::vector<PublishedNewest::Search>& old = before->second;
  std::set_difference(now.begin(), now.end(), old.begin(), old.end(), std::back_inserter(put.added), ComesFirst);
  std::set_difference(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(put.removed), ComesFirst);
  before->second = std::move(now);
  if (!whole && put.added.empty() && put.removed.empty()) return done({});
  target.PutNewest(put, done);
}

}  // namespace adirect
