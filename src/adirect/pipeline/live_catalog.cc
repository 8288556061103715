#include "adirect/pipeline/live_catalog.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "adirect/base/text.h"
#include "adirect/base/wire.h"
#include "adirect/model/event.h"
#include "adirect/pipeline/door.h"

namespace adirect {
namespace {

constexpr std::string_view kTable = "products";
constexpr size_t kProductsPerLock = 256;
constexpr uint64_t kFewReplaced = 4096;  // not worth a compaction

std::string ProductBytes(const Product& product) {
  std::string out;
  for (const std::string_view text :
       {product.category_id, product.title, product.price, product.currency, product.url, product.image_url}) {
    AppendText(text, out);
  }
  AppendVarint(product.available ? 1 : 0, out);
  if (product.updated_at) AppendVarint(static_cast<uint64_t>(product.updated_at->ms), out);
  return out;
}

Status ReadProduct(std::string_view product_id, std::string_view bytes, Catalog& catalog) {
  WireReader in(bytes);
  Product product{.product_id = product_id};
  product.category_id = in.Text();
  product.title = in.Text();
  product.price = in.Text();
  product.currency = in.Text();
  product.url = in.Text();
  product.image_url = in.Text();
  product.available = in.Varint() != 0;
  if (!in.done()) product.updated_at = Timestamp{static_cast<int64_t>(in.Varint())};
  const bool fits = product_id.size() <= kMaxIdBytes && product.category_id.size() <= kMaxIdBytes &&
                    product.title.size() <= kMaxTitleBytes && product.price.size() <= kMaxIdBytes &&
                    product.currency.size() <= kMaxIdBytes && product.url.size() <= kMaxUrlBytes &&
                    product.image_url.size() <= kMaxUrlBytes;
  if (!in.ok() || !in.rest().empty() || !fits) {
    return Corrupt("the table of products: " + Quoted(product_id) + " does not read; restore a backup");
  }
  catalog.Add(product);
  return {};
}

Status CheckTimes(const Catalog& posted, Timestamp now) {
  Status status;
  posted.ForEach([&](const Product& product) {
    if (!product.updated_at || product.updated_at->ms - now.ms <= kFutureTolerance.millis()) return;
    status =
        InvalidArgument("product " + Quoted(product.product_id) + ": updated_at " + FormatRfc3339(*product.updated_at) +
                        " is in the future, where nothing could be newer; use the time of the change");
  });
  return status;
}

}  // namespace

LiveCatalog::LiveCatalog(Store& store, std::unique_ptr<Catalog> configured, uint64_t max_bytes)
    : store_(store),
      max_bytes_(max_bytes),
      catalog_(configured == nullptr ? std::make_unique<Catalog>() : std::move(configured)) {}

Result<std::unique_ptr<LiveCatalog>> LiveCatalog::Open(Store& store, std::unique_ptr<Catalog> configured,
                                                       uint64_t max_bytes) {
  std::unique_ptr<LiveCatalog> live(new LiveCatalog(store, std::move(configured), max_bytes));
  ADIRECT_RETURN_IF_ERROR(store.LoadTable(kTable, [&](std::string_view product_id, std::string_view bytes) {
    return ReadProduct(product_id, bytes, *live->catalog_);
  }));
  return live;
}

// The system's own lock lets readers in as long as there are any.
LiveCatalog::View LiveCatalog::Read() const {
  if (wanted_.load(std::memory_order_relaxed)) {
    const std::lock_guard<std::mutex> behind(turn_);
  }
  std::shared_lock<std::shared_mutex> lock(mutex_);
  return {std::move(lock), catalog_.get()};
}

Status LiveCatalog::Add(const Catalog& posted, Timestamp now) {
  ADIRECT_RETURN_IF_ERROR(CheckTimes(posted, now));
  const std::lock_guard<std::mutex> one(adding_mutex_);
  if (catalog_->memory_bytes() + posted.memory_bytes() > max_bytes_) {
    return Exhausted("the catalog is full: it would take more than " + std::to_string(max_bytes_ >> 20) + " MiB");
  }
  Catalog winners;
  Winners(posted, winners);
  ADIRECT_RETURN_IF_ERROR(Keep(winners));
  Show(winners);
  if (told_) told_(winners);
  if (catalog_->replaced() > std::max<uint64_t>(kFewReplaced, catalog_->product_count())) Compact();
  return {};
}

// Only who adds writes, so reading needs no lock here.
void LiveCatalog::Winners(const Catalog& posted, Catalog& winners) const {
  posted.ForEach([&](const Product& product) {
    if (const std::optional<Product> held = catalog_->Find(product.product_id)) winners.Add(*held);
    winners.Add(product);
  });
}

Status LiveCatalog::Keep(const Catalog& winners) {
  std::vector<std::pair<std::string_view, std::string>> kept;
  winners.ForEach([&](const Product& product) { kept.emplace_back(product.product_id, ProductBytes(product)); });
  std::vector<StoreEntry> entries;
  for (const auto& [product_id, bytes] : kept) entries.push_back({product_id, bytes});
  return store_.PutTable(kTable, entries);
}

void LiveCatalog::Show(const Catalog& winners) {
  std::vector<Product> products;
  winners.ForEach([&](const Product& product) { products.push_back(product); });
  for (size_t first = 0; first < products.size(); first += kProductsPerLock) {
    const std::lock_guard<std::mutex> turn(turn_);
    wanted_ = true;
    {
      const std::unique_lock<std::shared_mutex> lock(mutex_);
      const size_t end = std::min(products.size(), first + kProductsPerLock);
      for (size_t i = first; i < end; ++i) catalog_->Add(products[i]);
    }
    wanted_ = false;
  }
}

void LiveCatalog::Compact() {
  Catalog fresh;
  catalog_->ForEach([&](const Product& product) { fresh.Add(product); });
  for (const auto& [category_id, name] : catalog_->category_names()) fresh.AddCategory(category_id, name);
  const std::lock_guard<std::mutex> turn(turn_);
  wanted_ = true;
  {
    const std::unique_lock<std::shared_mutex> lock(mutex_);
    catalog_->Swap(fresh);
  }
  wanted_ = false;
}

}  // namespace adirect
