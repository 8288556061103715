#include "adirect/sources/generator_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "adirect/sources/generator_catalog.h"
#include "adirect/sources/generator_random.h"

namespace adirect {
namespace {

constexpr uint64_t kProductsTag = 0x70726f64756374ULL;
constexpr uint32_t kRowsPerWrite = 1000;
constexpr uint64_t kUnavailableMillionths = 10'000;
constexpr uint64_t kDaysOfUpdates = 365;

struct Shelf {
  std::string_view name;   // of the category
  std::string_view thing;  // one of it
  uint64_t cheapest;       // in cents
  uint64_t dearest;
};

constexpr std::array<Shelf, kCategories> kShelves = {{{"TVs", "TV", 19'900, 299'900},
                                                      {"Cables", "Cable", 299, 4'999},
                                                      {"Cameras", "Camera", 9'900, 249'900},
                                                      {"Phones", "Phone", 9'900, 149'900},
                                                      {"Computers", "Computer", 29'900, 349'900},
                                                      {"Memory", "Memory Card", 599, 29'900},
                                                      {"Monitors", "Monitor", 8'900, 129'900},
                                                      {"Audio", "Headphones", 999, 49'900},
                                                      {"Chargers", "Charger", 499, 9'900},
                                                      {"Misc", "Accessory", 199, 19'900}}};

constexpr std::array<std::string_view, 16> kBrands = {
    "Aurora", "Birchwood", "Calder",  "Dovetail", "Elmfield", "Fernley",  "Granite", "Harbour",
    "Islet",  "Juniper",   "Kestrel", "Lumen",    "Maple",    "Northway", "Orchard", "Pebble"};

enum Draw : uint64_t { kBrand, kPrice, kAvailable, kDay, kTimeOfDay };

Timestamp UpdatedAt(const RandomStream& random, Timestamp start) {
  const auto days = static_cast<int64_t>(Below(random.At(kDay), kDaysOfUpdates));
  const auto ms = static_cast<int64_t>(Below(random.At(kTimeOfDay), kMillisPerDay));
  return {std::max<int64_t>(0, start.ms - days * kMillisPerDay - ms)};
}

void AppendRow(const RandomStream& random, uint32_t category, uint32_t number, Timestamp start, std::string& out) {
  std::array<char, kProductBytes> room;
  const std::string_view id = WriteProductId(category, number, room.data());
  const Shelf& shelf = kShelves[category];
  const uint64_t cents = shelf.cheapest + Below(random.At(kPrice), shelf.dearest - shelf.cheapest + 1);
  fmt::format_to(std::back_inserter(out),
                 "{},{},{} {} {:05},{}.{:02},USD,https://shop.example/p/{},https://shop.example/i/{}.jpg,{},", id,
                 kCategoryIds[category], kBrands[Below(random.At(kBrand), kBrands.size())], shelf.thing, number,
                 cents / 100, cents % 100, id, id, !Chance(random.At(kAvailable), kUnavailableMillionths));
  AppendRfc3339(UpdatedAt(random, start), out);
  out += '\n';
}

}  // namespace

Status WriteProductsCsv(uint64_t seed, Timestamp start, TextSink& out) {
  const RandomStream products = RandomStream{seed}.Sub(kProductsTag);
  std::string text = "product_id,category_id,title,price,currency,url,image_url,available,updated_at\n";
  for (uint32_t i = 0; i < kCategories * kProductsPerCategory; ++i) {
    AppendRow(products.Sub(i), i / kProductsPerCategory, i % kProductsPerCategory, start, text);
    if ((i + 1) % kRowsPerWrite != 0) continue;
    ADIRECT_RETURN_IF_ERROR(out.Write(text));
    text.clear();
  }
  return {};
}

std::string CategoriesCsvText() {
  std::string text = "category_id,name\n";
  for (uint32_t i = 0; i < kCategories; ++i) text += fmt::format("{},{}\n", kCategoryIds[i], kShelves[i].name);
  return text;
}

}  // namespace adirect
