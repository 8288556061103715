// What is read of a shop as JSON, beside the decision (pipeline/decision_json.h).
//
// Threads: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "adirect/pipeline/shop_reader.h"

namespace adirect {

// By category id, and within it as they are kept.
std::string ShopperJson(std::string_view user_id, const KeptShopper& kept);
std::string ProductJson(const Product& product);
std::string CategoriesJson(std::span<const ListedCategory> categories);
std::string PopularJson(std::string_view category_id, std::span<const RankedProduct> products);
std::string SearchesJson(Timestamp as_of, std::span<const ListedSearch> searches);

}  // namespace adirect
