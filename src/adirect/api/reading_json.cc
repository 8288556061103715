#include "adirect/api/reading_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "adirect/codec/text.h"

namespace adirect {
namespace {

// `, "title": "…"`, where there is a text.
void AppendIfAny(const char* name, std::string_view text, std::string& out) {
  if (!text.empty()) out += fmt::format(", \"{}\": {}", name, QuotedJson(text));
}

void AppendTitle(const Catalog* catalog, std::string_view product, std::string& out) {
  if (catalog != nullptr) AppendIfAny("title", catalog->TitleOf(product), out);
}

void AppendEventJson(const KeptEvent& event, const KeptShopper& kept, std::string& out) {
  const Dictionary& dictionary = kept.dictionary;
  out += out.back() == '[' ? "" : ", ";
  out += fmt::format("{{\"type\": \"{}\", \"time\": \"{}\"", EventTypeName(event.type), FormatRfc3339(event.time));
  if (event.type != EventType::kRefund)
    out += ", \"category_id\": " + QuotedJson(dictionary.category_id(event.category));
  const std::string_view product = dictionary.product(event.item);
  AppendIfAny("product_id", product, out);
  AppendTitle(kept.catalog, product, out);
  out += '}';
}

void AppendEvents(const char* name, const std::vector<KeptEvent>& events, const KeptShopper& kept, std::string& out) {
  std::vector<const KeptEvent*> sorted;
  for (const KeptEvent& event : events) sorted.push_back(&event);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const KeptEvent* a, const KeptEvent* b) {
    return kept.dictionary.category_id(a->category) < kept.dictionary.category_id(b->category);
  });
  out += fmt::format(", \"{}\": [", name);
  for (const KeptEvent* event : sorted) AppendEventJson(*event, kept, out);
  out += ']';
}

}  // namespace

std::string ShopperJson(std::string_view user_id, const KeptShopper& kept) {
  const Shopper& shopper = kept.shopper;
  std::string out = "{\"user_id\": " + QuotedJson(user_id);
  AppendIfAny("user_name", shopper.user_name, out);
  AppendEvents("interests", shopper.interests, kept, out);
  AppendEvents("purchases", shopper.purchases, kept, out);
  AppendEvents("refunds", shopper.refunds, kept, out);
  return out + '}';
}

std::string ProductJson(const Product& product) {
  std::string out = "{\"product_id\": " + QuotedJson(product.product_id);
  const std::pair<const char*, std::string_view> texts[] = {
      {"category_id", product.category_id}, {"title", product.title}, {"price", product.price},
      {"currency", product.currency},       {"url", product.url},     {"image_url", product.image_url}};
  for (const auto& [name, text] : texts) AppendIfAny(name, text, out);
  out += fmt::format(", \"available\": {}", product.available);
  if (product.updated_at) out += fmt::format(", \"updated_at\": \"{}\"", FormatRfc3339(*product.updated_at));
  return out + '}';
}

std::string CategoriesJson(std::span<const ListedCategory> categories) {
  std::string out = "{\"categories\": [";
  for (const ListedCategory& category : categories) {
    out += out.back() == '[' ? "" : ", ";
    out += "{\"category_id\": " + QuotedJson(category.category_id);
    AppendIfAny("name", category.name, out);
    out += '}';
  }
  return out + "]}";
}

std::string PopularJson(std::string_view category_id, std::span<const RankedProduct> products) {
  std::string out = "{\"category_id\": " + QuotedJson(category_id) + ", \"products\": [";
  size_t rank = 0;
  for (const RankedProduct& product : products) {
    out += fmt::format("{}{{\"rank\": {}, \"product_id\": {}, \"purchases\": {}", rank == 0 ? "" : ", ", rank + 1,
                       QuotedJson(product.product_id), product.purchases);
    ++rank;
    AppendIfAny("title", product.title, out);
    out += '}';
  }
  return out + "]}";
}

std::string SearchesJson(Timestamp as_of, std::span<const ListedSearch> searches) {
  std::string out = "{\"as_of\": \"" + FormatRfc3339(as_of) + "\", \"searches\": [";
  for (const ListedSearch& search : searches) {
    out += out.back() == '[' ? "{" : ", {";
    out += "\"user_id\": " + QuotedJson(search.user_id);
    AppendIfAny("user_name", search.user_name, out);
    out += fmt::format(", \"time\": \"{}\", \"type\": \"{}\", \"category_id\": {}", FormatRfc3339(search.time),
                       EventTypeName(search.type), QuotedJson(search.category_id));
    AppendIfAny("category_name", search.category_name, out);
    AppendIfAny("product_id", search.product_id, out);
    AppendIfAny("title", search.title, out);
    out += '}';
  }
  return out + "]}";
}

}  // namespace adirect
