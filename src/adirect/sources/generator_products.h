// What the shop of generator_catalog.h sells, as the files of a catalog (docs/reference.md, "Catalog").
//
// A product's row depends on seed, start and the product's number alone. Titles are a brand, the category
// and the number ("Aurora TV 00042"); 1 % are not available; rows were updated in the year before start.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "adirect/base/status.h"
#include "adirect/base/time.h"
#include "adirect/pipeline/ports.h"

namespace adirect {

// Every product, by category and number.
Status WriteProductsCsv(uint64_t seed, Timestamp start, TextSink& out);

// Ten rows: 1,TVs to 10,Misc.
std::string CategoriesCsvText();

}  // namespace adirect
